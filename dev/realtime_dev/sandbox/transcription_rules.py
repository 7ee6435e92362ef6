# SPDX-License-Identifier: MIT
"""What each transcription model refuses, by reports about the API."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from .errors import Violation

TURNS = "turn_detection"
_OLDER = frozenset({"languages", "keywords", "delay"})
# By name or pattern. Turn detection is only refused in a session that only transcribes.
_UNSUPPORTED: Mapping[str, frozenset[str]] = {
    "gpt-realtime-whisper": frozenset({TURNS, "prompt", "languages", "keywords"}),
    "gpt-live-transcribe": frozenset({TURNS, "language"}),
    "gpt-transcribe": frozenset({"language", "delay"}),
    "gpt-4o-transcribe*": _OLDER,
    "gpt-4o-mini-transcribe*": _OLDER,
    "whisper-1": _OLDER,
}


def is_supported(model: object, setting: str) -> bool:
    """Return whether a transcription model takes a setting; unknown models take all."""
    names = (name for name in _UNSUPPORTED if fnmatchcase(str(model), name))
    return all(setting not in _UNSUPPORTED[name] for name in names)


def check_transcription(session: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
    """Return the first setting of a valid GA session that its transcription model refuses."""
    sound = session.get("audio", {}).get("input", {})
    given = sound.get("transcription") or {}
    places = [f"transcription.{name}" for name in given]
    if session["type"] == "transcription" and sound.get(TURNS) is not None:
        places.append(TURNS)
    for place in places:
        name = place.rpartition(".")[2]
        if not is_supported(given.get("model"), name):
            what = f"{name.replace('_', ' ').capitalize()} {'are' if name.endswith('s') else 'is'}"
            message = f"{what} not supported for this transcription model."
            return Violation("invalid_value", message, f"{path}.audio.input.{place}")
    if {"language", "languages"} <= given.keys():
        message = "Only one of 'language' and 'languages' may be given."
        return Violation("invalid_value", message, f"{path}.audio.input.transcription.languages")
    return None
