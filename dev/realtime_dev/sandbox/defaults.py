# SPDX-License-Identifier: MIT
"""The models that the sandbox knows and what they make of settings left alone."""

from __future__ import annotations

from typing import Any

GA_MODEL = "gpt-realtime-2.1"
BETA_MODEL = "gpt-realtime"
LIFETIME = 600
"""Seconds that a secret of the GA API lives."""
BETA_LIFETIME = 60
"""Seconds that a secret of the beta API lives."""
SESSION_LENGTH = 3600
"""Seconds that a connected session may last."""
DEPLOYMENTS = ("gpt-realtime", "gpt-realtime-2.1", "gpt-realtime-whisper")

_OLD_END = "2027-01-20"
_WHISPER_END = "2027-02-26"

MODELS: dict[str, str | None] = {
    "gpt-realtime-2.1": None,
    "gpt-realtime-2.1-mini": None,
    "gpt-realtime-2": None,
    "gpt-realtime-1.5": None,
    "gpt-realtime": _OLD_END,
    "gpt-realtime-2025-08-28": _OLD_END,
    "gpt-realtime-mini": _OLD_END,
    "gpt-realtime-mini-2025-10-06": _OLD_END,
    "gpt-realtime-mini-2025-12-15": _OLD_END,
    "gpt-realtime-whisper": None,
    "gpt-live-transcribe": None,
    "gpt-transcribe": None,
    "whisper-1": _WHISPER_END,
    "gpt-4o-transcribe": _WHISPER_END,
    "gpt-4o-mini-transcribe": _WHISPER_END,
    "gpt-realtime-translate": None,
}
"""Model -> date of its end (`YYYY-MM-DD`) or None."""

_NEW = frozenset({"gpt-realtime-2", "gpt-realtime-2.1", "gpt-realtime-2.1-mini"})
_INSTRUCTIONS = "You are a helpful voice assistant of the sandbox."


def _choose_voice(model: str) -> str:
    """Return the voice of a model whose session names none."""
    return "marin" if model in _NEW else "alloy"


def build_server_vad(model: str) -> dict[str, Any]:
    """Return a fresh server VAD with all of its settings at their defaults."""
    return {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500 if model in _NEW else 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }


def build_semantic_vad() -> dict[str, Any]:
    """Return a fresh semantic VAD with all of its settings at their defaults."""
    return {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }


def build_input(model: str) -> dict[str, Any]:
    """Return fresh settings of the audio that comes in."""
    return {
        "format": build_format(),
        "transcription": None,
        "noise_reduction": None,
        "turn_detection": build_server_vad(model),
    }


def build_format() -> dict[str, Any]:
    """Return the audio format of sessions that name none."""
    return {"type": "audio/pcm", "rate": 24000}


def build_realtime(model: str) -> dict[str, Any]:
    """Return a fresh GA session, complete but for its id, as the API answers to no settings."""
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": None,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": _INSTRUCTIONS,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": 0,
        "audio": {
            "input": build_input(model),
            "output": {"format": build_format(), "voice": _choose_voice(model), "speed": 1.0},
        },
        "include": None,
    }


def build_transcription() -> dict[str, Any]:
    """Return a fresh GA transcription session, complete but for its id."""
    return {
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": None,
        "expires_at": 0,
        "audio": {"input": build_input(BETA_MODEL)},
        "include": None,
    }


def build_beta(model: str) -> dict[str, Any]:
    """Return a fresh beta session, complete but for its id and secret."""
    return {
        "id": None,
        "object": "realtime.session",
        "model": model,
        "modalities": ["audio", "text"],
        "instructions": _INSTRUCTIONS,
        "voice": _choose_voice(model),
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_transcription": None,
        "turn_detection": build_beta_vad(),
        "tools": [],
        "tool_choice": "auto",
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
        "speed": 1.0,
        "tracing": None,
    }


def build_beta_vad() -> dict[str, Any]:
    """Return a fresh server VAD as the beta API describes it."""
    return {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
    }


def build_beta_transcription() -> dict[str, Any]:
    """Return a fresh beta transcription session, complete but for its id and secret."""
    return {
        "id": None,
        "object": "realtime.transcription_session",
        "modalities": ["audio", "text"],
        "turn_detection": build_beta_vad(),
        "input_audio_format": "pcm16",
        "input_audio_transcription": None,
    }
