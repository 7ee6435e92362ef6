# SPDX-License-Identifier: MIT
"""Types of columns -> KNIME's types.

Each column has a fixed type: a type that is guessed from values differs from that of `configure` if
all values are missing, and KNIME treats that as an error.
"""

from __future__ import annotations

from typing import Any

import knime.extension as knext

from openai_realtime.columns import ColumnType


def find_type(kind: ColumnType) -> Any:
    """Return KNIME's type for columns of `kind`."""
    return {
        ColumnType.STRING: knext.string(),
        ColumnType.STRINGS: knext.list_(knext.string()),
        ColumnType.INTEGER: knext.int32(),
        ColumnType.DOUBLE: knext.double(),
        ColumnType.DATETIME: knext.datetime(date=True, time=True, timezone=True),
        ColumnType.JSON: find_json_type() or knext.string(),
    }[kind]


def find_json_type() -> Any:
    """Return KNIME's JSON type, or None in a KNIME without its JSON feature."""
    try:
        return knext.logical(dict)
    except (TypeError, ValueError):
        return None
