# SPDX-License-Identifier: MIT
"""The settings of a form: what a new node has, and how they nest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_realtime.fields import NO_CREDENTIAL, Choice, Field, ListField, Number, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openai_realtime.fields import Form, Path


def default_settings(form: Form) -> dict[str, Any]:
    """Return the settings of a new node: nested mappings in which nothing is set."""
    return _lay_out(form.walk(), lambda _: [])


def shape_settings(form: Form) -> dict[str, Any]:
    """Return the same mappings, with the default of one item in each list."""
    return _lay_out(form.walk(), lambda item: [default_item(item)])


def default_item(item: ListField) -> dict[str, Any]:
    """Return the settings of a new item of a list."""
    return {member.setting[-1]: _default_value(member) for member in item.members}


def _lay_out(fields: Iterable[Field], fill: Callable[[ListField], list[Any]]) -> dict[str, Any]:
    settings: dict[str, Any] = {}

    def put(path: Path, value: object) -> None:
        place = settings
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = value

    for item in fields:
        if isinstance(item, ListField):
            put(item.setting, fill(item))
            continue
        if isinstance(item, Number) and not item.required:
            put(item.switch, value=False)
        put(item.setting, _default_value(item))
    return settings


def _default_value(item: Field) -> Any:  # noqa: ANN401 - of the type of the field
    if isinstance(item, Number):
        return int(item.initial) if item.integer else float(item.initial)
    if isinstance(item, Secret):
        return NO_CREDENTIAL
    return item.initial if isinstance(item, Choice) else ""
