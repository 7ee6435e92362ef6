# SPDX-License-Identifier: MIT
"""Form -> KNIME's dialog, and the values of a node -> settings.

A section is a parameter group, and so is each option with its own settings.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import knime.extension as knext

from openai_realtime.api import Api
from openai_realtime.choices import Choice, Option
from openai_realtime.fields import ABSENT, Field, ListField, Number
from openai_realtime.form import Form, load_form
from openai_realtime.nodes.controls import make_group, make_parameter, make_switch
from openai_realtime.nodes.ports import find_configuration
from openai_realtime.request import DIALOG, JSON, SOURCE_FIELDS
from openai_realtime.schema import Path, put

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Parameters = dict[str, Any]
"""Attribute name -> parameter or parameter group, for a node's class."""


def make_parameters(form: Form, own: Parameters, groups: Parameters | None = None) -> Parameters:
    """Return the parameters of a node whose dialog shows `form` and the source of the session.

    The node's `own` parameters come after the form's basic ones, its own `groups` before the
    form's sections.
    """
    source, whole, patch = map(make_parameter, SOURCE_FIELDS)
    from_dialog = knext.OneOf(source, [DIALOG])
    basic, sections = _DialogBuilder(form, [from_dialog]).build()
    return {
        "session_from": source,
        "session_json": _show_when(whole, [knext.OneOf(source, [JSON])]),
        **basic,
        **own,
        "additional_json": _show_when(patch, [from_dialog]),
        **(groups or {}),
        **sections,
    }


def make_plain_parameters(name: str) -> Parameters:
    """Return the parameters for the form with that name, without the source of the session."""
    basic, sections = _DialogBuilder(load_form(name), []).build()
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


def read_values(node: object, name: str) -> dict[str, Any]:
    """Return the values that are set in the form with that name, by key; of credentials the name.

    Raises SettingsError.
    """
    form = load_form(name)
    settings = read_settings(node, form)
    values = {
        item.path[-1]: item.encode(settings, Api.GA, lambda name: name) for item in form.fields
    }
    return {key: value for key, value in values.items() if value is not ABSENT}


def _read(holder: object, path: Path) -> Any:
    return reduce(getattr, path, holder)


def _read_items(node: object, item: ListField) -> list[dict[str, Any]]:
    keys = [member.setting[-1] for member in item.members]
    try:
        return [{key: getattr(each, key) for key in keys} for each in _read(node, item.setting)]
    except (ValueError, TypeError, AttributeError) as error:
        raise item.fail(f"an item cannot be read: {error}") from None


class _DialogBuilder:
    """Builds the parameters of a form.

    Fields are shown while the conditions `from_dialog` hold, except those for a header, which are
    always sent.
    """

    def __init__(self, form: Form, from_dialog: list[knext.Condition]) -> None:
        self._form = form
        self._from_dialog = from_dialog
        self._subjects: dict[Path, Any] = {}

    def build(self) -> tuple[Parameters, Parameters]:
        """Return the basic parameters, and the sections."""
        basic: Parameters = {}
        holders = {"": basic, **{section.key: {} for section in self._form.sections}}
        for item in self._form.fields:
            self._add(item, holders[item.section])
        flat = {section.key: section.label for section in self._form.sections if section.is_flat}
        for item, options in _list_groups(self._form.fields):
            key = options[0].place.section
            made = self._make_group(item, options, flat.get(key, ""))
            holders[key][options[0].group] = made
        sections: Parameters = {}
        for section in self._form.sections:
            members = holders[section.key]
            if section.is_flat:
                sections |= members
            elif members:
                fields = [
                    item for item in self._form.by_setting.values() if item.section == section.key
                ]
                advanced = all(item.advanced for item in fields if not item.context)
                about = section.label, section.description
                group = make_group(*about, members, fields, advanced=advanced)
                is_always_shown = any(item.header for item in fields)
                conditions = [] if is_always_shown else self._from_dialog
                sections[section.key] = _show_when(group, conditions)
        return basic, sections

    def _make_group(self, selector: Choice, options: list[Option], label: str = "") -> Any:
        """Return the group of `options`; with a `label`, it replaces a section."""
        first = options[0]
        inner: Parameters = {}
        for member in first.members:
            self._add(member, inner)
            for item, deeper in _list_groups([member]):
                inner[deeper[0].group] = self._make_group(item, deeper)
        about = label or first.heading, first.description
        made = make_group(*about, inner, first.members, advanced=bool(first.place.section))
        subject = self._subjects[selector.setting]
        chosen = knext.OneOf(subject, [option.id for option in options])
        return _show_when(made, [chosen, *(self._from_dialog if label else [])])

    def _add(self, item: Field, holder: Parameters) -> None:
        """Put the parameters of `item` into `holder`, except the groups of its options.

        A check box or a drop-down is followed by the fields that some of its values show.
        """
        setting = item.setting
        shown: dict[Any, Field | None] = {}  # what each value of the control shows, if it sets one
        if isinstance(item, Number) and not item.required:
            setting, subject = item.switch, make_switch(item)
            shown = {True: item}
        else:
            subject = make_parameter(item)
            if isinstance(item, Choice):
                shown = {option.id: option.value for option in item.options}
        self._subjects[setting] = subject
        conditions = self._find_conditions(item, knext.OneOf(subject, [*shown]) if shown else None)
        holder[setting[-1]] = _show_when(subject, conditions)
        for value, beside in shown.items():
            if beside is not None:
                chosen = knext.OneOf(subject, [value])
                parameter = _show_when(make_parameter(beside), [chosen, *conditions])
                holder[beside.setting[-1]] = parameter

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
            is_known = knext.DialogContextCondition(lambda ctx: item.is_known_to(_find_api(ctx)))
            conditions.append(is_known if is_set is None else knext.Or(is_known, is_set))
        return conditions


def _find_api(ctx: knext.DialogCreationContext) -> Api:
    """Return the API of the configuration that is connected, else GA."""
    spec = find_configuration(ctx)
    return Api.GA if spec is None else spec.configuration.api


def _list_groups(fields: Iterable[Field]) -> Iterator[tuple[Choice, list[Option]]]:
    """Yield the groups of settings: the drop-down, and its options with the same group."""
    for item in fields:
        if isinstance(item, Choice):
            groups: dict[str, list[Option]] = {}
            for option in item.options:
                if option.members:
                    groups.setdefault(option.group, []).append(option)
            yield from ((item, options) for options in groups.values())


def _show_when(parameter: Any, conditions: list[knext.Condition]) -> Any:
    if not conditions:
        return parameter
    condition = knext.And(*conditions) if len(conditions) > 1 else conditions[0]
    return parameter.rule(condition, knext.Effect.SHOW)
