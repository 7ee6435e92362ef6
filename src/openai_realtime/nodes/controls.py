# SPDX-License-Identifier: MIT
"""Field -> one of KNIME's parameters."""

from __future__ import annotations

from typing import Any

import knime.extension as knext

from openai_realtime.choices import Choice
from openai_realtime.fields import NO_CREDENTIAL, UNSET, Field, Flag, Number, Secret


def list_credentials(ctx: knext.DialogCreationContext) -> list[Any]:
    """Return the entries of a drop-down of credentials; the first is for none."""
    names = dict.fromkeys([NO_CREDENTIAL, *ctx.get_credential_names()])
    return [
        knext.StringParameter.Choice(name, "None" if name == NO_CREDENTIAL else name)
        for name in names
        if name
    ]


def make_switch(item: Number) -> Any:  # noqa: ANN401 - a KNIME parameter
    """Return the check box that decides whether a number is sent."""
    return knext.BoolParameter(
        item.switch_label,
        item.description,
        default_value=False,
        since_version=item.since,
        is_advanced=item.advanced,
    )


def make_parameter(item: Field) -> Any:  # noqa: ANN401 - one of KNIME's parameter classes
    """Return the parameter for one field, without a rule."""
    about: dict[str, Any] = {
        "label": item.label,
        "description": item.description,
        "default_value": item.initial,
        "since_version": item.since,
        "is_advanced": item.advanced,
    }
    if isinstance(item, Choice):
        choices = [
            knext.StringParameter.Choice(
                option.id,
                f"{option.label} (until {option.retires})" if option.retires else option.label,
            )
            for option in item.options
        ]
        if item.initial == UNSET:
            choices.insert(0, knext.StringParameter.Choice(UNSET, "Server's choice"))
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


def check_number(value: object) -> None:
    """Raise TypeError for anything but a number; KNIME calls this when it stores settings."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is not a number.")
