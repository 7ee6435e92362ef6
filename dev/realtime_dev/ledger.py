# SPDX-License-Identifier: MIT
"""The ledger of settings keys, on which saved workflows depend.

docs/ledger.json maps node -> dotted key (`[]` for an item of a list) -> type, default and the
version that introduced it. `python -m realtime_dev.ledger` adds new keys and changes nothing
else: a released key never changes.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from realtime_dev.host import Host
from realtime_dev.host.settings import get_stored_type
from realtime_dev.knime_standin.settings import parse_version

ROOT = Path(__file__).parents[2]
LEDGER = ROOT / "docs" / "ledger.json"
UNRELEASED = "unreleased"
"""Stands for the version of a key that is newer than the version in knime.yml."""

_ALL = "2147483647.0.0"
_REMEDY = "saved workflows may use it. Undo the change and add a new key instead."

Entry = dict[str, Any]
"""The ledger's entry of a key: `type`, `default`, `since`."""

Ledger = dict[str, dict[str, Entry]]
"""Node id -> dotted key -> entry."""


def read_ledger(path: Path = LEDGER) -> Ledger:
    """Return the ledger in the file; empty if there is no file yet."""
    ledger: Ledger = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return ledger


def write_ledger(ledger: Ledger, path: Path = LEDGER) -> None:
    """Write the ledger, sorted, one key per line."""
    nodes = []
    for node, keys in ledger.items():
        lines = [f"    {json.dumps(key)}: {json.dumps(keys[key])}" for key in sorted(keys)]
        nodes.append(f"  {json.dumps(node)}: {{\n" + ",\n".join(lines) + "\n  }")
    path.write_text("{\n" + ",\n".join(nodes) + "\n}\n", encoding="utf-8")


def list_versions() -> list[str]:
    """Return the extension's versions up to that of knime.yml, oldest first."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    present = Host().version
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", text, re.MULTILINE)
    found = {parse_version(version): version for version in [*released, present]}
    return [found[key] for key in sorted(found) if key <= parse_version(present)]


def read_nodes() -> Ledger:
    """Return the ledger of the nodes as they are now, without nodes that have no settings.

    The version of a key is the first one whose settings have it.
    """
    whole = Host(version=_ALL)
    ledger: Ledger = {
        node: dict(
            _list_entries(whole.settings_schema(node)["properties"], whole.default_settings(node))
        )
        for node in whole.nodes
        if whole.default_settings(node)
    }
    for version in reversed(list_versions()):
        host = Host(version=version)
        for node, keys in ledger.items():
            there = dict(_list_entries(host.settings_schema(node)["properties"], {}))
            for key in there:
                keys[key]["since"] = version
    return ledger


def _list_entries(
    properties: Mapping[str, Any], defaults: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Entry]]:
    for name, inner in properties.items():
        key = prefix + name
        if "properties" in inner:
            yield from _list_entries(inner["properties"], defaults.get(name, {}), f"{key}.")
            continue
        # A drop-down may become a text field later, because both are stored as text.
        kind = get_stored_type(inner)
        yield key, {"type": kind, "default": defaults.get(name), "since": UNRELEASED}
        if "items" in inner:
            members = inner["items"]["properties"]
            fresh = {part: member.get("default") for part, member in members.items()}
            yield from _list_entries(members, fresh, f"{key}[].")


def find_problems(ledger: Ledger, nodes: Ledger) -> list[str]:
    """Return a line for each key in the ledger that the nodes lack or have changed."""
    return [
        f"{node}: {key}: {problem}"
        for node, keys in ledger.items()
        for key, entry in keys.items()
        for problem in _list_changes(entry, nodes.get(node, {}).get(key))
    ]


def _list_changes(before: Entry, now: Entry | None) -> Iterable[str]:
    if now is None:
        return [f"the key was removed, but {_REMEDY}"]
    return [
        f"{what} changed from {json.dumps(before[what])} to {json.dumps(now[what])}, but {_REMEDY}"
        for what in ("type", "default", "since")
        if json.dumps(before[what]) != json.dumps(now[what])
    ]


def find_new(ledger: Ledger, nodes: Ledger) -> Ledger:
    """Return the entries of the nodes that the ledger lacks."""
    return {
        node: {key: entry for key, entry in keys.items() if key not in ledger.get(node, {})}
        for node, keys in nodes.items()
    }


def main(path: Path = LEDGER) -> int:
    """Add new keys; return the exit code: 0, or 1 after problems, when nothing is written."""
    ledger, nodes = read_ledger(path), read_nodes()
    new = find_new(ledger, nodes)
    problems = find_problems(ledger, nodes)
    problems += [
        f"{node}: {key}: its x-since or since_version is newer than the version in knime.yml."
        for node, keys in new.items()
        for key, entry in keys.items()
        if entry["since"] == UNRELEASED
    ]
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        return 1
    write_ledger({node: {**ledger.get(node, {}), **keys} for node, keys in new.items()}, path)
    added = [f"added {node}: {key}" for node, keys in new.items() for key in keys]
    sys.stdout.write("\n".join(added or ["no new settings"]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
