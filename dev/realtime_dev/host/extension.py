# SPDX-License-Identifier: MIT
"""Load an extension's module and keep apart which nodes are its own."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime_dev.host.backends import Backend, NodeEntry

_NEWER_THAN_ALL = "999.0.0"
_owned: dict[str, set[str]] = {}


def load_nodes(backend: Backend, module: str) -> Mapping[str, NodeEntry]:
    """Import the module and return its nodes.

    These are the nodes that importing it brought, and those of packages it uses: they were there
    already when a test imported them before.
    """
    before = dict(backend.list_nodes())
    loaded = importlib.import_module(module)
    after = backend.list_nodes()
    owned = _owned.setdefault(module, set())
    owned |= {key for key, entry in after.items() if before.get(key) is not entry}
    packages = {module.partition(".")[0]} | {
        _name_of(value).partition(".")[0] for value in vars(loaded).values()
    }
    return {
        key: entry
        for key, entry in after.items()
        if key in owned or backend.find_module(entry).partition(".")[0] in packages
    }


def _name_of(value: object) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    return str(getattr(value, "__module__", ""))


def find_version(module: str) -> str:
    """Return the version in the ``knime.yml`` above the module, else that of our distribution."""
    file = getattr(sys.modules[module], "__file__", None)
    for folder in Path(file).resolve().parents if file else ():
        found = _read_version(folder / "knime.yml")
        if found:
            return found
    if module != "extension":
        return _NEWER_THAN_ALL
    return importlib.metadata.version("openai-realtime-knime")


def _read_version(file: Path) -> str | None:
    if not file.is_file():
        return None
    found = re.search(r"^version:\s*[\"']?(\d+\.\d+\.\d+)", file.read_text("utf-8"), re.MULTILINE)
    return found[1] if found else None
