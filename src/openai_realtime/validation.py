# SPDX-License-Identifier: MIT
"""Check JSON values against a schema; errors are sentences that begin with a JSON path."""

from __future__ import annotations

import json
import re
from functools import cached_property, reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from openai_realtime.api import Api
from openai_realtime.errors import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jsonschema_rs

    from openai_realtime.schema import Schema


_TYPE_NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


class Checker:
    """Checks values against one JSON Schema, which is compiled when it is first used.

    `lenient` is for servers that take other values than OpenAI's.
    """

    def __init__(self, schema: Schema, *, lenient: bool = False) -> None:
        self._schema = schema
        self._lenient = lenient

    def find_problem(self, value: object) -> str:
        """Return a sentence about the first error in `value`, or the empty string.

        It starts with the JSON path if the error is inside of `value`, such as `[0].name: ...`.
        """
        return next((problem for _, problem in self._list_problems(value)), "")

    def check(self, value: object) -> tuple[str, list[str]]:
        """Return a sentence about an error, or empty, and one for each thing to warn of.

        Unknown keys are no errors, so that fields that are new in the API can be sent with this
        version. If the checker is `lenient`, most wrong values are none either.
        """
        found = list(self._list_problems(value))
        errors = [problem for is_error, problem in found if is_error]
        return (errors or [""])[0], [f"{problem}. This is sent unchanged." for _, problem in found]

    def _list_problems(self, value: object) -> Iterator[tuple[bool, str]]:
        """Yield whether it is an error, and a sentence, the outermost first."""
        try:
            found = list(self._validator.iter_errors(value))
        except ValueError:
            # Only a JSON cell can contain such a value: `read_json` refuses it in a text.
            yield True, "it is nested too deeply, or a character is broken"
            return
        for outer in sorted(found, key=lambda error: len(error.instance_path)):
            for error in _descend(outer):
                *parents, keyword = error.schema_path
                schema: Any = reduce(getitem, parents, self._schema)  # type: ignore[arg-type]
                if keyword == "additionalProperties" and _list_misplaced(schema, error.instance):
                    keyword = "misplaced"
                # Objects are merged, and secrets are masked, so these must have the right type.
                is_error = (
                    schema.get(keyword) == "object" or bool(schema.get("x-secret"))
                    if self._lenient
                    else keyword != "additionalProperties"
                )
                place = "".join(
                    f"[{part}]" if isinstance(part, int) else f".{part}"
                    for part in error.instance_path
                ).lstrip(".")
                problem = _describe(str(keyword), schema, error)
                yield is_error, f"{place}: {problem}" if place else problem

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        # Imported here: only settings with JSON need it.
        import jsonschema_rs  # noqa: PLC0415

        return jsonschema_rs.Draft202012Validator(self._schema)


def describe_range(schema: Schema) -> str:
    """Return the range of numbers in `schema` for a sentence, such as `from 0.25 to 1.5`."""
    low, high = schema["minimum"], schema.get("maximum")
    return f"of at least {low}" if high is None else f"from {low} to {high}"


def describe_mismatch(schema: Schema, text: str) -> str:
    """Return what is wrong with a text that does not match the `pattern` of `schema`."""
    rest = re.sub(schema["x-remove"], "", text) if "x-remove" in schema else ""
    if rest and re.fullmatch(schema["pattern"], rest):
        return f"enter '{shorten(rest)}' instead of '{shorten(text)}'"
    like = "".join(f", such as '{example}'" for example in schema.get("examples", ())[:1])
    return f"'{shorten(text)}' does not have the required form{like}"


def _descend(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """Yield the errors of the intended branch; the discriminator `type` tells which it is."""
    meant = [
        branch
        for branch in getattr(error.kind, "context", ())
        if not any(_is_of_other_type(inner, len(error.instance_path)) for inner in branch)
    ]
    if len(meant) != 1:
        yield error
        return
    for inner in meant[0]:
        yield from _descend(inner)


def _is_of_other_type(error: jsonschema_rs.ValidationError, depth: int) -> bool:
    """Return whether the error says that its branch is for another `type` or kind of value."""
    keyword, below = error.schema_path[-1], error.instance_path[depth:]
    if keyword == "const":
        return not below or below[-1] == "type"
    if keyword == "required":
        return bool(error.kind.value == "type")
    return keyword == "type" and not below


def _list_misplaced(schema: Schema, value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    inner = schema.get("properties", {}).get("session", {}).get("properties", {})
    return [f"'{name}'" for name in value if name in inner]


def _describe(keyword: str, schema: Schema, error: jsonschema_rs.ValidationError) -> str:  # noqa: C901, PLR0912 - one case a keyword
    value: Any = error.instance
    wanted = schema.get(keyword, ())
    if "x-missing" in schema:
        return f"the {Api(schema['x-missing']).label} does not have this field"
    if schema.get("x-secret"):
        return "this value has the wrong type"
    match keyword:
        case "required":
            return f"'{error.kind.value}' is missing"
        case "misplaced":
            misplaced = ", ".join(_list_misplaced(schema, value))
            return f"{misplaced} must be inside of 'session': {{\"session\": {{...}}}}"
        case "additionalProperties":
            members = schema.get("properties", {})
            extra = [f"'{name}'" for name in value if name not in members]
            known = [name for name, member in members.items() if "x-missing" not in member]
            keys = "keys" if len(extra) > 1 else "key"
            return f"unknown {keys} {', '.join(extra)}; known keys are {', '.join(known)}"
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            kinds = " or ".join(_TYPE_NAMES[name] for name in names)
            return f"must be {kinds}, not {_name_value(value)}"
        case "enum":
            return f"must be one of {', '.join(map(_show, wanted))}, not {_show(value)}"
        case "const":
            return f"must be {_show(wanted)}"
        case "minimum" | "maximum":
            return f"must be a number {describe_range(schema)}, not {_show(value)}"
        case "minLength" | "minItems":
            return "must not be empty"
        case "maxLength":
            return f"is too long; at most {wanted} characters are allowed"
        case "oneOf":
            return _describe_branches(wanted, value)
        case "pattern":
            return describe_mismatch(schema, value)
        case _:
            return error.message


def _describe_branches(branches: list[Schema], value: object) -> str:
    keys = [branch["required"][0] for branch in branches if set(branch) == {"required"}]
    if keys:
        return f"exactly one of {', '.join(keys)} is required"
    parts: list[str] = []
    types: list[str] = []
    for branch in branches:
        if "const" in branch:
            parts.append(_show(branch["const"]))
        elif "const" in branch.get("properties", {}).get("type", {}):
            types.append(branch["properties"]["type"]["const"])
        elif "type" in branch:
            parts.append(_TYPE_NAMES[branch["type"]])
    if types:
        if isinstance(value, dict) and "type" not in value:
            return "'type' is missing"
        parts.append(f"an object whose 'type' is {' or '.join(types)}")
    expected = f"; expected {', or '.join(parts)}" if parts else ""
    return f"{_name_value(value)} does not fit here{expected}"


def _name_value(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else _show(value)


def _show(value: object) -> str:
    return shorten(json.dumps(value, ensure_ascii=False))
