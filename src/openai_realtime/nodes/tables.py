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
_ROW_ID = "<RowID>"


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
    arrays = [make_array(column.type, [row[column.name] for row in rows]) for column in columns]
    return _make_table(arrays, [column.name for column in columns])


def make_raw(replies: Sequence[Reply]) -> knext.Table:
    """Return a table with body and status of each reply, just as they came."""
    from openai_realtime.nodes import arrow  # noqa: PLC0415 - slow, see above

    bodies = arrow.make_texts([reply.text for reply in replies])
    statuses = arrow.make_integers([reply.status for reply in replies])
    return _make_table([bodies, statuses], [RAW_BODY, RAW_STATUS])


def make_array(kind: ColumnType, values: list[Any]) -> Any:  # noqa: ANN401 - a pyarrow array
    """Return a column's values as Arrow data of the type that `kind` has in KNIME.

    Pandas could do the same, but takes longer to import than a session takes to mint.
    """
    from openai_realtime.nodes import arrow  # noqa: PLC0415 - slow, see above

    if kind is ColumnType.JSON:
        return _make_json(values)
    if kind is ColumnType.DOUBLE:
        return arrow.make_doubles(values)
    if kind is ColumnType.STRINGS:
        return arrow.make_lists(values)
    if kind is ColumnType.DATETIME:
        return arrow.make_times(values)
    return arrow.make_texts(values)


def _make_json(values: list[Any]) -> Any:  # noqa: ANN401 - a pyarrow array
    import pyarrow as pa  # noqa: PLC0415 - slow, see above

    from openai_realtime.nodes import arrow  # noqa: PLC0415 - the same

    json_type = find_json_type()
    if json_type is None:
        texts = [None if v is None else json.dumps(v, ensure_ascii=False) for v in values]
        return arrow.make_texts(texts)
    kind = json_type.to_pyarrow()
    cells = [None if value is None else kind.encode(value) for value in values]
    is_text = kind.storage_type == pa.string()
    storage = arrow.make_texts(cells) if is_text else pa.array(cells, kind.storage_type)
    return pa.ExtensionArray.from_storage(kind, storage)


def _make_table(arrays: list[Any], names: list[str]) -> knext.Table:
    """Return a table with KNIME's usual row ids.

    They are given, because KNIME would make them by pyarrow's own conversion, see `arrow`.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow; listing the nodes must not pay for it

    from openai_realtime.nodes import arrow  # noqa: PLC0415 - the same

    ids = arrow.make_texts([f"Row{index}" for index in range(len(arrays[0]))])
    return knext.Table.from_pyarrow(pa.table([ids, *arrays], [_ROW_ID, *names]))


def find_type(kind: ColumnType) -> Any:  # noqa: ANN401 - one of KNIME's types
    """Return the type that columns of `kind` have in KNIME."""
    if kind is ColumnType.STRINGS:
        return knext.list_(knext.string())
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
