# SPDX-License-Identifier: MIT
"""Reads the settings of two nodes from a file and from the command line.

A setting has a dotted path; paths of the configuration node begin with `configuration.`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from openai_realtime.errors import fold
from openai_realtime.json_text import read_json
from realtime_dev.descriptions import (
    CREDENTIAL,
    JSON,
    PREFIX,
    TEXTS,
    Setting,
    describe_run,
    list_conditions,
    load_node_forms,
)
from realtime_dev.host import Host
from realtime_dev.host.settings import (
    INT32_LIMIT,
    find_schema,
    flatten_settings,
    get_stored_type,
)
from realtime_dev.usage import InputError, UsageError, read_file

ACCEPTED = {
    JSON: "JSON",
    TEXTS: "list of texts",
    CREDENTIAL: "name of an environment variable",
    "yes or no": "true or false",
    "list": "JSON list",
}
"""What a setting accepts here, if the dialog's words for its kind do not fit."""

_TYPES = {"array": list, "number": int | float, "object": dict, "string": str}
_BODY_KEYS = {"session", "type", "audio", "output_modalities", "modalities", "expires_after"}
_BODY_KEYS |= {"client_secret", "input_audio_transcription"}


class UserSettings:
    """Collects settings and checks the type of each; later values replace earlier ones.

    They are those of the node `node_id` and of the configuration node. All methods that add
    settings raise InputError for a value of another type, and UnknownSettingError.
    """

    def __init__(self, host: Host, node_id: str) -> None:
        own, configuration = map(host.settings_schema, (node_id, PREFIX))
        self._schema = {"properties": {**own["properties"], PREFIX: configuration}}
        self._known: dict[str, Setting] = {}
        for setting in describe_run(host, node_id):
            members = {f"{setting.path}.{member.path}": member for member in setting.members}
            self._known |= {setting.path: setting, **members}
        self._values: dict[str, Any] = {}

    def add_file(self, file: Path) -> None:
        """Add the settings of a JSON file, nested or with dotted paths."""
        try:
            settings = read_json(read_file(file))
        except ValueError as error:
            raise InputError(f"{file} is not valid JSON: {error}.") from None
        if not isinstance(settings, dict):
            raise InputError(f"{file} must contain a JSON object.")
        if self._is_body(settings):
            wrap = "" if "session" in settings else ' put it into {"session": ...} and'
            use = f"{wrap} use --set session_from=json --set session_json=@{file}"
            raise InputError(f"{file} is the body of a request, not a file of settings:{use}")
        self.add(settings)

    def add_text(self, assignment: str) -> None:
        """Add `PATH=VALUE`; `@FILE` is the text of a file, and `@@` stands for `@`."""
        path, equals, text = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set {assignment}: must be PATH=VALUE.")
        kind = get_stored_type(find_schema(self._schema, path))
        is_file = re.match("@(?!@)", text)
        text = read_file(Path(text[1:])).removesuffix("\n") if is_file else re.sub("^@@", "@", text)
        try:
            value = read_json(text)
        except ValueError as error:
            if kind in ("array", "object") and text.lstrip().startswith(("[", "{")):
                raise InputError(f"{path}: this is not valid JSON: {error}.") from None
            value = text
        setting = self._find(path)
        is_list = setting is not None and setting.kind == TEXTS and isinstance(value, list)
        # Quotes around a text are optional here, and null means not set; a file is taken as it is.
        if kind == "string" and not is_list and (is_file or not isinstance(value, str | None)):
            value = text
        self.add({path: value})

    def add(self, settings: Mapping[str, object]) -> None:
        """Add settings, nested or with dotted paths; null removes a setting or section."""
        for path in settings:
            find_schema(self._schema, path)  # whole paths only: the host also takes shorter ones
        added: set[str] = set()
        for path, value, schema in flatten_settings(settings, self._schema):
            if path in added:
                raise InputError(f"{path} is set twice, once in a section and once as a path.")
            added.add(path)
            kept = [p for p in self._values if not f"{p}.".startswith(f"{path}.")]
            self._values = {p: self._values[p] for p in kept}
            if value is not None:
                self._values[path] = self._convert(path, value, schema)

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the settings of the configuration node and of the other one: path -> value."""
        start = f"{PREFIX}."
        all_values = self._values.items()
        own = {path: value for path, value in all_values if not path.startswith(start)}
        # Tick the check box of each number that is given, so that it is sent.
        switches = {f"{path}_set": True for path in own if f"{path}_set" in self._known}
        configuration = {p.removeprefix(start): v for p, v in all_values if p.startswith(start)}
        return configuration, {**switches, **own}

    def _is_body(self, settings: Mapping[str, object]) -> bool:
        """Return whether this is the body of a request: by its keys, or a section's wrong type."""
        properties = self._schema["properties"].items()
        sections = [name for name, inner in properties if "properties" in inner and name != PREFIX]
        flat = any(isinstance(settings.get(name), list | str) for name in sections)
        return flat or bool(_BODY_KEYS & settings.keys())

    def _find(self, path: str) -> Setting | None:
        """Return the description of a setting; None for a section and an item of a list."""
        return self._known.get(re.sub(r"\.\d+(?=\.)", "", path))

    def _convert(
        self, path: str, value: object, schema: Mapping[str, Any], place: str = ""
    ) -> object:
        """Return the value in the type of the setting. Raises InputError.

        The error names `place`, if the setting is part of a list, else `path`.
        """
        place = place or path
        stored, setting = get_stored_type(schema), self._find(path)
        kind = setting.kind if setting else ""
        if kind == JSON and not isinstance(value, str):
            return json.dumps(value, ensure_ascii=False)
        if kind == TEXTS and isinstance(value, list) and all(isinstance(v, str) for v in value):
            return "\n".join(value)
        if not _has_kind(value, stored):
            shown = fold(json.dumps(value, ensure_ascii=False), 60)
            raise InputError(f"{place}: must be {_describe(setting)}, not {shown}.")
        # From here on of any type: the check above has looked at it.
        known: Any = value
        if stored == "array":
            items = schema["items"]
            return [
                self._convert(f"{path}.{index}", item, items, f"item {index + 1} of {path}")
                for index, item in enumerate(known)
            ]
        if stored == "object":  # an item of a list
            return {
                name: self._convert(
                    f"{path}.{name}", member, schema["properties"][name], f"{name} in {place}"
                )
                for name, member in known.items()
                if member is not None
            }
        return int(known) if stored == "integer" else known


def _describe(setting: Setting | None) -> str:
    """Return what a setting accepts, in words."""
    if setting is None:
        return "a JSON object"
    if setting.choices:
        return f"one of {', '.join(value for value, _ in setting.choices)}"
    kind = ACCEPTED.get(setting.kind, setting.kind)
    article = "" if kind.startswith(("true", "text")) else "a "
    limit = f" and below {INT32_LIMIT}" if "at least" in setting.range else ""
    return f"{article}{kind} {setting.range}".rstrip() + limit


def _has_kind(value: object, kind: str) -> bool:
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int | float) and -INT32_LIMIT <= value == int(value) < INT32_LIMIT
    return isinstance(value, _TYPES[kind])


def find_ineffective(
    host: Host, node_id: str, settings: dict[str, Any], specs: Sequence[object]
) -> Iterator[str]:
    """Yield a line for each setting of a node that has no effect with the others.

    These are the settings that the dialog hides; `specs` are those at the node's inputs.
    """
    defaults = {c.path: c.value for c in host.controls(node_id, {}, specs)}
    visible = {c.path for c in host.visible(node_id, settings, specs)}
    ineffective: dict[str, None] = {}
    for given, value in settings.items():
        # A member of a list's item belongs to the control of the list.
        path = next((p for p in defaults if given.startswith(f"{p}.")), given)
        if path not in visible and value != defaults.get(path):
            number = path.removesuffix("_set")
            ineffective[number if number in defaults else path] = None
    for path in ineffective:
        unless = " and ".join(_list_requirements(node_id, settings, path))
        yield f"{path} has no effect {f'unless {unless}' if unless else 'with these settings'}."


def _list_requirements(node_id: str, settings: dict[str, Any], path: str) -> Iterator[str]:
    """Yield what other settings must be, so that the one at `path` has an effect."""
    if settings.get(f"{path}_set") is False:
        yield f"{path}_set is true"
    for form in load_node_forms(node_id):
        item = form.by_setting.get(tuple(path.split(".")))
        for choice, options, shows in list_conditions(form, item) if item else ():
            key, ids = ".".join(choice.setting), [option.id for option in options]
            if (settings.get(key, choice.initial) in ids) != shows:
                yield f"{key} is {'' if shows else 'not '}{' or '.join(ids)}"
