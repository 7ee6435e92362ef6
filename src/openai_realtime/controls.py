# SPDX-License-Identifier: MIT
"""Single pieces of a schema -> what the dialog has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_realtime.fields import OFF, OTHER, Number, Option, Text
from openai_realtime.schema import Schema, describe_range

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_record(schema: Schema) -> bool:
    """Return whether an object only holds fields, and is no field itself."""
    return schema.get("type") == "object" and "properties" in schema and "x-label" not in schema


def read_constants(schema: Schema) -> dict[str, Any]:
    """Return the members of an object that are always the same."""
    return {
        name: member["const"]
        for name, member in schema.get("properties", {}).items()
        if "const" in member
    }


def name_branch(branch: Schema) -> str:
    """Return the settings value of a branch: its constant, or that of its `type`."""
    if "const" in branch:
        return OFF if branch["const"] is None else str(branch["const"])
    discriminator = branch["properties"]["type"]["const"]
    return str(discriminator)


def make_number(schema: Schema, common: dict[str, Any], *, integer: bool) -> Number:
    """Return a field for a number."""
    minimum = schema.get("minimum")
    label = common["label"]
    initial: Any = schema.get("default", minimum or 0)
    return Number(
        **common,
        integer=integer,
        minimum=minimum,
        maximum=schema.get("maximum"),
        initial=initial,
        range_text=describe_range(schema),
        switch_label=schema.get("x-switch-label", f"Set {label[0].lower()}{label[1:]}"),
    )


def make_other_option(schema: Schema, common: dict[str, Any]) -> Option:
    """Return the entry of an open drop-down that takes a text of the user's own."""
    label = schema["x-other-label"]
    text = Text(**describe_beside(common, OTHER, label, schema["x-other-description"]))
    return Option(id=OTHER, label=f"{label} …", value=text)


def describe_beside(
    common: dict[str, Any], option: str, label: str, description: str
) -> dict[str, Any]:
    """Return what describes the field that shows up beside a drop-down with one `option`."""
    *prefix, key = common["setting"]
    return {
        **common,
        "setting": (*prefix, f"{key}_{option}"),
        "label": label,
        "description": description,
        "required": True,
    }


def is_shown(branch: Schema) -> bool:
    """Return whether a branch is an entry of the drop-down."""
    return branch.get("x-control") is not False


def read_enum(schema: Schema) -> Iterator[Option]:
    """Yield the entries for the values of an enum, if `schema` is one."""
    for value in schema.get("enum", ()):
        label = schema.get("x-labels", {}).get(value, value)
        retires = schema.get("x-retires", {}).get(value, "")
        yield Option(id=value, label=label, constant=value, retires=retires)
