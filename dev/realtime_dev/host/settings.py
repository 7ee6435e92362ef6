# SPDX-License-Identifier: MIT
"""Merges settings with dotted or nested paths into the defaults, and stores them as KNIME does.

In all functions ``schema`` is the JSON schema of a node's settings.
"""
# ruff: noqa: ANN401 - values of settings are of any type

import copy
import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

_MAX_SUGGESTIONS = 3
INT32_LIMIT = 2**31
"""KNIME stores integers from minus this number up to one less than it."""


class UnknownSettingError(LookupError):
    """There is no setting with that path; the message suggests similar paths.

    `place` ends the sentence if the path is relative to an item of a list.
    """

    def __init__(self, path: str, known: Collection[str], place: str = "") -> None:
        ends = {name: name.rsplit(".", 1)[-1] for name in known}
        last = path.rsplit(".", 1)[-1]
        near = [name for name, end in ends.items() if end == last]
        near += difflib.get_close_matches(path, known, _MAX_SUGGESTIONS)
        close = difflib.get_close_matches(last, set(ends.values()), 1)
        near += [name for name, end in ends.items() if end in close]
        listed = list(dict.fromkeys(near))[:_MAX_SUGGESTIONS]
        hint = f" Did you mean {' or '.join(listed)}?" if listed else ""
        super().__init__(f"There is no setting '{path}'{place}.{hint}")


def get_stored_type(schema: Mapping[str, Any]) -> str:
    """Return the JSON type of a setting; a drop-down is stored as text."""
    return "string" if "oneOf" in schema else str(schema["type"])


def list_paths(schema: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return the dotted paths of all settings of a schema; a list is one setting."""
    paths = []
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        paths += list_paths(inner, f"{path}.") if "properties" in inner else [path]
    return paths


def complete_path(schema: Mapping[str, Any], path: str) -> str:
    """Return the whole path of a setting that is given without its section, if it is clear."""
    ends = [each for each in list_paths(schema) if each.endswith(f".{path}")]
    return ends[0] if path not in schema["properties"] and len(ends) == 1 else path


def find_schema(schema: Mapping[str, Any], path: str, place: str = "") -> dict[str, Any]:
    """Return the schema of a setting, a section, or a member of an item (``tools.0.name``).

    Raises UnknownSettingError, whose message also has `place`.
    """
    found: Any = schema
    above = ""
    for name in path.split("."):
        members = found.get("properties", {})
        if "items" in found and name.isdigit():
            found = found["items"]
        elif name in members:
            found = members[name]
        else:
            siblings = [f"{above}{member}" for member in members]
            known = dict.fromkeys([*siblings, *list_paths(schema)])
            raise UnknownSettingError(path, known, place)
        above += f"{name}."
    return dict(found)


def flatten_settings(
    given: Mapping[str, Any], schema: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield the dotted path, value and schema of each setting in nested dicts or dotted paths.

    A section whose value is not a dict is yielded unchanged. Raises UnknownSettingError, also for
    an unknown member of a list's item.
    """
    for name, value in given.items():
        path = f"{prefix}{name}" if prefix else complete_path(schema, name)
        inner = find_schema(schema, path)
        if "properties" in inner and isinstance(value, Mapping):
            yield from flatten_settings(value, schema, f"{path}.")
            continue
        items = value if "items" in inner and isinstance(value, list) else ()
        for number, item in enumerate(items, start=1):
            for member in item if isinstance(item, Mapping) else ():
                find_schema(inner["items"], member, f" in item {number} of {path}")
        yield path, value, inner


def merge_settings(
    defaults: Mapping[str, Any], given: Mapping[str, Any], schema: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the defaults, replaced by the given settings.

    Items of lists are completed with the defaults of a new item. Raises LookupError for a path
    that is not in the schema and for an item beyond the end of its list.
    """
    merged = copy.deepcopy(dict(defaults))
    for path, value, _ in flatten_settings(given, schema):
        target: Any = merged
        place = schema
        *parents, last = path.split(".")
        for name in parents:
            target, place = target[_find_key(target, place, name, path)], _descend(place, name)
        key = _find_key(target, place, last, path)
        inner = _descend(place, last)
        if "items" in inner and isinstance(value, list):
            value = [{**_create_item(inner), **item} for item in value]  # noqa: PLW2901 - on purpose
        target[key] = copy.deepcopy(value)
    return merged


def _descend(schema: Mapping[str, Any], name: str) -> Any:
    return schema["items"] if "items" in schema else schema["properties"][name]


def _find_key(target: Any, schema: Mapping[str, Any], name: str, path: str) -> Any:
    """Return the key in `target`. An index one beyond the last item appends a new item."""
    if "items" not in schema:
        return name
    if int(name) > len(target):
        raise LookupError(f"'{path}': the list has {len(target)} items")
    if int(name) == len(target):
        target.append(_create_item(schema))
    return int(name)


def _create_item(schema: Mapping[str, Any]) -> dict[str, Any]:
    members = schema["items"]["properties"]
    return {name: copy.deepcopy(member["default"]) for name, member in members.items()}


def store_settings(value: Any, schema: Mapping[str, Any], path: str = "settings") -> Any:
    """Return settings as KNIME restores them after it has stored them.

    Unknown keys are dropped, integers are cut to 32 bits, values of a wrong type become 0, false or
    null. Raises ValueError for a number or Boolean that is null, and for names that KNIME cannot
    store or that its dialog mistakes for paths.
    """
    kind = get_stored_type(schema)
    if kind == "object":
        given = value if isinstance(value, Mapping) else {}
        for name in schema["properties"]:
            if name.endswith("_Internals") or "." in name or "/" in name:
                raise ValueError(f"{path}: KNIME cannot store a setting with the name '{name}'")
        return {
            name: store_settings(given.get(name), inner, f"{path}.{name}")
            for name, inner in schema["properties"].items()
        }
    if kind == "array":
        return None if value is None else [store_settings(v, schema["items"], path) for v in value]
    if kind == "string":
        return value if isinstance(value, str) else None
    if value is None:
        raise ValueError(f"{path}: KNIME cannot store a {kind} that is null")
    if kind == "boolean":
        return value is True
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        value = 0
    if kind == "number":
        return float(value)
    return (int(value) + INT32_LIMIT) % (2 * INT32_LIMIT) - INT32_LIMIT
