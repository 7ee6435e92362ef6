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
    ({}, "ga", {"model", "voice", "turn_detection"}, {"model_other", "answers.temperature_set"}),
    ({}, "beta", {"answers.temperature_set"}, {"answers.truncation", "tools.mcp_servers"}),
    ({"answers.temperature_set": True}, "ga", {"answers.temperature_set"}, set()),
    ({"model": "other"}, "ga", {"model_other"}, set()),
    (
        {"output": "text"},
        "ga",
        {"output"},
        {"voice", "audio_output.speed_set", "audio_output.output_format"},
    ),
    (
        {"turn_detection": "server_vad"},
        "ga",
        {"threshold_set"},
        {"eagerness", "threshold"},
    ),
    (
        {"turn_detection": "semantic_vad"},
        "ga",
        {"eagerness"},
        {"threshold_set"},
    ),
    ({"audio_input.transcription": "on"}, "ga", {"audio_input.delay"}, set()),
    ({"audio_input.transcription": "off"}, "ga", set(), {"audio_input.transcription_model"}),
    (
        {"audio_input.noise_reduction": "far_field"},
        "ga",
        {"audio_input.noise_reduction_strength_set"},
        set(),
    ),
    (
        {"audio_input.noise_reduction": "off"},
        "ga",
        set(),
        {"audio_input.noise_reduction_strength_set"},
    ),
    ({"voice": "custom"}, "ga", {"voice_id"}, {"voice_other"}),
    ({"tools.tool_choice": "function"}, "ga", {"tools.function_name"}, set()),
    (
        {"tools.tool_choice": "mcp"},
        "ga",
        {"tools.tool_name"},
        {"tools.function_name"},
    ),
    ({"answers.truncation": "retention_ratio"}, "ga", {"answers.retention_ratio"}, set()),
    ({"answers.max_output_tokens": "limit"}, "ga", {"answers.max_output_tokens_limit"}, set()),
    ({"tracing.tracing": "named"}, "ga", {"tracing.group_id"}, set()),
    (
        {"session_from": "json"},
        "ga",
        {"session_json", "safety_identifier", "result_format"},
        {"model", "voice", "additional_json", "tracing.tracing", "audio_output.speed_set"},
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
    """A dialog opens with at most eight controls besides those for columns, the model first."""
    shown = [control.path for control in host.visible(node) if not control.advanced]
    own = [path for path in shown if not path.endswith("_column")]
    assert own[0].endswith("model")
    assert len(own) <= 8


def test_first_entry_of_a_choice(host: Host) -> None:
    """A required choice starts with its default, any other with the server's choice."""
    shown = {control.path: control for control in host.visible("translation")}
    assert (shown["model"].choices or [])[0][0] == "gpt-realtime-translate"
    assert (shown["audio_input.transcription"].choices or [])[0][0] == "unset"


def test_credential_port_hides_the_drop_down(host: Host) -> None:
    """With a credential connected there is no name to choose."""
    token = CredentialPort("Bearer", "x")
    shown = {control.path for control in host.visible("configuration", {}, [token])}
    assert "credential" not in shown
    assert "base_url" in shown
