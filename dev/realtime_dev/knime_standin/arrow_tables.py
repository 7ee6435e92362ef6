# SPDX-License-Identifier: MIT
"""Converts Arrow tables to and from the form in which KNIME stores them."""
# ruff: noqa: ANN401 - pyarrow has no types

from typing import Any

import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types

from realtime_dev.knime_standin import types as kt
from realtime_dev.knime_standin.json_cells import JsonArrowType

ROW_ID = "<RowID>"
_KNIME_TYPES: dict[Any, kt.KnimeType] = {
    pa.int32(): kt.int32(),
    pa.int64(): kt.int64(),
    pa.float64(): kt.double(),
    pa.bool_(): kt.KnimeType("Boolean"),
    pa.string(): kt.string(),
    pa.null(): kt.KnimeType("null"),
}


def read_arrow(data: Any) -> tuple[Any, list[kt.KnimeType]]:
    """Return an Arrow table as KNIME stores it, RowIDs first, and the type of each other column.

    The RowIDs come from a first column ``<RowID>`` of text; without it they are Row0, Row1, ...
    Raises TypeError if `data` is not an Arrow table, ValueError for types that KNIME does not
    support and for batches of different sizes.
    """
    if not isinstance(data, pa.Table):
        raise TypeError(f"must be an Arrow table, not {type(data)}")
    _check_sizes(data.to_batches())
    head = data.schema.field(0) if data.num_columns else None
    has_ids = head is not None and head.name == ROW_ID
    ids = data.column(0) if has_ids else None
    data = data.remove_column(0) if has_ids else data
    if ids is None:
        # pa.array imports pandas, as it does in KNIME.
        ids = pa.array([f"Row{key}" for key in range(data.num_rows)], pa.string())
    arrays, ktypes = [ids], []
    for name, column in zip(data.schema.names, data.columns, strict=True):
        array, ktype = _read_column(column, name)
        arrays.append(array)
        ktypes.append(ktype)
    return pa.Table.from_arrays(arrays, [ROW_ID, *data.schema.names]), ktypes


def join_batches(parts: list[Any]) -> Any:
    """Return the batches of an output table as one Arrow table.

    Raises ValueError if there are none, if their columns differ, or if any but the last differs in
    size.
    """
    if not parts:
        raise ValueError("a table needs at least one batch, which may be empty")
    _check_sizes(parts)
    if any(part.schema.remove_metadata() != parts[0].schema.remove_metadata() for part in parts):
        raise ValueError("all batches must have the same columns")
    return pa.concat_tables(parts)


def _check_sizes(batches: list[Any]) -> None:
    sizes = [batch.num_rows for batch in batches]
    if sizes and (len(set(sizes[:-1])) > 1 or sizes[-1] > sizes[0]):
        raise ValueError("all batches but the last must have the same size")


def _read_column(array: Any, name: str) -> tuple[Any, kt.KnimeType]:
    if isinstance(array.type, JsonArrowType):
        return pa.chunked_array([part.storage for part in array.chunks], pa.string()), kt.JSON
    ktype = _get_knime_type(array.type)
    if ktype is None:
        raise ValueError(f"KNIME does not support the Arrow type {array.type} of column '{name}'")
    return array, ktype


def _get_knime_type(arrow: Any) -> kt.KnimeType | None:
    if arrow in _KNIME_TYPES:
        return _KNIME_TYPES[arrow]
    if pa.types.is_list(arrow):
        inner = _KNIME_TYPES.get(arrow.value_type)
        return None if inner is None else kt.list_(inner)
    if pa.types.is_timestamp(arrow):
        return kt.LOCAL_DATE_TIME if arrow.tz is None else kt.ZONED_DATE_TIME
    return None


def to_node_arrow(data: Any, ktypes: list[kt.KnimeType]) -> Any:
    """Return a stored table as nodes get it: JSON columns have an extension type."""
    for place, ktype in enumerate(ktypes, start=1):
        if ktype == kt.JSON:
            chunks = data.column(place).chunks
            cells = [pa.ExtensionArray.from_storage(JsonArrowType(), chunk) for chunk in chunks]
            shown = pa.chunked_array(cells, JsonArrowType())
            data = data.set_column(place, data.schema.names[place], shown)
    return data
