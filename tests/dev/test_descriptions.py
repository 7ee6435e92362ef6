# SPDX-License-Identifier: MIT
"""Every setting of the session node, described for the command line and the page of settings."""

from __future__ import annotations

import pytest

from realtime_dev.descriptions import Setting, describe_settings
from realtime_dev.host import Host
from realtime_dev.host.settings import list_paths


@pytest.fixture(scope="module")
def settings() -> dict[str, Setting]:
    """Hand out the settings of the session node by path."""
    host = Host()
    return {each.path: each for each in describe_settings(host, "session")}


DESCRIBED = [
    ("model", "Model", "choice", "unset", "", "session.model", "model"),
    ("audio_output.speed_set", "Set speed", "yes or no", "false", "", "", ""),
    (
        *("expires_after_seconds", "Secret lifetime (s)", "whole number", "600"),
        *("from 10 to 7200", "expires_after.seconds", "client_secret.expires_after.seconds"),
    ),
    (
        *("audio_output.speed", "Speed", "number", "1.0", "from 0.25 to 1.5"),
        *("session.audio.output.speed", "speed"),
    ),
    (
        *("answers.temperature", "Temperature", "number", "0.8", "from 0.6 to 1.2"),
        *("", "temperature"),
    ),
    (
        *("audio_input.languages", "Possible languages"),
        *("text, one entry per line", "", "", "session.audio.input.transcription.languages", ""),
    ),
    ("tools.functions", "Functions", "list", "", "", "session.tools", "tools"),
    ("tools.tools_json", "Tools (JSON)", "JSON as text", "", "", "session.tools", "tools"),
    (
        *("safety_identifier", "Safety identifier", "text of at most 512 characters"),
        *("", "", "OpenAI-Safety-Identifier", "OpenAI-Safety-Identifier"),
    ),
]


@pytest.mark.parametrize("expected", DESCRIBED, ids=[path for path, *_ in DESCRIBED])
def test_how_a_setting_is_described(
    expected: tuple[str, ...], settings: dict[str, Setting]
) -> None:
    """Label, kind, default, range and places are those of the schema."""
    found = settings[expected[0]]
    told = (found.path, found.label, found.kind, found.default, found.range, found.ga, found.beta)
    assert told == expected


def test_choices_and_members(settings: dict[str, Setting]) -> None:
    """A choice tells what its values mean, a list what its items have; no key is left out."""
    assert sorted(settings) == sorted(list_paths(Host().settings_schema("session")))
    assert dict(settings["voice"].choices)["custom"].endswith("; not in the beta API")
    members = [(each.path, each.kind) for each in settings["tools.functions"].members]
    assert members == [
        ("name", "text of at most 64 characters"),
        ("description", "text"),
        ("parameters", "JSON as text"),
    ]
