# SPDX-License-Identifier: MIT
"""Schema -> form: the fields of a dialog. docs/schema.md explains the annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from openai_realtime.api import Api
from openai_realtime.choices import OTHER, Choice, Option
from openai_realtime.fields import (
    ABSENT,
    Field,
    Flag,
    JsonText,
    ListField,
    Number,
    Secret,
    Settings,
    Text,
    TextList,
    walk_fields,
)
from openai_realtime.schema import Path, Place, Schema, is_record, load_schema, read_constants

_KINDS: Mapping[str, type[Field]] = {
    "json": JsonText,
    "credential": Secret,
    "list": TextList,
    "array": TextList,
    "integer": Number,
    "number": Number,
    "string": Text,
}
"""By `x-control`, else by the type."""


class Form:
    """What a resolved schema describes: fields in the dialog's order, sections, endpoints.

    `sections` are the parts of the dialog by key, each with a `label` and a `description`. Raises
    ValueError or KeyError for a schema that cannot be shown as a dialog.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.title: str = schema["title"]
        self.endpoints: Mapping[str, Any] = schema.get("x-endpoint", {})
        self.sections: Mapping[str, Mapping[str, str]] = schema.get("x-sections", {})
        order = {key: number for number, key in enumerate(["", *self.sections])}
        fields = _read_members(Place(schema))
        self.fields = tuple(sorted(fields, key=lambda item: (order[item.section], item.order)))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every property of the schema."""
        return tuple(Place(self.schema).walk())

    @cached_property
    def by_setting(self) -> Mapping[Path, Field]:
        """Every field by settings path, also inside options, but not in list items."""
        return {item.setting: item for item in walk_fields(self.fields)}

    def find_param(self, names: Path, api: Api, settings: Settings) -> tuple[int, str]:
        """Return how many of `names` lead to a field in the body of `api`, and the field's label.

        Fields that `settings` do not set only count if no other one is found, and are called so.
        Of a list, the label is that of the item. `names` do not begin with `session`.
        """
        found: dict[tuple[bool, int], dict[Field, Any]] = {}
        for item in walk_fields(self.fields, settings):
            path = skip_session(item.place.path_for(api) or item.path)
            if path and names[: len(path)] == path:
                value = ABSENT if item.list_hiding(settings) else item.encode(settings, api)
                found.setdefault((value is not ABSENT, len(path)), {})[item] = value
        is_set, depth = max(found, default=(False, 0))
        values = found.get((is_set, depth), {})
        rest = names[depth:]
        if is_set and rest and rest[0].isdigit():
            index = int(rest[0])
            # Several fields fill one list, such as those for tools, in their order.
            for item, value in values.items():
                if not isinstance(value, list) or index < len(value):
                    if isinstance(item, ListField):
                        return depth, item.name_item(index, rest[1:])
                    return depth, item.label
                index -= len(value)
        labels = " or ".join(dict.fromkeys(item.label for item in values))
        return depth, labels if is_set or not labels else f"{labels} (not set)"


def skip_session(path: Path) -> Path:
    """Return `path` without `session`, which some servers leave out."""
    return path[1:] if path[:1] == ("session",) else path


@cache
def load_form(name: str = "session") -> Form:
    """Return the form of `schemas/<name>.schema.json`, read once."""
    return Form(load_schema(name))


@cache
def list_constants(form: Form, api: Api) -> tuple[tuple[Path, Any, bool], ...]:
    """Return the constants in the body of `api`: path, value, and whether it is always sent.

    Other constants are sent when a field of the same object is.
    """
    return tuple(_read_constants(Place(form.schema), api))


def _read_constants(place: Place, api: Api) -> Iterator[tuple[Path, Any, bool]]:
    for member in place.members():
        path = member.path_for(api)
        if path is not None and "const" in member.schema:
            yield path, member.schema["const"], place.required
        elif is_record(member.schema):
            yield from _read_constants(member, api)


def _read_members(place: Place) -> Iterator[Field]:
    for member in place.members():
        schema = member.schema
        if "const" in schema or schema.get("readOnly") or schema.get("x-control") is False:
            continue
        if is_record(schema):
            yield from _read_members(member)
        elif "x-label" in schema:
            yield _make_field(member)
        items = schema.get("items", {})
        for item in (items, *items.get("oneOf", ())):
            if "x-item" in item:
                # Each kind of item has its own list in the dialog.
                whole = member.adopt(item)
                inner = whole._replace(path=(), section="")
                members = sorted(_read_members(inner), key=lambda item: item.order)
                yield ListField(whole, tuple(members))


def _make_field(place: Place) -> Field:
    schema = place.schema
    types = schema.get("type", ())
    kind = next((t for t in ([types] if isinstance(types, str) else types) if t != "null"), "")
    control = schema.get("x-control")
    if control is None and kind == "boolean" and place.required:
        return Flag(place)
    if control is None and ("oneOf" in schema or "enum" in schema or kind == "boolean"):
        options = tuple(_read_options(place))
        return Choice(place, options)
    if (control or kind) not in _KINDS:
        raise ValueError(f"{'.'.join(place.path)}: no control shows this schema")
    return _KINDS[control or kind](place)


def _read_options(place: Place) -> Iterator[Option]:
    if place.schema.get("type") == "boolean":
        yield Option("yes", "Yes", place, constant=True)
        yield Option("no", "No", place, constant=False)
    others: list[Option] = []
    for branch in (place.schema, *place.schema.get("oneOf", ())):
        for value in branch.get("enum", ()):
            label = branch.get("x-labels", {}).get(value, value)
            retires = branch.get("x-retires", {}).get(value, "")
            about = branch.get("x-descriptions", {}).get(value, "")
            yield Option(value, label, place, value, retires=retires, description=about)
        if branch.get("x-open"):
            label = branch["x-other-label"]
            schema = {"type": "string", "description": branch["x-other-description"]}
            beside = _make_beside(place, OTHER, label, schema)
            others.append(Option(OTHER, f"{label} …", place, value=beside))
        elif branch is not place.schema and "x-label" in branch:
            yield _read_branch(place, branch)
    yield from others


def _read_branch(place: Place, branch: Schema) -> Option:
    inner = place.adopt(branch)
    known: Any = branch.get("const") or read_constants(branch).get("type")
    about = branch.get("description", "")
    option = Option(branch.get("x-id", known), branch["x-label"], inner, description=about)
    if "const" in branch:
        return option._replace(constant=branch["const"])
    if branch.get("type") != "object":
        beside = _make_beside(place, option.id, branch["x-value-label"], branch)
        return option._replace(value=beside)
    if members := tuple(_read_members(inner)):
        return option._replace(members=members)
    return option._replace(constant=read_constants(branch))


def _make_beside(place: Place, option: str, label: str, schema: Schema) -> Field:
    """Return the field for a value that the user enters; it is shown with one `option`."""
    beside = {**schema, "x-key": f"{place.key}_{option}", "x-label": label}
    return _make_field(place._replace(schema=beside, required=True))
