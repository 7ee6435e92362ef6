# SPDX-License-Identifier: MIT
"""Reads a schema into the fields of a dialog. docs/schema.md explains the annotations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from openai_realtime.controls import (
    describe_beside,
    is_record,
    is_shown,
    make_number,
    make_other_option,
    name_branch,
    read_constants,
    read_enum,
)
from openai_realtime.fields import (
    UNSET,
    Choice,
    Field,
    Form,
    JsonText,
    ListField,
    Option,
    Path,
    Record,
    Secret,
    Section,
    Text,
    TextList,
)
from openai_realtime.schema import Schema, load_schema, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@cache
def load_form(name: str = "session") -> Form:
    """Return the form of `<name>.schema.json`, read once."""
    return read_form(load_schema(name))


def read_form(schema: Schema) -> Form:
    """Return the form that a resolved `schema` describes. Raises ValueError for a wrong one."""
    reader = _Reader(schema.get("x-sections", {}))
    fields = tuple(reader.read_members(schema, _Place()))
    sections = tuple(
        Section(
            key=key,
            label=value["label"],
            description=value["description"],
            is_flat=value.get("flat", False),
        )
        for key, value in schema.get("x-sections", {}).items()
    )
    known = ["", *(section.key for section in sections)]
    for item in fields:
        if item.section not in known:
            raise ValueError(f"{item.label}: there is no section {item.section!r}")
    return Form(
        title=schema["title"],
        fields=tuple(sorted(fields, key=lambda item: (known.index(item.section), item.order))),
        sections=sections,
        records=tuple(reader.records),
        endpoints=schema["x-endpoint"],
        schema=schema,
    )


@dataclass(frozen=True)
class _Place:
    """Where in body, beta body and settings the reader stands."""

    path: Path = ()
    beta: Path | None = ()
    ga: bool = True
    section: str = ""
    group: Path | None = None
    context: str = ""
    since: str = "0.1.0"

    def enter(self, name: str, schema: Schema) -> _Place:
        """Return the place of the property `name` that `schema` describes."""
        beta = self.beta
        own = schema.get("x-beta")
        if own is False or beta is None:
            beta = None
        elif own is not None:
            beta = tuple(part for part in own.split(".") if part)
        else:
            beta = (*beta, name)
        return replace(
            self,
            path=(*self.path, name),
            beta=beta,
            ga=self.ga and schema.get("x-ga", True),
            section=schema.get("x-section", self.section),
            since=max(self.since, schema.get("x-since", self.since), key=parse_version),
        )


class _Reader:
    def __init__(self, sections: Mapping[str, Any]) -> None:
        self.records: list[Record] = []
        self._flat = {key for key, about in sections.items() if about.get("flat")}

    def _prefix(self, section: str) -> Path:
        return () if not section or section in self._flat else (section,)

    def read_members(self, schema: Schema, place: _Place) -> Iterator[Field]:
        """Yield the fields of an object; objects without a label of their own are flattened."""
        required = schema.get("required", ())
        for name, member in schema.get("properties", {}).items():
            if "const" in member or member.get("readOnly") or member.get("x-control") is False:
                continue
            inner = place.enter(name, member)
            if is_record(member):
                self._add_record(member, inner, required=name in required)
                yield from self.read_members(member, inner)
            else:
                yield self._read_field(name, member, inner, required=name in required)
                yield from self._read_lists(member, inner)

    def _read_lists(self, schema: Schema, place: _Place) -> Iterator[ListField]:
        """Yield a field for each kind of item that has a list of its own in the dialog."""
        for about in schema.get("x-lists", ()):
            item = next(
                branch
                for branch in schema["items"]["oneOf"]
                if branch["properties"]["type"]["const"] == about["type"]
            )
            shown = {
                name: member
                for name, member in item["properties"].items()
                if "const" in member or "x-label" in member
            }
            inner = replace(place, path=(), group=(), context=about["title"], since=about["since"])
            members = self.read_members({**item, "properties": shown}, inner)
            yield ListField(
                setting=(*self._prefix(place.section), about["key"]),
                label=about["label"],
                description=about["description"],
                path=place.path,
                beta=None if item.get("x-beta") is False else place.beta,
                ga=place.ga,
                section=place.section,
                order=about["order"],
                advanced=True,
                since=about["since"],
                members=tuple(sorted(members, key=lambda member: member.order)),
                constants=read_constants(item),
                item_title=about["title"],
                button=about["button"],
                schema=item,
            )

    def _add_record(self, schema: Schema, place: _Place, *, required: bool) -> None:
        constants, beta_constants = read_constants(schema), {}
        if place.beta is not None:
            beta_constants = {
                name: value
                for name, value in constants.items()
                if schema["properties"][name].get("x-beta") is not False
            }
        if constants:
            self.records.append(
                Record(
                    path=place.path,
                    beta=place.beta,
                    constants=constants,
                    beta_constants=beta_constants,
                    required=required,
                )
            )

    def _read_field(self, name: str, schema: Schema, place: _Place, *, required: bool) -> Field:
        key = schema.get("x-key", name)
        prefix = place.group if place.group is not None else self._prefix(place.section)
        common: dict[str, Any] = {
            "setting": (*prefix, key),
            "label": schema["x-label"],
            "description": schema["description"],
            "path": place.path,
            "beta": place.beta,
            "ga": place.ga,
            "header": schema.get("x-header", ""),
            "section": place.section,
            "order": schema.get("x-order", 0),
            "advanced": schema.get("x-advanced", False),
            "since": place.since,
            "required": required,
            "context": place.context,
            "hidden_when": {
                tuple(path.split(".")): tuple(options)
                for path, options in schema.get("x-hidden-when", {}).items()
            },
        }
        return self._make(schema, place, common)

    def _make(self, schema: Schema, place: _Place, common: dict[str, Any]) -> Field:
        types = schema.get("type", ())
        kind = next((t for t in ([types] if isinstance(types, str) else types) if t != "null"), "")
        lines = schema.get("x-lines", 1)
        control = schema.get("x-control")
        if control == "json":
            return JsonText(**common, lines=lines, schema=schema)
        if control == "credential":
            return Secret(**common)
        if control == "list":
            return TextList(**common, lines=lines, schema=schema)
        if "oneOf" in schema or "enum" in schema or kind == "boolean":
            return self._make_choice(schema, place, common)
        if kind in ("integer", "number"):
            return make_number(schema, common, integer=kind == "integer")
        if kind == "array":
            return TextList(**common, lines=schema.get("x-lines", 3), schema=schema)
        if kind == "string":
            return Text(
                **common,
                lines=lines,
                minimum_length=schema.get("minLength", 0),
                maximum_length=schema.get("maxLength"),
                pattern=schema.get("pattern", ""),
                example=next(iter(schema.get("examples", ())), ""),
            )
        raise ValueError(f"{'.'.join(place.path)}: no control shows this schema")

    def _make_choice(self, schema: Schema, place: _Place, common: dict[str, Any]) -> Choice:
        options: list[Option] = []
        if schema.get("type") == "boolean":
            options += [
                Option(id="yes", label="Yes", constant=True),
                Option(id="no", label="No", constant=False),
            ]
        others: list[Option] = []
        retired: list[str] = []
        for branch in (schema, *schema.get("oneOf", ())):
            options += read_enum(branch)
            retired += branch.get("x-retired", ())
            if branch.get("x-open"):
                others.append(make_other_option(branch, common))
            elif branch is not schema and "enum" not in branch and is_shown(branch):
                options.append(self._read_branch(branch, place, common))
        ids = [option.id for option in (*options, *others)]
        if len({UNSET, *ids}) <= len(ids):
            raise ValueError(f"{common['label']}: an option stands twice, or is called {UNSET}")
        return Choice(
            **common,
            options=(*options, *others),
            retired=tuple(retired),
            is_open=bool(others),
            initial=schema.get("default", UNSET) if common["required"] else UNSET,
        )

    def _read_branch(self, branch: Schema, place: _Place, common: dict[str, Any]) -> Option:
        about: dict[str, Any] = {
            "id": branch.get("x-id") or name_branch(branch),
            "label": branch["x-label"],
            "description": branch.get("description", ""),
            "beta": branch.get("x-beta") is not False,
            "since": branch.get("x-since", place.since),
        }
        if "const" in branch:
            constant = branch["const"]
            beta = branch.get("x-beta-value", constant)
            return Option(**about, constant=constant, beta_constant=beta)
        if branch.get("type") != "object":
            beside = describe_beside(
                common, about["id"], branch["x-value-label"], branch["description"]
            )
            return Option(**about, value=self._make(branch, place, beside))
        inner = replace(
            place,
            beta=None if branch.get("x-beta") is False else place.beta,
            section=branch.get("x-section", place.section),
            context=branch.get("x-group-label") or branch["x-label"],
            since=about["since"],
        )
        group = branch.get("x-group", "")
        inner = replace(inner, group=(*self._prefix(inner.section), group))
        members = tuple(sorted(self.read_members(branch, inner), key=lambda item: item.order))
        constants = read_constants(branch)
        if not members:
            beta = branch.get("x-beta-value", constants)
            return Option(**about, constant=constants, beta_constant=beta)
        return Option(
            **about,
            constants=constants,
            members=members,
            group=group,
            group_label=branch.get("x-group-label") or branch["x-label"],
            section=inner.section,
        )
