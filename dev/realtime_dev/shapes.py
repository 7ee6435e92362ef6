# SPDX-License-Identifier: MIT
"""The values that a request body may have, read from a Python type or from a JSON Schema.

Both become a `Shape`, so that they can be compared. pydantic first turns the types into a JSON
Schema. What types cannot express (ranges, patterns, lengths, counts) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from types import NoneType
from typing import Any, Final

ANYTHING: Final = "anything"
"""The type of a value that may be any JSON."""

_TAG = "type"
_NAMES: Final[Mapping[type, str]] = {
    NoneType: "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
# A branch of a oneOf or anyOf without any of these keywords adds no type, only a restriction.
_TYPE_KEYWORDS = frozenset({"type", "enum", "const", "oneOf", "anyOf", "properties"})


@dataclass(frozen=True, kw_only=True)
class Record:
    """An object with named members; the `required` ones must be present."""

    members: Mapping[str, Shape]
    required: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The values that are allowed at one path of a body.

    `types` are names of JSON types. `values` are the listed constants, each once, as their Python
    repr; if `is_open`, other strings are allowed too. `items` is the shape of an array's elements,
    `entries` that of the values of an object without named members. `records` are the objects with
    named members, by the constant of their `type`, or by the empty text without one. `note` is
    appended to the line about a difference.
    """

    types: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()
    is_open: bool = False
    items: Shape | None = None
    entries: Shape | None = None
    records: Mapping[str, Record] = field(default_factory=dict)
    note: str = ""


def merge_shapes(shapes: Iterable[Shape]) -> Shape:
    """Return the shape that allows what any of `shapes` allows."""
    return reduce(_merge, shapes, Shape())


def _merge(one: Shape, other: Shape) -> Shape:
    records = dict(one.records)
    for tag, record in other.records.items():
        records[tag] = _merge_records(records[tag], record) if tag in records else record
    return Shape(
        types=one.types | other.types,
        values=tuple(dict.fromkeys(one.values + other.values)),
        is_open=one.is_open or other.is_open,
        items=_merge_optional(one.items, other.items),
        entries=_merge_optional(one.entries, other.entries),
        records=records,
        note=one.note or other.note,
    )


def _merge_optional(one: Shape | None, other: Shape | None) -> Shape | None:
    return _merge(one, other) if one and other else one or other


def _merge_records(one: Record, other: Record) -> Record:
    names = [*one.members, *(name for name in other.members if name not in one.members)]
    members = {
        name: merge_shapes(side.members[name] for side in (one, other) if name in side.members)
        for name in names
    }
    return Record(members=members, required=one.required & other.required)


def _make_object(members: Mapping[str, Shape], required: Iterable[str]) -> Shape:
    """Return the shape of an object, with one record for each constant of its `type`."""
    needed = frozenset(required)
    tags = members[_TAG].values if _TAG in members else ()
    records = {"": Record(members=members, required=needed)}
    if tags:
        records = {
            tag.strip("'"): Record(
                members={**members, _TAG: replace(members[_TAG], values=(tag,))}, required=needed
            )
            for tag in tags
        }
    return Shape(types=frozenset(["object"]), records=records)


def _make_constant(value: object) -> Shape:
    if isinstance(value, list):
        items = merge_shapes(map(_make_constant, value)) if value else None
        return Shape(types=frozenset(["array"]), items=items)
    return Shape(
        types=frozenset([get_json_type(value)]), values=() if value is None else (repr(value),)
    )


def get_json_type(value: object) -> str:
    """Return the JSON type of a value; its Python type if JSON has none for it."""
    return _NAMES.get(type(value), type(value).__name__)


def shape_from_type(hint: type) -> Shape:
    """Return the shape of a type of the `openai` package, as pydantic understands it.

    Raises pydantic.errors.PydanticUserError for a type without a JSON Schema.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow to import

    schema = TypeAdapter(hint).json_schema(ref_template="{model}")
    return shape_from_schema(_resolve(schema, schema.get("$defs", {})))


def _resolve(schema: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return a JSON Schema whose references are replaced by their definitions."""
    if isinstance(schema, list):
        return [_resolve(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolve(definitions[schema["$ref"]], definitions)
    return {name: _resolve(each, definitions) for name, each in schema.items() if name != "$defs"}


def shape_from_schema(schema: Mapping[str, Any]) -> Shape:
    """Return the shape of a JSON Schema without references.

    Members with `readOnly` are left out: only answers have them.
    """
    branches = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    typed = [branch for branch in branches if _TYPE_KEYWORDS & branch.keys()]
    shapes = [shape_from_schema(branch) for branch in typed]
    if not typed or _TYPE_KEYWORDS & schema.keys() - {"oneOf", "anyOf"}:
        shapes.append(_shape_without_branches(schema))
    return _merge(merge_shapes(shapes), Shape(note=_get_note(schema)))


def _shape_without_branches(schema: Mapping[str, Any]) -> Shape:
    """Return the shape of a schema without its oneOf and anyOf."""
    if "const" in schema:
        return _make_constant(schema["const"])
    listed = merge_shapes(map(_make_constant, schema.get("enum", ())))
    named = schema.get("type", [])
    types = frozenset([named] if isinstance(named, str) else named) | listed.types
    found = Shape(
        types=types or frozenset([ANYTHING]),
        values=listed.values,
        is_open="string" in types and ("enum" not in schema or schema.get("x-open", False)),
    )
    if "properties" in schema:
        members = {
            name: shape_from_schema(member)
            for name, member in schema["properties"].items()
            if not member.get("readOnly")
        }
        found = _merge(found, _make_object(members, schema.get("required", ())))
    items, entries = schema.get("items"), schema.get("additionalProperties")
    return _merge(
        found,
        Shape(
            items=shape_from_schema(items) if isinstance(items, Mapping) else None,
            entries=shape_from_schema(entries) if isinstance(entries, Mapping) else None,
        ),
    )


def _get_note(schema: Mapping[str, Any]) -> str:
    if "x-header" in schema:
        return f"the header {schema['x-header']}"
    return "the beta API only" if schema.get("x-ga") is False else ""
