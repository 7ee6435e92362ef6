# SPDX-License-Identifier: MIT
"""Python values -> Arrow arrays of the types in `tables`, built from buffers.

pyarrow's own conversion (`pa.array`, `pa.scalar`) imports pandas if that is installed, as in KNIME,
and this takes more time than the rest of the node. Imports pyarrow, so nodes import this module
only while they run.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from typing import Any

import pyarrow as pa

from openai_realtime.columns import ColumnType
from openai_realtime.nodes.tables import find_json_type

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_OFFSET = 2**31 - 1  # of a text column, in bytes


def make_array(kind: ColumnType, values: Sequence[Any]) -> Any:
    """Return the values of a column of `kind`, typed as in `place_values`; None is missing."""
    makers: dict[ColumnType, Callable[[Sequence[Any]], Any]] = {
        ColumnType.STRING: _make_texts,
        ColumnType.STRINGS: _make_lists,
        ColumnType.INTEGER: partial(_make_numbers, pa.int32(), "i"),
        ColumnType.DOUBLE: partial(_make_numbers, pa.float64(), "d"),
        ColumnType.DATETIME: _make_times,
        ColumnType.JSON: _make_json,
    }
    return makers[kind](values)


def make_row_ids(count: int) -> Any:
    """Return a table with KNIME's usual row ids and no other column.

    Without row ids KNIME would make them by pyarrow's own conversion.
    """
    return pa.table([_make_texts([f"Row{index}" for index in range(count)])], ["<RowID>"])


def _make_texts(values: Sequence[str | None]) -> Any:
    data = [b"" if value is None else value.encode() for value in values]
    if sum(map(len, data)) > _MAX_OFFSET:
        return pa.array(values, pa.string())  # in chunks
    buffers = [_make_bitmap(values), _make_offsets(data), pa.py_buffer(b"".join(data))]
    return pa.Array.from_buffers(pa.string(), len(data), buffers)


def _make_lists(values: Sequence[list[str] | None]) -> Any:
    lists = [value or [] for value in values]
    items = _make_texts([item for value in lists for item in value])
    buffers = [_make_bitmap(values), _make_offsets(lists)]
    return pa.Array.from_buffers(pa.list_(pa.string()), len(values), buffers, children=[items])


def _make_times(values: Sequence[datetime | None]) -> Any:
    passed = [None if value is None else (value - _EPOCH) // _MICROSECOND for value in values]
    return _make_numbers(pa.timestamp("us", tz="UTC"), "q", passed)


def _make_json(values: Sequence[Any]) -> Any:
    """Return a column of JSON cells, or of texts in a KNIME without JSON cells."""
    json_type = find_json_type()
    if json_type is None:
        return _make_texts([v if v is None else json.dumps(v, ensure_ascii=False) for v in values])
    kind = json_type.to_pyarrow()
    cells = [None if value is None else kind.encode(value) for value in values]
    is_text = kind.storage_type == pa.string()
    storage = _make_texts(cells) if is_text else pa.array(cells, kind.storage_type)
    return pa.ExtensionArray.from_storage(kind, storage)


def list_values(column: Any, size: int) -> Iterator[list[Any]]:
    """Yield the values of a column, at most `size` at a time."""
    # KNIME's own types cannot be sliced: of repeated texts, only the first is stored.
    whole = column.to_pylist() if hasattr(column.type, "extension_name") else None
    for start in range(0, len(column), size):
        end = start + size
        yield column.slice(start, size).to_pylist() if whole is None else whole[start:end]


def _make_numbers(kind: Any, code: str, values: Sequence[Any]) -> Any:
    """Return a column of an Arrow type, from numbers of the type `code` of `array`."""
    data = pa.py_buffer(array(code, [0 if value is None else value for value in values]))
    return pa.Array.from_buffers(kind, len(values), [_make_bitmap(values), data])


def _make_offsets(items: Sequence[bytes] | Sequence[Sequence[str]]) -> Any:
    return pa.py_buffer(array("i", accumulate(map(len, items), initial=0)))


def _make_bitmap(values: Sequence[object]) -> Any:
    """Return one bit per value, the lowest first, or None if no value is missing."""
    if None not in values:
        return None
    bits = "".join("0" if value is None else "1" for value in reversed(values))
    return pa.py_buffer(int(bits, 2).to_bytes((len(values) + 7) // 8, "little"))
