# SPDX-License-Identifier: MIT
"""How Arrow data becomes a table, without pandas."""
# ruff: noqa: ANN401 - values of cells are of any type

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types

from realtime_dev.knime_standin import types as kt
from realtime_dev.knime_standin.tables import ROW_ID, ArrowTable

_PRIMITIVE: dict[Any, kt.KnimeType] = {
    pa.int32(): kt.int32(),
    pa.int64(): kt.int64(),
    pa.float64(): kt.double(),
    pa.bool_(): kt.bool_(),
    pa.string(): kt.string(),
    pa.null(): kt.null(),
}


class JsonArrowType(pa.ExtensionType):  # type: ignore[misc,unused-ignore] # pyarrow has no types
    """What KNIME's JSON type is in Arrow: text; `encode` makes the cell of a value."""

    def __init__(self) -> None:
        super().__init__(pa.string(), "realtime_dev.json")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: Any, serialized: bytes) -> JsonArrowType:
        return cls()

    def encode(self, value: Any) -> str:
        """Return the cell that holds `value`."""
        return json.dumps(value)


def accept_array(array: Any, name: str) -> tuple[Any, kt.KnimeType]:
    """Return an Arrow array as KNIME keeps it, with its type.

    Raises ValueError for types that KNIME has no column for.
    """
    if isinstance(array.type, JsonArrowType):
        chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
        return pa.chunked_array([chunk.storage for chunk in chunks], pa.string()), kt.JSON
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_float32(array.type):
        array = array.cast(pa.float64())
    ktype = _find_type(array.type)
    if ktype is None:
        raise ValueError(f"KNIME has no column for Arrow's type {array.type}, column '{name}'")
    return array, ktype


def show_table(data: Any, ktypes: list[kt.KnimeType]) -> Any:
    """Return a table as nodes see it: JSON columns have a type of their own, as KNIME's have."""
    for place, ktype in enumerate(ktypes, start=1):
        if ktype is kt.JSON:
            chunks = data.column(place).chunks
            cells = [pa.ExtensionArray.from_storage(JsonArrowType(), chunk) for chunk in chunks]
            shown = pa.chunked_array(cells, JsonArrowType())
            data = data.set_column(place, data.schema.names[place], shown)
    return data


def _find_type(arrow: Any) -> kt.KnimeType | None:
    if arrow in _PRIMITIVE:
        return _PRIMITIVE[arrow]
    if pa.types.is_list(arrow):
        inner = _PRIMITIVE.get(arrow.value_type)
        return None if inner is None else kt.list_(inner)
    if pa.types.is_timestamp(arrow):
        return kt.LOCAL_DATE_TIME if arrow.tz is None else kt.ZONED_DATE_TIME
    if pa.types.is_date(arrow):
        return kt.LOCAL_DATE
    if pa.types.is_time(arrow):
        return kt.LOCAL_TIME
    return kt.DURATION if pa.types.is_duration(arrow) else None


def read_arrow(data: Any, row_ids: str, first: int) -> ArrowTable:
    """Make a table of an Arrow table or record batch."""
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    if row_ids not in ("auto", "keep", "generate"):
        raise ValueError(f"row_ids is auto, keep or generate, not {row_ids!r}")
    _check_sizes([batch.num_rows for batch in data.to_batches()])
    head = data.schema.field(0) if data.num_columns else None
    taken = row_ids == "keep"
    if head is not None and row_ids == "auto" and head.name == ROW_ID:
        taken = pa.types.is_string(head.type) or pa.types.is_integer(head.type)
    if taken:
        if head is None or not (pa.types.is_string(head.type) or row_ids == "auto"):
            raise TypeError("the first column must be text to be the RowIDs")
        ids = data.column(0)
        if pa.types.is_integer(head.type):
            ids = pa.array([f"Row{key}" for key in ids.to_pylist()], pa.string())
        data = data.remove_column(0)
    else:
        ids = pa.array([f"Row{first + index}" for index in range(data.num_rows)], pa.string())
    arrays = [ids]
    ktypes = []
    for name, column in zip(data.schema.names, data.columns, strict=True):
        array, ktype = accept_array(column, name)
        arrays.append(array)
        ktypes.append(ktype)
    return ArrowTable(pa.Table.from_arrays(arrays, [ROW_ID, *data.schema.names]), ktypes)


def _check_sizes(sizes: list[int]) -> None:
    if sizes and (len(set(sizes[:-1])) > 1 or sizes[-1] > sizes[0]):
        raise ValueError("all batches but the last have the same size, the last is no larger")
