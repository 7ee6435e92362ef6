# SPDX-License-Identifier: MIT
"""Columns -> KNIME tables whose types never depend on the values.

Types guessed from values differ from the configured ones as soon as a column is all missing,
and KNIME calls that an error. So each column's type is fixed here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import knime.extension as knext

from openai_realtime.columns import Column, ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openai_realtime.client.reply import Reply

RAW_BODY = "body"
RAW_STATUS = "status"


def describe_structured(columns: Iterable[Column]) -> knext.Schema:
    """Return the schema of the structured table."""
    return knext.Schema.from_columns(
        [knext.Column(find_type(column.type), column.name) for column in columns]
    )


def describe_raw() -> knext.Schema:
    """Return the schema of the raw table."""
    return knext.Schema.from_columns(
        [knext.Column(knext.string(), RAW_BODY), knext.Column(knext.int32(), RAW_STATUS)]
    )


def make_structured(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> knext.Table:
    """Return a table with one row for each of `rows`, which map column names to values."""
    import pyarrow as pa  # noqa: PLC0415 - slow; listing the nodes must not pay for it

    arrays = [make_array(column.type, [row[column.name] for row in rows]) for column in columns]
    return knext.Table.from_pyarrow(pa.table(arrays, [column.name for column in columns]))


def make_raw(replies: Sequence[Reply]) -> knext.Table:
    """Return a table with body and status of each reply, just as they came."""
    import pyarrow as pa  # noqa: PLC0415 - slow; listing the nodes must not pay for it

    bodies = make_array(ColumnType.STRING, [reply.text for reply in replies])
    statuses = pa.array([reply.status for reply in replies], pa.int32())
    return knext.Table.from_pyarrow(pa.table([bodies, statuses], [RAW_BODY, RAW_STATUS]))


def make_array(kind: ColumnType, values: list[Any]) -> Any:  # noqa: ANN401 - a pyarrow array
    """Return a column's values as Arrow data of the type that `kind` has in KNIME.

    Pandas could do the same, but takes longer to import than a session takes to mint.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow; listing the nodes must not pay for it

    if kind is ColumnType.JSON:
        json_type = _find_json_type()
        if json_type is not None:
            arrow = json_type.to_pyarrow()
            cells = [None if value is None else arrow.encode(value) for value in values]
            return pa.ExtensionArray.from_storage(arrow, pa.array(cells, arrow.storage_type))
        values = [None if v is None else json.dumps(v, ensure_ascii=False) for v in values]
    types = {
        ColumnType.DOUBLE: pa.float64(),
        ColumnType.STRINGS: pa.list_(pa.string()),
        ColumnType.DATETIME: pa.timestamp("us", tz="UTC"),
    }
    return pa.array(values, types.get(kind, pa.string()))


def find_type(kind: ColumnType) -> Any:  # noqa: ANN401 - one of KNIME's types
    """Return the type that columns of `kind` have in KNIME."""
    if kind is ColumnType.STRINGS:
        return knext.list_(knext.string())
    if kind is ColumnType.DOUBLE:
        return knext.double()
    if kind is ColumnType.DATETIME:
        return knext.datetime(date=True, time=True, timezone=True)
    if kind is ColumnType.JSON:
        return _find_json_type() or knext.string()
    return knext.string()


def _find_json_type() -> Any:  # noqa: ANN401 - KNIME's type, or None
    """Return KNIME's JSON type, or None in a KNIME without its JSON feature."""
    try:
        return knext.logical(dict)
    except (TypeError, ValueError):
        return None
