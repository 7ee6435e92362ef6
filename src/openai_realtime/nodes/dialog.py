# SPDX-License-Identifier: MIT
"""Form -> KNIME's dialog, and the values of a node -> settings.

A section is a parameter group, and so is each option with its own settings. Each use gets its own
group class, because KNIME finds the subject of a rule by identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import TYPE_CHECKING, Any

import knime.extension as knext

from openai_realtime.api import Api
from openai_realtime.choices import Choice, Option
from openai_realtime.fields import ABSENT, Field, ListField, Number
from openai_realtime.nodes.controls import make_parameter, make_switch
from openai_realtime.request import DIALOG, JSON, SOURCE_FIELDS
from openai_realtime.schema import Path, parse_version, put

if TYPE_CHECKING:
    from openai_realtime.form import Form, Section

Parameters = dict[str, Any]
"""Attribute name -> parameter or parameter group, for a node's class."""

FindApi = Callable[[knext.DialogCreationContext], Api]
"""Return the API of the connected configuration, when a dialog opens."""


def make_parameters(
    form: Form, find_api: FindApi, own: Parameters, groups: Parameters | None = None
) -> Parameters:
    """Return the parameters of a node whose dialog shows `form` and the source of the session.

    The node's `own` parameters come after the form's basic ones, its own `groups` before the
    form's sections.
    """
    source, whole, patch = map(make_parameter, SOURCE_FIELDS)
    from_dialog = knext.OneOf(source, [DIALOG])
    basic, sections = _DialogBuilder(form, find_api, from_dialog).build()
    return {
        "session_from": source,
        "session_json": _show_when(whole, [knext.OneOf(source, [JSON])]),
        **basic,
        **own,
        "additional_json": _show_when(patch, [from_dialog]),
        **(groups or {}),
        **sections,
    }


def make_plain_parameters(form: Form) -> Parameters:
    """Return the parameters for `form` without the source of the session."""
    basic, sections = _DialogBuilder(form, lambda _: Api.GA, None).build()
    return {**basic, **sections}


def read_settings(node: object, form: Form) -> dict[str, Any]:
    """Return the settings of a node with `form`, as plain nested values.

    Raises SettingsError for a value of a wrong type in a list item: KNIME checks items only when
    they are read.
    """
    settings: dict[str, Any] = {}
    source = [item for item in SOURCE_FIELDS if hasattr(node, item.setting[0])]
    for item in (*source, *form.by_setting.values()):
        if isinstance(item, Number) and not item.required:
            put(settings, item.switch, _read(node, item.switch))
        read = _read_items(node, item) if isinstance(item, ListField) else _read(node, item.setting)
        put(settings, item.setting, read)
    return settings


def read_values(node: object, form: Form) -> dict[str, Any]:
    """Return the values that are set, by key; of credentials the name. Raises SettingsError."""
    settings = read_settings(node, form)
    values = {
        item.path[-1]: item.encode(settings, Api.GA, lambda name: name) for item in form.fields
    }
    return {key: value for key, value in values.items() if value is not ABSENT}


def _read(holder: object, path: Path) -> Any:  # noqa: ANN401 - as stored
    return reduce(getattr, path, holder)


def _read_items(node: object, item: ListField) -> list[dict[str, Any]]:
    keys = [member.setting[-1] for member in item.members]
    try:
        return [{key: getattr(each, key) for key in keys} for each in _read(node, item.setting)]
    except (ValueError, TypeError, AttributeError) as error:
        problem = str(error)
    raise item.fail(f"an item cannot be read: {problem}")


def add_parameters(parameters: Parameters) -> Callable[[type], Any]:
    """Return a class decorator that adds these parameters to a node, in order."""

    def decorate(cls: type) -> Any:  # noqa: ANN401 - the class itself, whatever it is
        for name, parameter in parameters.items():
            setattr(cls, name, parameter)
            # Python calls this for attributes of a class body only.
            parameter.__set_name__(cls, name)
        return cls

    return decorate


class _DialogBuilder:
    """Builds the parameters of a form.

    Fields are shown while `from_dialog` holds, except those for a header, which are always sent.
    """

    def __init__(self, form: Form, find_api: FindApi, from_dialog: knext.Condition | None) -> None:
        self._form = form
        self._find_api = find_api
        self._from_dialog = [] if from_dialog is None else [from_dialog]
        self._subjects: dict[Path, Any] = {}

    def build(self) -> tuple[Parameters, Parameters]:
        """Return the basic parameters, and the sections."""
        basic: Parameters = {}
        holders: dict[str, Parameters] = {"": basic}
        holders |= {section.key: {} for section in self._form.sections}
        for item in self._form.fields:
            self._add(item, holders[item.section])
        groups = list(_list_groups(self._form.fields))
        flat = {section.key: section.label for section in self._form.sections if section.is_flat}
        for item, options in groups:
            key = options[0].place.section
            made = self._make_group(item, options, flat.get(key, ""))
            holders[key][options[0].group] = made
        sections: Parameters = {}
        for section in self._form.sections:
            members = holders[section.key]
            if section.is_flat:
                sections |= members
            elif members:
                sections[section.key] = self._make_section(section, members)
        return basic, sections

    def _make_section(self, section: Section, members: Parameters) -> Any:  # noqa: ANN401 - a KNIME group
        fields = [item for item in self._form.by_setting.values() if item.section == section.key]
        group = _make_knime_group(
            section.label,
            section.description,
            members,
            since=_first_version(fields),
            advanced=all(item.advanced for item in fields if not item.context),
        )
        return _show_when(group, [] if any(item.header for item in fields) else self._from_dialog)

    def _make_group(self, selector: Choice, options: list[Option], label: str = "") -> Any:  # noqa: ANN401 - a KNIME group
        """Return the group of `options`; with a `label`, it replaces a section."""
        first = options[0]
        inner: Parameters = {}
        for member in first.members:
            self._add(member, inner)
            for item, deeper in _list_groups([member]):
                inner[deeper[0].group] = self._make_group(item, deeper)
        made = _make_knime_group(
            label or first.heading,
            first.description,
            inner,
            since=_first_version(first.members),
            advanced=bool(first.place.section),
        )
        subject = self._subjects[selector.setting]
        chosen = knext.OneOf(subject, [option.id for option in options])
        return _show_when(made, [chosen, *(self._from_dialog if label else [])])

    def _add(self, item: Field, holder: Parameters) -> None:
        """Put the parameters of `item` into `holder`, except the groups of its options."""
        if isinstance(item, Number) and not item.required:
            subject = make_switch(item)
            self._subjects[item.switch] = subject
            on = knext.OneOf(subject, [True])
            conditions = self._find_conditions(item, on)
            holder[item.switch[-1]] = _show_when(subject, conditions)
            holder[item.setting[-1]] = _show_when(make_parameter(item), [on, *conditions])
            return
        parameter = _make_array(item) if isinstance(item, ListField) else make_parameter(item)
        self._subjects[item.setting] = parameter
        if not isinstance(item, Choice):
            holder[item.setting[-1]] = _show_when(parameter, self._find_conditions(item, None))
            return
        is_set = knext.OneOf(parameter, [option.id for option in item.options])
        conditions = self._find_conditions(item, is_set)
        holder[item.setting[-1]] = _show_when(parameter, conditions)
        for option in item.options:
            if option.value is not None:
                chosen = knext.OneOf(parameter, [option.id])
                value = _show_when(make_parameter(option.value), [chosen, *conditions])
                holder[option.value.setting[-1]] = value

    def _find_conditions(
        self, item: Field, is_set: knext.Condition | None
    ) -> list[knext.Condition]:
        """Return the conditions under which the dialog shows `item`, apart from its own switch.

        A field that the connected API does not have is hidden, unless it is set: the user must be
        able to unset it.
        """
        conditions = [] if item.header or item.context else list(self._from_dialog)
        for setting, options in item.hidden_when.items():
            selector = self._form.by_setting[setting]
            known = selector.option_ids if isinstance(selector, Choice) else []
            others = [option for option in known if option not in options]
            conditions.append(knext.OneOf(self._subjects[setting], others))
        if not all(item.is_known_to(api) for api in Api):
            is_known = knext.DialogContextCondition(
                lambda ctx: item.is_known_to(self._find_api(ctx))
            )
            conditions.append(is_known if is_set is None else knext.Or(is_known, is_set))
        return conditions


def _list_groups(fields: Iterable[Field]) -> Iterator[tuple[Choice, list[Option]]]:
    """Yield the groups of settings: the drop-down, and its options with the same group."""
    for item in fields:
        if isinstance(item, Choice):
            groups: dict[str, list[Option]] = {}
            for option in item.options:
                if option.members:
                    groups.setdefault(option.group, []).append(option)
            yield from ((item, options) for options in groups.values())


def _first_version(fields: Iterable[Field]) -> str:
    return min((item.since for item in fields), key=parse_version)


def _make_array(item: ListField) -> Any:  # noqa: ANN401 - a KNIME parameter
    members = {member.setting[-1]: make_parameter(member) for member in item.members}
    return knext.ParameterArray(
        _make_knime_group(
            item.item_title, item.description, members, since=item.since, advanced=False
        ),
        item.label,
        item.description,
        since_version=item.since,
        is_advanced=item.advanced,
        button_text=item.button,
        array_title=item.item_title,
    )


def _make_knime_group(
    label: str, description: str, members: Parameters, *, since: str, advanced: bool
) -> Any:  # noqa: ANN401 - a KNIME group
    cls = type("Group", (), {"__doc__": description, **members})
    decorate = knext.parameter_group(label, since_version=since, is_advanced=advanced)
    return decorate(cls)()


def _show_when(parameter: Any, conditions: list[knext.Condition]) -> Any:  # noqa: ANN401 - KNIME's
    if not conditions:
        return parameter
    condition = knext.And(*conditions) if len(conditions) > 1 else conditions[0]
    return parameter.rule(condition, knext.Effect.SHOW)
