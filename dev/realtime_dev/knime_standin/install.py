# SPDX-License-Identifier: MIT
"""Enter the stand-in where KNIME's API would be, if there is none."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Literal

Backend = Literal["real", "standin"]


def install() -> Backend:
    """Make ``import knime.extension`` work and return which one it imports.

    The stand-in is entered only when no ``knime`` can be found. Calling it again is harmless.
    """
    found = find_backend()
    if found is None:
        _enter()
    return found or "standin"


def find_backend() -> Backend | None:
    """Return which ``knime.extension`` an import would get, None when it would fail."""
    if getattr(sys.modules.get("knime"), "__is_standin__", False):
        return "standin"
    # Not find_spec("knime.extension"): that one raises when there is no knime.
    return "real" if importlib.util.find_spec("knime") is not None else None


def _enter() -> None:
    from realtime_dev import knime_standin  # noqa: PLC0415 - only when it is needed

    package, extension = ModuleType("knime"), ModuleType("knime.extension")
    package.__path__ = []
    # Without a spec, find_spec("knime") raises for a module that is already there.
    package.__spec__ = ModuleSpec("knime", None, is_package=True)
    extension.__spec__ = ModuleSpec("knime.extension", None)
    extension.__doc__ = knime_standin.__doc__
    for name in knime_standin.__all__:
        setattr(extension, name, getattr(knime_standin, name))
    vars(package).update(__is_standin__=True, extension=extension)
    sys.modules.update({"knime": package, "knime.extension": extension})
