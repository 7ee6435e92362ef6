# SPDX-License-Identifier: MIT
"""Flow variables: which names and values KNIME takes."""
# ruff: noqa: ANN401 - values of flow variables are of any type

from __future__ import annotations

from collections import UserDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_INT32, _INT64 = 2**31, 2**63


class FlowVariables(UserDict[str, Any]):
    """The variables as a node sees them: it may set most, and delete none."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__()
        self.data.update(given)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"the name of a flow variable is a str, not {type(key)}")
        if key.startswith("knime"):
            raise ValueError(f"'{key}': names that start with knime are KNIME's own")
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        raise RuntimeError(f"'{key}': flow variables cannot be deleted")


def list_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables that KNIME takes over from a node: new ones and changed ones.

    None, empty lists, lists of mixed types and dicts are ignored, as KNIME ignores them. Raises
    TypeError for values that make KNIME fail the node, OverflowError for too large numbers.
    """
    changes = {}
    for name, value in after.items():
        kind = _find_kind(name, value)
        if kind is None:
            continue
        if name not in before or _find_kind(name, before[name]) != kind or before[name] != value:
            changes[name] = value
    return changes


def _find_kind(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, dict):
        return None
    if isinstance(value, (list, tuple)):
        kinds = {_find_kind(name, item) for item in value}
        kind = kinds.pop() if len(kinds) == 1 else None
        return None if kind is None else f"list of {kind}"
    if type(value) is int:
        if not -_INT64 <= value < _INT64:
            raise OverflowError(f"flow variable '{name}' needs more than 64 bits")
        return "int" if -_INT32 <= value < _INT32 else "long"
    if isinstance(value, (bool, float, str)):
        return type(value).__name__
    raise TypeError(f"flow variable '{name}' has a value of {type(value)}, which KNIME has not")
