# SPDX-License-Identifier: MIT
"""JSON that a user typed: read strictly, checked against a schema, explained by place."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from openai_realtime.schema import Schema

DEPTH_LIMIT = 100
"""How deep objects and lists may nest: all that walks through JSON here can go that far."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(text: str) -> Any:  # noqa: ANN401 - any JSON value comes out
    """Return the value of `text`.

    Raises ValueError with a message for the user: where (line, column) and what. Stricter than
    Python's reader: NaN, Infinity, numbers too large, halves of characters and a key that stands
    twice are refused, because servers refuse or misread them, or they cannot be sent.
    """
    # Files begin with a byte order mark at times, which JSON does not know.
    text = text.removeprefix("\ufeff")
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_read_float,
            object_pairs_hook=_unique,
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
    level = [value]
    for _ in range(limit):
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def has_broken_text(text: str) -> bool:
    """Return whether `text` contains half of a surrogate pair, which no server can be sent."""
    return _LONE_SURROGATE.search(text) is not None


def check_json(value: object, schema: Schema, name: str = "") -> str:
    """Return what is wrong with `value` against `schema`, in one sentence, or the empty string.

    `name` begins the JSON path that the sentence starts with, e.g. `tools[0]: ...`.
    """
    # Imported here: only settings that hold JSON need it, and it is slow to import.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    validator = Draft202012Validator(relax_schema(schema))
    error = next(iter(sorted(validator.iter_errors(value), key=lambda e: len(e.path))), None)
    if error is None:
        return ""
    error = _descend(error)
    place = name + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    )
    place = place.lstrip(".")
    return f"{place}: {_describe(error)}" if place else _describe(error)


def relax_schema(schema: Schema) -> Schema:
    """Return `schema` for checking: an open enum takes other texts, answers' keys are gone."""

    def relax(node: Any) -> Any:  # noqa: ANN401 - any JSON value goes in and comes out
        if isinstance(node, list):
            return [relax(item) for item in node]
        if not isinstance(node, dict):
            return node
        open_enum = bool(node.get("x-open"))
        relaxed = {
            key: relax(item)
            for key, item in node.items()
            if (not key.startswith("x-") or key == "x-secret") and not (open_enum and key == "enum")
        }
        if "properties" in relaxed and isinstance(node["properties"], dict):
            relaxed["properties"] = {
                name: relaxed["properties"][name]
                for name, member in node["properties"].items()
                if not member.get("readOnly")
            }
        return relaxed

    result: Schema = relax(schema)
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _read_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key '{key}' stands twice in one object")
        found[key] = value
    return found


def _explain(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text.rstrip()):
        return "the text ends too early; a bracket or quote is not closed"
    if text[error.pos] in "'\u2018\u2019\u201c\u201d":
        return 'texts stand in straight double quotes (")'
    return f"{error.msg[0].lower()}{error.msg[1:]}"


def _descend(error: ValidationError) -> ValidationError:
    """Return the error of the branch that was meant, told by its discriminator `type`."""
    while error.validator in ("oneOf", "anyOf") and error.context:
        branches: dict[int, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(int(inner.schema_path[0]), []).append(inner)
        meant = [errors for errors in branches.values() if not any(map(_is_other_type, errors))]
        if len(meant) != 1:
            return error
        error = meant[0][0]
    return error


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
    if schema.get("x-secret"):
        return "this value is not of the right type"
    match error.validator:
        case "required":
            missing = next(name for name in wanted if name not in value)
            return f"'{missing}' is missing"
        case "additionalProperties":
            known = list(schema.get("properties", {}))
            extra = next(name for name in value if name not in known)
            return f"unknown key '{extra}'; known are {', '.join(known)}"
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
    kinds = [
        str(branch["properties"]["type"]["const"])
        for branch in branches
        if "const" in branch.get("properties", {}).get("type", {})
    ]
    constants = [_show(branch["const"]) for branch in branches if "const" in branch]
    parts = constants
    if kinds:
        parts = [*constants, f"an object whose 'type' is {' or '.join(kinds)}"]
    expected = f"; expected {', or '.join(parts)}" if parts else ""
    return f"{_name_value(error.instance)} does not fit here{expected}"


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
