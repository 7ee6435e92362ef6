# SPDX-License-Identifier: MIT
"""Body of an answer -> client secret."""

import json
from typing import Any

import pytest

from openai_realtime.answer import read_answer
from openai_realtime.api import Api
from openai_realtime.errors import UnexpectedAnswerError

ADVICE = "Set the result format to 'Raw Response' to see the whole answer."


INNER = {"client_secret": {"value": "v", "expires_at": 5}}
READ: list[tuple[str, Api, dict[str, Any]]] = [
    ('{"value": "v", "client_secret": {"value": "w"}}', Api.GA, {"client_secret": {"value": "w"}}),
    ('{"client_secret": {"value": "v"}}', Api.BETA, {"client_secret": {"value": "v"}}),
    (
        '{"client_secret": {"value": "v"}, "session": {}}',
        Api.BETA,
        {"client_secret": {"value": "v"}, "session": {}},
    ),
    # A secret that stands in the session only brings its expiry along, and overrides nothing.
    (f'{{"session": {json.dumps(INNER)}}}', Api.GA, {"session": INNER, "expires_at": 5}),
    (
        f'{{"session": {json.dumps(INNER)}, "expires_at": 6}}',
        Api.GA,
        {"session": INNER, "expires_at": 6},
    ),
    (f'{{"value": "v", "session": {json.dumps(INNER)}}}', Api.GA, {"session": INNER}),
    ('\ufeff{"value": "v"}', Api.GA, {}),
    (' \r\n{"value": "v"}\n', Api.GA, {}),
    # Infinite numbers become texts, broken characters a question mark.
    ('{"value": "v", "a": NaN, "b": -Infinity}', Api.GA, {"a": "NaN", "b": "-Infinity"}),
    ('{"value": "v", "a": [1e999, -1E+999, 1e3]}', Api.GA, {"a": ["1e999", "-1E+999", 1000.0]}),
    (f'{{"value": "v", "a": {"9" * 400}.5}}', Api.GA, {"a": "9" * 400 + ".5"}),
    ('{"value": "v", "a": "x\\ud800y", "\\udfff": 1}', Api.GA, {"a": "x?y", "?": 1}),
    ('{"value": "v", "a": ["\\ud800", 1, {"b": null}]}', Api.GA, {"a": ["?", 1, {"b": None}]}),
    ('{"value": "v", "a": ["\ud800", "ü"]}', Api.GA, {"a": ["?", "ü"]}),
    ('{"value": "v", "a": "\\ud83d\\ude42"}', Api.GA, {"a": "🙂"}),
]


@pytest.mark.parametrize(("text", "api", "more"), READ, ids=range(len(READ)))
def test_good_answers(text: str, api: Api, more: dict[str, Any]) -> None:
    """The secret is found wherever servers put it, and the body is one that tables can hold."""
    secret = read_answer(text)
    assert (secret.api, secret.value) == (api, "v")
    assert secret.body == (more if api is Api.BETA else {"value": "v", **more})
    json.dumps(secret.body, ensure_ascii=False, allow_nan=False).encode()
    assert repr(secret.body) not in repr(secret)


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
    # Only plain words are shown: the rest may be the secret.
    ("hush4711hush", "The server's answer is not JSON. Set"),
    (
        'callback({"value":"hush4711hush"})',
        "The server's answer is not JSON; it begins with 'callback'.",
    ),
    ("value: hush4711hush", "The server's answer is not JSON; it begins with 'value'."),
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


def test_unknown_circumstances_are_not_told() -> None:
    """By default the error has the status 200 and no request id."""
    with pytest.raises(UnexpectedAnswerError) as caught:
        read_answer("{}")
    assert (caught.value.status, caught.value.request_id) == (200, "")


def test_wide_answers_are_not_deep() -> None:
    """Only nested brackets count as depth."""
    tools = ",".join(['{"a": [1]}'] * 1000)
    secret = read_answer(f'{{"value": "ek_x", "session": {{"tools": [{tools}]}}}}')
    assert len(secret.body["session"]["tools"]) == 1000
