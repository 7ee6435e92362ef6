# SPDX-License-Identifier: MIT
"""Check JSON values against a schema; errors are sentences that begin with a JSON path."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from openai_realtime.api import Api
from openai_realtime.errors import fold

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
        errors = [_Error(each, self._schema, value) for each in found]
        for outer in sorted(errors, key=lambda error: len(error.path)):
            for error in outer.descend():
                place = "".join(
                    f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path
                ).lstrip(".")
                is_error = error.is_error(lenient=self._lenient)
                problem = _describe(error)
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
        return f"enter '{fold(rest, 40)}' instead of '{fold(text, 40)}'"
    like = "".join(f", such as '{example}'" for example in schema.get("examples", ())[:1])
    return f"'{fold(text, 40)}' does not have the required form{like}"


class _Error:
    """One error: the `path` to the `value`, the `keyword` that failed and its `schema`."""

    def __init__(self, error: jsonschema_rs.ValidationError, schema: Any, value: Any) -> None:  # noqa: ANN401 - any JSON
        self.path, self.message = error.instance_path, error.message
        *parents, keyword = error.schema_path
        self.keyword = str(keyword)
        self.schema = _walk(schema, parents)
        self.value = _walk(value, self.path)
        self.wanted = self.schema[self.keyword]
        branches = getattr(error.kind, "context", [])
        self._branches = [[_Error(each, schema, value) for each in branch] for branch in branches]

    def descend(self) -> Iterator[_Error]:
        """Yield the errors of the intended branch; the discriminator `type` tells which it is."""
        meant = [
            errors
            for errors in self._branches
            if not any(error._is_of_other_type(len(self.path)) for error in errors)  # noqa: SLF001 - of the same class
        ]
        if len(meant) != 1:
            yield self
            return
        for inner in meant[0]:
            yield from inner.descend()

    def is_error(self, *, lenient: bool) -> bool:
        """Return whether the value cannot be sent: objects are merged, and secrets are masked."""
        if lenient:
            return self.wanted == "object" or bool(self.schema.get("x-secret"))
        return self.keyword != "additionalProperties" or bool(self.list_misplaced())

    def list_misplaced(self) -> list[str]:
        """Return the keys beside `session` that belong in it."""
        inner = self.schema.get("properties", {}).get("session", {}).get("properties", {})
        return [f"'{name}'" for name in self.value if name in inner]

    def _is_of_other_type(self, depth: int) -> bool:
        """Return whether the error says that its branch is for another `type` or kind of value."""
        inner = self.path[depth:]
        if self.keyword == "const":
            return not inner or inner[-1] == "type"
        if self.keyword == "required":
            return _find_missing(self) == "type"
        return self.keyword == "type" and not inner


def _walk(value: Any, path: list[Any]) -> Any:  # noqa: ANN401 - any JSON value
    for part in path:
        value = value[part]
    return value


def _find_missing(error: _Error) -> str:
    return str(next(name for name in error.wanted if name not in error.value))


def _describe(error: _Error) -> str:  # noqa: C901, PLR0912 - one case a keyword
    schema, value, wanted = error.schema, error.value, error.wanted
    if "x-missing" in schema:
        return f"the {Api(schema['x-missing']).label} does not have this field"
    if schema.get("x-secret"):
        return "this value has the wrong type"
    match error.keyword:
        case "required":
            return f"'{_find_missing(error)}' is missing"
        case "additionalProperties":
            members = schema.get("properties", {})
            extra = [f"'{name}'" for name in value if name not in members]
            known = [name for name, member in members.items() if "x-missing" not in member]
            keys = "keys" if len(extra) > 1 else "key"
            if misplaced := error.list_misplaced():
                return (
                    f"{', '.join(misplaced)} must be inside of 'session': {{\"session\": {{...}}}}"
                )
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
            return _describe_branches(error)
        case "pattern":
            return describe_mismatch(schema, value)
        case _:
            return error.message


def _describe_branches(error: _Error) -> str:
    branches: list[Schema] = error.wanted
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
        if isinstance(error.value, dict) and "type" not in error.value:
            return "'type' is missing"
        parts.append(f"an object whose 'type' is {' or '.join(types)}")
    expected = f"; expected {', or '.join(parts)}" if parts else ""
    return f"{_name_value(error.value)} does not fit here{expected}"


def _name_value(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return _show(value)


def _show(value: object, limit: int = 40) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"
