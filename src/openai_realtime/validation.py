# SPDX-License-Identifier: MIT
"""JSON values checked against a schema, and what is wrong said in words, by JSON path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openai_realtime.api import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

    from openai_realtime.schema import Schema

_KEPT = ("x-secret", "x-strict", "x-missing")
"""Annotations that the sentences need."""


def check_json(value: object, schema: Schema, name: str = "") -> str:
    """Return what is wrong with `value` against `schema`, in one sentence, or the empty string.

    `name` begins the JSON path that the sentence starts with, e.g. `tools[0]: ...`.
    """
    return next(_find_problems(value, relax_schema(schema), name), "")


def check_body(value: object, schema: Schema) -> tuple[str, list[str]]:
    """Return what is wrong with a whole body, and which of its keys `schema` does not know.

    Unknown keys are no error, so that what the API learns tomorrow can be sent today; those of
    a schema with `x-strict` are.
    """
    problem = next(_find_problems(value, relax_schema(schema, is_open=True), ""), "")
    if problem:
        return problem, []
    return "", list(_find_problems(value, relax_schema(schema), ""))


def find_problem(value: object, relaxed: Schema) -> str:
    """Return what is wrong with `value` against a schema that `relax_schema` gave, or nothing.

    For many values: to relax a schema takes ten times as long as to check a value.
    """
    return next(_find_problems(value, relaxed, ""), "")


def find_token(value: object, schema: Schema, name: str = "") -> str:
    """Return what is wrong if the list `value` holds a token that belongs in a credential.

    `name` begins the JSON path, as in `check_json`.
    """
    for branch in schema.get("items", {}).get("oneOf", ()):
        for key, member in branch.get("properties", {}).items():
            if member.get("x-control") != "credential" or not isinstance(value, list):
                continue
            for number, item in enumerate(value):
                if isinstance(item, dict) and key in item:
                    return (
                        f"{name}[{number}].{key}: a token must not stand here, for it would be "
                        "saved in the workflow; use the list above and a credential"
                    )
    return ""


def relax_schema(schema: Schema, *, is_open: bool = False) -> Schema:
    """Return `schema` for checking: an open enum takes other texts, answers' keys are gone.

    Retired values are taken, too: whether they still work is for the server to say.
    With `is_open` objects take unknown keys, unless they are `x-strict`.
    """

    def relax(node: Any) -> Any:  # noqa: ANN401 - any JSON value goes in and comes out
        if isinstance(node, list):
            return [relax(item) for item in node]
        if not isinstance(node, dict):
            return node
        dropped = {"enum"} if node.get("x-open") else set()
        if is_open and node.get("additionalProperties") is False and not node.get("x-strict"):
            dropped.add("additionalProperties")
        relaxed = {
            key: relax(item)
            for key, item in node.items()
            if (key in _KEPT or not key.startswith("x-")) and key not in dropped
        }
        retired = node.get("x-retired", [])
        if retired and "enum" in relaxed:
            relaxed["enum"] = [*relaxed["enum"], *retired]
        elif retired and "oneOf" in relaxed:
            relaxed["oneOf"] = [*relaxed["oneOf"], {"enum": retired}]
        if "properties" in relaxed and isinstance(node["properties"], dict):
            relaxed["properties"] = {
                name: relaxed["properties"][name]
                for name, member in node["properties"].items()
                if not member.get("readOnly")
            }
        return relaxed

    result: Schema = relax(schema)
    return result


def _find_problems(value: object, schema: Schema, name: str) -> Iterator[str]:
    # Imported here: only settings that hold JSON need it, and it is slow to import.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    errors = Draft202012Validator(schema).iter_errors(value)
    found = sorted(errors, key=lambda error: len(error.path))
    for error in (inner for outer in found for inner in _descend(outer)):
        place = name + "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
        )
        place = place.lstrip(".")
        yield f"{place}: {_describe(error)}" if place else _describe(error)


def _descend(error: ValidationError) -> Iterator[ValidationError]:
    """Yield the errors of the branch that was meant, told by its discriminator `type`."""
    branches: dict[int, list[ValidationError]] = {}
    if error.validator in ("oneOf", "anyOf"):
        for inner in error.context or ():
            branches.setdefault(int(inner.schema_path[0]), []).append(inner)
    meant = [errors for errors in branches.values() if not any(map(_is_other_type, errors))]
    if len(meant) == 1:
        for inner in meant[0]:
            yield from _descend(inner)
    else:
        yield error


def _is_other_type(error: ValidationError) -> bool:
    """Tell that a branch was not meant: it is for another `type`, or another kind of value."""
    if error.validator == "const":
        return not error.path or error.path[-1] == "type"
    if error.validator == "required":
        return "'type'" in error.message
    return error.validator == "type" and not error.path


def _describe(error: ValidationError) -> str:  # noqa: C901, PLR0912 - one case a keyword
    # The stubs allow booleans for schemas, which ours never contain.
    schema: Any = error.schema
    value: Any = error.instance
    wanted: Any = error.validator_value
    if "x-missing" in schema:
        return f"the {Api(schema['x-missing']).label} has no such field"
    if schema.get("x-secret"):
        return "this value is not of the right type"
    match error.validator:
        case "required":
            missing = next(name for name in wanted if name not in value)
            return f"'{missing}' is missing"
        case "additionalProperties":
            members = schema.get("properties", {})
            extra = [f"'{name}'" for name in value if name not in members]
            known = [name for name, member in members.items() if "x-missing" not in member]
            keys = "keys" if len(extra) > 1 else "key"
            return f"unknown {keys} {', '.join(extra)}; known are {', '.join(known)}"
        case "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            return f"must be {' or '.join(map(_name_type, names))}, not {_name_value(value)}"
        case "enum":
            return f"{_show(value)} is none of {', '.join(map(_show, wanted))}"
        case "const":
            return f"must be {_show(wanted)}"
        case "minimum" | "maximum":
            side = "below" if error.validator == "minimum" else "above"
            return f"{_show(value)} is {side} {wanted}"
        case "exclusiveMinimum" | "exclusiveMaximum":
            side = "above" if error.validator == "exclusiveMinimum" else "below"
            return f"must be {side} {wanted}, not {_show(value)}"
        case "minLength" | "minItems":
            return "must not be empty"
        case "maxLength" | "maxItems":
            return f"is too long; at most {wanted} {_name_parts(error)} fit"
        case "oneOf" | "anyOf":
            return _describe_branches(error)
        case "pattern":
            return f"{_show(value)} has characters that are not allowed here"
        case _:
            return error.message


def _describe_branches(error: ValidationError) -> str:
    branches: Any = error.validator_value
    keys = [branch["required"][0] for branch in branches if "required" in branch]
    if keys and all(set(branch) == {"required"} for branch in branches):
        return f"exactly one of {', '.join(keys)} is needed"
    if isinstance(error.instance, dict) and "type" not in error.instance and _all_typed(branches):
        return "'type' is missing"
    kinds = [
        str(branch["properties"]["type"]["const"])
        for branch in branches
        if "const" in branch.get("properties", {}).get("type", {})
    ]
    parts = [_show(branch["const"]) for branch in branches if "const" in branch]
    parts += [
        _name_type(branch["type"])
        for branch in branches
        if "type" in branch and "type" not in branch.get("properties", {})
    ]
    if kinds:
        parts.append(f"an object whose 'type' is {' or '.join(kinds)}")
    expected = f"; expected {', or '.join(parts)}" if parts else ""
    return f"{_name_value(error.instance)} does not fit here{expected}"


def _all_typed(branches: list[Schema]) -> bool:
    objects = [branch["properties"] for branch in branches if "properties" in branch]
    return bool(objects) and all("type" in members for members in objects)


def _name_parts(error: ValidationError) -> str:
    return "characters" if error.validator == "maxLength" else "elements"


def _name_type(name: str) -> str:
    return {
        "object": "an object",
        "array": "a list",
        "string": "a text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "null": "null",
    }[name]


def _name_value(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return _show(value)


def _show(value: object, limit: int = 40) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"
