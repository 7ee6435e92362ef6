# SPDX-License-Identifier: MIT
"""Lists the controls of a dialog and applies its rules to the settings."""
# ruff: noqa: ANN401 - values of settings are of any type

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from realtime_dev.host.results import Control


@dataclass(frozen=True)
class Dialog:
    """A dialog with settings.

    ``data`` is ``{"model": settings}`` and ``schema`` its JSON schema; the scopes of the elements
    are paths in them.
    """

    schema: dict[str, Any]
    data: dict[str, Any]

    def list_controls(
        self, element: dict[str, Any], *, visible: bool = True, advanced: bool = False
    ) -> Iterator[Control]:
        """Yield all controls in an element of the layout; they inherit the two flags."""
        options = element.get("options") or {}
        advanced = advanced or bool(options.get("isAdvanced"))
        if "rule" in element:
            holds = self._evaluate(element["rule"]["condition"])
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

    def _evaluate(self, condition: dict[str, Any]) -> bool:
        if "conditions" in condition:
            results = [self._evaluate(part) for part in condition["conditions"]]
            return all(results) if condition["type"] == "AND" else any(results)
        schema = condition["schema"]
        if "oneOf" not in schema:
            return "object" in schema["type"]
        value = self._look_up(condition["scope"])
        # In JSON, unlike in Python, true does not equal 1. oneOf requires exactly one match.
        equal = [
            entry["const"] == value and isinstance(entry["const"], bool) == isinstance(value, bool)
            for entry in schema["oneOf"]
        ]
        return equal.count(True) == 1
