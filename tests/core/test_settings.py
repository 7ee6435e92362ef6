# SPDX-License-Identifier: MIT
"""The settings of a new node."""

from __future__ import annotations

from typing import Any

import pytest

from openai_realtime.fields import NO_CREDENTIAL, UNSET, Choice, Field, ListField, Number, Secret
from openai_realtime.form import load_form
from openai_realtime.settings import default_item, default_settings, shape_settings

FORM = load_form()
FIELDS = list(FORM.walk())
LISTS = [item for item in FIELDS if isinstance(item, ListField)]


def name(item: Field) -> str:
    """Return the dotted settings key of a field."""
    return ".".join(item.setting)


def find(settings: Any, path: tuple[str, ...]) -> Any:
    """Return what stands at `path`; fail if nothing does."""
    for key in path:
        settings = settings[key]
    return settings


@pytest.mark.parametrize("item", FIELDS, ids=name)
def test_every_field_has_a_default(item: Field) -> None:
    """The settings of a new node are complete, and typed as KNIME stores them."""
    value = find(default_settings(FORM), item.setting)
    match item:
        case ListField():
            assert value == []
        case Number():
            assert (value, type(value)) == (item.initial, int if item.integer else float)
            assert item.required or find(default_settings(FORM), item.switch) is False
        case Choice():
            assert value == UNSET
        case _:
            assert value == ""


def test_nothing_else_is_there() -> None:
    """A key that is no field's, nor that of its check box, has no default."""
    keys = {item.setting for item in FIELDS}
    keys |= {item.switch for item in FIELDS if isinstance(item, Number) and not item.required}

    def walk(settings: dict[str, Any], path: tuple[str, ...]) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for key, value in settings.items():
            found |= walk(value, (*path, key)) if isinstance(value, dict) else {(*path, key)}
        return found

    assert walk(default_settings(FORM), ()) == keys


@pytest.mark.parametrize("item", LISTS, ids=name)
def test_new_items(item: ListField) -> None:
    """A new item of a list is complete; no credential is chosen for it."""
    settings = default_item(item)
    assert list(settings) == [member.setting[-1] for member in item.members]
    for member in item.members:
        expected = UNSET if isinstance(member, Choice) else ""
        if isinstance(member, Secret):
            expected = NO_CREDENTIAL
        assert settings[member.setting[-1]] == expected


def test_the_shape_has_one_item_in_each_list() -> None:
    """What is known of settings before there are any shows how lists' items look."""
    shape, defaults = shape_settings(FORM), default_settings(FORM)
    for item in LISTS:
        holder = find(shape, item.setting[:-1])
        assert holder[item.setting[-1]] == [default_item(item)]
        holder[item.setting[-1]] = []
    assert shape == defaults


def test_defaults_are_fresh() -> None:
    """Whoever changes the settings that were handed out changes those only."""
    first = default_settings(FORM)
    find(first, LISTS[0].setting).append("changed")
    first["speech"].clear()
    assert default_settings(FORM) == default_settings(FORM) != first
