# SPDX-License-Identifier: MIT
"""Imports an extension; returns its nodes and its version."""

import importlib
import importlib.metadata
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from realtime_dev.host.backends import Backend


def load_nodes(backend: Backend, module: str) -> dict[str, Any]:
    """Import the module; return the nodes of its package and of packages that it imports."""
    loaded = importlib.import_module(module)
    names = [
        value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        for value in vars(loaded).values()
    ]
    packages = {str(name).partition(".")[0] for name in [module, *names]}
    return {
        key: entry
        for key, entry in backend.list_nodes().items()
        if backend.find_module(entry).partition(".")[0] in packages
    }


def find_version(module: str) -> str:
    """Return the version in the module's ``knime.yml``, else that of the installed package."""
    file = getattr(sys.modules[module], "__file__", None)
    for folder in Path(file).resolve().parents if file else ():
        description = folder / "knime.yml"
        if description.is_file():
            text = description.read_text("utf-8")
            found = re.search(r"^version:\s*[\"']?(\d+\.\d+\.\d+)", text, re.MULTILINE)
            if found:
                return found[1]
    return importlib.metadata.version("openai-realtime-knime")
