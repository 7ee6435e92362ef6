# SPDX-License-Identifier: MIT
"""Form -> KNIME's dialog, and the values of a node -> settings.

A section is a parameter group; what an option of a drop-down shows stands right below that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import knime.extension as knext

from openai_realtime.api import Api
from openai_realtime.choices import Choice
from openai_realtime.fields import ABSENT, Field, ListField, Number
from openai_realtime.form import Form, load_form
from openai_realtime.nodes.controls import make_group, make_parameter, make_switch
from openai_realtime.nodes.ports import find_configuration
from openai_realtime.request import DIALOG, JSON, SOURCE_FIELDS
from openai_realtime.schema import Path, put

Parameters = dict[str, Any]
"""Attribute name -> parameter or parameter group, for a node's class."""


def make_parameters(form: Form, own: Parameters) -> Parameters:
    """Return the parameters of a node whose dialog shows `form` and the source of the session.

    The node's `own` parameters come after the form's basic ones.
    """
    source, whole, patch = map(make_parameter, SOURCE_FIELDS)
    from_dialog = knext.OneOf(source, [DIALOG])
    basic, sections = _DialogBuilder(form, [from_dialog]).build()
    return {
        **basic,
        **own,
        "session_from": source,
        "session_json": _show_when(whole, [knext.OneOf(source, [JSON])]),
        "additional_json": _show_when(patch, [from_dialog]),
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
        holders: dict[str, Parameters] = {"": {}}
        for item in self._form.fields:
            conditions = [] if item.header else self._from_dialog
            self._add(item, holders.setdefault(item.section, {}), conditions)
        sections: Parameters = {}
        for key, section in self._form.sections.items():
            members = [item for item in self._form.fields if item.section == key]
            group = make_group(
                section["label"],
                section["description"],
                holders[key],
                members,
                advanced=all(item.advanced for item in members),
            )
            # A heading needs something below it.
            hidden_when = members[0].hidden_when
            is_common = all(item.hidden_when == hidden_when for item in members)
            conditions = self._list_conditions(hidden_when) if is_common else []
            sections[key] = _show_when(group, [*self._from_dialog, *conditions])
        return holders[""], sections

    def _add(self, item: Field, holder: Parameters, conditions: list[knext.Condition]) -> None:
        """Put the parameters of `item` into `holder`, and what its values show right below it."""
        if isinstance(item, Number) and not item.required:
            setting, subject, values = item.switch, make_switch(item), [True]
        else:
            setting, subject = item.setting, make_parameter(item)
            values = list[Any](item.option_ids[1:] if isinstance(item, Choice) else [])
        self._subjects[setting] = subject
        conditions = [*conditions, *self._list_conditions(item.hidden_when)]
        if not all(item.is_known_to(api) for api in Api):
            # It stays visible while it is set, so that the user can unset it.
            is_known = knext.DialogContextCondition(lambda ctx: item.is_known_to(_find_api(ctx)))
            conditions.append(
                knext.Or(is_known, knext.OneOf(subject, values)) if values else is_known
            )
        holder[setting[-1]] = _show_when(subject, conditions)
        if setting != item.setting:
            number = _show_when(make_parameter(item), [*conditions, knext.OneOf(subject, values)])
            holder[item.setting[-1]] = number
        for inner, option_ids in item.list_shown():
            self._add(inner, holder, [*conditions, knext.OneOf(subject, option_ids)])

    def _list_conditions(self, hidden_when: Mapping[Path, list[str]]) -> list[knext.Condition]:
        """Return the conditions for a setting that some options of other settings hide."""
        conditions: list[knext.Condition] = []
        for setting, options in hidden_when.items():
            selector: Any = self._form.by_setting[setting]
            others = [option for option in selector.option_ids if option not in options]
            conditions.append(knext.OneOf(self._subjects[setting], others))
        return conditions


def _find_api(ctx: knext.DialogCreationContext) -> Api:
    """Return the API of the configuration that is connected, else GA."""
    spec = find_configuration(ctx)
    return Api.GA if spec is None else spec.configuration.api


def _show_when(parameter: Any, conditions: list[knext.Condition]) -> Any:
    if not conditions:
        return parameter
    condition = knext.And(*conditions) if len(conditions) > 1 else conditions[0]
    return parameter.rule(condition, knext.Effect.SHOW)
