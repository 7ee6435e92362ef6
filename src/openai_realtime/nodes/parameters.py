# SPDX-License-Identifier: MIT
"""Fields -> KNIME's parameters, and a node's parameters -> settings.

A section is a parameter group, as is each option of a union that has settings of its own. Group
classes are made anew for each use: KNIME finds the subject of a rule by identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import knime.extension as knext

from openai_realtime.api import Api
from openai_realtime.composition import DIALOG, JSON, PATCH, SOURCE, WHOLE
from openai_realtime.errors import SettingsError
from openai_realtime.fields import (
    UNSET,
    Choice,
    Field,
    Form,
    ListField,
    Number,
    Option,
    Path,
    Section,
)
from openai_realtime.nodes.controls import make_json_text, make_parameter, make_source
from openai_realtime.schema import parse_version
from openai_realtime.settings import shape_settings

Parameters = dict[str, Any]
"""Attribute name -> parameter or parameter group, for a node's class."""


FindApi = Callable[[knext.DialogCreationContext], Api]
"""Tells, when a dialog opens, which API the connected configuration speaks."""


def make_parameters(
    form: Form, find_api: FindApi, own: Parameters, groups: Parameters | None = None
) -> Parameters:
    """Return the parameters of a node whose dialog shows `form`.

    The node's `own` parameters stand below the form's basic ones, its own `groups` above the
    form's sections.
    """
    return _Maker(form, find_api).make(own, groups or {})


def read_settings(node: object, form: Form) -> dict[str, Any]:
    """Return the settings that a node with `form` has, as plain nested values.

    Raises SettingsError for an item of a list that holds something of a wrong type: KNIME looks
    at items only when they are read.
    """
    keys = {SOURCE: "", WHOLE: "", PATCH: ""}
    return _read(node, {**shape_settings(form), **keys})


def _read(holder: object, shape: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, inner in shape.items():
        if isinstance(inner, Mapping):
            values[key] = _read(getattr(holder, key), inner)
        elif isinstance(inner, list):
            values[key] = read_items(holder, key, inner[0], key)
        else:
            values[key] = getattr(holder, key)
    return values


def read_items(
    holder: object, key: str, shape: Mapping[str, Any], label: str
) -> list[dict[str, Any]]:
    """Return the items of the list `key` as plain values; `shape` has the keys of an item.

    Raises SettingsError, which names the list by `label`, for a value of a wrong type.
    """
    try:
        return [_read(item, shape) for item in getattr(holder, key)]
    except (ValueError, TypeError, AttributeError) as error:
        problem = str(error)
    raise SettingsError(label, f"an item cannot be read: {problem}")


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
        self._from_dialog: knext.Condition | None = None

    def make(self, own: Parameters, groups_below: Parameters) -> Parameters:
        source = make_source()
        self._from_dialog = knext.OneOf(source, [DIALOG])
        from_json = knext.OneOf(source, [JSON])
        top: Parameters = {SOURCE: source, WHOLE: _show_when(make_json_text(WHOLE, 8), from_json)}
        groups: dict[str, Parameters] = {section.key: {} for section in self._form.sections}
        branches: list[_Branch] = []
        for item in self._form.fields:
            branches += self._add(item, groups[item.section] if item.section else top)
        flat = {section.key for section in self._form.sections if section.is_flat}
        for branch in branches:
            if branch.section in flat:
                continue
            holder = groups[branch.section] if branch.section else top
            holder[branch.group] = self._make_branch(branch)
        top.update(own)
        patch = make_json_text(PATCH, 4, advanced=True)
        top[PATCH] = _show_when(patch, self._from_dialog)
        top.update(groups_below)
        for section in self._form.sections:
            if section.is_flat:
                for branch in branches:
                    if branch.section == section.key:
                        top[branch.group] = self._make_branch(branch, section.label)
            elif groups[section.key]:
                top[section.key] = self._make_section(section, groups[section.key])
        return top

    def _make_section(self, section: Section, members: Parameters) -> Any:  # noqa: ANN401 - a KNIME group
        fields = [item for item in self._form.walk() if item.section == section.key]
        group = _make_group(
            section.label,
            section.description,
            members,
            since=_first_version(fields),
            advanced=all(item.advanced for item in fields if not item.context),
        )
        conditions: list[knext.Condition] = []
        if self._from_dialog is not None and not any(item.header for item in fields):
            conditions.append(self._from_dialog)
        return _show_when(group, _join(conditions))

    def _is_chosen(self, branch: _Branch) -> knext.Condition:
        return knext.OneOf(self._subjects[branch.selector], list(branch.options))

    def _add(self, item: Field, holder: Parameters) -> list[_Branch]:
        """Put the parameters of `item` into `holder`; return the groups of its options."""
        if isinstance(item, Number) and not item.required:
            self._add_number(item, holder)
            return []
        parameter = _make_array(item) if isinstance(item, ListField) else make_parameter(item)
        self._subjects[item.setting] = parameter
        is_set = None
        if isinstance(item, Choice):
            is_set = knext.OneOf(parameter, [option.id for option in item.options])
        condition = self._find_condition(item, is_set)
        holder[item.setting[-1]] = _show_when(parameter, condition)
        branches: dict[str, _Branch] = {}
        for option in item.options if isinstance(item, Choice) else ():
            if option.value is not None:
                chosen: list[knext.Condition] = [knext.OneOf(parameter, [option.id])]
                both = _join(chosen if condition is None else [*chosen, condition])
                value = make_parameter(option.value)
                holder[option.value.setting[-1]] = _show_when(value, both)
            elif option.members:
                # Options may share a group, as those of noise reduction do.
                before = branches.get(option.group)
                options = (*before.options, option.id) if before else (option.id,)
                branches[option.group] = _Branch(item.setting, options, option)
        return list(branches.values())

    def _add_number(self, item: Number, holder: Parameters) -> None:
        number = make_parameter(item)
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

    def _make_branch(self, branch: _Branch, label: str = "") -> Any:  # noqa: ANN401 - a KNIME group
        inner: Parameters = {}
        nested: list[_Branch] = []
        for member in branch.option.members:
            nested += self._add(member, inner)
        for deeper in nested:
            inner[deeper.group] = self._make_branch(deeper)
        group = _make_group(
            label or branch.option.group_label,
            branch.option.description,
            inner,
            since=_first_version(branch.option.members),
            advanced=bool(branch.section),
        )
        conditions = [self._is_chosen(branch)]
        if label and self._from_dialog is not None:
            conditions.append(self._from_dialog)
        return _show_when(group, _join(conditions))

    def _find_condition(
        self, item: Field, is_set: knext.Condition | None
    ) -> knext.Condition | None:
        """Return when the dialog shows `item`, apart from its own switch; None: always.

        A field that the connected API lacks is hidden, unless it is set: only what can be seen
        can be taken back.
        """
        conditions: list[knext.Condition] = []
        if self._from_dialog is not None and not item.header and not item.context:
            conditions.append(self._from_dialog)
        for setting, options in item.hidden_when.items():
            selector = self._form.find_field(setting)
            if not isinstance(selector, Choice):
                raise TypeError(f"{selector.label} is no choice")
            others = [UNSET, *(o.id for o in selector.options if o.id not in options)]
            conditions.append(knext.OneOf(self._subjects[setting], others))
        if not (item.is_known_to(Api.GA) and item.is_known_to(Api.BETA)):
            known = knext.DialogContextCondition(self._make_predicate(item))
            conditions.append(known if is_set is None else knext.Or(known, is_set))
        return _join(conditions)

    def _make_predicate(self, item: Field) -> Callable[[knext.DialogCreationContext], bool]:
        return lambda ctx: item.is_known_to(self._find_api(ctx))


@dataclass(frozen=True)
class _Branch:
    """A group of settings that shows up with one of `options` of the drop-down `selector`."""

    selector: Path
    options: tuple[str, ...]
    option: Option

    @property
    def group(self) -> str:
        return self.option.group

    @property
    def section(self) -> str:
        return self.option.section


def _join(conditions: list[knext.Condition]) -> knext.Condition | None:
    if len(conditions) > 1:
        return knext.And(*conditions)
    return conditions[0] if conditions else None


def _first_version(fields: Iterable[Field]) -> str:
    return min((item.since for item in fields), key=parse_version)


def _make_array(item: ListField) -> Any:  # noqa: ANN401 - a KNIME parameter
    members = {member.setting[-1]: make_parameter(member) for member in item.members}
    return knext.ParameterArray(
        _make_group(item.item_title, item.description, members, since=item.since, advanced=False),
        item.label,
        item.description,
        since_version=item.since,
        is_advanced=item.advanced,
        button_text=item.button,
        array_title=item.item_title,
    )


def _make_group(
    label: str, description: str, members: Parameters, *, since: str, advanced: bool
) -> Any:  # noqa: ANN401 - a KNIME group
    cls = type("Group", (), {"__doc__": description, **members})
    decorate = knext.parameter_group(label, since_version=since, is_advanced=advanced)
    return decorate(cls)()


def _show_when(parameter: Any, condition: knext.Condition | None) -> Any:  # noqa: ANN401 - KNIME's
    return parameter if condition is None else parameter.rule(condition, knext.Effect.SHOW)
