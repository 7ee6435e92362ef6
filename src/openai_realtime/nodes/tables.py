# SPDX-License-Identifier: MIT
"""Types of columns -> KNIME's types.

Types guessed from values differ from the configured ones as soon as a column is all missing,
and KNIME calls that an error. So each column's type is fixed here.
"""

from __future__ import annotations

from typing import Any

import knime.extension as knext

from openai_realtime.columns import ColumnType


def find_type(kind: ColumnType) -> Any:  # noqa: ANN401 - one of KNIME's types
    """Return the type that columns of `kind` have in KNIME."""
    if kind is ColumnType.STRINGS:
        return knext.list_(knext.string())
    if kind is ColumnType.INTEGER:
        return knext.int32()
    if kind is ColumnType.DOUBLE:
        return knext.double()
    if kind is ColumnType.DATETIME:
        return knext.datetime(date=True, time=True, timezone=True)
    if kind is ColumnType.JSON:
        return find_json_type() or knext.string()
    return knext.string()


def find_json_type() -> Any:  # noqa: ANN401 - KNIME's type, or None
    """Return KNIME's JSON type, or None in a KNIME without its JSON feature."""
    try:
        return knext.logical(dict)
    except (TypeError, ValueError):
        return None
