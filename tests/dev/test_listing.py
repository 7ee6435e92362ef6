# SPDX-License-Identifier: MIT
"""Every setting as a row."""

from __future__ import annotations

import re

import pytest

from openai_realtime.fields import ListField, Number
from openai_realtime.form import load_form
from realtime_dev.listing import Row, list_settings

FORM = load_form()
ROWS = {row.path: row for row in list_settings(FORM)}
TYPES = {"choice", "whole number", "number", "yes or no", "text", "list", "JSON"}


def test_every_key_has_one_row() -> None:
    """There is a row for each settings key, check boxes included, in the dialog's order."""
    expected = []
    for item in FORM.walk():
        if isinstance(item, Number) and not item.required:
            expected.append(".".join(item.switch))
        expected.append(".".join(item.setting))
    assert [row.path for row in list_settings(FORM)] == expected
    assert len(ROWS) == len(expected)


@pytest.mark.parametrize("path", ROWS)
def test_rows_are_complete(path: str) -> None:
    """A row says what the setting is, since when, and where at least one API has it."""
    row = ROWS[path]
    assert row.label
    assert row.description.endswith(".")
    assert re.fullmatch(r"\d+\.\d+\.\d+", row.since)
    assert row.ga or row.beta
    assert row.type in TYPES or row.type.startswith("list of ")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        (
            "model",
            ("Model", "choice", "unset", "session.model", "model", "0.1.0"),
        ),
        (
            "expires_after_seconds_set",
            (
                *("Set lifetime of the secret (s)", "yes or no", "false"),
                *("expires_after.seconds", "client_secret.expires_after.seconds", "0.1.0"),
            ),
        ),
        (
            "expires_after_seconds",
            (
                *("Lifetime of the secret (s)", "whole number", "600"),
                *("expires_after.seconds", "client_secret.expires_after.seconds", "0.1.0"),
            ),
        ),
        (
            "speech.speed",
            ("Speed", "number", "1.0", "session.audio.output.speed", "speed", "0.1.0"),
        ),
        ("limits.temperature", ("Temperature", "number", "0.8", "", "temperature", "0.1.0")),
        (
            "limits.retention.retention_ratio",
            (
                *("Share to keep (Retention)", "number", "0.8"),
                *("session.truncation.retention_ratio", "", "0.2.0"),
            ),
        ),
        (
            "hearing.transcript.languages",
            (
                *("Possible languages (Transcript)", "list", ""),
                *("session.audio.input.transcription.languages", "", "0.2.0"),
            ),
        ),
        (
            "abilities.functions",
            ("Functions", "list of Functions", "", "session.tools", "tools", "0.2.0"),
        ),
        (
            "abilities.mcp_servers",
            ("MCP servers", "list of MCP servers", "", "session.tools", "", "0.2.0"),
        ),
        (
            "abilities.tools_json",
            ("Tools (JSON)", "JSON", "", "session.tools", "tools", "0.1.0"),
        ),
        (
            "tracing.safety_identifier",
            (
                *("Safety identifier", "text", ""),
                *("OpenAI-Safety-Identifier", "OpenAI-Safety-Identifier", "0.1.0"),
            ),
        ),
    ],
)
def test_rows(path: str, more: tuple[str, ...]) -> None:
    """One setting of each kind, by hand."""
    row: Row = ROWS[path]
    assert (row.label, row.type, row.default, row.ga, row.beta, row.since) == more


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("output", "unset, audio, text"),
        ("limits.max_output_tokens", "unset, inf, limit"),
        ("limits.max_output_tokens_limit", "from 1 to 32000"),
        ("server_vad.prefix_padding_ms", "of at least 0"),
        ("server_vad.prefix_padding_ms_set", ""),
        ("instructions", ""),
        ("abilities.functions", ""),
    ],
)
def test_ranges(path: str, text: str) -> None:
    """What may be entered is listed, or told as a range."""
    assert ROWS[path].range == text


def test_lists_are_rows_of_their_own() -> None:
    """A list is one setting; the members of its items are no settings keys."""
    lists = {".".join(item.setting) for item in FORM.walk() if isinstance(item, ListField)}
    assert {path for path, row in ROWS.items() if row.type.startswith("list of ")} == lists
    assert not any(path.startswith(f"{name}.") for path in ROWS for name in lists)
