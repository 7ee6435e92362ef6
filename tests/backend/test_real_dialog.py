# SPDX-License-Identifier: MIT
"""The session's dialog on KNIME's real Python backend: what shows, what is stored, what is sent."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from realtime_dev.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Hand out a running sandbox."""
    with Sandbox() as sandbox:
        yield sandbox


def list_visible(knime: Any, settings: dict[str, Any], api: str = "ga") -> set[str]:
    """Return the paths of the controls that show, advanced ones included."""
    spec = knime.configure(
        "configuration",
        {
            "provider": "compatible",
            "base_url": "http://localhost/v1",
            "credential": "k",
            "api": api,
        },
        [None],
        {"k": ("", "x")},
    )[0]
    controls = knime.controls("session", settings, input_specs=[spec])
    return {c["path"].removeprefix("model.") for c in controls if c["visible"]}


RULES: list[tuple[dict[str, Any], str, set[str], set[str]]] = [
    ({}, "ga", {"model", "voice", "turn_detection"}, {"model_other", "limits.temperature_set"}),
    ({}, "beta", {"limits.temperature_set"}, {"limits.truncation", "abilities.mcp_servers"}),
    ({"limits.temperature_set": True}, "ga", {"limits.temperature_set"}, set()),
    ({"model": "other"}, "ga", {"model_other"}, set()),
    ({"output": "text"}, "ga", {"output"}, {"voice", "speech.speed_set", "speech.output_format"}),
    (
        {"turn_detection": "server_vad"},
        "ga",
        {"server_vad.threshold_set"},
        {"semantic_vad.eagerness", "server_vad.threshold"},
    ),
    (
        {"turn_detection": "semantic_vad"},
        "ga",
        {"semantic_vad.eagerness"},
        {"server_vad.threshold_set"},
    ),
    ({"hearing.transcription": "on"}, "ga", {"hearing.transcript.delay"}, set()),
    ({"hearing.transcription": "off"}, "ga", set(), {"hearing.transcript.model"}),
    ({"hearing.noise_reduction": "far_field"}, "ga", {"hearing.noise.strength_set"}, set()),
    ({"hearing.noise_reduction": "off"}, "ga", set(), {"hearing.noise.strength_set"}),
    ({"voice": "custom"}, "ga", {"speech.custom_voice.id"}, {"voice_other"}),
    ({"abilities.tool_choice": "function"}, "ga", {"abilities.one_function.name"}, set()),
    (
        {"abilities.tool_choice": "mcp"},
        "ga",
        {"abilities.one_mcp_server.name"},
        {"abilities.one_function.name"},
    ),
    ({"limits.truncation": "retention_ratio"}, "ga", {"limits.retention.retention_ratio"}, set()),
    ({"limits.max_output_tokens": "limit"}, "ga", {"limits.max_output_tokens_limit"}, set()),
    ({"tracing.mode": "named"}, "ga", {"tracing.trace.group_id"}, set()),
    (
        {"session_from": "json"},
        "ga",
        {"session_json", "tracing.safety_identifier", "format"},
        {"model", "voice", "additional_json", "tracing.mode", "speech.speed_set"},
    ),
]


@pytest.mark.parametrize(("settings", "api", "shown", "hidden"), RULES)
def test_rules(
    knime: Any, settings: dict[str, Any], api: str, shown: set[str], hidden: set[str]
) -> None:
    """Controls show when they apply, and only then."""
    visible = list_visible(knime, settings, api)
    assert shown <= visible
    assert not hidden & visible


def test_basic_view_has_at_most_eight_controls(knime: Any) -> None:
    """The dialog opens on one screen."""
    controls = [c for c in knime.controls("session") if c["visible"] and not c["advanced"]]
    assert len(controls) <= 8


def test_lists_and_tokens_reach_the_server(knime: Any, sandbox: Sandbox) -> None:
    """Functions and MCP servers are sent, the token from its credential; no port holds it."""
    host = importlib.import_module("host")
    credentials = {"key": ("", sandbox.api_key), "mcp": ("", "mcp-token-0123456789")}
    given = {"provider": "compatible", "base_url": sandbox.base_url, "credential": "key"}
    port = knime.execute("configuration", given, [None], credentials)[0]
    settings = {
        "abilities.functions": [{"name": "find", "parameters": '{"type": "object"}'}],
        "abilities.mcp_servers": [
            {"server_label": "docs", "server_url": "https://x.example", "credential": "mcp"}
        ],
        "abilities.tools_json": '[{"type": "function", "name": "third"}]',
    }
    execution = knime.execute("session", settings, [port], credentials)
    tools = sandbox.calls[-1].body["session"]["tools"]
    assert [tool.get("name") or tool["server_label"] for tool in tools] == ["find", "docs", "third"]
    assert tools[1]["authorization"] == "mcp-token-0123456789"
    assert execution.spec_mismatch == []
    assert host.find_secret(execution, "mcp-token-0123456789") == []


def test_json_and_patch(knime: Any, sandbox: Sandbox) -> None:
    """A whole body as JSON, and a patch on top of the dialog, are sent as they are."""
    credentials = {"key": ("", sandbox.api_key)}
    given = {"provider": "compatible", "base_url": sandbox.base_url, "credential": "key"}
    port = knime.execute("configuration", given, [None], credentials)[0]
    body = '{"session": {"type": "realtime", "instructions": "Hi"}}'
    settings = {"session_from": "json", "session_json": body}
    knime.execute("session", settings, [port], credentials)
    assert sandbox.calls[-1].body["session"]["instructions"] == "Hi"
    patched = {"voice": "ash", "additional_json": '{"session": {"audio": null, "tracing": "auto"}}'}
    knime.execute("session", patched, [port], credentials)
    assert sandbox.calls[-1].body == {"session": {"type": "realtime", "tracing": "auto"}}


def test_retiring_model_warns(knime: Any, sandbox: Sandbox) -> None:
    """A model that retires runs, with a warning that names its successor."""
    credentials = {"key": ("", sandbox.api_key)}
    given = {"provider": "compatible", "base_url": sandbox.base_url, "credential": "key"}
    port = knime.execute("configuration", given, [None], credentials)[0]
    execution = knime.execute("session", {"model": "gpt-realtime"}, [port], credentials)
    assert "gpt-realtime-2.1" in execution.warnings[-1]


def test_settings_of_the_first_version_load(knime: Any) -> None:
    """A workflow that version 0.1.0 saved opens with the new settings at their defaults."""
    now = knime.configurable_parameters("session")["model"]
    old = {key: value for key, value in now.items() if not key.startswith(("session_", "addit"))}
    knime.compatibility("session", "0.1.0", {"model": old})
