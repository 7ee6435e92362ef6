# SPDX-License-Identifier: MIT
"""Body of an answer -> client secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings_strategy import json_values
from openai_realtime.answer import ClientSecret, read_answer
from openai_realtime.api import Api
from openai_realtime.errors import UnexpectedAnswerError

RESPONSES = Path(__file__).parents[1] / "data" / "responses"
ADVICE = "Set the result format to 'Raw' to see the whole answer."


@pytest.mark.parametrize(
    ("name", "api", "value"),
    [
        ("ga_realtime_recorded", Api.GA, "ek_scrubbed"),
        ("azure_realtime_text_recorded", Api.GA, "ek_scrubbed"),
        ("beta_sessions_docs_sample", Api.BETA, "ek_abc123"),
    ],
)
def test_recorded_answers(name: str, api: Api, value: str) -> None:
    """What servers really sent is read, and kept whole."""
    text = (RESPONSES / f"{name}.json").read_text("utf-8")
    secret = read_answer(text)
    assert (secret.api, secret.value) == (api, value)
    assert secret.body == json.loads(text)


@pytest.mark.parametrize(
    ("text", "api"),
    [
        ('{"value": "v"}', Api.GA),
        ('{"value": "v", "client_secret": {"value": "w"}}', Api.GA),
        ('{"client_secret": {"value": "v"}}', Api.BETA),
        ('{"client_secret": {"value": "v"}, "session": {}}', Api.BETA),
        ('{"session": {"client_secret": {"value": "v", "expires_at": 5}}}', Api.GA),
        ('\ufeff{"value": "v"}', Api.GA),
        (' \r\n{"value": "v"}\n', Api.GA),
    ],
)
def test_other_shapes(text: str, api: Api) -> None:
    """Compatible servers put the secret elsewhere, or less around it."""
    secret = read_answer(text)
    assert (secret.api, secret.value) == (api, "v")


def test_secret_inside_the_session_only() -> None:
    """A secret that stands in the session only brings its expiry along, and overrides nothing."""
    text = '{"session": {"client_secret": {"value": "v", "expires_at": 5}}, "expires_at": 6}'
    secret = read_answer(text)
    assert secret.value == "v"
    assert secret.body["value"] == "v"
    assert secret.body["expires_at"] == 6


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ('{"value": "v", "a": NaN, "b": -Infinity}', {"a": "NaN", "b": "-Infinity"}),
        ('{"value": "v", "a": [1e999, -1E+999, 1e3]}', {"a": ["1e999", "-1E+999", 1000.0]}),
        (f'{{"value": "v", "a": {"9" * 400}.5}}', {"a": "9" * 400 + ".5"}),
        ('{"value": "v", "a": "x\\ud800y", "\\udfff": 1}', {"a": "x?y", "?": 1}),
        ('{"value": "v", "a": ["\\ud800", 1, {"b": null}]}', {"a": ["?", 1, {"b": None}]}),
        ('{"value": "v", "a": "\\ud83d\\ude42"}', {"a": "🙂"}),
    ],
)
def test_what_tables_cannot_hold(text: str, body: dict[str, Any]) -> None:
    """Numbers without end become texts, half characters a question mark; nothing fails."""
    secret = read_answer(text)
    assert secret.body == {"value": "v", **body}
    json.dumps(secret.body, ensure_ascii=False, allow_nan=False).encode()


BAD = [
    ("", "The server's answer is empty."),
    (" \n", "The server's answer is empty."),
    ("\ufeff", "The server's answer is empty."),
    ("<!DOCTYPE html><html>", "The server answered with a web page instead of JSON; check the"),
    ("  <html>", "The server answered with a web page instead of JSON; check the base URL."),
    ('{"value": "ek_1', "The server's answer is cut off or is not valid JSON."),
    ('[{"value"', "The server's answer is cut off or is not valid JSON."),
    ("{'value': 'v'}", "The server's answer is cut off or is not valid JSON."),
    (
        "upstream connect error or disconnect/reset",
        "The server's answer is not JSON; it begins with 'upstream connect error or disconnect'.",
    ),
    ("error code: 1015", "The server's answer is not JSON; it begins with 'error code: 1015'."),
    (")]}'", "The server's answer is not JSON. Set"),
    ("[]", "The server's answer is not a JSON object."),
    ("5", "The server's answer is not a JSON object."),
    ('"ek_123"', "The server's answer is not a JSON object."),
    ("null", "The server's answer is not a JSON object."),
    ("NaN", "The server's answer is not a JSON object."),
    ("{}", "The server's answer has no client secret ('value' is missing)."),
    ('{"error": {"message": "m"}}', "The server's answer has no client secret"),
    ('{"client_secret": {}}', "The server's answer has no client secret ('value' is missing)."),
    ('{"client_secret": "v"}', "The server's answer has no client secret ('value' is missing)."),
    ('{"session": {"client_secret": {}}}', "The server's answer has no client secret"),
    ('{"session": [], "client_secret": null}', "The server's answer has no client secret"),
    ('{"value": null}', "The client secret in the server's answer is null."),
    ('{"value": 5}', "The client secret in the server's answer is not a text (int)."),
    ('{"value": ["v"]}', "The client secret in the server's answer is not a text (list)."),
    ('{"value": ""}', "The client secret in the server's answer is empty."),
    ('{"value": " "}', "The client secret in the server's answer is empty."),
    ('{"value": "***"}', "The server's answer has the API key or another secret of the request in"),
    ('{"value": "Bearer ***"}', "The server's answer has the API key or another secret of the"),
    ('{"client_secret": {"value": "***"}}', "The server's answer has the API key or another"),
    ('{"client_secret": {"value": null}}', "The client secret in the server's answer is null."),
    ('{"value": "v", "a": ' + 100_000 * "[", "The server's answer is nested too deeply."),
    (
        f'{{"value": "v", "a": {100 * "["}{100 * "]"}}}',
        "The server's answer is nested too deeply.",
    ),
    (
        f'{{"value": "v", "a": {"9" * 5000}}}',
        "The server's answer is cut off or is not valid JSON.",
    ),
]


@pytest.mark.parametrize(("text", "message"), BAD, ids=range(len(BAD)))
def test_bad_answers(text: str, message: str) -> None:
    """An answer without a secret fails with what is wrong and what helps, and its request id."""
    with pytest.raises(UnexpectedAnswerError) as caught:
        read_answer(text, status=201, request_id="req_1")
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith(f"{ADVICE} (request id req_1)")
    assert (caught.value.status, caught.value.request_id) == (201, "req_1")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "text",
    [
        "hush4711hush",
        "Bearer hush4711hush",
        ')]}\' {"value": "hush4711hush"}',
        "value: hush4711hush",
        'callback({"value":"hush4711hush"})',
    ],
)
def test_errors_do_not_repeat_the_secret(text: str) -> None:
    """Of an answer that is no JSON only plain words are shown: the rest may be the secret."""
    with pytest.raises(UnexpectedAnswerError) as caught:
        read_answer(text)
    assert "4711" not in str(caught.value)


@given(json_values)
def test_any_json_is_read_or_refused(value: Any) -> None:
    """Whatever a server says, it is a secret or an UnexpectedAnswerError."""
    try:
        secret = read_answer(json.dumps(value))
    except UnexpectedAnswerError:
        return
    assert secret.value.strip()


@given(st.text(min_size=8), json_values)
def test_repr_hides_the_secret(value: str, more: Any) -> None:
    """Neither the secret nor the body that holds it shows in a repr."""
    secret = ClientSecret(Api.GA, value, {"value": value, "more": more})
    assert value not in f"{secret!r} {secret}"


def test_unknown_circumstances_are_not_told() -> None:
    """Without a status and a request id the error has those of a good answer, and none."""
    with pytest.raises(UnexpectedAnswerError) as caught:
        read_answer("{}")
    assert (caught.value.status, caught.value.request_id) == (200, "")


def test_secret_beside_the_settings_is_not_preferred() -> None:
    """A secret at the top wins over one among the session's settings."""
    text = '{"value": "ek_top", "session": {"client_secret": {"value": "ek_in", "expires_at": 9}}}'
    secret = read_answer(text)
    assert secret.value == "ek_top"
    assert "expires_at" not in secret.body


def test_wide_answers_are_not_deep() -> None:
    """Many brackets beside each other are no reason to refuse an answer."""
    tools = ",".join(['{"a": [1]}'] * 1000)
    secret = read_answer(f'{{"value": "ek_x", "session": {{"tools": [{tools}]}}}}')
    assert len(secret.body["session"]["tools"]) == 1000


@pytest.mark.parametrize("text", ['["\ud800", "ü"]', '["\\ud800", "a"]'])
def test_broken_characters_written_either_way(text: str) -> None:
    """Half a surrogate pair is replaced, be it escaped or not, beside other letters or not."""
    secret = read_answer(f'{{"value": "ek_x", "session": {text}}}')
    assert secret.body["session"][0] == "?"
