# SPDX-License-Identifier: MIT
"""JSON that a user typed: what is refused, and in which words."""

import json
from typing import Any

import pytest
from hypothesis import given

from core.settings_strategy import json_values
from openai_realtime.json_text import read_json


@given(json_values)
def test_what_json_can_say_is_read(value: Any) -> None:
    """Any JSON value is read, with escapes or without."""
    assert read_json(json.dumps(value)) == value
    assert read_json("\ufeff" + json.dumps(value, ensure_ascii=False, indent=2)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: the text ends too early: a bracket, brace or quote is not closed"),
        ("{", "line 1, column 2: the text ends too early: a bracket, brace or quote is not closed"),
        ('{\n "a": \n', "line 3, column 1: the text ends too early"),
        ("{'a': 1}", 'line 1, column 2: texts need straight double quotes (")'),
        ("[\u201ca\u201d]", 'line 1, column 2: texts need straight double quotes (")'),
        ('["a" "b"]', "line 1, column 6: a comma or a closing bracket or brace is missing"),
        ("{} {}", "line 1, column 4: there is text after the end"),
        ('["a\nb"]', "line 1, column 4: a text cannot contain line breaks"),
        ("<html>", "line 1, column 1: a value is missing, or a text is not in double quotes"),
        ('{"a" 1}', "line 1, column 6: a colon is missing"),
        ("{a: 1}", "line 1, column 2: a name in double quotes is missing"),
        (r'["\d"]', "line 1, column 3: a backslash in a text must be written twice"),
        ('["a]', "line 1, column 2: the text ends too early"),
        ("[1,,2]", "line 1, column 4: there is an extra comma"),
        ("NaN", "NaN is not a JSON value"),
        ("[-Infinity]", "-Infinity is not a JSON value"),
        ("1e999", "the number 1e999 is too large"),
        ('{"a": {"b": 1, "b": 1}}', "the key 'b' appears twice in one object"),
        ('"\\udc00"', "a character is broken"),
        ('{"\\ud83d": 1}', "a character is broken"),
        (10**5 * "[", "it is nested too deeply"),
        (10**5 * '{"a":', "it is nested too deeply"),
        (f"{'[' * 101}{']' * 101}", "it is nested too deeply"),
    ],
    ids=range(23),
)
def test_what_is_refused(text: str, message: str) -> None:
    """Each refusal says where, by line and column or by name, and what to do."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        read_json(text)
    assert str(caught.value).startswith(message)
