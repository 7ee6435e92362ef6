# SPDX-License-Identifier: MIT
"""JSON values against a schema: what is wrong, and in which words."""

from typing import Any

import pytest

from openai_realtime.api import Api
from openai_realtime.body import describe_value
from openai_realtime.schema import Place, Schema, load_schema
from openai_realtime.validation import Checker

SESSION: Schema = load_schema()["properties"]["session"]["properties"]
TOOL: Schema = SESSION["tools"]["items"]
AUDIO_FORMAT: Schema = SESSION["audio"]["properties"]["input"]["properties"]["format"]


def check(value: object, schema: Schema) -> str:
    """Return what is wrong with a value of the current API."""
    return Checker(describe_value(Place(schema), Api.GA)).find_problem(value)


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "string"}, "a", ""),
        ({"type": "string"}, 5, "must be a text, not 5"),
        ({"type": "boolean"}, None, "must be true or false, not null"),
        ({"type": ["integer", "null"]}, "a", 'must be a whole number or null, not "a"'),
        ({"type": "number"}, [], "must be a number, not a list"),
        ({"enum": ["a", "b"]}, "c", 'must be one of "a", "b", not "c"'),
        ({"enum": ["a"], "x-open": True}, "c", ""),
        ({"const": "a"}, "b", 'must be "a"'),
        ({"minimum": 1}, 0, "must be a number of at least 1, not 0"),
        ({"minimum": 1, "maximum": 2}, 3, "must be a number from 1 to 2, not 3"),
        ({"minimum": 1}, 10**400, ""),
        ({"minLength": 1}, "", "must not be empty"),
        ({"minItems": 1}, [], "must not be empty"),
        ({"maxLength": 1}, "ab", "is too long; at most 1 characters are allowed"),
        ({"pattern": "^a$"}, "b", "'b' does not have the required form"),
        ({"required": ["a", "b"]}, {"a": 1}, "'b' is missing"),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"b": 1},
            "unknown key 'b'; known keys are a",
        ),
        (
            {"properties": {"a": {}, "c": {"x-ga": False}}, "additionalProperties": False},
            {"b": 1, "d": 2},
            "unknown keys 'b', 'd'; known keys are a",
        ),
        (
            {"properties": {"c": {"x-ga": False}}},
            {"c": None},
            "c: the current (GA) API does not have this field",
        ),
        ({"uniqueItems": True}, [1, 1], "[1,1] has non-unique elements"),
        ({"properties": {"a": {"type": "null"}}}, {"a": 1}, "a: must be null, not 1"),
        ({"items": {"items": {"type": "null"}}}, [[], [None, 1]], "[1][1]: must be null, not 1"),
        ({"oneOf": [{"const": None}, {"const": "a"}]}, "b", '"b" does not fit here; expected null'),
        ({"enum": []}, "long " * 99, 'not "long long long long long long long lon…'),
        ({"type": "string", "x-secret": True}, 5, "this value has the wrong type"),
        # Of several branches the one with the same `type` explains what is wrong.
        (AUDIO_FORMAT, {"type": "audio/pcm", "rate": 24000}, ""),
        (AUDIO_FORMAT, {"type": "audio/pcm", "rate": 16000}, "rate: must be 24000"),
        (AUDIO_FORMAT, {"type": "audio/pcm"}, "'rate' is missing"),
        (
            AUDIO_FORMAT,
            {"type": "audio/pcmu", "rate": 8000},
            "unknown key 'rate'; known keys are t",
        ),
        (AUDIO_FORMAT, {"type": "mp3"}, "expected an object whose 'type' is audio/pcm or "),
        (AUDIO_FORMAT, "pcm16", '"pcm16" does not fit here; expected an object whose'),
        (AUDIO_FORMAT, {"rate": 24000}, "'type' is missing"),
    ],
)
def test_each_keyword_has_its_words(schema: Schema, value: Any, message: str) -> None:
    """What a schema forbids is said in plain words, after the place."""
    found = check(value, schema)
    assert message in found
    assert bool(found) is bool(message)


def test_values_that_are_not_json() -> None:
    """Values that JSON cannot hold are refused."""
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"a": deep}
    for value in (deep, {"\ud800": 1}):
        found = check(value, {"additionalProperties": False})
        assert found == "it is nested too deeply, or a character is broken"


@pytest.mark.parametrize(
    "secret",
    [
        {"authorization": 4711},
        {"headers": {"X-Key": 4711}},
        {"headers": {"X-Key": ["4711"]}},
        {"headers": "4711"},
    ],
)
def test_secrets_are_not_repeated(secret: dict[str, Any]) -> None:
    """What is wrong with a token or a header is said without showing it."""
    tool = {"type": "mcp", "server_label": "l", "server_url": "u", **secret}
    found = check(tool, TOOL)
    assert found.startswith(next(iter(secret)))
    assert "4711" not in found


CLOSED: Schema = {
    "additionalProperties": False,
    "properties": {
        "a": {"type": "string"},
        "inner": {"additionalProperties": False, "properties": {"b": {"type": "null"}}},
        "branch": {
            "oneOf": [
                {"const": None},
                {
                    "type": "object",
                    "required": ["type"],
                    "additionalProperties": False,
                    "properties": {
                        "type": {"const": "x"},
                        "deep": {"additionalProperties": False, "properties": {}},
                    },
                },
            ]
        },
    },
}


@pytest.mark.parametrize(
    ("body", "problem", "unknown"),
    [
        ({"a": "b"}, "", []),
        ({"z": 1}, "", ["unknown key 'z'; known keys are a, inner, branch"]),
        ({"inner": {"y": 1, "z": 2}}, "", ["inner: unknown keys 'y', 'z'; known keys are b"]),
        ({"inner": {"y": 1, "b": 2}}, "inner.b: must be null, not 2", []),
        (
            {"y": 0, "branch": {"type": "x", "z": 1, "deep": {"q": 2}}},
            "",
            [
                "unknown key 'y'; known keys are a, inner, branch",
                "branch: unknown key 'z'; known keys are type, deep",
                "branch.deep: unknown key 'q'; known keys are ",
            ],
        ),
        ({"branch": {"type": "y"}}, "branch: an object does not fit here; expected null, or", []),
        ({"branch": {"z": 1}}, "branch: 'type' is missing", []),
    ],
    ids=range(7),
)
def test_unknown_keys_are_told_apart(
    body: dict[str, Any], problem: str, unknown: list[str]
) -> None:
    """Unknown keys are listed separately from the first problem."""
    found, warnings = Checker(CLOSED).check(body)
    assert found.startswith(problem)
    assert bool(found) is bool(problem)
    if not problem:
        assert sorted(warnings) == sorted(f"{line}. This is sent unchanged." for line in unknown)
