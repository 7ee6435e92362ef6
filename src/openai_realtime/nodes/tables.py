# SPDX-License-Identifier: MIT
"""Types of columns -> KNIME's types and Arrow data, whatever the values are.

Types guessed from values differ from the configured ones as soon as a column is all missing,
and KNIME calls that an error. So each column's type is fixed here.
"""

from __future__ import annotations

import json
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


def make_array(kind: ColumnType, values: list[Any]) -> Any:  # noqa: ANN401 - a pyarrow array
    """Return a column's values as Arrow data of the type that `kind` has in KNIME.

    Pandas could do the same, but takes longer to import than a session takes to mint.
    """
    from openai_realtime.nodes import arrow  # noqa: PLC0415 - slow; listing must not pay for it

    if kind is ColumnType.JSON:
        return _make_json(values)
    if kind is ColumnType.INTEGER:
        return arrow.make_integers(values)
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


def make_row_ids(count: int) -> Any:  # noqa: ANN401 - a pyarrow table
    """Return an Arrow table of KNIME's usual row ids and nothing else.

    They are given, because KNIME would make them by pyarrow's own conversion, see `arrow`.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow, see above

    from openai_realtime.nodes import arrow  # noqa: PLC0415 - the same

    return pa.table([arrow.make_texts([f"Row{index}" for index in range(count)])], ["<RowID>"])
