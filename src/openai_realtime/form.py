# SPDX-License-Identifier: MIT
"""Schema -> form: the fields of a dialog. docs/schema.md explains the annotations."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from openai_realtime.choices import OFF, OTHER, Choice, Option
from openai_realtime.fields import (
    ABSENT,
    UNSET,
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openai_realtime.api import Api

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


class Section(NamedTuple):
    """A part of the dialog with a heading."""

    key: str
    label: str
    description: str


class Form:
    """What a resolved schema describes: fields in the dialog's order, sections, endpoints.

    Raises ValueError for a schema that cannot be shown as a dialog.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.title: str = schema["title"]
        self.endpoints: Mapping[str, Any] = schema.get("x-endpoint", {})
        self.sections = tuple(
            Section(key, about["label"], about["description"])
            for key, about in schema.get("x-sections", {}).items()
        )
        order = {key: number for number, key in enumerate(["", *schema.get("x-sections", {})])}
        fields = list(_read_members(Place(schema)))
        for item in fields:
            if item.section not in order:
                raise ValueError(f"{item.label}: there is no section {item.section!r}")
        self.fields = tuple(sorted(fields, key=lambda item: (order[item.section], item.order)))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every property of the schema."""
        return tuple(Place(self.schema).walk())

    @cached_property
    def by_setting(self) -> Mapping[Path, Field]:
        """Every field by settings path, also inside options, but not in list items."""
        found: dict[Path, Field] = {}
        for item in walk_fields(self.fields):
            found.setdefault(item.setting, item)
        return found

    def find_param(self, names: Path, api: Api, settings: Settings) -> tuple[int, str]:
        """Return how many of `names` lead to a field in the body of `api`, and the field's title.

        Fields that `settings` do not set only count if no other one is found, and are called so.
        Of a list, the title is that of the item. `names` do not begin with `session`.
        """
        found: dict[tuple[bool, int], dict[Field, Any]] = {}
        for item in walk_fields(self.fields, settings):
            path = skip_session(item.place.path_for(api) or item.path)
            if path and names[: len(path)] == path:
                value = item.encode(settings, api) if item.applies(settings) else ABSENT
                found.setdefault((value is not ABSENT, len(path)), {})[item] = value
        is_set, depth = max(found, default=(False, 0))
        values = found.get((is_set, depth), {})
        rest = names[depth:]
        if is_set and rest and rest[0].isdigit():
            index = int(rest[0])
            # Several fields fill one list, such as those for tools, in their order.
            for item, value in values.items():
                if not isinstance(value, list) or index < len(value):
                    return depth, item.name_item(index, rest[1:])
                index -= len(value)
        titles = " or ".join(dict.fromkeys(item.title for item in values))
        return depth, titles if is_set or not titles else f"{titles} (not set)"


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
    return tuple(_read_constants(Place(form.schema), api, required=False))


def _read_constants(place: Place, api: Api, *, required: bool) -> Iterator[tuple[Path, Any, bool]]:
    for member in place.members():
        path = member.path_for(api)
        if path is not None and "const" in member.schema:
            yield path, member.schema["const"], required
        elif is_record(member.schema):
            is_required = member.path[-1] in place.schema.get("required", ())
            yield from _read_constants(member, api, required=is_required)


def _read_members(place: Place, context: str = "") -> Iterator[Field]:
    """Yield the fields of an object, also those of objects without a label in it."""
    for member in place.members():
        schema = member.schema
        if "const" in schema or schema.get("readOnly") or schema.get("x-control") is False:
            continue
        if is_record(schema):
            yield from _read_members(member, context)
        elif "x-label" in schema:
            required = member.path[-1] in place.schema.get("required", ())
            yield _make_field(member, required=required, context=context)
        items = schema.get("items", {})
        for item in (items, *items.get("oneOf", ())):
            if "x-item" in item:
                # Each kind of item has its own list in the dialog.
                whole = member.adopt(item)
                inner = whole._replace(path=(), section="")
                yield ListField(whole, _sort(_read_members(inner, item["x-item"])))


def _make_field(place: Place, *, required: bool, context: str) -> Field:
    schema = place.schema
    types = schema.get("type", ())
    kind = next((t for t in ([types] if isinstance(types, str) else types) if t != "null"), "")
    control = schema.get("x-control")
    if control is None and kind == "boolean" and required:
        return Flag(place, required=required, context=context)
    if control is None and ("oneOf" in schema or "enum" in schema or kind == "boolean"):
        options = tuple(_read_options(place, context))
        ids = [UNSET, *(option.id for option in options)]
        if len(set(ids)) < len(ids):
            raise ValueError(f"{schema['x-label']}: two options are the same, or one is unset")
        return Choice(place, options, required=required, context=context)
    if (control or kind) not in _KINDS:
        raise ValueError(f"{'.'.join(place.path)}: no control shows this schema")
    return _KINDS[control or kind](place, required=required, context=context)


def _read_options(place: Place, context: str) -> Iterator[Option]:
    if place.schema.get("type") == "boolean":
        yield Option("yes", "Yes", place, constant=True)
        yield Option("no", "No", place, constant=False)
    others: list[Option] = []
    for branch in (place.schema, *place.schema.get("oneOf", ())):
        for value in branch.get("enum", ()):
            label, retires, description = (
                branch.get(table, {}).get(value, default)
                for table, default in (
                    ("x-labels", value),
                    ("x-retires", ""),
                    ("x-descriptions", ""),
                )
            )
            yield Option(value, label, place, value, retires=retires, description=description)
        if branch.get("x-open"):
            label = branch["x-other-label"]
            schema = {"type": "string", "description": branch["x-other-description"]}
            beside = _make_beside(place, OTHER, label, schema, context)
            others.append(Option(OTHER, f"{label} …", place, value=beside))
        elif branch is not place.schema and _is_option(branch):
            yield _read_branch(place, branch, context)
    yield from others


def _is_option(branch: Schema) -> bool:
    return "enum" not in branch and branch.get("x-control") is not False


def _read_branch(place: Place, branch: Schema, context: str) -> Option:
    inner = place.adopt(branch)
    option_id, about = branch.get("x-id") or _name_branch(branch), branch.get("description", "")
    option = Option(option_id, branch["x-label"], inner, description=about)
    if "const" in branch:
        return option._replace(constant=branch["const"])
    if branch.get("type") != "object":
        beside = _make_beside(place, option.id, branch["x-value-label"], branch, context)
        return option._replace(value=beside)
    members = _sort(_read_members(inner, context))
    if members:
        return option._replace(members=members)
    return option._replace(constant=read_constants(branch))


def _make_beside(place: Place, option: str, label: str, schema: Schema, context: str) -> Field:
    """Return the field for a value that the user enters; it is shown with one `option`."""
    beside = {**schema, "x-key": f"{place.key}_{option}", "x-label": label}
    return _make_field(place._replace(schema=beside), required=True, context=context)


def _name_branch(branch: Schema) -> str:
    """Return the settings value of a branch: its constant, or that of its `type`."""
    if "const" in branch:
        return OFF if branch["const"] is None else str(branch["const"])
    return str(branch["properties"]["type"]["const"])


def _sort(fields: Iterable[Field]) -> tuple[Field, ...]:
    return tuple(sorted(fields, key=lambda item: item.order))
