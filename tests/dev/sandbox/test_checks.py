# SPDX-License-Identifier: MIT
"""The strict checks, without a server."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_dev.sandbox import check_beta, check_beta_transcription, check_ga, check_translation
from realtime_dev.sandbox.errors import Violation

Check = Callable[[Any], Violation | None]

PCM = {"type": "audio/pcm", "rate": 24000}
FUNCTION = {"type": "function", "name": "tell_time"}
LIMITS = {"token_limits": {"post_instructions": 0}}
RATIO = "retention_ratio"
MCP = {"type": "mcp", "server_label": "docs", "server_url": "https://127.0.0.1/mcp"}


def nest(path: str, value: Any) -> dict[str, Any]:
    """Return a body with a value at a dotted path."""
    name, _, rest = path.partition(".")
    return {name: nest(rest, value) if rest else value}


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
    {"expires_after": {"anchor": "created_at", "seconds": 10}},
    {"expires_after": {"seconds": 7200}},
    realtime(),
    realtime(model="anything", instructions="", output_modalities=["text"]),
    realtime(max_output_tokens=1, parallel_tool_calls=False, reasoning={"effort": "minimal"}),
    realtime(tracing=None),
    realtime(tracing={"workflow_name": "w", "group_id": "g", "metadata": {"a": [1]}}),
    realtime(truncation={"type": RATIO, RATIO: 1} | LIMITS),
    realtime(prompt={"id": "pmpt_1", "version": None, "variables": {"name": "Ada"}}),
    realtime(include=["item.input_audio_transcription.logprobs"]),
    realtime(tools=[FUNCTION | {"parameters": {"anything": {"strict": True}}}]),
    realtime(tools=[MCP], tool_choice={"type": "mcp", "server_label": "docs", "name": None}),
    realtime(tools=[MCP | {"headers": {"x": "y"}, "allowed_tools": ["a"]}]),
    realtime(tools=[MCP | {"require_approval": {"never": {"tool_names": ["a"]}}}]),
    realtime(tools=[MCP | {"allowed_callers": ["direct"], "defer_loading": True}]),
    speaking(speed=1, voice="marin", format=PCM),
    speaking(speed=1.5, voice={"id": "voice_1"}, format={"type": "audio/pcmu"}),
    listening(transcription={"model": "whisper-1", "language": "de", "prompt": "p"}),
    listening(transcription={"languages": ["de"], "keywords": [], "delay": "xhigh"}),
    turns(threshold=0, silence_duration_ms=0, idle_timeout_ms=None, create_response=False),
    listening(turn_detection={"type": "semantic_vad", "eagerness": "high"}),
    {"session": {"type": "transcription", "audio": {"input": {"turn_detection": None}}}},
    # The documentation allows these, the types do not.
    listening(noise_reduction=None),
    listening(transcription=None),
]

TYPE, VALUE, EMPTY = "invalid_type", "invalid_value", "empty_array"
UNKNOWN, MISSING = "unknown_parameter", "missing_required_parameter"
LOW, HIGH = "integer_below_min_value", "integer_above_max_value"
LOW_DECIMAL, HIGH_DECIMAL = "decimal_below_min_value", "decimal_above_max_value"

SOUND, VOICE = "audio.input", "audio.output"
TURNS = f"{SOUND}.turn_detection"
MCP_ONLY = {"type": "mcp", "server_label": "l"}
# Code, a place in the session and what stands there, and where below it the violation is.
BAD_SESSIONS: list[tuple[str, str, Any, str]] = [
    (TYPE, "type", None, ""),
    (TYPE, "model", None, ""),
    (TYPE, "output_modalities", ("text",), ""),
    (TYPE, "max_output_tokens", True, ""),
    (TYPE, "tracing", {"metadata": []}, ".metadata"),
    (TYPE, "tools", [FUNCTION | {"parameters": "{}"}], "[0].parameters"),
    (TYPE, "tools", [MCP | {"headers": {"x": 1}}], "[0].headers.x"),
    (TYPE, f"{VOICE}.speed", math.nan, ""),
    (TYPE, f"{VOICE}.format", "pcm16", ""),
    (TYPE, TURNS, {"type": "server_vad", "silence_duration_ms": 0.5}, ".silence_duration_ms"),
    (VALUE, "type", "translation", ""),
    (VALUE, "output_modalities", ["audio", "text"], ""),
    (VALUE, "output_modalities", ["video"], "[0]"),
    (VALUE, "reasoning", {"effort": "max"}, ".effort"),
    (VALUE, "tools", [FUNCTION, {"type": "web"}], "[1].type"),
    (VALUE, "tools", [MCP | {"connector_id": "connector_gmail"}], "[0]"),
    (VALUE, "tools", [MCP_ONLY | {"tunnel_id": "tunnel_X"}], "[0].tunnel_id"),
    (VALUE, "tools", [MCP | {"require_approval": "sometimes"}], "[0].require_approval"),
    (EMPTY, "tools", [MCP | {"allowed_callers": []}], "[0].allowed_callers"),
    (EMPTY, f"{SOUND}.transcription", {"languages": []}, ".languages"),
    (UNKNOWN, "temperature", 0.8, ""),
    (UNKNOWN, "tools", [FUNCTION | {"strict": True}], "[0].strict"),
    (UNKNOWN, TURNS, {"type": "server_vad", "eagerness": "low"}, ".eagerness"),
    (MISSING, "truncation", {"type": RATIO}, f".{RATIO}"),
    (MISSING, "tools", [{}], "[0].type"),
    (MISSING, "tools", [MCP_ONLY], "[0].server_url"),
    (MISSING, f"{VOICE}.format", {}, ".type"),
    (MISSING, f"{VOICE}.format", {"type": "audio/pcm"}, ".rate"),
    (MISSING, TURNS, {"threshold": 0.5}, ".type"),
    (LOW, "max_output_tokens", 0, ""),
    (LOW, TURNS, {"type": "server_vad", "prefix_padding_ms": -1}, ".prefix_padding_ms"),
    (LOW, TURNS, {"type": "server_vad", "idle_timeout_ms": 4999}, ".idle_timeout_ms"),
    (HIGH, TURNS, {"type": "server_vad", "idle_timeout_ms": 30001}, ".idle_timeout_ms"),
    (HIGH, f"{SOUND}.format", PCM | {"rate": 48000}, ".rate"),
    (LOW_DECIMAL, f"{VOICE}.speed", 0.2, ""),
    (HIGH_DECIMAL, f"{VOICE}.speed", 2, ""),
    (HIGH_DECIMAL, TURNS, {"type": "server_vad", "threshold": 1.1}, ".threshold"),
    (HIGH_DECIMAL, "truncation", {"type": RATIO, RATIO: 1.01}, f".{RATIO}"),
]
SECONDS = "expires_after.seconds"
BAD_GA: list[tuple[str, str | None, Any]] = [
    (TYPE, None, None),
    (TYPE, None, []),
    (UNKNOWN, "sesion", {"sesion": {}}),
    (MISSING, "session.type", {"session": {}}),
    (LOW, SECONDS, nest(SECONDS, 9)),
    (HIGH, SECONDS, nest(SECONDS, 7201)),
    *((TYPE, SECONDS, {"expires_after": {"seconds": value}}) for value in ("60", 60.0, True)),
    (UNKNOWN, "session.model", {"session": {"type": "transcription", "model": "whisper-1"}}),
]

GOOD_BETA = [
    {},
    {"modalities": ["audio", "text"], "model": "gpt-4o-realtime-preview", "voice": "verse"},
    {"modalities": ["text", "audio"], "temperature": 0.6, "speed": 1.5},
    {"temperature": 1.2, "max_response_output_tokens": "inf", "tool_choice": "tell_time"},
    {"client_secret": {"expires_after": {"anchor": "created_at", "seconds": 30}}},
    # The documentation allows these, the types do not.
    {"turn_detection": None, "tracing": None},
    {"input_audio_transcription": None, "input_audio_noise_reduction": None},
    {"model": "an-unlisted-model"},
]
LIFE, EXPIRY = "client_secret.expires_after", "client_secret.expires_at.seconds"
BAD_BETA: list[tuple[str, str, dict[str, Any]]] = [
    (UNKNOWN, "session", {"session": {}}),
    (VALUE, "modalities", {"modalities": ["audio"]}),
    (LOW_DECIMAL, "temperature", {"temperature": 0.5}),
    (HIGH_DECIMAL, "temperature", {"temperature": 1.3}),
    (LOW, "max_response_output_tokens", {"max_response_output_tokens": 0}),
    (VALUE, "tools[0].type", {"tools": [MCP]}),
    (MISSING, f"{LIFE}.anchor", nest(f"{LIFE}.seconds", 60)),
    (LOW, f"{LIFE}.seconds", nest(LIFE, {"anchor": "created_at", "seconds": 5})),
]


BAD_GA += [
    (code, f"session.{place}{below}", realtime(**nest(place, value)))
    for code, place, value, below in BAD_SESSIONS
]
GOOD = [
    *((check_ga, body) for body in GOOD_GA),
    *((check_beta, body) for body in GOOD_BETA),
    (check_beta_transcription, {}),
    (check_beta_transcription, {"input_audio_transcription": {"model": "gpt-4o-transcribe"}}),
    (check_beta_transcription, nest(EXPIRY, 60)),
    (check_translation, {"session": {"model": "gpt-realtime-translate"}}),
    (check_translation, {"session": {"model": "m", "audio": {"output": {"language": "es"}}}}),
]
BAD = [
    *((check_ga, *case) for case in BAD_GA),
    *((check_beta, *case) for case in BAD_BETA),
    # Beta transcription bodies have no model and call the lifetime `expires_at`.
    (check_beta_transcription, LOW, EXPIRY, nest(EXPIRY, 1)),
    (check_beta_transcription, UNKNOWN, "model", {"model": "whisper-1"}),
    # Translation bodies need a model and have no type.
    (check_translation, MISSING, "session", {}),
    (check_translation, MISSING, "session.model", {"session": {}}),
    (check_translation, UNKNOWN, "session.type", {"session": {"model": "m", "type": "realtime"}}),
]


@pytest.mark.parametrize(("check", "body"), GOOD, ids=range(len(GOOD)))
def test_accepts_documented_bodies(check: Check, body: Any) -> None:
    """Bodies that the API documents pass."""
    assert check(body) is None


@pytest.mark.parametrize(("check", "code", "param", "body"), BAD, ids=range(len(BAD)))
def test_refuses_others(check: Check, code: str, param: str | None, body: Any) -> None:
    """A violation has OpenAI's code and the path to the culprit."""
    violation = check(body)
    assert violation is not None
    assert (violation.code, violation.param) == (code, param)


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("session.mood", realtime(mood={"of": ["anything"]})),
        ("session.audio.output.tempo", speaking(tempo=2)),
        ("session.tools.cost", realtime(tools=[FUNCTION, MCP | {"cost": 1}])),
        ("session.reasoning.effort", realtime(reasoning={"effort": "huge"})),
        ("session.tools.type", realtime(tools=[{"type": "web", "site": "a"}])),
    ],
)
def test_takes_what_the_package_does_not_know_yet(place: str, body: Any) -> None:
    """A member or a value at a place where the API is ahead of the package passes, no other one."""
    assert check_ga(body) is not None
    assert check_ga(body, frozenset([place])) is None
    other = check_ga(body | {"other": 1}, frozenset([place]))
    assert other is not None
    assert other.param == "other"


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


NAMES = st.sampled_from(["type", "session", "audio", "input", "tools", "tracing", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_survives_any_json(body: Any) -> None:
    """Whatever JSON comes, the checks answer instead of raising."""
    for check in (check_ga, check_beta, check_beta_transcription, check_translation):
        violation = check(body)
        assert violation is None or violation.message
