# SPDX-License-Identifier: MIT
"""A row's values on top of the dialog's request."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import pytest

from openai_realtime.api import Api
from openai_realtime.errors import SettingsError
from openai_realtime.form import load_form
from openai_realtime.request import SessionRequest, build_request
from openai_realtime.rows import PATCH, RowRequests

LABELS = {
    "instructions": "Words",
    "model": "Model",
    "voice": "Voice",
    "tracing.safety_identifier": "Person",
    "expires_after_seconds": "Lifetime",
    PATCH: "JSON",
}
"""The settings that rows have values for, and what errors call them."""
DIALOG = {
    "instructions": "Be kind.",
    "model": "gpt-realtime-2",
    "voice": "cedar",
    "output": "audio",
    "expires_after_seconds_set": True,
    "expires_after_seconds": 300,
}


def start(api: Api = Api.GA, dialog: dict[str, Any] | None = None) -> SessionRequest:
    """Return what the dialog asks for."""
    return build_request(load_form("session"), DIALOG if dialog is None else dialog, api)


def make(
    values: dict[str, Any], api: Api = Api.GA, dialog: dict[str, Any] | None = None
) -> SessionRequest:
    """Return the request of a row with these values."""
    return RowRequests(load_form("session"), start(api, dialog), LABELS).build(values)


def pick(body: Any, path: str) -> Any:
    """Return what stands at a dotted path."""
    for name in path.split("."):
        body = body[name]
    return body


GA = [
    ("instructions", "Greet Ann.", "session.instructions", "Greet Ann."),
    ("instructions", "Two\nlines ", "session.instructions", "Two\nlines "),
    ("model", "gpt-realtime-2.1-mini", "session.model", "gpt-realtime-2.1-mini"),
    ("model", "my-deployment", "session.model", "my-deployment"),
    ("voice", "marin", "session.audio.output.voice", "marin"),
    ("voice", "nobody-yet", "session.audio.output.voice", "nobody-yet"),
    ("expires_after_seconds", 60, "expires_after.seconds", 60),
    ("expires_after_seconds", 60.0, "expires_after.seconds", 60),
    (PATCH, '{"session": {"instructions": "P"}}', "session.instructions", "P"),
    (PATCH, {"session": {"instructions": "P"}}, "session.instructions", "P"),
    (PATCH, {"expires_after": {"seconds": 7200}}, "expires_after.seconds", 7200),
]


@pytest.mark.parametrize(("setting", "value", "path", "expected"), GA)
def test_value_takes_the_place_of_the_dialogs(
    setting: str, value: Any, path: str, expected: Any
) -> None:
    """A row's value stands where the dialog's stood, and everything else is as it was."""
    body = make({setting: value}).body
    assert pick(body, path) == expected
    assert type(pick(body, path)) is type(expected)
    rest = json.loads(json.dumps(start().body))
    *way, last = path.split(".")
    pick(rest, ".".join(way))[last] = expected
    assert body == rest


@pytest.mark.parametrize("value", [None, "", math.nan])
@pytest.mark.parametrize("setting", LABELS)
def test_missing_value_leaves_the_dialogs(setting: str, value: Any) -> None:
    """A missing cell, an empty one and NaN leave what the dialog says."""
    request = make({setting: value})
    assert (request.body, request.headers) == (start().body, start().headers)


def test_row_fills_what_the_dialog_leaves_alone() -> None:
    """A row's value needs no other value beside it, and objects on the way are made."""
    body = make({"expires_after_seconds": 77, "voice": "ash"}, dialog={}).body
    assert body["expires_after"] == {"anchor": "created_at", "seconds": 77}
    assert body["session"]["audio"]["output"] == {"voice": "ash"}
    assert body["session"]["type"] == "realtime"


def test_safety_identifier_is_a_header() -> None:
    """The end user's id travels in its header, also where the dialog has another one."""
    dialog = {"tracing": {"safety_identifier": "everybody"}}
    request = make({"tracing.safety_identifier": "4711"}, dialog=dialog)
    assert request.headers == {"OpenAI-Safety-Identifier": "4711"}
    assert start(dialog=dialog).headers == {"OpenAI-Safety-Identifier": "everybody"}


def test_patch_has_the_last_word() -> None:
    """Session JSON wins over the row's other columns; null takes away."""
    patch = {"session": {"instructions": None, "audio": {"output": {"speed": 1.5}}}}
    body = make({"instructions": "Row", "voice": "ash", PATCH: patch}).body
    assert "instructions" not in body["session"]
    assert body["session"]["audio"]["output"] == {"voice": "ash", "speed": 1.5}


BETA = [
    ("instructions", "Greet Ann.", "instructions", "Greet Ann."),
    ("model", "gpt-realtime", "model", "gpt-realtime"),
    ("voice", "sage", "voice", "sage"),
    ("expires_after_seconds", 60.0, "client_secret.expires_after.seconds", 60),
    (PATCH, '{"temperature": 0.7}', "temperature", 0.7),
]


@pytest.mark.parametrize(("setting", "value", "path", "expected"), BETA)
def test_beta_api(setting: str, value: Any, path: str, expected: Any) -> None:
    """With the beta API the same columns go to its own places."""
    request = make({setting: value}, Api.BETA)
    assert pick(request.body, path) == expected
    assert request.endpoint == "realtime/sessions"


WRONG = [
    ("instructions", 5.5, "Words", "must be a text, not '5.5'"),
    ("voice", True, "Voice", "must be a text, not 'True'"),
    ("tracing.safety_identifier", True, "Person", "must be a text, not 'True'"),
    ("tracing.safety_identifier", "ünï", "Person", ""),
    ("tracing.safety_identifier", "a\r\nb: c", "Person", ""),
    ("expires_after_seconds", 60.5, "Lifetime", "from 10 to 7200, not '60.5'"),
    ("expires_after_seconds", 5, "Lifetime", "from 10 to 7200, not '5'"),
    ("expires_after_seconds", math.inf, "Lifetime", "must be a whole number"),
    (PATCH, "{", "JSON", "this is not valid JSON: line 1"),
    (PATCH, "[1]", "JSON", "this must be a JSON object"),
    (PATCH, "null", "JSON", "this must be a JSON object"),
    (PATCH, 5, "JSON", "this must be a JSON object"),
    (PATCH, {"session": {"audio": {"output": {"speed": 9}}}}, "JSON", "speed"),
    (PATCH, {"session": "x"}, "JSON", "session"),
]


@pytest.mark.parametrize(("setting", "value", "label", "problem"), WRONG)
def test_wrong_value_names_its_setting(setting: str, value: Any, label: str, problem: str) -> None:
    """A value that does not fit is an error that names the setting, in one short line."""
    with pytest.raises(SettingsError) as caught:
        make({setting: value})
    text = str(caught.value)
    assert text.startswith(f"{label}: ")
    assert problem in text
    assert "\n" not in text
    assert len(text) <= 300


@pytest.mark.parametrize("api", list(Api))
def test_rows_never_change_the_dialogs_request(api: Api) -> None:
    """However many rows are made of it, the dialog's request is what it was, and rows are apart."""
    dialog = {"tracing": {"safety_identifier": "x"}, **DIALOG}
    base = build_request(load_form("session"), dialog, api)
    before = copy.deepcopy((base.body, base.headers))
    maker = RowRequests(load_form("session"), base, LABELS)
    patch: dict[str, Any] = {"audio": {"output": {"speed": 1.2}}}
    first = maker.build(
        {
            "instructions": "1",
            "voice": "ash",
            "model": "m",
            "expires_after_seconds": 10,
            "tracing.safety_identifier": "y",
            PATCH: {"session": patch} if api is Api.GA else {"speed": 1.2},
        }
    )
    kept = copy.deepcopy(first.body)
    second = maker.build({"voice": "sage"})
    assert (base.body, base.headers) == before
    assert first.body == kept
    assert second.body != kept
    assert second.headers == before[1]


def test_only_the_named_settings_count() -> None:
    """Values of settings that no column was chosen for are not looked at."""
    maker = RowRequests(load_form("session"), start(), ["voice"])
    assert maker.build({"instructions": "No", "voice": None}).body == start().body


def test_unknown_setting_is_a_mistake_of_ours() -> None:
    """A path that no field has is found out when the table's columns are read."""
    with pytest.raises(LookupError):
        RowRequests(load_form("session"), start(), ["no.such"])


@pytest.mark.parametrize("value", ["unset", "off", "other", "custom", " "])
def test_words_of_the_dialog_are_no_magic(value: str) -> None:
    """What the dialog calls its options by is, in a cell, a name like any other, or blank."""
    body = make({"voice": value}).body
    voice = body["session"]["audio"]["output"]["voice"]
    assert voice == (value if value.strip() else "cedar")


def test_numbers_are_ids() -> None:
    """The id of a person may be a number."""
    request = make({"tracing.safety_identifier": 4711})
    assert request.headers == {"OpenAI-Safety-Identifier": "4711"}


BODIES = [{}, {"expires_after": {"seconds": 60}}, {"session": {"model": "x"}}]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("values", [{}, {"instructions": None}, {PATCH: " "}, {"voice": " \n"}])
def test_a_row_that_says_nothing_changes_nothing(
    body: dict[str, Any], values: dict[str, Any]
) -> None:
    """Without values, what the user wrote is sent as it is."""
    base = SessionRequest(Api.GA, "realtime/client_secrets", body)
    assert RowRequests(load_form("session"), base, LABELS).build(values).body == body


def test_a_value_completes_its_object_only() -> None:
    """A session that a row makes is one; the lifetime that the user wrote stays as it is."""
    base = SessionRequest(Api.GA, "realtime/client_secrets", BODIES[1])
    body = RowRequests(load_form("session"), base, LABELS).build({"instructions": "Hi."}).body
    assert body == {
        "expires_after": {"seconds": 60},
        "session": {"type": "realtime", "instructions": "Hi."},
    }


def test_leaves_the_session_out() -> None:
    """Where servers know no sessions, rows send none either, and a warning names the columns."""
    base = SessionRequest(Api.GA, "realtime/client_secrets", {})
    requests = RowRequests(load_form("session"), base, LABELS, minimal=True)
    values = {"instructions": "Hi.", "expires_after_seconds": 60}
    assert requests.build(values).body == {"expires_after": {"seconds": 60}}
    assert requests.build({}).body == {}
    (doubt,) = requests.list_warnings()
    assert doubt.startswith("Not sent, because the configuration leaves out the session: Words,")


def test_leaves_the_session_of_a_patch_out() -> None:
    """A patch's session is not looked at where it is not sent, and a warning says so."""
    base = SessionRequest(Api.GA, "realtime/client_secrets", {})
    requests = RowRequests(load_form("session"), base, {PATCH: "JSON"}, minimal=True)
    assert requests.list_warnings() == []
    patch = {"session": {"instructions": "Hi.", "unknown": 1}, "expires_after": {"seconds": 60}}
    assert requests.build({PATCH: patch}).body == {"expires_after": {"seconds": 60}}
    (doubt,) = requests.list_warnings()
    assert doubt.startswith("Not sent, because the configuration leaves out the session: JSON.")


def test_tells_of_unknown_keys_once() -> None:
    """Keys that nobody knows are sent, and told of in one line for all rows."""
    requests = RowRequests(load_form("session"), start(), LABELS)
    assert requests.list_warnings() == []
    for _ in range(3):
        body = requests.build({PATCH: {"instructions": "Hi."}}).body
        assert body["instructions"] == "Hi."
    (warning,) = requests.list_warnings()
    assert warning.startswith("JSON: unknown key 'instructions'; known keys are")
    assert "(3 rows" in warning


def test_tells_of_no_key_twice() -> None:
    """A key that the dialog's own JSON holds has its warning already."""
    base = SessionRequest(Api.GA, "realtime/client_secrets", {"newest": 1})
    requests = RowRequests(load_form("session"), base, LABELS)
    requests.build({PATCH: {"session": {"type": "realtime"}}})
    assert requests.list_warnings() == []
