# SPDX-License-Identifier: MIT
"""The strict checks, without a server."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.beta.realtime.session_create_params import SessionCreateParams
from openai.types.realtime.client_secret_create_params import ClientSecretCreateParams
from pydantic import TypeAdapter

from realtime_dev.sandbox import (
    check_beta,
    check_beta_transcription,
    check_ga,
    check_translation,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PCM = {"type": "audio/pcm", "rate": 24000}
FUNCTION = {"type": "function", "name": "tell_time"}
MCP = {"type": "mcp", "server_label": "docs", "server_url": "https://127.0.0.1/mcp"}


def realtime(**settings: Any) -> dict[str, Any]:
    """Return a GA body with those settings of the session."""
    return {"session": {"type": "realtime", **settings}}


def listening(**settings: Any) -> dict[str, Any]:
    """Return a GA body with those settings of the audio input."""
    return realtime(audio={"input": settings})


def speaking(**settings: Any) -> dict[str, Any]:
    """Return a GA body with those settings of the audio output."""
    return realtime(audio={"output": settings})


def turns(**settings: Any) -> dict[str, Any]:
    """Return a GA body with a server VAD of those settings."""
    return listening(turn_detection={"type": "server_vad", **settings})


GOOD_GA = [
    {},
    {"expires_after": {}},
    {"expires_after": {"anchor": "created_at", "seconds": 10}},
    {"expires_after": {"seconds": 7200}},
    realtime(),
    realtime(model="anything", instructions="", output_modalities=["text"]),
    realtime(max_output_tokens="inf"),
    realtime(max_output_tokens=1, parallel_tool_calls=False, reasoning={"effort": "minimal"}),
    realtime(tracing=None),
    realtime(tracing="auto"),
    realtime(tracing={"workflow_name": "w", "group_id": "g", "metadata": {"a": [1]}}),
    realtime(truncation="disabled"),
    realtime(
        truncation={
            "type": "retention_ratio",
            "retention_ratio": 1,
            "token_limits": {"post_instructions": 0},
        }
    ),
    realtime(prompt=None),
    realtime(prompt={"id": "pmpt_1", "version": None, "variables": {"name": "Ada"}}),
    realtime(include=["item.input_audio_transcription.logprobs"]),
    realtime(tools=[], tool_choice="required"),
    realtime(tools=[FUNCTION | {"parameters": {"anything": {"strict": True}}}]),
    realtime(tools=[MCP], tool_choice={"type": "mcp", "server_label": "docs", "name": None}),
    realtime(tools=[MCP | {"headers": {"x": "y"}, "allowed_tools": ["a"]}]),
    realtime(tools=[MCP | {"allowed_tools": {"tool_names": [], "read_only": True}}]),
    realtime(tools=[MCP | {"require_approval": {"never": {"tool_names": ["a"]}}}]),
    realtime(tools=[MCP | {"allowed_callers": ["direct"], "defer_loading": True}]),
    realtime(tool_choice={"type": "function", "name": "tell_time"}),
    speaking(speed=0.25),
    speaking(speed=1, voice="marin", format=PCM),
    speaking(speed=1.5, voice={"id": "voice_1"}, format={"type": "audio/pcmu"}),
    listening(format={"type": "audio/pcma"}, turn_detection=None),
    listening(transcription={"model": "whisper-1", "language": "de", "prompt": "p"}),
    listening(transcription={"languages": ["de"], "keywords": [], "delay": "xhigh"}),
    listening(noise_reduction={"type": "near_field", "strength": 0.5}),
    turns(threshold=0, silence_duration_ms=0, idle_timeout_ms=None, create_response=False),
    turns(threshold=1.0, prefix_padding_ms=300, idle_timeout_ms=5000),
    listening(turn_detection={"type": "semantic_vad", "eagerness": "high"}),
    {"session": {"type": "transcription"}},
    {"session": {"type": "transcription", "audio": {"input": {"turn_detection": None}}}},
]
# The documentation allows these, the types do not.
NULLS_GA = [listening(noise_reduction=None), listening(transcription=None)]

BAD_GA = [
    (None, "invalid_type", None),
    ([], "invalid_type", None),
    ("{}", "invalid_type", None),
    ({"sesion": {}}, "unknown_parameter", "sesion"),
    ({"session": None}, "invalid_type", "session"),
    ({"session": {}}, "missing_required_parameter", "session.type"),
    ({"session": {"model": "x"}}, "missing_required_parameter", "session.type"),
    ({"session": {"type": None}}, "invalid_type", "session.type"),
    ({"session": {"type": "translation"}}, "invalid_value", "session.type"),
    ({"expires_after": {"seconds": 9}}, "integer_below_min_value", "expires_after.seconds"),
    ({"expires_after": {"seconds": 7201}}, "integer_above_max_value", "expires_after.seconds"),
    ({"expires_after": {"seconds": "60"}}, "invalid_type", "expires_after.seconds"),
    ({"expires_after": {"seconds": 60.0}}, "invalid_type", "expires_after.seconds"),
    ({"expires_after": {"seconds": True}}, "invalid_type", "expires_after.seconds"),
    ({"expires_after": {"anchor": "now"}}, "invalid_value", "expires_after.anchor"),
    (realtime(temperature=0.8), "unknown_parameter", "session.temperature"),
    (realtime(voice="marin"), "unknown_parameter", "session.voice"),
    (realtime(model=None), "invalid_type", "session.model"),
    (realtime(instructions=7), "invalid_type", "session.instructions"),
    (realtime(output_modalities=["audio", "text"]), "invalid_value", "session.output_modalities"),
    (realtime(output_modalities=[]), "invalid_value", "session.output_modalities"),
    (realtime(output_modalities=["video"]), "invalid_value", "session.output_modalities[0]"),
    (realtime(output_modalities="text"), "invalid_type", "session.output_modalities"),
    (realtime(output_modalities=("text",)), "invalid_type", "session.output_modalities"),
    (realtime(max_output_tokens=0), "integer_below_min_value", "session.max_output_tokens"),
    (realtime(max_output_tokens=True), "invalid_type", "session.max_output_tokens"),
    (realtime(max_output_tokens="100"), "invalid_value", "session.max_output_tokens"),
    (realtime(max_output_tokens=None), "invalid_type", "session.max_output_tokens"),
    (realtime(parallel_tool_calls=1), "invalid_type", "session.parallel_tool_calls"),
    (realtime(reasoning={"effort": "max"}), "invalid_value", "session.reasoning.effort"),
    (realtime(tracing="on"), "invalid_value", "session.tracing"),
    (realtime(tracing={"metadata": []}), "invalid_type", "session.tracing.metadata"),
    (realtime(truncation="never"), "invalid_value", "session.truncation"),
    (
        realtime(truncation={"type": "retention_ratio"}),
        "missing_required_parameter",
        "session.truncation.retention_ratio",
    ),
    (
        realtime(truncation={"type": "retention_ratio", "retention_ratio": 1.01}),
        "decimal_above_max_value",
        "session.truncation.retention_ratio",
    ),
    (realtime(prompt={}), "missing_required_parameter", "session.prompt.id"),
    (realtime(include=["everything"]), "invalid_value", "session.include[0]"),
    (realtime(tools={}), "invalid_type", "session.tools"),
    (realtime(tools=[{}]), "missing_required_parameter", "session.tools[0].type"),
    (realtime(tools=[FUNCTION, {"type": "web"}]), "invalid_value", "session.tools[1].type"),
    (
        realtime(tools=[FUNCTION | {"strict": True}]),
        "unknown_parameter",
        "session.tools[0].strict",
    ),
    (
        realtime(tools=[{"type": "function"}]),
        "missing_required_parameter",
        "session.tools[0].name",
    ),
    (
        realtime(tools=[FUNCTION | {"parameters": "{}"}]),
        "invalid_type",
        "session.tools[0].parameters",
    ),
    (
        realtime(tools=[{"type": "mcp", "server_url": "u"}]),
        "missing_required_parameter",
        "session.tools[0].server_label",
    ),
    (
        realtime(tools=[{"type": "mcp", "server_label": "l"}]),
        "missing_required_parameter",
        "session.tools[0].server_url",
    ),
    (
        realtime(tools=[MCP | {"connector_id": "connector_gmail"}]),
        "invalid_value",
        "session.tools[0]",
    ),
    (
        realtime(tools=[{"type": "mcp", "server_label": "l", "tunnel_id": "tunnel_X"}]),
        "invalid_value",
        "session.tools[0].tunnel_id",
    ),
    (
        realtime(tools=[MCP | {"headers": {"x": 1}}]),
        "invalid_type",
        "session.tools[0].headers.x",
    ),
    (
        realtime(tools=[MCP | {"require_approval": "sometimes"}]),
        "invalid_value",
        "session.tools[0].require_approval",
    ),
    (
        realtime(tools=[MCP | {"allowed_callers": []}]),
        "empty_array",
        "session.tools[0].allowed_callers",
    ),
    (realtime(tool_choice="always"), "invalid_value", "session.tool_choice"),
    (
        realtime(tool_choice={"type": "function"}),
        "missing_required_parameter",
        "session.tool_choice.name",
    ),
    (speaking(speed=0.2), "decimal_below_min_value", "session.audio.output.speed"),
    (speaking(speed=2), "decimal_above_max_value", "session.audio.output.speed"),
    (speaking(speed="1"), "invalid_type", "session.audio.output.speed"),
    (speaking(speed=math.nan), "invalid_type", "session.audio.output.speed"),
    (speaking(voice={}), "missing_required_parameter", "session.audio.output.voice.id"),
    (speaking(voice=7), "invalid_type", "session.audio.output.voice"),
    (speaking(format="pcm16"), "invalid_type", "session.audio.output.format"),
    (
        speaking(format={"type": "audio/pcm"}),
        "missing_required_parameter",
        "session.audio.output.format.rate",
    ),
    (
        listening(format=PCM | {"rate": 16000}),
        "integer_below_min_value",
        "session.audio.input.format.rate",
    ),
    (
        listening(format=PCM | {"rate": 48000}),
        "integer_above_max_value",
        "session.audio.input.format.rate",
    ),
    (
        listening(format={"type": "audio/pcmu", "rate": 8000}),
        "unknown_parameter",
        "session.audio.input.format.rate",
    ),
    (
        listening(transcription={"languages": []}),
        "empty_array",
        "session.audio.input.transcription.languages",
    ),
    (
        listening(transcription={"languages": "de"}),
        "invalid_type",
        "session.audio.input.transcription.languages",
    ),
    (
        listening(noise_reduction={"type": "none"}),
        "invalid_value",
        "session.audio.input.noise_reduction.type",
    ),
    (
        turns(threshold=1.1),
        "decimal_above_max_value",
        "session.audio.input.turn_detection.threshold",
    ),
    (
        turns(silence_duration_ms=0.5),
        "invalid_type",
        "session.audio.input.turn_detection.silence_duration_ms",
    ),
    (
        turns(prefix_padding_ms=-1),
        "integer_below_min_value",
        "session.audio.input.turn_detection.prefix_padding_ms",
    ),
    (
        turns(idle_timeout_ms=4999),
        "integer_below_min_value",
        "session.audio.input.turn_detection.idle_timeout_ms",
    ),
    (
        turns(idle_timeout_ms=30001),
        "integer_above_max_value",
        "session.audio.input.turn_detection.idle_timeout_ms",
    ),
    (
        turns(eagerness="low"),
        "unknown_parameter",
        "session.audio.input.turn_detection.eagerness",
    ),
    (
        listening(turn_detection={"threshold": 0.5}),
        "missing_required_parameter",
        "session.audio.input.turn_detection.type",
    ),
    (
        {"session": {"type": "transcription", "model": "whisper-1"}},
        "unknown_parameter",
        "session.model",
    ),
    (
        {"session": {"type": "transcription", "audio": {"output": {}}}},
        "unknown_parameter",
        "session.audio.output",
    ),
]

GOOD_BETA = [
    {},
    {"modalities": ["audio", "text"], "model": "gpt-4o-realtime-preview", "voice": "verse"},
    {"modalities": ["text", "audio"], "temperature": 0.6, "speed": 1.5},
    {"temperature": 1.2, "max_response_output_tokens": "inf", "tool_choice": "tell_time"},
    {"input_audio_format": "g711_ulaw", "output_audio_format": "g711_alaw"},
    {"tools": [FUNCTION], "tracing": {"group_id": "g"}},
    {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}},
    {"client_secret": {"expires_after": {"anchor": "created_at", "seconds": 30}}},
]
NULLS_BETA = [
    {"turn_detection": None, "tracing": None},
    {"input_audio_transcription": None, "input_audio_noise_reduction": None},
    {"model": "an-unlisted-model"},
]
BAD_BETA = [
    ({"session": {}}, "unknown_parameter", "session"),
    ({"type": "realtime"}, "unknown_parameter", "type"),
    ({"modalities": ["audio"]}, "invalid_value", "modalities"),
    ({"temperature": 0.5}, "decimal_below_min_value", "temperature"),
    ({"temperature": 1.3}, "decimal_above_max_value", "temperature"),
    ({"temperature": "0.8"}, "invalid_type", "temperature"),
    ({"input_audio_format": "audio/pcm"}, "invalid_value", "input_audio_format"),
    ({"max_response_output_tokens": 0}, "integer_below_min_value", "max_response_output_tokens"),
    ({"tools": [FUNCTION | {"strict": False}]}, "unknown_parameter", "tools[0].strict"),
    ({"tools": [MCP]}, "invalid_value", "tools[0].type"),
    ({"tool_choice": {"type": "function"}}, "invalid_type", "tool_choice"),
    (
        {"client_secret": {"expires_after": {"seconds": 60}}},
        "missing_required_parameter",
        "client_secret.expires_after.anchor",
    ),
    (
        {"client_secret": {"expires_after": {"anchor": "created_at", "seconds": 5}}},
        "integer_below_min_value",
        "client_secret.expires_after.seconds",
    ),
]


@pytest.mark.parametrize("body", GOOD_GA + NULLS_GA, ids=repr)
def test_accepts_ga_bodies(body: Any) -> None:
    """Bodies that the API documents pass."""
    assert check_ga(body) is None


@pytest.mark.parametrize(
    "stem", ["ga_realtime_recorded_REQUEST", "azure_realtime_text_recorded_REQUEST"]
)
def test_accepts_recorded_bodies(stem: str, recorded: Callable[[str], Any]) -> None:
    """Bodies that real servers took pass."""
    assert check_ga(recorded(stem)) is None


@pytest.mark.parametrize(("body", "code", "param"), BAD_GA, ids=repr)
def test_refuses_ga_bodies(body: Any, code: str, param: str | None) -> None:
    """Each violation has OpenAI's code and the path to the culprit, which the message names."""
    violation = check_ga(body)
    assert violation is not None
    assert (violation.code, violation.param) == (code, param)


@pytest.mark.parametrize("body", GOOD_BETA + NULLS_BETA, ids=repr)
def test_accepts_beta_bodies(body: Any) -> None:
    """Flat bodies that the beta API documented pass."""
    assert check_beta(body) is None


@pytest.mark.parametrize(("body", "code", "param"), BAD_BETA, ids=repr)
def test_refuses_beta_bodies(body: Any, code: str, param: str | None) -> None:
    """The beta API's violations are told like those of the GA API."""
    violation = check_beta(body)
    assert violation is not None
    assert (violation.code, violation.param) == (code, param)


@pytest.mark.parametrize(
    ("hint", "bodies"),
    [(ClientSecretCreateParams, GOOD_GA), (SessionCreateParams, GOOD_BETA)],
    ids=["ga", "beta"],
)
def test_agrees_with_pydantic(hint: Any, bodies: list[Any]) -> None:
    """What passes here also passes pydantic's own reading of the openai package's types."""
    adapter = TypeAdapter(hint)
    for body in bodies:
        adapter.validate_python(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (realtime(temperature=1), "Unknown parameter: 'session.temperature'."),
        ({"session": {}}, "Missing required parameter: 'session.type'."),
        (
            speaking(speed=2),
            (
                "Invalid 'session.audio.output.speed': decimal above maximum value. "
                "Expected a value <= 1.5, but got 2 instead."
            ),
        ),
        (
            realtime(max_output_tokens=0),
            (
                "Invalid 'session.max_output_tokens': integer below minimum value. "
                "Expected a value >= 1, but got 0 instead."
            ),
        ),
        (
            realtime(instructions=None),
            "Invalid type for 'session.instructions': expected a string, but got null instead.",
        ),
        (
            realtime(reasoning={"effort": "huge"}),
            (
                "Invalid value: 'huge'. Supported values are: "
                "'minimal', 'low', 'medium', 'high', 'xhigh'."
            ),
        ),
    ],
    ids=repr,
)
def test_words_messages(body: Any, expected: str) -> None:
    """Messages are worded as the API words them."""
    violation = check_ga(body)
    assert violation is not None
    assert violation.message == expected


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, None),
        ({"input_audio_transcription": {"model": "gpt-4o-transcribe"}}, None),
        ({"client_secret": {"expires_at": {"anchor": "created_at", "seconds": 60}}}, None),
        ({"client_secret": {"expires_at": {"seconds": 1}}}, "client_secret.expires_at.seconds"),
        ({"model": "whisper-1"}, "model"),
    ],
    ids=repr,
)
def test_checks_beta_transcription(body: Any, param: str | None) -> None:
    """Beta transcription bodies have no model and call the lifetime `expires_at`."""
    violation = check_beta_transcription(body)
    assert (violation.param if violation else None) == param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"session": {"model": "gpt-realtime-translate"}}, None),
        ({"session": {"model": "m", "audio": {"output": {"language": "es"}}}}, None),
        ({}, "session"),
        ({"session": {}}, "session.model"),
        ({"session": {"model": "m", "type": "translation"}}, "session.type"),
    ],
    ids=repr,
)
def test_checks_translation(body: Any, param: str | None) -> None:
    """Translation bodies need a model and have no type."""
    violation = check_translation(body)
    assert (violation.param if violation else None) == param


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "session", "audio", "input", "tools", "tracing", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


# The first example pays for the compilation.
@given(JSON)
def test_survives_any_json(body: Any) -> None:
    """Whatever JSON comes, the checks answer instead of raising."""
    for check in (check_ga, check_beta, check_beta_transcription, check_translation):
        violation = check(body)
        assert violation is None or violation.message
