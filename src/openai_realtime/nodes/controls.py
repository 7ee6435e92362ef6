# SPDX-License-Identifier: MIT
"""Field -> one of KNIME's parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import knime.extension as knext

from openai_realtime.choices import Choice
from openai_realtime.fields import NO_CREDENTIAL, UNSET, Field, Flag, ListField, Number, Secret
from openai_realtime.nodes.model_lists import offer_models
from openai_realtime.schema import parse_version


def list_credentials(ctx: knext.DialogCreationContext) -> list[Any]:
    """Return the entries of a drop-down of credentials; the first is for none."""
    names = dict.fromkeys([NO_CREDENTIAL, *ctx.get_credential_names()])
    return [
        knext.StringParameter.Choice(name, "None" if name == NO_CREDENTIAL else name)
        for name in names
        if name
    ]


def make_switch(item: Number) -> Any:
    """Return the check box that decides whether a number is sent."""
    return knext.BoolParameter(**_describe(item) | {"label": item.switch_label})


def make_parameter(item: Field) -> Any:
    """Return the parameter for one field, without a rule."""
    about = _describe(item)
    if isinstance(item, ListField):
        members = {member.setting[-1]: make_parameter(member) for member in item.members}
        group = make_group(item.item_title, item.description, members, [item])
        title = item.item_title
        return knext.ParameterArray(group, **about, button_text=item.button, array_title=title)
    about["default_value"] = item.initial
    if isinstance(item, Choice):
        has_models = "x-server-names" in item.schema
        choices = partial(_list_entries, item) if has_models else _list_entries(item)
        return knext.StringParameter(**about, choices=choices)
    if isinstance(item, Secret):
        return knext.StringParameter(**about, choices=list_credentials)
    if isinstance(item, Flag):
        return knext.BoolParameter(**about)
    if isinstance(item, Number):
        # The range is checked when the node is configured: KNIME's validator would also refuse a
        # number whose check box is off, and its message would not name the setting.
        kind = knext.IntParameter if item.integer else knext.DoubleParameter
        return kind(**about, min_value=item.minimum, max_value=item.maximum, validator=check_number)
    if item.lines > 1:
        return knext.MultilineStringParameter(**about, number_of_lines=item.lines)
    return knext.StringParameter(**about)


def _list_entries(item: Choice, ctx: Any = None) -> list[Any]:
    """Return the entries of a drop-down; with `ctx`, those of models for the connected server."""
    choices = [
        knext.StringParameter.Choice(
            option.id,
            f"{option.label} (until {option.retires})" if option.retires else option.label,
            option.description,
        )
        for option in (item.options if ctx is None else offer_models(item, ctx))
    ]
    if item.initial == UNSET:
        choices.insert(0, knext.StringParameter.Choice(UNSET, item.unset_label))
    return choices


def make_group(
    label: str,
    description: str,
    members: Mapping[str, Any],
    fields: Iterable[Field] = (),
    *,
    advanced: bool = False,
) -> Any:
    """Return a parameter group of `members`, as old as the oldest of their `fields`.

    Each has its own class, because KNIME finds the subject of a rule by identity.
    """
    cls = type("Group", (), {"__doc__": description, **members})
    since = min((item.since for item in fields), key=parse_version, default=None)
    return knext.parameter_group(label, since_version=since, is_advanced=advanced)(cls)()


def _describe(item: Field) -> dict[str, Any]:
    return {
        "label": item.label,
        "description": item.description,
        "since_version": item.since,
        "is_advanced": item.advanced,
    }


def check_number(value: object) -> None:
    """Raise TypeError for anything but a number; KNIME calls this when it stores settings."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is not a number.")
