# SPDX-License-Identifier: MIT
"""A row's values on top of the dialog's request."""

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
from openai_realtime.schema import put

LABELS = {
    "instructions": "Words",
    "model": "Model",
    "voice": "Voice",
    "safety_identifier": "Person",
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


GA = [
    ("instructions", "Two\nlines ", "session.instructions", "Two\nlines "),
    ("model", "my-deployment", "session.model", "my-deployment"),
    ("voice", "marin", "session.audio.output.voice", "marin"),
    ("expires_after_seconds", 60.0, "expires_after.seconds", 60),
    (PATCH, '{"session": {"instructions": "P"}}', "session.instructions", "P"),
    (PATCH, {"session": {"instructions": "P"}}, "session.instructions", "P"),
    (PATCH, {"expires_after": {"seconds": 7200}}, "expires_after.seconds", 7200),
]
BETA = [
    ("instructions", "Greet Ann.", "instructions", "Greet Ann."),
    ("voice", "sage", "voice", "sage"),
    ("expires_after_seconds", 60.0, "client_secret.expires_after.seconds", 60),
    (PATCH, '{"temperature": 0.7}', "temperature", 0.7),
]
PLACES = [*((Api.GA, *case) for case in GA), *((Api.BETA, *case) for case in BETA)]


@pytest.mark.parametrize(("api", "setting", "value", "path", "expected"), PLACES)
def test_value_takes_the_place_of_the_dialogs(
    api: Api, setting: str, value: Any, path: str, expected: Any
) -> None:
    """A row's value stands where the dialog's stood, and everything else is as it was."""
    body = make({setting: value}, api).body
    rest = json.loads(json.dumps(start(api).body))
    put(rest, tuple(path.split(".")), expected)
    # As text, because a whole number is not the same as a double there.
    assert json.dumps(body) == json.dumps(rest)


def test_row_fills_what_the_dialog_leaves_alone() -> None:
    """A row's value is set where the dialog has none, and a person's id may be a number."""
    body = make({"expires_after_seconds": 77, "voice": "ash"}, dialog={}).body
    assert body["expires_after"] == {"anchor": "created_at", "seconds": 77}
    assert body["session"]["audio"]["output"] == {"voice": "ash"}
    assert body["session"]["type"] == "realtime"
    dialog = {"safety_identifier": "everybody"}
    request = make({"safety_identifier": 4711}, dialog=dialog)
    assert request.headers == {"OpenAI-Safety-Identifier": "4711"}


def test_patch_wins() -> None:
    """The column with JSON wins over the row's other columns; null takes away."""
    patch = {"session": {"instructions": None, "audio": {"output": {"speed": 1.5}}}}
    body = make({"instructions": "Row", "voice": "ash", PATCH: patch}).body
    assert "instructions" not in body["session"]
    assert body["session"]["audio"]["output"] == {"voice": "ash", "speed": 1.5}


WRONG = [
    ("instructions", 5.5, "Words", "must be a text, not '5.5'"),
    ("voice", True, "Voice", "must be a text, not 'True'"),
    ("safety_identifier", True, "Person", "must be a text, not 'True'"),
    ("safety_identifier", "a\r\nb: c", "Person", ""),
    ("expires_after_seconds", 60.5, "Lifetime", "from 10 to 7200, not '60.5'"),
    ("expires_after_seconds", math.inf, "Lifetime", "must be a whole number"),
    (PATCH, "{", "JSON", "this is not valid JSON: line 1"),
    (PATCH, "[1]", "JSON", "this must be a JSON object"),
    (PATCH, 5, "JSON", "this must be a JSON object"),
    (PATCH, {"session": {"audio": {"output": {"speed": 9}}}}, "JSON", "speed"),
]


@pytest.mark.parametrize(("setting", "value", "label", "problem"), WRONG)
def test_wrong_value_names_its_setting(setting: str, value: Any, label: str, problem: str) -> None:
    """A value that does not fit is an error that names the setting, in one short line."""
    with pytest.raises(SettingsError) as caught:
        make({setting: value})
    text = str(caught.value)
    assert text.startswith(f"{label}: ")
    assert problem in text


@pytest.mark.parametrize("api", list(Api))
def test_rows_never_change_the_dialogs_request(api: Api) -> None:
    """Making a row changes neither the dialog's request nor another row."""
    dialog = {"safety_identifier": "x", **DIALOG}
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
            "safety_identifier": "y",
            PATCH: {"session": patch} if api is Api.GA else {"speed": 1.2},
        }
    )
    kept = copy.deepcopy(first.body)
    second = maker.build({"voice": "sage"})
    assert (base.body, base.headers) == before
    assert first.body == kept
    assert second.body != kept
    assert second.headers == before[1]


@pytest.mark.parametrize("value", ["unset", "off", "other", "custom", " "])
def test_words_of_the_dialog_are_no_magic(value: str) -> None:
    """In a cell, the ids of the dialog's options are names like any other."""
    body = make({"voice": value}).body
    voice = body["session"]["audio"]["output"]["voice"]
    assert voice == (value if value.strip() else "cedar")


BODIES = [{}, {"expires_after": {"seconds": 60}}, {"session": {"model": "x"}}]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("value", [None, "", " \n", math.nan])
def test_a_row_that_says_nothing_changes_nothing(body: dict[str, Any], value: Any) -> None:
    """Without values, or with missing ones, what the user wrote is sent as it is."""
    base = SessionRequest(Api.GA, "realtime/client_secrets", body)
    assert (
        RowRequests(load_form("session"), base, LABELS).build(dict.fromkeys(LABELS, value)).body
        == body
    )


def test_a_value_completes_its_object_only() -> None:
    """A new session gets its type; the lifetime that the user wrote stays as it is."""
    base = SessionRequest(Api.GA, "realtime/client_secrets", BODIES[1])
    body = RowRequests(load_form("session"), base, LABELS).build({"instructions": "Hi."}).body
    session = {"type": "realtime", "instructions": "Hi."}
    assert body == {"expires_after": {"seconds": 60}, "session": session}


@pytest.mark.parametrize(("source", "lines"), [("dialog", 1), ("json", 0)])
def test_voices_of_rows_agree_with_the_dialog(source: str, lines: int) -> None:
    """A voice that the dialog hides is not sent, with a warning; with a body as JSON it is sent."""
    settings = {"output": "text", "session_from": source}
    requests = RowRequests(load_form(), start(dialog={"output": "text"}), LABELS, settings)
    assert ("audio" in requests.build({"voice": "ash"}).body["session"]) is not bool(lines)
    assert requests.list_warnings() == lines * ["Voice: not sent, because Output is Text only."]


@pytest.mark.parametrize(
    ("labels", "values", "names"),
    [
        (LABELS, {"instructions": "Hi.", "expires_after_seconds": 60}, "Words, Model, Voice"),
        ({PATCH: "JSON"}, {PATCH: {"session": {"x": 1}, **BODIES[1]}}, "JSON"),
    ],
)
def test_leaves_the_session_out(labels: dict[str, str], values: dict[str, Any], names: str) -> None:
    """Where servers know no sessions, rows send none either, and a warning names the columns."""
    base = SessionRequest(Api.GA, "realtime/client_secrets", {})
    form = load_form("session")
    requests = RowRequests(form, base, labels, minimal=True, lenient=True)
    assert requests.build({}).body == {}
    assert requests.build(values).body == {"expires_after": {"seconds": 60}}
    (warning,) = requests.list_warnings()
    why = "because 'Leave out the session' is set in the configuration"
    assert warning.startswith(f"{names}: not sent, {why}")


def test_tells_of_unknown_keys_once() -> None:
    """Unknown keys are sent, with one warning for all rows."""
    base = SessionRequest(Api.GA, "realtime/client_secrets", {"newest": 1})
    requests = RowRequests(load_form("session"), base, LABELS)
    requests.build({PATCH: {"session": {"type": "realtime"}}})
    # The dialog's own JSON has its warning already.
    assert requests.list_warnings() == []
    for _ in range(3):
        assert requests.build({PATCH: {"later": 2}}).body == {"newest": 1, "later": 2}
    (warning,) = requests.list_warnings()
    assert warning.startswith("JSON: unknown keys 'newest', 'later'; known keys are")
    assert "(3 rows" in warning


def test_each_value_is_checked_once() -> None:
    """A check of a value that was good before does not build it again, and warns of nothing."""
    requests = RowRequests(load_form("session"), start(), LABELS)
    for values in ({PATCH: {"newest": 1}}, {"voice": "ash"}) * 2:
        requests.check(values)
    with pytest.raises(SettingsError, match=r"^JSON: this is not valid"):
        requests.check({"voice": "ash", PATCH: "{"})
    assert requests.list_warnings() == []
