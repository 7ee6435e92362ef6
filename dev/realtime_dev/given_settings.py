# SPDX-License-Identifier: MIT
"""The settings of both nodes as a user gives them: in a file, and on the command line.

A setting has a dotted path; those of the configuration node begin with `configuration.`.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, cast

from realtime_dev.host.settings import find_schema, flatten_settings, list_paths
from realtime_dev.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from realtime_dev.host import Host

PREFIX = "configuration"
_MAX_SHOWN = 60
_INT32 = 2**31

_NEEDED = {
    "boolean": "true or false",
    "integer": "a whole number between -2147483648 and 2147483647",
    "number": "a number",
    "object": "a JSON object with the settings of this section",
    "string": "text",
    "array": "a JSON list",
}


class GivenSettings:
    """Collects settings, each checked against the type that its node wants; later ones win.

    All methods that take settings raise UsageError for a value of another type, and
    UnknownSettingError.
    """

    def __init__(self, host: Host) -> None:
        session = host.settings_schema("session")
        configuration = host.settings_schema("configuration")
        self._schema = {"properties": {**session["properties"], PREFIX: configuration}}
        self._values: dict[str, Any] = {}

    def add_file(self, file: Path) -> None:
        """Take the settings of a JSON file, nested or with dotted paths."""
        self.add(_read_file(file))

    def add_text(self, assignment: str) -> None:
        """Take `PATH=VALUE`, whose value is JSON or else text."""
        path, equals, text = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set {assignment}: write PATH=VALUE.")
        value = _read_text(text)
        kind = _find_kind(find_schema(self._schema, path))
        if kind == "string" and value is not None and not isinstance(value, str):
            value = text
        self.add({path: value})

    def add(self, settings: Mapping[str, object]) -> None:
        """Take settings, nested or with dotted paths; null leaves a setting or section alone."""
        for path, value, schema in flatten_settings(settings, self._schema):
            if value is None:
                self._values.pop(path, None)
            else:
                self._values[path] = _convert(path, value, schema)

    def session(self) -> dict[str, Any]:
        """Return the session node's settings: dotted path -> value."""
        known = list_paths(self._schema)
        own = {p: v for p, v in self._values.items() if not p.startswith(f"{PREFIX}.")}
        # The check boxes of numbers: a number that is given is meant to be sent.
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
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{file} is not valid JSON: see {place}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not valid JSON: it is not encoded in UTF-8.") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{file} holds JSON that is too large to be read.") from None
    if not isinstance(settings, dict):
        raise UsageError(f"{file} does not hold a JSON object.")
    return settings


def _read_text(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _find_kind(schema: Mapping[str, Any]) -> str:
    return "string" if "oneOf" in schema else str(schema["type"])


def _convert(path: str, value: object, schema: Mapping[str, Any]) -> object:
    """Return the value as the setting's type, or raise UsageError."""
    kind = _find_kind(schema)
    if kind == "string" and "oneOf" not in schema and isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if not _fits(value, kind):
        needed = _NEEDED[kind]
        if "oneOf" in schema:
            needed = f"one of {', '.join(entry['const'] for entry in schema['oneOf'])}"
        raise _make_error(path, value, needed)
    if kind == "array":
        items = enumerate(cast("list[object]", value))
        return [_convert_item(f"{path}.{i}", item, schema["items"]) for i, item in items]
    return int(cast("float", value)) if kind == "integer" else value


def _convert_item(path: str, item: object, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item of a list; what is null in it is left out."""
    if not isinstance(item, dict):
        raise _make_error(path, item, "a JSON object")
    return {
        name: _convert(f"{path}.{name}", value, schema["properties"][name])
        for name, value in item.items()
        if value is not None
    }


def _fits(value: object, kind: str) -> bool:
    if kind in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if kind == "integer":
            return -_INT32 <= value < _INT32 and value == int(value)
        return isinstance(value, int) or math.isfinite(value)
    # What is not a dict is not a section.
    return isinstance(value, {"array": list, "boolean": bool, "string": str}.get(kind, ()))


def _make_error(path: str, value: object, needed: str) -> UsageError:
    shown = json.dumps(value, ensure_ascii=False)
    if len(shown) > _MAX_SHOWN:
        shown = f"{shown[:_MAX_SHOWN]}…"
    return UsageError(f"{path}: {shown} is given, but {needed} is needed.")


def find_idle(host: Host, settings: dict[str, Any], spec: object) -> Iterator[str]:
    """Yield a line for each of the session's settings that has no effect with the others.

    These are the settings that the dialog hides, given that it sees `spec` at its input.
    """
    defaults = {c.path: c.value for c in host.controls("session", {}, [spec])}
    visible = {c.path for c in host.visible("session", settings, [spec])}
    idle: dict[str, None] = {}
    for given, value in settings.items():
        # What belongs to an item of a list has no control of its own.
        path = next((p for p in defaults if given.startswith(f"{p}.")), given)
        if path not in visible and value != defaults.get(path):
            number = path.removesuffix("_set")
            idle[number if number in defaults else path] = None
    for path in idle:
        yield f"{path} has no effect {_explain(host, settings, spec, path)}."


def _explain(host: Host, settings: dict[str, Any], spec: object, path: str) -> str:
    """Tell which other setting keeps this one from having an effect, if it is a single one."""
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
            return f"while {control.path} is {_show(control.value)}; it has one with {wanted}"
    return "with these settings"


def _is_visible(host: Host, settings: dict[str, Any], spec: object, path: str) -> bool:
    return any(control.path == path for control in host.visible("session", settings, [spec]))


def _show(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
