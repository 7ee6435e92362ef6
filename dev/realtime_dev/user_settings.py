# SPDX-License-Identifier: MIT
"""Reads the settings of both nodes from a file and from the command line.

A setting has a dotted path; paths of the configuration node begin with `configuration.`.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, cast

from realtime_dev.host.settings import (
    INT32_LIMIT,
    find_schema,
    flatten_settings,
    get_stored_type,
    list_paths,
)
from realtime_dev.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from realtime_dev.host import Host

PREFIX = "configuration"
_MAX_SHOWN_CHARACTERS = 60

_EXPECTED = {
    "boolean": "true or false",
    "integer": "a whole number between -2147483648 and 2147483647",
    "number": "a number",
    "object": "a JSON object with the settings of this section",
    "string": "text",
    "array": "a JSON list",
}


class UserSettings:
    """Collects settings and checks the type of each; later values replace earlier ones.

    All methods that add settings raise UsageError for a value of another type, and
    UnknownSettingError.
    """

    def __init__(self, host: Host) -> None:
        session = host.settings_schema("session")
        configuration = host.settings_schema("configuration")
        self._schema = {"properties": {**session["properties"], PREFIX: configuration}}
        self._values: dict[str, Any] = {}

    def add_file(self, file: Path) -> None:
        """Add the settings of a JSON file, nested or with dotted paths."""
        self.add(_read_file(file))

    def add_text(self, assignment: str) -> None:
        """Add `PATH=VALUE`; a value that is not JSON is text."""
        path, equals, text = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set {assignment}: must be PATH=VALUE.")
        value = _read_text(text)
        kind = get_stored_type(find_schema(self._schema, path))
        if kind == "string" and value is not None and not isinstance(value, str):
            value = text
        self.add({path: value})

    def add(self, settings: Mapping[str, object]) -> None:
        """Add settings, nested or with dotted paths; null removes a setting or section."""
        for path, value, schema in flatten_settings(settings, self._schema):
            if value is None:
                self._values.pop(path, None)
            else:
                self._values[path] = _convert(path, value, schema)

    def session(self) -> dict[str, Any]:
        """Return the session node's settings: dotted path -> value."""
        known = list_paths(self._schema)
        own = {p: v for p, v in self._values.items() if not p.startswith(f"{PREFIX}.")}
        # Tick the check box of each number that is given, so that it is sent.
        switches = {f"{path}_set": True for path in own if f"{path}_set" in known}
        return {**switches, **own}

    def configuration(self) -> dict[str, Any]:
        """Return the configuration node's settings: path without the prefix -> value."""
        start = f"{PREFIX}."
        own = self._values.items()
        return {p.removeprefix(start): v for p, v in own if p.startswith(start)}


def _read_file(file: Path) -> dict[str, Any]:
    try:
        settings = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"Cannot read {file}: {error.strerror}.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{file} is not valid JSON ({place}).") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not encoded in UTF-8.") from None
    except (ValueError, RecursionError):
        raise UsageError(f"The JSON in {file} is too large or too deeply nested.") from None
    if not isinstance(settings, dict):
        raise UsageError(f"{file} must contain a JSON object.")
    return settings


def _read_text(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _convert(path: str, value: object, schema: Mapping[str, Any]) -> object:
    """Return the value in the type of the setting. Raises UsageError."""
    kind = get_stored_type(schema)
    if kind == "string" and "oneOf" not in schema and isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if not _has_kind(value, kind):
        expected = _EXPECTED[kind]
        if "oneOf" in schema:
            expected = f"one of {', '.join(entry['const'] for entry in schema['oneOf'])}"
        raise _wrong_value(path, value, expected)
    if kind == "array":
        items = enumerate(cast("list[object]", value))
        return [_convert_item(f"{path}.{i}", item, schema["items"]) for i, item in items]
    return int(cast("float", value)) if kind == "integer" else value


def _convert_item(path: str, item: object, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item of a list without its null members."""
    if not isinstance(item, dict):
        raise _wrong_value(path, item, "a JSON object")
    return {
        name: _convert(f"{path}.{name}", value, schema["properties"][name])
        for name, value in item.items()
        if value is not None
    }


def _has_kind(value: object, kind: str) -> bool:
    if kind in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if kind == "integer":
            return -INT32_LIMIT <= value < INT32_LIMIT and value == int(value)
        return isinstance(value, int) or math.isfinite(value)
    # A kind that is not listed here is a section, which is never a plain value.
    return isinstance(value, {"array": list, "boolean": bool, "string": str}.get(kind, ()))


def _wrong_value(path: str, value: object, expected: str) -> UsageError:
    shown = json.dumps(value, ensure_ascii=False)
    if len(shown) > _MAX_SHOWN_CHARACTERS:
        shown = f"{shown[:_MAX_SHOWN_CHARACTERS]}…"
    return UsageError(f"{path}: must be {expected}, not {shown}.")


def find_ineffective(host: Host, settings: dict[str, Any], spec: object) -> Iterator[str]:
    """Yield a line for each setting of the session that has no effect with the others.

    These are the settings that the dialog hides; `spec` is the spec at the node's input.
    """
    defaults = {c.path: c.value for c in host.controls("session", {}, [spec])}
    visible = {c.path for c in host.visible("session", settings, [spec])}
    ineffective: dict[str, None] = {}
    for given, value in settings.items():
        # A member of a list's item belongs to the control of the list.
        path = next((p for p in defaults if given.startswith(f"{p}.")), given)
        if path not in visible and value != defaults.get(path):
            number = path.removesuffix("_set")
            ineffective[number if number in defaults else path] = None
    for path in ineffective:
        yield f"{path} has no effect {_explain(host, settings, spec, path)}."


def _explain(host: Host, settings: dict[str, Any], spec: object, path: str) -> str:
    """Return the condition that makes a setting ineffective, if one other setting decides it."""
    for control in host.visible("session", settings, [spec]):
        if control.path == path:
            continue
        options: list[Any] = [name for name, _ in control.choices or ()]
        if control.value is False:
            options = [True]
        fitting = [
            option
            for option in options
            if option != control.value
            and _is_visible(host, {**settings, control.path: option}, spec, path)
        ]
        if fitting:
            wanted = " or ".join(_show(option) for option in fitting)
            return f"while {control.path} is {_show(control.value)}: set {control.path} to {wanted}"
    return "with these settings"


def _is_visible(host: Host, settings: dict[str, Any], spec: object, path: str) -> bool:
    return any(control.path == path for control in host.visible("session", settings, [spec]))


def _show(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
