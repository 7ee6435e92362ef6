# SPDX-License-Identifier: MIT
"""Dialog -> request: what is sent, and where it stands."""

from __future__ import annotations

import copy
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.field_table import GOOD
from core.pinned import PINNED, drop_pinned
from core.settings_strategy import COSTLY, make_settings, make_token, nest_dotted
from openai_realtime.api import Api
from openai_realtime.errors import SettingsError
from openai_realtime.form import Form, load_form
from openai_realtime.request import SessionRequest, build_request
from openai_realtime.schema import load_schema, parse_version
from openai_realtime.validation import BodyChecker
from realtime_dev.sandbox import check_beta, check_ga

FORM = load_form()
LEFT_ALONE: dict[Api, dict[str, Any]] = {Api.GA: {"session": {"type": "realtime"}}, Api.BETA: {}}
CHECKS = {Api.GA: check_ga, Api.BETA: check_beta}
CHECKERS = {api: BodyChecker(FORM.schema, api) for api in Api}
FIELDS = {".".join(setting): item for setting, item in FORM.by_setting.items()}
TURNS = "session.audio.input.turn_detection"
NEWEST_IN_TABLE = "0.2.0"
"""Fields that came later may do without a line: the property tests draw every field there is."""


def build(flat: dict[str, Any], api: Api = Api.GA) -> dict[str, Any]:
    """Return the body that comes of settings at dotted paths."""
    return dict(build_request(FORM, nest_dotted(flat), api).body)


def refuse(flat: dict[str, Any], api: Api = Api.GA) -> str:
    """Return the message with which such settings are refused."""
    with pytest.raises(SettingsError) as caught:
        build_request(FORM, nest_dotted(flat), api)
    return str(caught.value)


@pytest.mark.parametrize("api", list(Api))
def test_nothing_set_sends_nothing(api: Api) -> None:
    """What the user leaves alone is not in the body, and None in settings is not set."""
    request = build_request(FORM, {}, api)
    assert (request.body, request.headers, request.api) == (LEFT_ALONE[api], {}, api)
    names = ["model", "instructions", "expires_after_seconds", "abilities.tools_json"]
    assert build(dict.fromkeys(names), api) == LEFT_ALONE[api]


def test_endpoints() -> None:
    """Each API has its own route."""
    endpoints = {api: build_request(FORM, {}, api).endpoint for api in Api}
    assert endpoints == {Api.GA: "realtime/client_secrets", Api.BETA: "realtime/sessions"}


@given(data=st.data())
@pytest.mark.parametrize("api", list(Api))
def test_any_settings(api: Api, data: st.DataObject) -> None:
    """The official types and our own schema take every body, and know each of its keys."""
    settings = data.draw(make_settings(FORM, api))
    body = build_request(FORM, settings, api, make_token).body
    assert CHECKS[api](drop_pinned(body, FORM, api)) is None
    assert CHECKERS[api].check(body) == ("", [])


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
        if "tools" in item.path or not item.applies(settings):
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
    form.fields = (FORM.find_field(setting),)
    return form


def _merge(body: Any, more: Any) -> Any:
    """Return both objects in one; unlike a patch, null stays."""
    if not (isinstance(body, dict) and isinstance(more, dict)):
        return more
    return {**body, **{key: _merge(body.get(key), value) for key, value in more.items()}}


def test_settings_that_the_package_does_not_know() -> None:
    """A pinned field, value or variant is taken out of a body before the package is asked."""
    lines = [
        "session.mood: field: schema has it, package has not",
        f"{TURNS}[server_vad].depth: field: schema has it, package has not",
        "session.tools[function].mood: field: schema has it, package has not",
        "session.tools[robot]: variant: schema has it, package has not",
        "session.truncation[some]: variant: schema has it, package has not",
        "session.reasoning.effort: enum: schema has 'utmost', package has not",
        "session.temperature: field: schema has it, package has not (the beta API only)",
    ]
    vad, function = {"type": "server_vad"}, {"type": "function", "name": "f"}
    body = {
        "session": {
            "type": "realtime",
            "mood": "calm",
            "audio": {"input": {"turn_detection": {**vad, "depth": 1}}},
            "tools": [{"type": "robot"}, {**function, "mood": 1}, {"type": "robot"}],
            "truncation": {"type": "some"},
            "reasoning": {"effort": "utmost"},
        }
    }
    known = drop_pinned(body, FORM, lines=lines)
    assert known == {
        "session": {
            "type": "realtime",
            "audio": {"input": {"turn_detection": vad}},
            "tools": [function],
            "reasoning": {},
        }
    }
    assert check_ga(body) is not None
    assert check_ga(known) is None
    schema = copy.deepcopy(load_schema())
    schema["properties"]["session"]["properties"]["mood"] = {
        "type": "string",
        "x-beta": "soul.mood",
    }
    assert drop_pinned({"soul": {"mood": 1}}, Form(schema), Api.BETA, lines) == {"soul": {}}
    assert drop_pinned({"temperature": 1}, FORM, Api.BETA, lines) == {"temperature": 1}
    assert PINNED.exists()


def test_every_field_is_in_the_table() -> None:
    """Each field up to that version has a line in the table; none is about one that has gone."""
    newest = parse_version(NEWEST_IN_TABLE)
    old = {name for name, item in FIELDS.items() if parse_version(item.since) <= newest}
    assert sorted(old - GOOD.keys()) == []
    assert sorted(GOOD.keys() - FIELDS.keys()) == []


@pytest.mark.parametrize("api", list(Api))
@pytest.mark.parametrize("setting", GOOD)
def test_good_values_arrive(setting: str, api: Api) -> None:
    """A good value stands at its place in the body, or is refused where the API lacks it."""
    flat, ga, beta = GOOD[setting]
    place = ga if api is Api.GA else beta
    if place is None:
        assert f"the {api.label.split()[0]}" in refuse(flat, api)
        return
    request = build_request(FORM, nest_dotted(flat), api)
    path, expected = place
    if path.startswith("header:"):
        assert request.headers == {path.removeprefix("header:"): expected}
        return
    names = [name for name in path.split(".") if name]
    assert reduce(lambda holder, name: holder[name], names, request.body) == expected


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("turn_detection", TURNS),
        ("hearing.transcription", "session.audio.input.transcription"),
        ("hearing.noise_reduction", "session.audio.input.noise_reduction"),
        ("tracing.mode", "session.tracing"),
    ],
)
def test_off_is_null(setting: str, path: str) -> None:
    """Off sends null, which is different from leaving the field to the server."""
    assert build({setting: "off"}) == nest_dotted({"session.type": "realtime", path: None})
    assert build({setting: "unset"}) == LEFT_ALONE[Api.GA]


@pytest.mark.parametrize("setting", ["model", "voice", "hearing.transcript.model"])
def test_open_choices_take_other_texts(setting: str) -> None:
    """An open drop-down takes a text of the user's own, entered beside it or stored in it."""
    switch = {"hearing.transcription": "on"}
    beside = build({**switch, setting: "other", f"{setting}_other": " mine "})
    assert beside == build({**switch, setting: "mine"})
    assert "'mine'" in str(beside)


@pytest.mark.parametrize("api", list(Api))
def test_hidden_fields_are_not_sent(api: Api) -> None:
    """With text-only output nothing of the voice is sent, be it set or even wrong."""
    hidden = {
        "voice": "marin",
        "speech.speed_set": True,
        "speech.speed": 99,
        "speech.output_format": "audio/pcmu",
    }
    assert build({**hidden, "output": "text"}, api) == build({"output": "text"}, api)
    assert "Speed" in refuse({**hidden, "output": "audio"}, api)


def test_numbers_count_only_when_switched_on() -> None:
    """A number whose check box is off is neither sent nor checked."""
    assert build({"speech.speed_set": False, "speech.speed": 99}) == LEFT_ALONE[Api.GA]
    assert build({"speech.speed": 99}) == LEFT_ALONE[Api.GA]


def test_whole_floats_become_integers() -> None:
    """A whole number that a flow variable holds as a double is sent as an integer."""
    body = build({"expires_after_seconds_set": True, "expires_after_seconds": 60.0})
    seconds = body["expires_after"]["seconds"]
    assert (seconds, type(seconds)) == (60, int)


@pytest.mark.parametrize("api", list(Api))
def test_anchor_only_with_seconds(api: Api) -> None:
    """The constant member of an object is sent only when the object is."""
    body = build({"expires_after_seconds_set": True, "expires_after_seconds": 60}, api)
    holder = body if api is Api.GA else body["client_secret"]
    assert holder["expires_after"] == {"anchor": "created_at", "seconds": 60}
    assert "anchor" not in str(build({"model": "m"}, api))


def test_long_texts_keep_their_shape() -> None:
    """Texts of several lines are sent as entered; those of one line lose the space around."""
    assert build({"instructions": " a\n\tb \n"})["session"]["instructions"] == " a\n\tb \n"
    assert build({"instructions": " \n "}) == LEFT_ALONE[Api.GA]
    longest = build_request(FORM, {"tracing": {"safety_identifier": f" {512 * 'x'} "}}, Api.GA)
    assert longest.headers == {"OpenAI-Safety-Identifier": 512 * "x"}


def test_beta_is_sent_functions_only() -> None:
    """The beta API has no MCP servers, also in JSON that was typed."""
    function = '{"type": "function", "name": "f"}'
    server = '{"type": "mcp", "server_label": "l", "server_url": "u"}'
    assert build({"abilities.tools_json": f"[{function}]"}, Api.BETA) == {
        "tools": [{"type": "function", "name": "f"}]
    }
    refusal = refuse({"abilities.tools_json": f"[{function}, {server}]"}, Api.BETA)
    assert refusal.startswith("Tools (JSON): tools[1]: an object does not fit here; expected an")
    assert refusal.endswith("object whose 'type' is function.")


def in_server(**more: Any) -> dict[str, Any]:
    """Return a body of the current API with one MCP server."""
    return {"session": {"tools": [{"type": "mcp", "server_label": "l", **more}]}}


FUNCTION = {"type": "function", "keys": "y", "parameters": {"properties": {"token": {"key": "x"}}}}


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
        ({"tools": [FUNCTION]}, []),
        ({"transcription": {"keywords": ["KNIME"], "prompt": "p"}, "max_tokens": "inf"}, []),
        ({"tracing": {"metadata": {"key": "harmless"}}, "tool_choice": "auto"}, []),
    ],
)
def test_secrets_of_mcp_servers(body: dict[str, Any], secrets: list[str]) -> None:
    """Tokens are secret, and what a telling name says is; a request's repr shows neither."""
    request = SessionRequest(Api.GA, "e", body)
    assert list(request.secrets) == secrets
    assert repr(request) == "SessionRequest(api=<Api.GA: 'ga'>, endpoint='e', method='POST')"
