# SPDX-License-Identifier: MIT
"""Dialog -> request: what is sent, and where it stands."""

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.builders import build, refuse
from core.settings_strategy import COSTLY, make_settings, make_token, nest_dotted
from openai_realtime.advice import advise
from openai_realtime.api import Api
from openai_realtime.form import Form, load_form
from openai_realtime.request import SessionRequest, build_request, load_checker
from realtime_dev.drift import read_newer_paths
from realtime_dev.sandbox import (
    Violation,
    check_beta,
    check_beta_transcription,
    check_ga,
    check_translation,
)

FORM = load_form()
LEFT_ALONE: dict[Api, dict[str, Any]] = {Api.GA: {"session": {"type": "realtime"}}, Api.BETA: {}}
SOUND = "session.audio.input"
TURNS = f"{SOUND}.turn_detection"
FUNCTION = '{"type": "function", "name": "g", "parameters": {}}'


@pytest.mark.parametrize("api", list(Api))
def test_nothing_set_sends_nothing(api: Api) -> None:
    """What the user leaves alone is not in the body, and None in settings is not set."""
    request = build_request(FORM, {}, api)
    assert (request.body, request.headers, request.api) == (LEFT_ALONE[api], {}, api)
    assert request.endpoint == FORM.endpoints[api]
    names = ["model", "instructions", "expires_after_seconds", "tools.tools_json"]
    assert build(dict.fromkeys(names), api) == LEFT_ALONE[api]


CHECKS: list[tuple[str, Api, Callable[..., Violation | None]]] = [
    ("session", Api.GA, check_ga),
    ("session", Api.BETA, check_beta),
    ("transcription", Api.GA, check_ga),
    ("transcription", Api.BETA, check_beta_transcription),
    ("translation", Api.GA, check_translation),
]
"""What the sandbox takes from each node and in each API."""


@given(data=st.data())
@pytest.mark.parametrize(("name", "api", "check"), CHECKS)
def test_any_settings(
    name: str, api: Api, check: Callable[..., Violation | None], data: st.DataObject
) -> None:
    """The official types and our own schema take every body, or refuse it as we warn."""
    form = load_form(name)
    settings = data.draw(make_settings(form, api))
    body = build_request(form, settings, api, make_token).body
    assert check(body, read_newer_paths()) is None or advise(form, body, api, date.min)
    assert load_checker(form, api).check(body) == ("", [])


@given(data=st.data())
@COSTLY
@pytest.mark.parametrize("api", list(Api))
def test_settings_are_independent(api: Api, data: st.DataObject) -> None:
    """A body is what its settings make one by one, except that fields of one list follow."""
    settings = data.draw(make_settings(FORM, api))
    whole = build_request(FORM, settings, api, make_token)
    body: dict[str, Any] = copy.deepcopy(LEFT_ALONE[api])
    headers: dict[str, str] = {}
    for item in FORM.fields:
        if "tools" in item.path or item.list_hiding(settings):
            continue
        alone: SessionRequest = build_request(_keep(item.setting), settings, api, make_token)
        headers |= alone.headers
        body = _merge(body, alone.body)
    assert whole.headers == headers
    session = dict(whole.body.get("session", whole.body))
    expected = {key: value for key, value in session.items() if key != "tools"}
    assert (body["session"] if api is Api.GA else body) == expected


def _keep(setting: tuple[str, ...]) -> Form:
    """Return the form with a single field."""
    form = copy.copy(FORM)
    form.fields = (FORM.by_setting[setting],)
    return form


def _merge(body: Any, more: Any) -> Any:
    """Return both objects in one; unlike a patch, null stays."""
    if not (isinstance(body, dict) and isinstance(more, dict)):
        return more
    return {**body, **{key: _merge(body.get(key), value) for key, value in more.items()}}


VAD = {"turn_detection": "server_vad"}
TRANSCRIPT = {"audio_input.transcription": "on"}
RETENTION = {"answers.truncation": "retention_ratio", "answers.retention_ratio": 0.5}
HEADER = "OpenAI-Safety-Identifier"
NO_NOISE = {"input_audio_noise_reduction": None}
LINES = {"instructions": " a\n\tb \n"}
FUNCTION_F = {"type": "function", "name": "f"}
GOOD: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None]] = [
    (
        {"model": "other", "model_other": " mine "},
        {"session.model": "mine"},
        {"model": "mine"},
    ),
    (
        {"output": "audio"},
        {"session.output_modalities": ["audio"]},
        {"modalities": ["audio", "text"]},
    ),
    (
        {"voice": "custom", "voice_id": " v "},
        {"session.audio.output.voice": {"id": "v"}},
        None,
    ),
    (
        {**VAD, "threshold_set": True, "threshold": 0.7},
        {TURNS: {"type": "server_vad", "threshold": 0.7}},
        {"turn_detection": {"type": "server_vad", "threshold": 0.7}},
    ),
    (
        {**VAD, "create_response": "no"},
        {TURNS: {"type": "server_vad", "create_response": False}},
        {"turn_detection": {"type": "server_vad", "create_response": False}},
    ),
    (
        {**VAD, "idle_timeout_ms_set": True, "idle_timeout_ms": 6000},
        {TURNS: {"type": "server_vad", "idle_timeout_ms": 6000}},
        None,
    ),
    (
        # A flow variable may hold a whole number as a double.
        {"expires_after_seconds_set": True, "expires_after_seconds": 60.0},
        {"expires_after": {"anchor": "created_at", "seconds": 60}},
        {"client_secret.expires_after": {"anchor": "created_at", "seconds": 60}},
    ),
    (
        {"audio_output.output_format": "audio/pcmu", "audio_input.input_format": "audio/pcm"},
        {
            "session.audio.output.format": {"type": "audio/pcmu"},
            "session.audio.input.format": {"type": "audio/pcm", "rate": 24000},
        },
        {"output_audio_format": "g711_ulaw", "input_audio_format": "pcm16"},
    ),
    (
        TRANSCRIPT,
        {"session.audio.input.transcription": {}},
        {"input_audio_transcription": {}},
    ),
    (
        {**TRANSCRIPT, "audio_input.languages": "en\n ger \n"},
        {"session.audio.input.transcription": {"languages": ["en", "ger"]}},
        None,
    ),
    (
        {"audio_input.include": "logprobs"},
        {"session.include": ["item.input_audio_transcription.logprobs"]},
        None,
    ),
    (
        {"tools.functions": [{"name": "f"}], "tools.tools_json": f"[{FUNCTION}]"},
        {"session.tools": [json.loads(FUNCTION), FUNCTION_F]},
        {"tools": [json.loads(FUNCTION), FUNCTION_F]},
    ),
    (
        {"tools.tool_choice": "function", "tools.function_name": "f"},
        {"session.tool_choice": FUNCTION_F},
        None,
    ),
    ({"tools.parallel_tool_calls": "no"}, {"session.parallel_tool_calls": False}, None),
    ({"answers.reasoning_effort": "low"}, {"session.reasoning": {"effort": "low"}}, None),
    (
        {"answers.max_output_tokens": "limit", "answers.max_output_tokens_limit": 1},
        {"session.max_output_tokens": 1},
        {"max_response_output_tokens": 1},
    ),
    (
        {
            **RETENTION,
            "answers.post_instructions_set": True,
            "answers.post_instructions": 0,
        },
        {
            "session.truncation": {
                "type": "retention_ratio",
                "retention_ratio": 0.5,
                "token_limits": {"post_instructions": 0},
            }
        },
        None,
    ),
    (
        {"tracing.tracing": "named", "tracing.metadata": '{"a": 1}'},
        {"session.tracing": {"metadata": {"a": 1}}},
        {"tracing": {"metadata": {"a": 1}}},
    ),
    ({"tracing.tracing": "off"}, {"session.tracing": None}, {"tracing": None}),
    ({"turn_detection": "off"}, {TURNS: None}, {"turn_detection": None}),
    ({"audio_input.noise_reduction": "off"}, {f"{SOUND}.noise_reduction": None}, NO_NOISE),
    ({"tracing.tracing": "unset"}, {}, {}),
    # A number whose check box is off is neither sent nor checked.
    (
        {"audio_output.speed_set": False, "audio_output.speed": 99, "answers.temperature": 99},
        {},
        {},
    ),
    # Texts of several lines are sent as entered.
    ({"instructions": " a\n\tb \n"}, {"session.instructions": " a\n\tb \n"}, LINES),
    ({"instructions": " \n "}, {}, {}),
]
"""Settings of each kind, and what they add to the bodies of both APIs; None: it is refused."""


@pytest.mark.parametrize(("flat", "ga", "beta"), GOOD, ids=range(len(GOOD)))
def test_good_values_arrive(
    flat: dict[str, Any], ga: dict[str, Any], beta: dict[str, Any] | None
) -> None:
    """A good value stands at its place in the body, or is refused where the API lacks it."""
    body, expected = build(flat), nest_dotted({"session.type": "realtime", **ga})
    # As text, because a whole number is not the same as a double there.
    assert json.dumps(body, sort_keys=True) == json.dumps(expected, sort_keys=True)
    if beta is None:
        assert "the beta API does not have" in refuse(flat, Api.BETA)
    else:
        assert build(flat, Api.BETA) == nest_dotted(beta)


@pytest.mark.parametrize("api", list(Api))
def test_headers_are_no_part_of_the_body(api: Api) -> None:
    """What travels in a header is checked like any setting."""
    request = build_request(FORM, {"safety_identifier": f" {512 * 'x'} "}, api)
    assert (request.headers, request.body) == ({HEADER: 512 * "x"}, LEFT_ALONE[api])


@pytest.mark.parametrize("setting", ["model", "voice", "audio_input.transcription_model"])
def test_open_choices_take_other_texts(setting: str) -> None:
    """An open drop-down takes a text of the user's own, entered beside it or stored in it."""
    switch = {"audio_input.transcription": "on"}
    beside = build({**switch, setting: "other", f"{setting}_other": " mine "})
    assert beside == build({**switch, setting: "mine"})
    assert "'mine'" in str(beside)


@pytest.mark.parametrize("api", list(Api))
def test_hidden_fields_are_not_sent(api: Api) -> None:
    """With text-only output nothing of the voice is sent, be it set or even wrong."""
    hidden = {
        "voice": "marin",
        "audio_output.speed_set": True,
        "audio_output.speed": 99,
        "audio_output.output_format": "audio/pcmu",
    }
    assert build({**hidden, "output": "text"}, api) == build({"output": "text"}, api)
    assert "Speed" in refuse({**hidden, "output": "audio"}, api)


def in_server(**more: Any) -> dict[str, Any]:
    """Return a body of the current API with one MCP server."""
    return {"session": {"tools": [{"type": "mcp", "server_label": "l", **more}]}}


DESCRIBED = {"type": "function", "parameters": {"properties": {"token": {"key": "x"}}}}


@pytest.mark.parametrize(
    ("body", "secrets"),
    [
        (in_server(authorization="oauth-token"), ["oauth-token"]),
        (in_server(headers={"Authorization": "Bearer abc.def"}), ["abc.def"]),
        (in_server(headers={"authorization": "basic  dXNlcjpwdw=="}), ["dXNlcjpwdw=="]),
        (in_server(authorization="Bearer"), ["Bearer"]),
        (in_server(headers={"X-API-Key": "k 1", "x-auth-token": "t"}), ["k 1", "t"]),
        (in_server(headers={"Client-SECRET": "s", "Cookie": "a=b"}), ["s", "a=b"]),
        (in_server(headers={"X-Region": "eu-central-1", "Accept": "text/html"}), []),
        (in_server(auth={"api_key": "k", "user": "u"}, server_description="d"), ["k"]),
        ({"headers": {"X-API-Key": "k", "X-Trace": "t"}}, ["k"]),
        ({"tools": [DESCRIBED]}, []),
        ({"transcription": {"keywords": ["KNIME"], "prompt": "p"}, "max_tokens": "inf"}, []),
        ({"tracing": {"metadata": {"key": "harmless"}}, "tool_choice": "auto"}, []),
    ],
)
def test_secrets_of_mcp_servers(body: dict[str, Any], secrets: list[str]) -> None:
    """Tokens are secret, and values whose name says so; a request's repr shows neither."""
    request = SessionRequest(Api.GA, "e", body)
    assert list(request.secrets) == secrets
    assert repr(request) == "SessionRequest(POST e)"
