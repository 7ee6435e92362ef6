# SPDX-License-Identifier: MIT
"""Python values -> Arrow arrays of the types in `tables`, built from buffers.

pyarrow's own conversion (`pa.array`, `pa.scalar`) imports pandas if that is installed, as in KNIME,
and this takes more time than the rest of the node. Imports pyarrow, so nodes import this module
only while they run.
"""

from __future__ import annotations

import json
from array import array
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from openai_realtime.columns import ColumnType
from openai_realtime.nodes.tables import find_json_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_OFFSET = 2**31 - 1  # of a text column, in bytes
ZONED = pa.timestamp("us", tz="UTC")


def make_array(kind: ColumnType, values: Sequence[Any]) -> Any:  # noqa: ANN401 - a pyarrow array
    """Return the values of a column of `kind`, typed as in `place_values`; None is missing."""
    makers: dict[ColumnType, Callable[[Sequence[Any]], Any]] = {
        ColumnType.STRING: make_texts,
        ColumnType.STRINGS: make_lists,
        ColumnType.INTEGER: partial(_make_numbers, pa.int32(), "i"),
        ColumnType.DOUBLE: partial(_make_numbers, pa.float64(), "d"),
        ColumnType.DATETIME: make_times,
        ColumnType.JSON: make_json,
    }
    return makers[kind](values)


def make_row_ids(count: int) -> Any:  # noqa: ANN401 - a pyarrow table
    """Return a table with KNIME's usual row ids and no other column.

    Without row ids KNIME would make them by pyarrow's own conversion.
    """
    return pa.table([make_texts([f"Row{index}" for index in range(count)])], ["<RowID>"])


def make_texts(values: Sequence[str | None]) -> Any:  # noqa: ANN401 - a pyarrow array
    """Return a column of texts."""
    data = [b"" if value is None else value.encode() for value in values]
    if sum(map(len, data)) > _MAX_OFFSET:
        return pa.array(values, pa.string())  # in chunks
    buffers = [_make_bitmap(values), _make_offsets(data), pa.py_buffer(b"".join(data))]
    return pa.Array.from_buffers(pa.string(), len(data), buffers)


def make_lists(values: Sequence[list[str] | None]) -> Any:  # noqa: ANN401 - as above
    """Return a column of lists of texts."""
    kind = pa.list_(pa.string())
    items = make_texts([item for value in values for item in value or ()])
    offsets = _make_offsets([value or () for value in values])
    buffers = [_make_bitmap(values), offsets]
    return pa.Array.from_buffers(kind, len(values), buffers, children=[items])


def make_times(values: Sequence[datetime | None]) -> Any:  # noqa: ANN401 - as above
    """Return a column of dates and times in UTC."""
    passed = [None if value is None else (value - _EPOCH) // _MICROSECOND for value in values]
    return _make_numbers(ZONED, "q", passed)


def make_json(values: Sequence[Any]) -> Any:  # noqa: ANN401 - as above
    """Return a column of JSON cells, or of texts in a KNIME without JSON cells."""
    json_type = find_json_type()
    if json_type is None:
        return make_texts([v if v is None else json.dumps(v, ensure_ascii=False) for v in values])
    kind = json_type.to_pyarrow()
    cells = [None if value is None else kind.encode(value) for value in values]
    is_text = kind.storage_type == pa.string()
    storage = make_texts(cells) if is_text else pa.array(cells, kind.storage_type)
    return pa.ExtensionArray.from_storage(kind, storage)


def list_values(column: Any, size: int) -> Iterator[list[Any]]:  # noqa: ANN401 - as above
    """Yield the values of a column, at most `size` at a time."""
    # KNIME's own types cannot be sliced: of repeated texts, only the first is stored.
    whole = column.to_pylist() if hasattr(column.type, "extension_name") else None
    for start in range(0, len(column), size):
        if whole is not None:
            yield whole[start : start + size]
        else:
            yield column.slice(start, size).to_pylist()


def _make_numbers(kind: Any, code: str, values: Sequence[Any]) -> Any:  # noqa: ANN401 - as above
    """Return a column of an Arrow type, from numbers of the type `code` of `array`."""
    data = pa.py_buffer(array(code, [0 if value is None else value for value in values]))
    return pa.Array.from_buffers(kind, len(values), [_make_bitmap(values), data])


def _make_offsets(items: Sequence[bytes] | Sequence[Sequence[str]]) -> Any:  # noqa: ANN401 - a buffer
    return pa.py_buffer(array("i", accumulate(map(len, items), initial=0)))


def _make_bitmap(values: Sequence[object]) -> Any:  # noqa: ANN401 - a buffer
    """Return one bit per value, the lowest first, or None if no value is missing."""
    if None not in values:
        return None
    bits = "".join("0" if value is None else "1" for value in reversed(values))
    return pa.py_buffer(int(bits, 2).to_bytes((len(values) + 7) // 8, "little"))
