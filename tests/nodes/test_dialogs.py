# SPDX-License-Identifier: MIT
"""The dialogs: which controls show, and what their drop-downs offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime_dev.host import CredentialPort

if TYPE_CHECKING:
    from realtime_dev.host import Host

    from .conftest import Chain

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
    settings: dict[str, Any], api: str, shown: set[str], hidden: set[str], chain: Chain
) -> None:
    """Controls show when they apply, and only then."""
    spec = chain.connect({"api": api}).outputs[0].spec
    visible = {control.path for control in chain.host.visible("session", settings, [spec])}
    assert shown <= visible
    assert not hidden & visible


@pytest.mark.parametrize("node", ["session", "sessions", "transcription", "translation"])
def test_basic_view_fits_one_screen(node: str, host: Host) -> None:
    """A dialog opens with at most eight controls of the session, the source and model first."""
    shown = [control.path for control in host.visible(node) if not control.advanced]
    own = [path for path in shown if not path.startswith(("result", "on_error", "columns."))]
    assert own[:2] == ["session_from", "model"]
    assert len(own) <= 8


def test_first_entry_of_a_choice(host: Host) -> None:
    """A required choice starts with its default, any other with the server's choice."""
    shown = {control.path: control for control in host.visible("translation")}
    assert (shown["model"].choices or [])[0][0] == "gpt-realtime-translate"
    assert (shown["hearing.transcription"].choices or [])[0][0] == "unset"


def test_credential_port_hides_the_drop_down(host: Host) -> None:
    """With a credential connected there is no name to choose."""
    token = CredentialPort("Bearer", "x")
    shown = {control.path for control in host.visible("configuration", {}, [token])}
    assert "credential" not in shown
    assert "base_url" in shown
