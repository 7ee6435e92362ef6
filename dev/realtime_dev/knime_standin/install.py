# SPDX-License-Identifier: MIT
"""Makes the stand-in importable as ``knime.extension`` if KNIME's API is not installed."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Literal

Backend = Literal["real", "standin"]


def install() -> Backend:
    """Make ``import knime.extension`` work; return which backend it imports.

    The stand-in is used only if there is no package ``knime``. Further calls do nothing.
    """
    found = find_backend()
    if found is None:
        _register_modules()
    return found or "standin"


def find_backend() -> Backend | None:
    """Return which ``knime.extension`` an import gets; None if the import fails."""
    if getattr(sys.modules.get("knime"), "__is_standin__", False):
        return "standin"
    # find_spec("knime.extension") raises if there is no knime.
    return "real" if importlib.util.find_spec("knime") is not None else None


def _register_modules() -> None:
    from realtime_dev import knime_standin  # noqa: PLC0415 - only when needed

    package, extension = ModuleType("knime"), ModuleType("knime.extension")
    package.__path__ = []
    # find_spec("knime") raises for an imported module without a spec.
    package.__spec__ = ModuleSpec("knime", None, is_package=True)
    extension.__spec__ = ModuleSpec("knime.extension", None)
    extension.__doc__ = knime_standin.__doc__
    for name in knime_standin.__all__:
        setattr(extension, name, getattr(knime_standin, name))
    vars(package).update(__is_standin__=True, extension=extension)
    sys.modules.update({"knime": package, "knime.extension": extension})
