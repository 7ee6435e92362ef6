# SPDX-License-Identifier: MIT
"""How long and how often the nodes try: numbers with a range, in the configuration's dialog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import knime.extension as knext

from openai_realtime.errors import SettingsError
from openai_realtime.nodes.controls import check_number


@dataclass(frozen=True)
class _Limit:
    label: str
    initial: float
    minimum: float
    maximum: float
    description: str


_LIMITS = {
    "connect_timeout": _Limit(
        "Connect timeout (s)",
        5.0,
        0.1,
        300.0,
        "How long to wait for a connection, in **seconds**: 0.1 to 300.",
    ),
    "read_timeout": _Limit(
        "Read timeout (s)",
        30.0,
        0.1,
        600.0,
        "How long to wait for each part of an answer, in **seconds**: 0.1 to 600.",
    ),
    "attempts": _Limit(
        "Attempts",
        3,
        1,
        20,
        "How often to try when the server is busy, fails or cannot be reached, the first time "
        "included: 1 to 20. The pause in between is what the server asks for, or else grows from "
        "half a second to 8 seconds.",
    ),
    "longest_wait": _Limit(
        "Longest wait (s)",
        60.0,
        0.0,
        3600.0,
        "The longest pause that the server may ask for before the next attempt, in **seconds**: 0 "
        "to 3600. If it asks for more, the node gives up at once.",
    ),
    "deadline": _Limit(
        "Deadline (s)",
        180.0,
        1.0,
        7200.0,
        "How long one request may take, all attempts and pauses together, in **seconds**: 1 to "
        "7200. In the node for tables, a row's time stands still while the server has all "
        "requests wait.",
    ),
}


def make_limit(key: str) -> Any:  # noqa: ANN401 - a KNIME parameter
    """Return the parameter for one of the limits."""
    limit = _LIMITS[key]
    kind = knext.IntParameter if isinstance(limit.initial, int) else knext.DoubleParameter
    # The range is checked when the node is configured, where the message can name the setting.
    return kind(
        limit.label,
        limit.description,
        limit.initial,
        validator=check_number,
        min_value=limit.minimum,
        max_value=limit.maximum,
        is_advanced=True,
    )


def read_limits(node: object) -> dict[str, Any]:
    """Return all limits that `node` has, by key. Raises SettingsError for one out of range."""
    values: dict[str, Any] = {}
    for key, limit in _LIMITS.items():
        value = getattr(node, key)
        # Written so that NaN, which compares with nothing, is refused.
        if not limit.minimum <= value <= limit.maximum:
            raise SettingsError(
                limit.label,
                f"{value} is out of range. Enter a number from {limit.minimum} to {limit.maximum}.",
            )
        values[key] = value
    return values
