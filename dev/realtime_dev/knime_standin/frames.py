# SPDX-License-Identifier: MIT
"""How a DataFrame becomes a table, and a table a DataFrame."""
# ruff: noqa: ANN401 - values of settings and cells, and what belongs to the node, are of any type

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types

from realtime_dev.knime_standin import types as kt
from realtime_dev.knime_standin.arrows import accept_array, read_arrow
from realtime_dev.knime_standin.cells import LogicalDtype, is_missing
from realtime_dev.knime_standin.tables import ROW_ID, ArrowTable


def read_frame(frame: pd.DataFrame, row_ids: str, first: int) -> ArrowTable:
    """Make a table of a DataFrame; ``first`` is the number of the first RowID made up."""
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(f"a DataFrame is needed, not {type(frame)}")  # noqa: TRY004 - as KNIME
    if row_ids not in ("auto", "keep", "generate"):
        raise ValueError(f"row_ids is auto, keep or generate, not {row_ids!r}")
    columns, ktypes = [], []
    for position, name in enumerate(frame.columns):
        array, ktype = _read_series(frame.iloc[:, position], str(name))
        columns.append(array)
        ktypes.append(ktype)
    keys = [f"Row{first + index}" for index in range(len(frame))]
    if row_ids != "generate" and len(frame):
        numbered = row_ids == "auto" and frame.index.dtype.kind in "iu"
        keys = [f"Row{key}" if numbered else str(key) for key in frame.index]
    arrays = [pa.array(keys, pa.string()), *columns]
    return ArrowTable(pa.Table.from_arrays(arrays, [ROW_ID, *map(str, frame.columns)]), ktypes)


def _read_series(series: pd.Series[Any], name: str) -> tuple[Any, kt.KnimeType]:
    if isinstance(series.dtype, LogicalDtype):
        return _store_logical(list(series), series.dtype.ktype), series.dtype.ktype
    if series.dtype == object:
        guess = _guess_logical(series)
        if guess is not None:
            values = list(series.astype(guess.to_pandas()))
            return _store_logical(values, guess), guess
    # A list of missing values only reads as numbers to Arrow when pandas has no better dtype.
    array = pa.array(series, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_large_string(array.type):
        array = array.cast(pa.string())  # pandas 3 stores text so, which KNIME does not know yet
    return accept_array(array, name)


def _guess_logical(series: pd.Series[Any]) -> kt.LogicalType | None:
    """Return the logical type of the first value, if it has one: datetimes need a closer look."""
    present = [value for value in series if not _is_gap(value)]
    if not present:
        return None
    kind = type(present[0])
    if kind in (dt.datetime, pd.Timestamp):
        zoned = any(getattr(value, "tzinfo", None) is not None for value in present)
        return kt.ZONED_DATE_TIME if zoned else kt.LOCAL_DATE_TIME
    if kind is pd.Timedelta:
        return kt.DURATION
    try:
        return kt.logical(kind)
    except TypeError:
        return None


def _is_gap(value: Any) -> bool:
    return pd.api.types.is_scalar(value) and is_missing(value)


def _store_logical(values: list[Any], ktype: kt.LogicalType) -> Any:
    if ktype == kt.JSON:
        return pa.array([None if v is None else json.dumps(v) for v in values], pa.string())
    if ktype == kt.ZONED_DATE_TIME:
        zones = {str(value.tzinfo) for value in values if value is not None}
        # An Arrow column has one zone: rows of different zones keep their instant only.
        zone = zones.pop() if zones and zones <= {"UTC"} else "UTC"
        return pa.array(values, pa.timestamp("us", zone))
    storage = {
        kt.LOCAL_DATE: pa.date32(),
        kt.LOCAL_TIME: pa.time64("us"),
        kt.LOCAL_DATE_TIME: pa.timestamp("us"),
        kt.DURATION: pa.duration("us"),
    }
    return pa.array(values, storage[ktype])


def read_batch(batch: Any, row_ids: str, first: int) -> ArrowTable:
    """Make a table of what was appended to a batch table."""
    if isinstance(batch, pd.DataFrame):
        return read_frame(batch, row_ids, first)
    if isinstance(batch, (pa.Table, pa.RecordBatch)):
        return read_arrow(batch, row_ids, first)
    if not isinstance(batch, ArrowTable):
        raise TypeError(f"a batch is a Table, DataFrame or Arrow data, not {type(batch)}")
    if row_ids == "keep":
        return batch
    keys = pa.array([f"Row{first + i}" for i in range(batch.num_rows)], pa.string())
    return ArrowTable(batch.data.set_column(0, ROW_ID, keys), batch.ktypes)


def write_frame(table: ArrowTable) -> pd.DataFrame:
    """Make a DataFrame of a table: text is ``string``, logical types have their own dtype."""
    index = pd.Index(table.row_ids, name=ROW_ID, dtype=object)
    columns = {}
    for position, column in enumerate(table.schema, start=1):
        array = table.data.column(position)
        columns[column.name] = _write_series(array, column.ktype, index)
    return pd.DataFrame(columns, index=index)


def _write_series(array: Any, ktype: kt.KnimeType, index: pd.Index[Any]) -> pd.Series[Any]:
    if isinstance(ktype, kt.LogicalType):
        values = array.to_pylist()
        if ktype == kt.JSON:
            values = [None if value is None else json.loads(value) for value in values]
        return pd.Series(values, index=index, dtype=ktype.to_pandas())
    if ktype == kt.string():
        return pd.Series(array.to_pylist(), index=index, dtype="string")
    series: pd.Series[Any] = array.to_pandas()
    return series.set_axis(index)
