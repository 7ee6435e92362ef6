# SPDX-License-Identifier: MIT
"""What may stand at each place of a request body, by a Python type or by a JSON Schema.

Both come out as a `Shape`, so that they can be compared. pydantic describes the types by a JSON
Schema first. What types cannot say (ranges, patterns, lengths, counts) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from types import NoneType
from typing import Any, Final

ANYTHING: Final = "anything"
"""The type of a place that takes any JSON value."""

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
# Words of JSON Schema that narrow down what types allow, but say nothing of their own.
_TELLING = frozenset({"type", "enum", "const", "oneOf", "anyOf", "properties"})


@dataclass(frozen=True, kw_only=True)
class Record:
    """An object with named members, and those that must be there."""

    members: Mapping[str, Shape]
    required: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What may stand at one place.

    `types` are JSON's. `values` are the constants that are listed, as Python writes them and each
    once; `is_open` tells that a string may be another one. `items` is what an array holds,
    `entries` what an object without named members holds. `records` are objects with named members
    by the constant of their `type`; one without such a constant has the empty text. `note` is for
    the reader of a difference.
    """

    types: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()
    is_open: bool = False
    items: Shape | None = None
    entries: Shape | None = None
    records: Mapping[str, Record] = field(default_factory=dict)
    note: str = ""


def merge_shapes(shapes: Iterable[Shape]) -> Shape:
    """Return the shape of a place that takes what any of `shapes` does."""
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
    """Return the shape of an object; one whose `type` may be several constants is split up."""
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
        types=frozenset([name_type(value)]), values=() if value is None else (repr(value),)
    )


def name_type(value: object) -> str:
    """Return JSON's name for the type of a value; Python's own where JSON has none."""
    return _NAMES.get(type(value), type(value).__name__)


def read_type(hint: type) -> Shape:
    """Return the shape that a type of the `openai` package describes, as pydantic reads it.

    Raises pydantic.errors.PydanticUserError for a type that JSON cannot hold.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow to import

    schema = TypeAdapter(hint).json_schema(ref_template="{model}")
    return read_schema(_resolve(schema, schema.get("$defs", {})))


def _resolve(schema: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return a JSON Schema with what its references name in their place."""
    if isinstance(schema, list):
        return [_resolve(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _resolve(definitions[schema["$ref"]], definitions)
    return {name: _resolve(each, definitions) for name, each in schema.items() if name != "$defs"}


def read_schema(schema: Mapping[str, Any]) -> Shape:
    """Return the shape of what a request may hold by a resolved schema of ours.

    Members with `readOnly` are missing: only answers have them.
    """
    branches = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    told = [branch for branch in branches if _TELLING & branch.keys()]
    shapes = [read_schema(branch) for branch in told]
    if not told or _TELLING & schema.keys() - {"oneOf", "anyOf"}:
        shapes.append(_read_own(schema))
    return _merge(merge_shapes(shapes), Shape(note=_find_note(schema)))


def _read_own(schema: Mapping[str, Any]) -> Shape:
    """Return what a schema says by itself, apart from its alternatives."""
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
            name: read_schema(member)
            for name, member in schema["properties"].items()
            if not member.get("readOnly")
        }
        found = _merge(found, _make_object(members, schema.get("required", ())))
    items, entries = schema.get("items"), schema.get("additionalProperties")
    return _merge(
        found,
        Shape(
            items=read_schema(items) if isinstance(items, Mapping) else None,
            entries=read_schema(entries) if isinstance(entries, Mapping) else None,
        ),
    )


def _find_note(schema: Mapping[str, Any]) -> str:
    if "x-header" in schema:
        return f"the header {schema['x-header']}"
    return "the beta API only" if schema.get("x-ga") is False else ""
