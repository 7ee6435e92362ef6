# SPDX-License-Identifier: MIT
"""The dialog's layout: sections, controls, and the rules between them."""
# ruff: noqa: ANN401 - values of settings and cells, and what belongs to the node, are of any type

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_dev.knime_standin.arrays import ParameterArray
from realtime_dev.knime_standin.groups import GroupSetting
from realtime_dev.knime_standin.parameters import Parameter
from realtime_dev.knime_standin.settings import Setting, get_setting, list_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = "#/properties/model/properties"


def extract_ui_schema(node: object, dialog_creation_context: Any) -> dict[str, Any]:
    """Return the dialog as nested elements, each with its scope, options and rule."""
    return {
        "type": "VerticalLayout",
        "elements": _Layout(node, dialog_creation_context).list_elements(node, _ROOT),
    }


class _Layout:
    def __init__(self, root: object, context: Any) -> None:
        self._context = context
        # A group that is used twice has settings with two scopes: the first one counts.
        listed = reversed(list(_list_scopes(root, _ROOT)))
        self._scopes = {id(setting): scope for setting, scope in listed}

    def list_elements(self, holder: object, scope: str) -> list[dict[str, Any]]:
        elements = []
        for name, member in list_settings(holder).items():
            element = self._describe(member, f"{scope}/{name}")
            if member.shown_by is not None:
                condition = member.shown_by.condition.describe(self._find_scope, self._context)
                element["rule"] = {"effect": member.shown_by.effect.value, "condition": condition}
            elements.append(element)
        return elements

    def _describe(self, member: Setting, scope: str) -> dict[str, Any]:
        advanced = {"isAdvanced": True} if member.advanced else {}
        if isinstance(member, GroupSetting):
            inner = self.list_elements(member.prototype, f"{scope}/properties")
            elements = [{"type": member.layout.value, "elements": inner}]
            head = {"type": "Section", "label": member.label, "options": advanced}
            return {**head, "elements": elements}
        assert isinstance(member, Parameter)  # noqa: S101 - for the type checker
        options = {**member.get_options(self._context), **advanced}
        control = {"type": "Control", "scope": scope, "label": member.label, "options": options}
        if isinstance(member, ParameterArray):
            head = {"type": "Section", "label": member.label, "options": advanced}
            return {**head, "elements": [control]}
        return control

    def _find_scope(self, subject: object) -> str:
        found = self._scopes.get(id(get_setting(subject)))
        if found is None:
            raise ValueError(f"a rule depends on {subject!r}, which is not in this dialog")
        return found


def _list_scopes(holder: object, scope: str) -> Iterator[tuple[Setting, str]]:
    for name, member in list_settings(holder).items():
        yield member, f"{scope}/{name}"
        if isinstance(member, GroupSetting):
            yield from _list_scopes(member.prototype, f"{scope}/{name}/properties")
