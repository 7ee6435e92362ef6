# SPDX-License-Identifier: MIT
"""JSON that a user typed: what is refused, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from core.settings_strategy import json_values
from openai_realtime.json_text import DEPTH_LIMIT, check_json, is_deep, read_json, relax_schema
from openai_realtime.schema import Schema, load_schema

TOOL: Schema = load_schema()["properties"]["session"]["properties"]["tools"]["items"]
AUDIO_FORMAT: Schema = load_schema()["properties"]["session"]["properties"]["audio"]["properties"][
    "input"
]["properties"]["format"]


@given(json_values)
def test_what_json_can_say_is_read(value: Any) -> None:
    """Whatever is JSON comes out as it went in, in either way of writing it."""
    assert read_json(json.dumps(value)) == value
    assert read_json("\ufeff" + json.dumps(value, ensure_ascii=False, indent=2)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: the text ends too early; a bracket or quote is not closed"),
        ("{", "line 1, column 2: the text ends too early; a bracket or quote is not closed"),
        ('{\n "a": \n', "line 3, column 1: the text ends too early"),
        ("{'a': 1}", 'line 1, column 2: texts stand in straight double quotes (")'),
        ("[\u201ca\u201d]", 'line 1, column 2: texts stand in straight double quotes (")'),
        ('["a" "b"]', "line 1, column 6: expecting ',' delimiter"),
        ("{} {}", "line 1, column 4: extra data"),
        ('["a\nb"]', "line 1, column 4: invalid control character at"),
        ("<html>", "line 1, column 1: expecting value"),
        ("NaN", "NaN is no JSON value"),
        ("[-Infinity]", "-Infinity is no JSON value"),
        ("1e999", "1e999 is too large a number"),
        ('{"a": {"b": 1, "b": 1}}', "the key 'b' stands twice in one object"),
        ('"\\udc00"', "a character is broken"),
        ('{"\\ud83d": 1}', "a character is broken"),
        (10**5 * "[", "it is nested too deeply"),
        (10**5 * '{"a":', "it is nested too deeply"),
        (f"{'[' * 101}{']' * 101}", "it is nested too deeply"),
    ],
    ids=range(18),
)
def test_what_is_refused(text: str, message: str) -> None:
    """Each refusal says where, by line and column or by name, and what to do."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        read_json(text)
    assert str(caught.value).startswith(message)


def test_emoji_may_be_escaped() -> None:
    """Two halves that make a character are one character."""
    assert read_json('"\\ud83d\\ude42"') == "🙂"


@pytest.mark.parametrize(
    ("depth", "deep"), [(0, False), (1, False), (DEPTH_LIMIT, False), (DEPTH_LIMIT + 1, True)]
)
def test_depth(depth: int, *, deep: bool) -> None:
    """Objects and lists count alike; what they hold does not."""
    lists: Any = 1
    objects: Any = 1
    for _ in range(depth):
        lists, objects = [lists, 2], {"a": objects}
    assert is_deep(lists) is deep
    assert is_deep(objects) is deep


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "string"}, "a", ""),
        ({"type": "string"}, 5, "it: must be a text, not 5"),
        ({"type": "boolean"}, None, "it: must be true or false, not null"),
        ({"type": ["integer", "null"]}, "a", 'it: must be a whole number or null, not "a"'),
        ({"type": "number"}, [], "it: must be a number, not a list"),
        ({"enum": ["a", "b"]}, "c", 'it: "c" is none of "a", "b"'),
        ({"enum": ["a"], "x-open": True}, "c", ""),
        ({"const": "a"}, "b", 'it: must be "a"'),
        ({"minimum": 1}, 0, "it: 0 is below 1"),
        ({"maximum": 1}, 2, "it: 2 is above 1"),
        ({"exclusiveMinimum": 0}, 0, "it: must be above 0, not 0"),
        ({"minLength": 1}, "", "it: must not be empty"),
        ({"minItems": 1}, [], "it: must not be empty"),
        ({"maxLength": 1}, "ab", "it: is too long; at most 1 characters fit"),
        ({"maxItems": 1}, [1, 2], "it: is too long; at most 1 elements fit"),
        ({"pattern": "^a$"}, "b", 'it: "b" has characters that are not allowed here'),
        ({"required": ["a", "b"]}, {"a": 1}, "it: 'b' is missing"),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"b": 1},
            "it: unknown key 'b'; known are a",
        ),
        ({"properties": {"a": {"type": "null"}}}, {"a": 1}, "it.a: must be null, not 1"),
        ({"items": {"items": {"type": "null"}}}, [[], [None, 1]], "it[1][1]: must be null, not 1"),
        ({"oneOf": [{"const": None}, {"const": "a"}]}, "b", '"b" does not fit here; expected null'),
        ({"anyOf": [{"type": "null"}, {"minimum": 3}]}, 2, "it: 2 is below 3"),
        ({"type": "string"}, "long " * 99, ""),
        ({"enum": []}, "long " * 99, 'it: "long long long long long long long lon…'),
        ({"type": "string", "x-secret": True}, 5, "it: this value is not of the right type"),
    ],
)
def test_each_keyword_has_its_words(schema: Schema, value: Any, message: str) -> None:
    """What a schema forbids is said in plain words, after the place."""
    found = check_json(value, schema, "it")
    assert message in found
    assert bool(found) is bool(message)


def test_without_a_name() -> None:
    """A place begins with the name that is given, or with the first key."""
    assert check_json({"a": 1}, {"properties": {"a": {"type": "null"}}}).startswith("a: ")
    assert check_json(1, {"type": "null"}) == "must be null, not 1"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"type": "audio/pcm", "rate": 24000}, ""),
        ({"type": "audio/pcm", "rate": 16000}, "f.rate: must be 24000"),
        ({"type": "audio/pcm"}, "f: 'rate' is missing"),
        ({"type": "audio/pcmu", "rate": 8000}, "f: unknown key 'rate'; known are type"),
        (
            {"type": "audio/mp3"},
            "f: an object does not fit here; expected an object whose 'type' is audio/pcm or ",
        ),
        ("pcm16", "f: "),
    ],
)
def test_the_branch_that_was_meant(value: Any, message: str) -> None:
    """Of several branches the one with the same `type` explains what is wrong."""
    found = check_json(value, AUDIO_FORMAT, "f")
    assert found.startswith(message)
    assert bool(found) is bool(message)


@pytest.mark.parametrize(
    "secret",
    [
        {"authorization": 4711},
        {"headers": {"X-Key": 4711}},
        {"headers": {"X-Key": ["4711"]}},
        {"headers": ["4711"]},
        {"headers": "4711"},
    ],
)
def test_secrets_are_not_repeated(secret: dict[str, Any]) -> None:
    """What is wrong with a token or a header is said without showing it."""
    tool = {"type": "mcp", "server_label": "l", "server_url": "u", **secret}
    found = check_json(tool, TOOL, "tool")
    assert found.startswith(f"tool.{next(iter(secret))}")
    assert "4711" not in found


def test_relaxing() -> None:
    """For checking, an open enum is any text, an answer's keys are gone, and nothing else is."""
    schema: Schema = {
        "properties": {
            "a": {"type": "string", "enum": ["x"], "x-open": True, "x-label": "A"},
            "b": {"type": "string", "readOnly": True},
            "c": {"enum": ["x"], "x-secret": True},
        },
        "oneOf": [{"required": ["a"], "x-label": "B"}],
    }
    before = json.dumps(schema)
    assert relax_schema(schema) == {
        "properties": {"a": {"type": "string"}, "c": {"enum": ["x"], "x-secret": True}},
        "oneOf": [{"required": ["a"]}],
    }
    assert json.dumps(schema) == before
