# SPDX-License-Identifier: MIT
"""A dialog as a flat list of controls, with its rules applied to the settings."""
# ruff: noqa: ANN401 - values of settings are of any type

from __future__ import annotations

from typing import Any

from realtime_dev.host.results import Control


def list_controls(
    layout: dict[str, Any], schema: dict[str, Any], data: dict[str, Any]
) -> list[Control]:
    """Return all controls in the order of the dialog.

    ``layout`` is the dialog's nested elements, ``schema`` and ``data`` are those of
    ``{"model": ...}``, which the scopes of the elements point into.
    """
    return _Walk(schema, data).visit(layout, _State())


class _State:
    """What a control inherits from the elements around it."""

    section: str | None = None
    visible = enabled = True
    advanced = False


class _Walk:
    def __init__(self, schema: dict[str, Any], data: dict[str, Any]) -> None:
        self._schema = schema
        self._data = data

    def visit(self, element: dict[str, Any], outer: _State) -> list[Control]:
        state = self._inherit(element, outer)
        if "scope" in element:
            return [self._describe(element, state)]
        found = []
        for child in element.get("elements", []):
            found += self.visit(child, state)
        return found

    def _inherit(self, element: dict[str, Any], outer: _State) -> _State:
        state = _State()
        vars(state).update(vars(outer))
        if "rule" in element:
            effect = element["rule"]["effect"]
            holds = self._test(element["rule"]["condition"])
            wanted = effect in ("SHOW", "ENABLE")
            if effect in ("SHOW", "HIDE"):
                state.visible = state.visible and holds == wanted
            else:
                state.enabled = state.enabled and holds == wanted
        if element.get("type") == "Section":
            state.section = element.get("label")
        options = element.get("options") or {}
        state.advanced = state.advanced or bool(options.get("isAdvanced"))
        return state

    def _describe(self, element: dict[str, Any], state: _State) -> Control:
        schema = self._schema
        for part in element["scope"].removeprefix("#/").split("/"):
            schema = schema.get(part, {})
        choices = [(entry["const"], entry["title"]) for entry in schema.get("oneOf", [])]
        options = element.get("options") or {}
        return Control(
            path=".".join(_split(element["scope"])[1:]),
            label=element.get("label") or schema.get("title", ""),
            section=state.section,
            kind=options.get("format") or schema.get("type"),
            value=self._look_up(element["scope"]),
            visible=state.visible,
            enabled=state.enabled,
            advanced=state.advanced,
            choices=choices or None,
        )

    def _look_up(self, scope: str) -> Any:
        value: Any = self._data
        for name in _split(scope):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def _test(self, condition: dict[str, Any]) -> bool:
        if "conditions" in condition:
            results = [self._test(part) for part in condition["conditions"]]
            return all(results) if condition["type"] == "AND" else any(results)
        schema = condition["schema"]
        value = self._data if condition["scope"] == "#" else self._look_up(condition["scope"])
        if "oneOf" in schema:
            # Equality of JSON values, by which true is not 1; and exactly one must be equal.
            return sum(_same(entry["const"], value) for entry in schema["oneOf"]) == 1
        if "contains" in schema:
            wanted = schema["contains"]["const"]
            return isinstance(value, list) and any(_same(wanted, item) for item in value)
        return "object" in schema["type"]


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _split(scope: str) -> list[str]:
    return scope.removeprefix("#/").split("/")[1::2]
