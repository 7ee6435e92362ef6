# SPDX-License-Identifier: MIT
"""A dialog as a flat list of controls, with its rules applied to the settings."""
# ruff: noqa: ANN401 - values of settings are of any type

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime_dev.host.results import Control

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Dialog:
    """A dialog that shows settings.

    ``schema`` and ``data`` are those of ``{"model": settings}``, which the scopes of the
    elements point into.
    """

    schema: dict[str, Any]
    data: dict[str, Any]

    def list_controls(
        self, element: dict[str, Any], *, visible: bool = True, advanced: bool = False
    ) -> Iterator[Control]:
        """Yield all controls of an element of the layout, with what those around it say."""
        options = element.get("options") or {}
        advanced = advanced or bool(options.get("isAdvanced"))
        if "rule" in element:
            holds = self._test(element["rule"]["condition"])
            visible = visible and holds == (element["rule"]["effect"] == "SHOW")
        for child in element.get("elements", []):
            yield from self.list_controls(child, visible=visible, advanced=advanced)
        if "scope" not in element:
            return
        path = element["scope"].removeprefix("#/").split("/")
        schema: Any = self.schema
        for part in path:
            schema = schema.get(part, {})
        choices = [(entry["const"], entry["title"]) for entry in schema.get("oneOf", [])]
        yield Control(
            path=".".join(path[3::2]),
            label=element.get("label") or schema.get("title", ""),
            value=self._look_up(element["scope"]),
            visible=visible,
            advanced=advanced,
            choices=choices or None,
        )

    def _look_up(self, scope: str) -> Any:
        value: Any = self.data
        for name in scope.removeprefix("#/").split("/")[1::2]:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def _test(self, condition: dict[str, Any]) -> bool:
        if "conditions" in condition:
            results = [self._test(part) for part in condition["conditions"]]
            return all(results) if condition["type"] == "AND" else any(results)
        schema = condition["schema"]
        if "oneOf" not in schema:
            return "object" in schema["type"]
        value = self._look_up(condition["scope"])
        # Equality of JSON values, by which true is not 1; and exactly one must be equal.
        equal = [
            entry["const"] == value and isinstance(entry["const"], bool) == isinstance(value, bool)
            for entry in schema["oneOf"]
        ]
        return equal.count(True) == 1
