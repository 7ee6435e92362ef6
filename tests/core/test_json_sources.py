# SPDX-License-Identifier: MIT
"""Where a request comes from: dialog, patch, or a whole body as JSON."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings_strategy import (
    COSTLY,
    json_values,
    make_settings,
    make_token,
    nest_dotted,
    words,
)
from openai_realtime.api import Api
from openai_realtime.errors import SettingsError
from openai_realtime.form import load_form
from openai_realtime.request import SessionRequest, build_request, compose_request

FORM = load_form()
TODAY = date(2026, 11, 22)
SAFETY = {"safety_identifier": "ab12"}


def compose(flat: dict[str, Any], api: Api = Api.GA) -> tuple[SessionRequest, list[str]]:
    """Return request and warnings for dotted settings; objects at JSON settings become text."""
    flat = {
        key: json.dumps(value) if key.endswith("_json") and isinstance(value, dict) else value
        for key, value in flat.items()
    }
    return compose_request(FORM, nest_dotted(flat), api, TODAY, make_token)


def refuse(flat: dict[str, Any], api: Api = Api.GA) -> str:
    """Return the message with which such settings are refused."""
    with pytest.raises(SettingsError) as caught:
        compose(flat, api)
    return str(caught.value)


def whole(body: object) -> dict[str, Any]:
    """Return settings with a whole body."""
    return {"session_from": "json", "session_json": body}


def session(**members: Any) -> dict[str, Any]:
    """Return a body of the current API with those members of a session."""
    return {"session": {"type": "realtime", **members}}


def test_the_other_source_is_ignored() -> None:
    """By default the request comes from the dialog; the other source is not read."""
    for more in ({}, {"session_from": "dialog"}, {"session_from": None}, {"additional_json": " "}):
        flat = {"model": "m", "session_json": "nonsense", **more}
        assert compose(flat)[0].body == session(model="m")
    assert compose({**whole("{}"), "model": 5, "additional_json": "["})[0].body == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "enter the request's body as JSON."),
        ("", "enter the request's body as JSON."),
        (5, "this must be a JSON object, { ... }."),
        ("[]", "this must be a JSON object, { ... }."),
        ('{\n  "session": {"a": 1,}\n}', "this is not valid JSON: line 2, column 2"),
        ({"session": {}}, "session: 'type' is missing."),
        (
            session(tools=[{"type": "mcp", "server_label": "l", "authorization": ["hush"]}]),
            "session.tools[0].authorization: this value has the wrong type.",
        ),
    ],
    ids=range(7),
)
def test_wrong_bodies(text: object, problem: str) -> None:
    """What is wrong with a body that was typed is told by line and column, or by JSON path."""
    refusal = refuse(whole(text))
    assert refusal.startswith(f"Session (JSON): {problem}")
    assert "hush" not in refusal


@pytest.mark.parametrize(
    ("api", "body"),
    [
        (Api.GA, {}),
        (Api.GA, {"expires_after": {"seconds": 60}}),
        (Api.GA, session(model="m", audio={"input": {"turn_detection": None}})),
        (Api.BETA, {"model": "m", "modalities": ["text", "audio"], "temperature": 1}),
    ],
)
def test_bodies_are_sent_as_they_are(api: Api, body: dict[str, Any]) -> None:
    """A right body is neither completed nor trimmed; the endpoint is the API's."""
    made = compose(whole(body), api)
    assert made[0].body == body
    assert made[0].endpoint == FORM.endpoints[api]
    assert made[0].headers == {}
    assert made[1] == []


@pytest.mark.parametrize("api", list(Api))
def test_headers_still_apply(api: Api) -> None:
    """Headers are no part of a body: the dialog's are sent with a body from JSON, and checked."""
    made = compose({**whole({}), **SAFETY, "model": "m", "audio_output.speed": "bad"}, api)
    assert made[0].headers == {"OpenAI-Safety-Identifier": "ab12"}
    assert made[0].body == {}
    refusal = refuse({**whole({}), "safety_identifier": "Jane Doe"}, api)
    assert refusal.startswith("Safety identifier: ")
    assert compose({**whole({}), "tracing": None}, api)[0].headers == {}


UNKNOWN: list[tuple[Api, dict[str, Any], list[str]]] = [
    (
        Api.GA,
        session(audio={"output": {"later": 1}, "video": 2}),
        [
            "session.audio: unknown key 'video'; known keys are input, output",
            "session.audio.output: unknown key 'later'; known keys are format, voice, speed",
        ],
    ),
    (Api.BETA, {"later": None}, ["unknown key 'later'; known keys are client_secret, model,"]),
]


@pytest.mark.parametrize(("api", "body", "lines"), UNKNOWN, ids=range(len(UNKNOWN)))
def test_unknown_keys_are_warnings(api: Api, body: dict[str, Any], lines: list[str]) -> None:
    """A key that we do not know is sent, with a warning that names its place."""
    made = compose(whole(body), api)
    assert made[0].body == body
    assert len(made[1]) == len(lines)
    for warning, line in zip(made[1], lines, strict=True):
        assert warning.startswith(f"Session (JSON): {line}")
        assert warning.endswith("This is sent unchanged.")


@pytest.mark.parametrize(
    ("api", "flat", "patch", "body"),
    [
        (
            Api.GA,
            {"model": "a", "instructions": "i"},
            {"session": {"model": "b"}},
            session(model="b", instructions="i"),
        ),
        (Api.GA, {"model": "a"}, {"session": {"model": None}}, session()),
        (
            Api.GA,
            {"turn_detection": "server_vad"},
            {"session": {"audio": {"input": {"turn_detection": None}}}},
            session(audio={"input": {"turn_detection": None}}),
        ),
        (Api.GA, {}, {"session": None, "expires_after": {"seconds": 60}}, None),
        (Api.BETA, {"model": "a"}, {"model": None, "voice": "v"}, {"voice": "v"}),
    ],
    ids=range(5),
)
def test_the_patch_has_the_last_word(
    api: Api, flat: dict[str, Any], patch: dict[str, Any], body: dict[str, Any] | None
) -> None:
    """The patch overrides the dialog; null is sent where the API takes it, or removes a key."""
    made = compose({**flat, **SAFETY, "additional_json": patch}, api)
    assert made[0].body == ({"expires_after": {"seconds": 60}} if body is None else body)
    assert made[0].headers == {"OpenAI-Safety-Identifier": "ab12"}
    assert all("null only removes this key" in line for line in made[1])


def test_the_dialog_is_checked_before_it_is_patched() -> None:
    """A wrong value of a control is told under its label, even if the patch would mend it."""
    patch = {"session": {"tool_choice": "auto"}}
    flat = {"tools.tool_choice": "any", "additional_json": patch}
    assert refuse(flat).startswith("Tool choice: must be one of")


def test_patches_reach_prompts() -> None:
    """A reusable prompt has no control and passes, with the date of its end."""
    prompt = {"id": "pmpt_1", "version": "2", "variables": {"a": "b"}}
    made = compose({"additional_json": {"session": {"prompt": prompt}}})
    assert made[0].body == session(prompt=prompt)
    assert made[1] == ["prompt: this setting will be shut down on 2026-11-30."]
    message = "Additional JSON: prompt: the beta API does not have this field."
    assert refuse({"additional_json": {"prompt": prompt}}, Api.BETA) == message


def test_advice_from_every_source() -> None:
    """Warnings are about the body that is sent, wherever it comes from."""
    patch = {"model": "gpt-realtime-2", "additional_json": {"model": "gpt-realtime"}}
    for flat in ({"model": "gpt-realtime"}, whole({"model": "gpt-realtime"}), patch):
        assert compose(flat, Api.BETA)[1] == [
            "Model: gpt-realtime will be shut down on 2027-01-20. Use gpt-realtime-2.1 instead."
        ]


patches = st.dictionaries(words.map("x_{}".format) | st.just("later"), json_values, max_size=3)


@given(data=st.data())
@COSTLY
@pytest.mark.parametrize("api", list(Api))
def test_any_patch(api: Api, data: st.DataObject) -> None:
    """A patched body has what the patch brings; null for a key that nobody knows is not sent."""
    settings = data.draw(make_settings(FORM, api))
    body = build_request(FORM, settings, api, make_token).body
    top = data.draw(patches)
    inner = data.draw(patches) if api is Api.GA else {}
    patch = {**top, "session": inner} if api is Api.GA else top
    flat = {**settings, "additional_json": json.dumps(patch)}
    made = compose_request(FORM, flat, api, TODAY, make_token)
    kept = [{k: v for k, v in part.items() if v is not None} for part in (top, inner)]
    expected = {**body, **kept[0]}
    if api is Api.GA:
        expected["session"] = {**body["session"], **kept[1]}
    assert made[0].body == expected
    unknown = [line for line in made[1] if "unknown key" in line]
    assert len(unknown) == sum(map(bool, kept))
