# SPDX-License-Identifier: MIT
"""Fields -> KNIME's parameters, and a node's parameters -> settings.

A section is a parameter group, as is each option of a union that has settings of its own. Group
classes are made anew for each use: KNIME finds the subject of a rule by identity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import knime.extension as knext

from openai_realtime.api import Api
from openai_realtime.fields import (
    UNSET,
    Choice,
    Field,
    Form,
    JsonText,
    Number,
    Option,
    Path,
    Text,
    TextList,
)

Parameters = dict[str, Any]
"""Attribute name -> parameter or parameter group, for a node's class."""


FindApi = Callable[[knext.DialogCreationContext], Api]
"""Tells, when a dialog opens, which API the connected configuration speaks."""


def make_parameters(form: Form, find_api: FindApi, own: Parameters) -> Parameters:
    """Return the parameters of a node whose dialog shows `form`.

    The node's `own` parameters stand below the form's basic ones and above its sections.
    """
    return _Maker(form, find_api).make(own)


def read_settings(holder: object, shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a node's (or group's) parameters, nested as in `shape`."""
    return {
        key: read_settings(getattr(holder, key), inner)
        if isinstance(inner, Mapping)
        else getattr(holder, key)
        for key, inner in shape.items()
    }


def add_parameters(parameters: Parameters) -> Callable[[type], Any]:
    """Return a class decorator that gives a node these parameters, in order."""

    def decorate(cls: type) -> Any:  # noqa: ANN401 - the class itself, whatever it is
        for name, parameter in parameters.items():
            setattr(cls, name, parameter)
            # A class body would call this; without it the parameter cannot be read.
            parameter.__set_name__(cls, name)
        return cls

    return decorate


class _Maker:
    def __init__(self, form: Form, find_api: FindApi) -> None:
        self._form = form
        self._find_api = find_api
        self._subjects: dict[Path, Any] = {}

    def make(self, own: Parameters) -> Parameters:
        top: Parameters = {}
        groups: dict[str, Parameters] = {section.key: {} for section in self._form.sections}
        placed: list[tuple[str, Option, Choice]] = []
        for item in self._form.fields:
            self._add(item, groups[item.section] if item.section else top, placed)
        for place, option, choice in placed:
            holder = groups[place] if place else top
            holder[option.group] = self._make_branch(option, choice)
        top.update(own)
        for section in self._form.sections:
            members = [item for item in self._form.walk() if item.section == section.key]
            if not groups[section.key]:
                continue
            top[section.key] = _make_group(
                section.label,
                section.description,
                groups[section.key],
                since=min((item.since for item in members), key=_version),
                advanced=all(item.advanced for item in members if not item.context),
            )
            if all(item.context for item in members):
                # Nothing but branches: without one of them the heading would stand alone.
                shown = [self._is_chosen(o, c) for key, o, c in placed if key == section.key]
                top[section.key].rule(knext.Or(*shown), knext.Effect.SHOW)
        return top

    def _is_chosen(self, option: Option, choice: Choice) -> knext.Condition:
        return knext.OneOf(self._subjects[choice.setting], [option.id])

    def _add(
        self, item: Field, holder: Parameters, placed: list[tuple[str, Option, Choice]]
    ) -> None:
        """Put the parameters of `item` into `holder`; note groups for later in `placed`."""
        if isinstance(item, Number) and not item.required:
            self._add_number(item, holder)
            return
        parameter = _make_parameter(item)
        self._subjects[item.setting] = parameter
        is_set = None
        if isinstance(item, Choice):
            is_set = knext.OneOf(parameter, [option.id for option in item.options])
        condition = self._find_condition(item, is_set)
        holder[item.setting[-1]] = _show_when(parameter, condition)
        if isinstance(item, Choice):
            for option in item.options:
                chosen = knext.OneOf(parameter, [option.id])
                both = chosen if condition is None else knext.And(chosen, condition)
                if option.value is not None:
                    value = _make_parameter(option.value)
                    holder[option.value.setting[-1]] = _show_when(value, both)
                elif option.members:
                    placed.append((option.section, option, item))

    def _add_number(self, item: Number, holder: Parameters) -> None:
        number = _make_parameter(item)
        switch = knext.BoolParameter(
            item.switch_label,
            item.description,
            default_value=False,
            since_version=item.since,
            is_advanced=item.advanced,
        )
        self._subjects[item.switch] = switch
        on = knext.OneOf(switch, [True])
        condition = self._find_condition(item, on)
        holder[item.switch[-1]] = _show_when(switch, condition)
        holder[item.setting[-1]] = _show_when(
            number, on if condition is None else knext.And(on, condition)
        )

    def _make_branch(self, option: Option, choice: Choice) -> Any:  # noqa: ANN401 - a KNIME group
        inner: Parameters = {}
        placed: list[tuple[str, Option, Choice]] = []
        for member in option.members:
            self._add(member, inner, placed)
        for _, nested, owner in placed:
            inner[nested.group] = self._make_branch(nested, owner)
        group = _make_group(
            option.group_label,
            option.description,
            inner,
            since=option.since,
            advanced=bool(option.section),
        )
        return group.rule(self._is_chosen(option, choice), knext.Effect.SHOW)

    def _find_condition(
        self, item: Field, is_set: knext.Condition | None
    ) -> knext.Condition | None:
        """Return when the dialog shows `item`, apart from its own switch; None: always.

        A field that the connected API lacks is hidden, unless it is set: only what can be seen
        can be taken back.
        """
        conditions: list[knext.Condition] = []
        for setting, options in item.hidden_when.items():
            selector = self._form.find_field(setting)
            if not isinstance(selector, Choice):
                raise TypeError(f"{selector.label} is no choice")
            others = [UNSET, *(o.id for o in selector.options if o.id not in options)]
            conditions.append(knext.OneOf(self._subjects[setting], others))
        if not (item.is_known_to(Api.GA) and item.is_known_to(Api.BETA)):
            known = knext.DialogContextCondition(self._make_predicate(item))
            conditions.append(known if is_set is None else knext.Or(known, is_set))
        if not conditions:
            return None
        return conditions[0] if len(conditions) == 1 else knext.And(*conditions)

    def _make_predicate(self, item: Field) -> Callable[[knext.DialogCreationContext], bool]:
        return lambda ctx: item.is_known_to(self._find_api(ctx))


def _make_parameter(item: Field) -> Any:  # noqa: ANN401 - one of KNIME's parameter classes
    about: dict[str, Any] = {
        "label": item.label,
        "description": item.description,
        "since_version": item.since,
        "is_advanced": item.advanced,
    }
    if isinstance(item, Choice):
        choices = [knext.StringParameter.Choice(UNSET, "Server's choice")]
        choices += [
            knext.StringParameter.Choice(option.id, _name_option(option)) for option in item.options
        ]
        return knext.StringParameter(**about, default_value=UNSET, choices=choices)
    if isinstance(item, Number):
        # The range is checked when the node is configured: a validator would also refuse a
        # number whose check box is off, and cannot say which setting it is about.
        limits: dict[str, Any] = {"min_value": item.minimum, "max_value": item.maximum}
        if item.integer:
            return knext.IntParameter(
                **about, **limits, default_value=int(item.initial), validator=_check_integer
            )
        return knext.DoubleParameter(
            **about, **limits, default_value=float(item.initial), validator=_check_number
        )
    lines = item.lines if isinstance(item, (Text, TextList, JsonText)) else 1
    if lines > 1:
        return knext.MultilineStringParameter(**about, default_value="", number_of_lines=lines)
    return knext.StringParameter(**about, default_value="")


def _name_option(option: Option) -> str:
    return f"{option.label} (until {option.retires})" if option.retires else option.label


def _check_integer(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number.")


def _check_number(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number.")


def _make_group(
    label: str, description: str, members: Parameters, *, since: str, advanced: bool
) -> Any:  # noqa: ANN401 - a KNIME group
    cls = type("Group", (), {"__doc__": description, **members})
    decorate = knext.parameter_group(label, since_version=since, is_advanced=advanced)
    return decorate(cls)()


def _show_when(parameter: Any, condition: knext.Condition | None) -> Any:  # noqa: ANN401 - KNIME's
    return parameter if condition is None else parameter.rule(condition, knext.Effect.SHOW)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
