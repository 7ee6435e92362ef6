# SPDX-License-Identifier: MIT
"""Workflows that an older version saved open, show their settings, and run.

tests/data/settings/1.0.0.json holds the settings of both nodes with the keys that are declared
since 1.0.0: untouched, and with many of them set. It stays as it is once 1.0.0 is released.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from realtime_dev.host import Execution
from realtime_dev.sandbox import Sandbox

from .conftest import RESPONSES, Chain

VERSION = "1.0.0"
SAVED = Path(__file__).parents[1] / "data" / "settings" / f"{VERSION}.json"
GONE_VOICE = "juniper"

MANY = {
    "expires_after": {"anchor": "created_at", "seconds": 120},
    "session": {
        "type": "realtime",
        "model": "gpt-realtime-mini",
        "instructions": "Be brief.\nBe kind.",
        "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "transcription": {"model": "whisper-1", "language": "de", "prompt": "KNIME"},
                "noise_reduction": {"type": "far_field"},
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.6,
                    "silence_duration_ms": 700,
                    "idle_timeout_ms": 6000,
                    "create_response": False,
                },
            },
            "output": {"format": {"type": "audio/pcmu"}, "voice": "nova", "speed": 1.25},
        },
        "tools": [{"type": "function", "name": "find_date"}],
        "tool_choice": {"type": "function", "name": "find_date"},
        "max_output_tokens": 1000,
        "tracing": {"workflow_name": "shop", "metadata": {"branch": 7}},
    },
}
"""The body that the saved settings with many values ask for."""

HEADERS = {
    "openai-safety-identifier": "0a1b2c",
    "openai-organization": "org-1",
    "openai-project": "proj_1",
}
"""The headers that they ask for."""


def load(variant: str) -> dict[str, Any]:
    """Return the saved settings of both nodes."""
    saved: dict[str, Any] = json.loads(SAVED.read_text("utf-8"))[variant]
    return saved


def run(chain: Chain, saved: dict[str, Any]) -> Execution:
    """Execute both nodes with settings that 1.0.0 saved, in front of the chain's server."""
    where = {"provider": "compatible", "base_url": chain.base_url, "credential": "key"}
    options: dict[str, Any] = {"credentials": chain.credentials, "saved_version": VERSION}
    first = chain.host.execute(
        "configuration", {**saved["configuration"], **where}, [None], **options
    )
    return chain.host.execute("session", saved["session"], first.outputs, **options)


@pytest.mark.parametrize(
    ("variant", "body", "headers"),
    [("untouched", {"session": {"type": "realtime"}}, {}), ("many", MANY, HEADERS)],
)
def test_saved_settings_run(
    variant: str, body: dict[str, Any], headers: dict[str, str], chain: Chain, sandbox: Sandbox
) -> None:
    """Settings of 1.0.0 ask the server for what they asked for then."""
    execution = run(chain, load(variant))
    assert execution.outputs[0].num_rows == 1
    call = sandbox.calls[-1]
    assert call.body == body
    assert {name: call.headers.get(name) for name in HEADERS} == {
        **dict.fromkeys(HEADERS),
        **headers,
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model", "gpt-4o-realtime-preview"),
        ("model", "gpt-realtime-mini-2025-10-06"),
        ("voice", GONE_VOICE),
        ("audio_input.transcription_model", "gpt-4o-transcribe-diarize"),
    ],
)
def test_unlisted_values_are_shown(path: str, value: str, chain: Chain) -> None:
    """The dialog shows a saved value that its drop-down does not list."""
    settings = {"audio_input.transcription": "on", path: value}
    shown = {item.path: item for item in chain.host.visible("session", settings)}
    assert shown[path].value == value
    assert value not in [choice for choice, _ in shown[path].choices or ()]


def test_unlisted_values_are_sent(chain: Chain, sandbox: Sandbox) -> None:
    """A saved model and voice that are no longer listed are sent as they are."""
    saved = load("many")
    saved["session"] |= {"model": "gpt-realtime-mini-2025-10-06", "voice": GONE_VOICE}
    execution = run(chain, saved)
    session = sandbox.calls[-1].body["session"]
    assert session["model"] == "gpt-realtime-mini-2025-10-06"
    assert session["audio"]["output"]["voice"] == GONE_VOICE
    assert any("will be shut down on 2027-01-20" in warning for warning in execution.warnings)


def test_dead_model_runs_with_a_server_that_has_it(serve: Callable[..., Chain]) -> None:
    """A saved model that OpenAI has shut down is warned of, and works where there still is one."""
    saved = load("many")
    saved["session"]["model"] = "gpt-4o-realtime-preview"
    answer = (RESPONSES / "ga_realtime_recorded.json").read_bytes()
    execution = run(serve("200 OK", answer), saved)
    assert execution.outputs[0].num_rows == 1
    assert any("gpt-4o-realtime-preview has been shut down" in line for line in execution.warnings)
