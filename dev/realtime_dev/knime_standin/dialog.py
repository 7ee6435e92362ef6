# SPDX-License-Identifier: MIT
"""The layout of a dialog: sections, controls and rules."""
# ruff: noqa: ANN401 - the dialog's context is of any type

from collections.abc import Iterator
from typing import Any

from realtime_dev.knime_standin.groups import Group, ParameterArray
from realtime_dev.knime_standin.parameters import Parameter
from realtime_dev.knime_standin.settings import Setting, list_settings

_ROOT = "#/properties/model/properties"


def extract_ui_schema(node: object, dialog_creation_context: Any) -> dict[str, Any]:
    """Return the dialog as nested elements, each with its scope, options and rule."""
    elements = _Layout(type(node), dialog_creation_context).list_elements(type(node), _ROOT)
    return {"type": "VerticalLayout", "elements": elements}


class _Layout:
    def __init__(self, root: type, context: Any) -> None:
        self._context = context
        self._scopes = {id(setting): scope for setting, scope in _list_scopes(root, _ROOT)}

    def list_elements(self, owner: type, scope: str) -> list[dict[str, Any]]:
        elements = []
        for name, member in list_settings(owner).items():
            element = self._describe(member, f"{scope}/{name}")
            if member.condition is not None:
                condition = member.condition.describe(self._find_scope, self._context)
                element["rule"] = {"effect": member.effect.value, "condition": condition}
            elements.append(element)
        return elements

    def _describe(self, member: Setting, scope: str) -> dict[str, Any]:
        advanced = {"isAdvanced": True} if member.advanced else {}
        section = {"type": "Section", "label": member.label, "options": advanced}
        if isinstance(member, Group):
            return {
                **section,
                "elements": self.list_elements(member.members, f"{scope}/properties"),
            }
        assert isinstance(member, Parameter)  # noqa: S101 - for the type checker
        options = {**member.get_options(self._context), **advanced}
        control = {"type": "Control", "scope": scope, "label": member.label, "options": options}
        if isinstance(member, ParameterArray):
            return {**section, "elements": [control]}
        return control

    def _find_scope(self, subject: object) -> str:
        if id(subject) not in self._scopes:
            raise ValueError(f"a rule refers to {subject!r}, which is not in this dialog")
        return self._scopes[id(subject)]


def _list_scopes(owner: type, scope: str) -> Iterator[tuple[Setting, str]]:
    for name, member in list_settings(owner).items():
        yield member, f"{scope}/{name}"
        if isinstance(member, Group):
            yield from _list_scopes(member.members, f"{scope}/{name}/properties")
