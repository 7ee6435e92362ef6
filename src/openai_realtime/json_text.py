# SPDX-License-Identifier: MIT
"""JSON that a user wrote: parsed strictly, with errors that name line and column; tokens in it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

DEPTH_LIMIT = 100
"""How deep objects and lists may nest; all recursive functions here can go that deep."""

_LONE_SURROGATE = "[\ud800-\udfff]"
_PROBLEMS = {
    "Expecting value": "a value is missing, or a text is not in double quotes",
    "Expecting property name": "a name in double quotes is missing",
    "Expecting ':'": "a colon is missing",
    "Expecting ','": "a comma or a closing bracket or brace is missing",
    "Extra data": "there is text after the end",
    "Invalid control character": "a text cannot contain line breaks or tabs; write \\n or \\t",
    "Invalid \\": "a backslash in a text must be written twice",
}
"""How the messages of Python's parser begin, and what to say instead."""


def read_json(text: str) -> Any:  # noqa: ANN401 - any JSON value comes out
    """Return the value of `text`.

    Raises ValueError with a message for the user: what is wrong, and in which line and column.
    Stricter than `json.loads`: NaN, Infinity, numbers that are too large, halves of surrogate
    pairs and duplicate keys are refused, because servers refuse or misread them, or they cannot
    be sent.
    """
    # Some files begin with a byte order mark, which is not part of JSON.
    text = text.removeprefix("\ufeff")
    try:
        value = json.loads(
            text, parse_constant=_refuse_number, parse_float=_read_float, object_pairs_hook=_unique
        )
    except json.JSONDecodeError as error:
        what = _explain(error, text)
        raise ValueError(f"line {error.lineno}, column {error.colno}: {what}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if is_deep(value):
        raise ValueError("it is nested too deeply")
    if has_broken_text(json.dumps(value, ensure_ascii=False)):
        raise ValueError("a character is broken (half of a \\u pair is missing)")
    return value


def is_deep(value: object, limit: int = DEPTH_LIMIT) -> bool:
    """Return whether objects and lists in `value` nest deeper than `limit`."""
    if not isinstance(value, (dict, list)):
        return False
    children = value.values() if isinstance(value, dict) else value
    return limit == 0 or any(is_deep(child, limit - 1) for child in children)


def has_broken_text(text: str) -> bool:
    """Return whether `text` contains half of a surrogate pair, which cannot be sent."""
    return not text.isascii() and re.search(_LONE_SURROGATE, text) is not None


def list_tokens(value: object, *, in_tool: bool = False) -> Iterator[str]:
    """Yield the tokens and secret header values of MCP servers in a request body.

    With `in_tool`, `value` is part of a tool, where more names stand for secrets.
    """
    if isinstance(value, list):
        for item in value:
            yield from list_tokens(item, in_tool=in_tool)
    # The parameters of a function only describe values, so they contain no secrets.
    elif isinstance(value, dict) and value.get("type") != "function":
        for name, item in value.items():
            is_secret = name == "authorization" or (
                in_tool and re.search("(?i)authorization|key|token|secret|cookie", name)
            )
            if not isinstance(item, str):
                yield from list_tokens(item, in_tool=in_tool or name in ("tools", "headers"))
            elif is_secret:
                yield re.sub("^(?i:bearer|basic|token|apikey) +", "", item)


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _read_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text} is too large")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key '{key}' appears twice in one object")
        found[key] = value
    return found


def _explain(error: json.JSONDecodeError, text: str) -> str:
    before, after = text[: error.pos].rstrip(), text[error.pos :].rstrip()
    if not after or error.msg.startswith("Unterminated"):
        return "the text ends too early: a bracket, brace or quote is not closed"
    if after[0] in "'\u2018\u2019\u201c\u201d":
        return 'texts need straight double quotes (")'
    # Newer versions of Python have a message of their own for a comma before the end.
    if error.msg.startswith("Illegal") or (before.endswith(",") and after[0] in ",]}"):
        return "there is an extra comma"
    return next((_PROBLEMS[start] for start in _PROBLEMS if error.msg.startswith(start)), error.msg)
