# SPDX-License-Identifier: MIT
"""Settings as people write them, merged over the defaults; and their trip through KNIME's store."""
# ruff: noqa: ANN401 - values of settings are of any type

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Mapping
from typing import Any


def merge_settings(
    defaults: dict[str, Any], given: Mapping[str, Any], schema: dict[str, Any]
) -> dict[str, Any]:
    """Return the defaults with the given settings over them.

    Keys of ``given`` are names or dotted paths (``audio.voice``, ``tools.0.name``); dicts are
    merged, items of lists are completed with the defaults of a new item. Raises LookupError for
    a path that is not in the schema.
    """
    merged = copy.deepcopy(defaults)
    for path, value in given.items():
        _Merge(schema).put(merged, schema, path.split("."), value)
    return merged


class _Merge:
    """Puts values at their paths; the schema of all settings is for the errors."""

    def __init__(self, root: dict[str, Any], trail: str = "") -> None:
        self._root = root
        self._trail = trail

    def put(self, target: Any, schema: dict[str, Any], path: list[str], value: Any) -> None:
        here = f"{self._trail}.{path[0]}".removeprefix(".")
        if isinstance(target, list):
            key: Any = self._open_item(target, schema, here)
            inner = schema["items"]
        elif path[0] in schema.get("properties", {}):
            key, inner = path[0], schema["properties"][path[0]]
        else:
            raise LookupError(_explain(here, self._root))
        deeper = _Merge(self._root, here)
        if len(path) > 1:
            if not isinstance(target[key], (dict, list)):
                raise LookupError(_explain(".".join([here, *path[1:]]), self._root))
            deeper.put(target[key], inner, path[1:], value)
        elif isinstance(value, Mapping) and "properties" in inner:
            for name, part in value.items():
                deeper.put(target[key], inner, str(name).split("."), part)
        elif isinstance(value, list) and "items" in inner:
            target[key] = []
            for position, item in enumerate(value):
                deeper.put(target[key], inner, [str(position)], item)
        else:
            target[key] = copy.deepcopy(value)

    @staticmethod
    def _open_item(target: list[Any], schema: dict[str, Any], here: str) -> int:
        name = here.rsplit(".", 1)[-1]
        if not name.isdigit() or int(name) > len(target):
            raise LookupError(f"'{here}': the list has {len(target)} items")
        if int(name) == len(target):
            target.append(_create_item(schema))
        return int(name)


def _create_item(schema: dict[str, Any]) -> dict[str, Any]:
    members = schema["items"].get("properties", {})
    return {name: copy.deepcopy(member.get("default")) for name, member in members.items()}


def _explain(name: str, root: dict[str, Any]) -> str:
    paths = list_paths(root)
    ends = {path.rsplit(".", 1)[-1]: path for path in paths}
    last = name.rsplit(".", 1)[-1]
    near = difflib.get_close_matches(name, paths, 3)
    near += [ends[end] for end in difflib.get_close_matches(last, ends, 3)]
    hint = f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    return f"there is no setting '{name}'{hint}"


def list_paths(schema: dict[str, Any], prefix: str = "") -> list[str]:
    """Return the dotted paths of all settings of a schema."""
    paths = []
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        paths += list_paths(inner, f"{path}.") if "properties" in inner else [path]
    return paths


def store_settings(value: Any, schema: dict[str, Any], path: str = "settings") -> Any:
    """Return settings as KNIME gives them back after it stored them.

    Keys that the schema lacks are dropped, integers are cut to 32 bits, values of another kind
    become 0, false or null. Raises ValueError for a number or bool that is null, and for names
    that KNIME cannot store or its dialog takes for paths.
    """
    kind = "string" if "oneOf" in schema else schema["type"]
    if kind == "object":
        given = value if isinstance(value, Mapping) else {}
        _check_names(schema["properties"], path)
        members = schema["properties"].items()
        return {
            name: store_settings(given.get(name), inner, f"{path}.{name}")
            for name, inner in members
        }
    if kind == "array":
        if value is None:
            return None
        return [
            store_settings(item, schema["items"], f"{path}.{i}") for i, item in enumerate(value)
        ]
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
    return (int(value) + 2**31) % 2**32 - 2**31


def _check_names(names: Iterable[str], path: str) -> None:
    for name in names:
        if name.endswith("_Internals") or "." in name or "/" in name:
            raise ValueError(f"{path}: '{name}' is no name for a setting in KNIME")
