# SPDX-License-Identifier: MIT
"""Settings -> request: what is sent, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings_strategy import Example, make_examples, make_token, nest_dotted
from openai_realtime.api import Api
from openai_realtime.errors import SettingsError, fold
from openai_realtime.form import load_form
from openai_realtime.request import build_request
from openai_realtime.settings import default_settings
from realtime_dev.sandbox import check_beta, check_ga

FORM = load_form()
LEFT_ALONE: dict[Api, dict[str, Any]] = {Api.GA: {"session": {"type": "realtime"}}, Api.BETA: {}}
CHECKS = {Api.GA: check_ga, Api.BETA: check_beta}
APIS = list(Api)


def build(flat: dict[str, Any], api: Api = Api.GA) -> dict[str, Any]:
    """Return the body that comes of settings at dotted paths."""
    return dict(build_request(FORM, nest_dotted(flat), api).body)


def refuse(flat: dict[str, Any], api: Api = Api.GA) -> str:
    """Return the message with which such settings are refused."""
    with pytest.raises(SettingsError) as caught:
        build_request(FORM, nest_dotted(flat), api)
    return str(caught.value)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("nothing", [{}, default_settings(FORM)], ids=["empty", "defaults"])
def test_nothing_set_sends_nothing(api: Api, nothing: dict[str, Any]) -> None:
    """What the user leaves alone is not in the body."""
    request = build_request(FORM, nothing, api)
    assert request.body == LEFT_ALONE[api]
    assert request.headers == {}


def test_endpoints() -> None:
    """Each API has its own route."""
    endpoints = {api: build_request(FORM, {}, api).endpoint for api in Api}
    assert endpoints == {Api.GA: "realtime/client_secrets", Api.BETA: "realtime/sessions"}


@given(data=st.data())
@pytest.mark.parametrize("api", APIS)
def test_any_settings(api: Api, data: st.DataObject) -> None:
    """A body holds exactly what was set, each at its place, and strict checks take it."""
    example: Example = data.draw(make_examples(FORM, api))
    request = build_request(FORM, example.settings, api, make_token)
    assert request.body == example.body
    assert request.headers == example.headers
    assert CHECKS[api](request.body) is None


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("turn_detection", "session.audio.input.turn_detection"),
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


@pytest.mark.parametrize("text", [{}, {"voice_other": ""}, {"voice_other": "  "}])
def test_other_needs_a_text(text: dict[str, str]) -> None:
    """Who chooses another value must enter it."""
    assert refuse({"voice": "other", **text}) == "Another voice: enter a value."


def test_closed_choices_list_what_they_know() -> None:
    """An unknown value of a closed drop-down is refused together with the known ones."""
    message = refuse({"abilities.tool_choice": "always"})
    known = "unset, auto, none, required, function, mcp"
    assert message == f"Tool choice: 'always' is none of {known}."


def test_values_no_longer_listed_still_work() -> None:
    """A workflow that was saved with a model that has left the list sends that model."""
    assert build({"model": "gpt-realtime-2025-08-28"})["session"]["model"].endswith("08-28")


@pytest.mark.parametrize("api", APIS)
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


def test_ga_has_no_temperature() -> None:
    """The current API refuses a temperature, so we say it first, and what to do."""
    temperature = {"limits.temperature_set": True, "limits.temperature": 0.8}
    assert refuse(temperature) == (
        "Temperature: the current (GA) API has no such setting. Leave it unset, or connect a "
        "configuration with the beta API."
    )
    assert build(temperature, Api.BETA) == {"temperature": 0.8}


@pytest.mark.parametrize(
    ("flat", "message"),
    [
        (
            {
                "turn_detection": "server_vad",
                "server_vad.idle_timeout_ms_set": True,
                "server_vad.idle_timeout_ms": 5000,
            },
            "Idle timeout (ms) (Server VAD): the beta API has no such setting.",
        ),
        (
            {"abilities.tool_choice": "function", "abilities.one_function.name": "f"},
            "Tool choice: the beta API has no 'One function'.",
        ),
        (
            {"abilities.tool_choice": "mcp", "abilities.one_mcp_server.server_label": "m"},
            "Tool choice: the beta API has no 'One MCP server'.",
        ),
    ],
)
def test_beta_refuses_what_it_lacks(flat: dict[str, Any], message: str) -> None:
    """What the beta API does not know is refused with its reason, not left out silently."""
    assert refuse(flat, Api.BETA).startswith(message)


NUMBERS = [
    ("speech.speed", 1.6, "Speed: 1.6 is above 1.5. Enter a number from 0.25 to 1.5."),
    ("speech.speed", 0.2, "Speed: 0.2 is below 0.25. Enter a number from 0.25 to 1.5."),
    ("limits.temperature", 0.5, "Temperature: 0.5 is below 0.6. Enter a number from 0.6 to 1.2."),
    (
        "expires_after_seconds",
        5,
        "Expires after (seconds): 5 is below 10. Enter a whole number from 10 to 7200.",
    ),
    (
        "expires_after_seconds",
        60.5,
        "Expires after (seconds): 60.5 is no whole number. Enter a whole number from 10 to 7200.",
    ),
    ("server_vad.threshold", 2, "Threshold (Server VAD): 2 is above 1."),
    ("server_vad.silence_duration_ms", 0.5, "0.5 is no whole number."),
    ("server_vad.silence_duration_ms", -1, "Enter a whole number of at least 0."),
    *(
        (setting, value, f"'{fold(str(value), 40)}' is no ")
        for setting in ("speech.speed", "expires_after_seconds")
        for value in (math.nan, math.inf, -math.inf, True, False, "1", [1], 10**400)
    ),
]


@pytest.mark.parametrize(("setting", "value", "message"), NUMBERS, ids=range(len(NUMBERS)))
def test_bad_numbers(setting: str, value: object, message: str) -> None:
    """A number that is none, or out of range, is refused with what may be entered."""
    flat = {"turn_detection": "server_vad", f"{setting}_set": True, setting: value}
    assert message in refuse(flat, Api.BETA)


def test_numbers_count_only_when_switched_on() -> None:
    """A number whose check box is off is neither sent nor checked."""
    assert build({"speech.speed_set": False, "speech.speed": 99}) == LEFT_ALONE[Api.GA]
    assert build({"speech.speed": 99}) == LEFT_ALONE[Api.GA]


def test_whole_floats_become_integers() -> None:
    """A whole number that a flow variable holds as a double is sent as an integer."""
    seconds = build({"expires_after_seconds_set": True, "expires_after_seconds": 60.0})[
        "expires_after"
    ]["seconds"]
    assert (seconds, type(seconds)) == (60, int)


@pytest.mark.parametrize("api", APIS)
def test_anchor_only_with_seconds(api: Api) -> None:
    """The constant member of an object is sent only when the object is."""
    after = {"anchor": "created_at", "seconds": 60}
    body = build({"expires_after_seconds_set": True, "expires_after_seconds": 60}, api)
    holder = body if api is Api.GA else body["client_secret"]
    assert holder["expires_after"] == after
    assert "anchor" not in str(build({"model": "m"}, api))


def test_none_means_not_set() -> None:
    """None in settings from a file is no text 'None'."""
    flat = dict.fromkeys(["model", "instructions", "expires_after_seconds", "abilities.tools_json"])
    assert build(flat) == LEFT_ALONE[Api.GA]


def test_long_texts_keep_their_shape() -> None:
    """Texts of several lines are sent as entered; those of one line lose the space around."""
    assert build({"instructions": " a\n\tb \n"})["session"]["instructions"] == " a\n\tb \n"
    assert build({"instructions": " \n "}) == LEFT_ALONE[Api.GA]


def test_request_does_not_show_its_content() -> None:
    """A request's repr keeps tokens of MCP servers out of logs."""
    server = {"server_label": "x", "server_url": "y", "credential": "c"}
    settings = nest_dotted({"abilities.mcp_servers": [server]})
    request = build_request(FORM, settings, Api.GA, lambda _: "hush")
    assert "hush" in str(request.body)
    assert "hush" not in repr(request)


TUNNEL = f"tunnel_{32 * 'a'}"
TOOLS = [
    ("nonsense", "this is no JSON: line 1, column 1: expecting value."),
    ("[\n  {'a': 1}]", 'line 2, column 4: texts stand in straight double quotes (").'),
    ('[{"type": "function"', "line 1, column 21: the text ends too early;"),
    ("[] []", "line 1, column 4: extra data."),
    ("{}", "tools: must be a list, not an object."),
    ("null", "tools: must be a list, not null."),
    ("[5]", "tools[0]: must be an object, not 5."),
    ('[{"name": "f"}]', "tools[0]: 'type' is missing."),
    ('[{"type": "web_search"}]', "an object whose 'type' is function or mcp."),
    ('[{"type": "function"}]', "tools[0]: 'name' is missing."),
    ('[{"type": "function", "name": ""}]', "tools[0].name: must not be empty."),
    ('[{"type": "function", "name": "a b"}]', 'tools[0].name: "a b" has characters that are not'),
    (f'[{{"type": "function", "name": "{65 * "n"}"}}]', "tools[0].name: is too long; at most 64"),
    (
        '[{"type": "function", "name": "f", "strict": true}]',
        "tools[0]: unknown key 'strict'; known are type, name, description, parameters.",
    ),
    (
        '[{"type": "function", "name": "f"}, {"type": "function", "name": "g", "parameters": []}]',
        "tools[1].parameters: must be an object, not a list.",
    ),
    ('[{"type": "mcp", "server_url": "u"}]', "tools[0]: 'server_label' is missing."),
    (
        '[{"type": "mcp", "server_label": "l"}]',
        "tools[0]: exactly one of server_url, tunnel_id, connector_id is needed.",
    ),
    (
        f'[{{"type": "mcp", "server_label": "l", "server_url": "u", "tunnel_id": "{TUNNEL}"}}]',
        "tools[0]: exactly one of server_url, tunnel_id, connector_id is needed.",
    ),
    ('[{"type": "function", "name": "f", "parameters": {"a": NaN}}]', "NaN is no JSON value."),
    ('[{"parameters": {"a": -1e999}}]', "-1e999 is too large a number."),
    ('[{"type": "function", "name": "a", "name": "b"}]', "the key 'name' stands twice"),
    ('["\\ud800"]', "a character is broken"),
    (
        '[{"type": "mcp", "server_label": "l", "server_url": "u", "authorization": "t"}]',
        "tools[0].authorization: a token must not stand here, for it would be saved in the",
    ),
    (100_000 * "[", "it is nested too deeply."),
    (200 * "[" + 200 * "]", "it is nested too deeply."),
]


@pytest.mark.parametrize(("text", "message"), TOOLS, ids=range(len(TOOLS)))
def test_bad_tools(text: str, message: str) -> None:
    """What is wrong with JSON that was typed is told by line and column, or by element."""
    refusal = refuse({"abilities.tools_json": text})
    assert refusal.startswith("Tools (JSON): ")
    assert message in refusal


def test_beta_has_no_mcp_servers() -> None:
    """The beta API is sent functions only, also from JSON that was typed."""
    function = '{"type": "function", "name": "f"}'
    server = '{"type": "mcp", "server_label": "l", "server_url": "u"}'
    assert build({"abilities.tools_json": f"[{function}]"}, Api.BETA) == {
        "tools": [{"type": "function", "name": "f"}]
    }
    refusal = refuse({"abilities.tools_json": f"[{function}, {server}]"}, Api.BETA)
    assert refusal.startswith("Tools (JSON): tools[1]: an object does not fit here; expected an")
    assert refusal.endswith("object whose 'type' is function.")
