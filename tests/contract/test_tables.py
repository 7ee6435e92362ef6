# SPDX-License-Identifier: MIT
"""The rules by which data becomes a table, and a table data."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types
import pytest

LONG, DOUBLE = "Number (Long Integer)", "Number (Float)"


@pytest.mark.filterwarnings("ignore::UserWarning")  # KNIME asks Java for time zones in vain
@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (pa.string(), "String"),
        (pa.int32(), "Number (Integer)"),
        (pa.int64(), LONG),
        (pa.float32(), DOUBLE),
        (pa.float64(), DOUBLE),
        (pa.bool_(), "Boolean"),
        (pa.null(), "null"),
        (pa.timestamp("us"), "Local Date Time"),
        (pa.timestamp("us", "UTC"), "Zoned Date Time"),
        (pa.date32(), "Local Date"),
        (pa.time64("us"), "Local Time"),
        (pa.list_(pa.string()), "List (Collection of: String)"),
        (pa.list_(pa.int64()), f"List (Collection of: {LONG})"),
    ],
)
def test_types_from_pyarrow(knext: Any, kind: Any, shown: str) -> None:
    """Arrow's types are kept, also when all values are missing."""
    table = knext.Table.from_pyarrow(pa.table({"c": pa.array([None, None], kind)}))
    assert [str(column.ktype) for column in table.schema] == [shown]
    assert (table.num_rows, list(table.column_names)) == (2, ["c"])


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["x"], pa.large_string()),
        pa.array([1], pa.int8()),
        pa.array([1], pa.uint64()),
        pa.array([b"x"]),
        pa.array([{"a": 1}]),
        pa.array([[["x"]]]),
    ],
)
def test_arrow_types_that_are_refused(knext: Any, array: Any) -> None:
    """KNIME has no column for these."""
    with pytest.raises(ValueError, match=r".+"):
        knext.Table.from_pyarrow(pa.table({"c": array}))


def test_json_in_arrow_data(api: Any) -> None:
    """Arrow data holds JSON cells in the type that the JSON type gives, without pandas."""
    kind = api.knext.logical(dict).to_pyarrow()
    values = [{"a": [1, None]}, [1], "s", None]
    cells = [None if value is None else kind.encode(value) for value in values]
    array = pa.ExtensionArray.from_storage(kind, pa.array(cells, kind.storage_type))
    table = api.knext.Table.from_pyarrow(pa.table({"c": array}))
    assert [column.ktype for column in table.schema] == [api.knext.logical(dict)]
    assert list(api.backend.make_frame(table)["c"]) == values


def test_to_pyarrow_has_the_row_ids_first(knext: Any) -> None:
    """The Arrow table begins with the RowIDs and keeps primitive types."""
    arrow = knext.Table.from_pyarrow(pa.table({"a": ["x"], "b": [1.5]})).to_pyarrow()
    assert arrow.schema.names == ["<RowID>", "a", "b"]
    assert (arrow.schema.field(1).type, arrow.schema.field(2).type) == (pa.string(), pa.float64())


def test_input_has_batches(api: Any) -> None:
    """A table that comes in can be read in parts."""
    table = api.knext.Table.from_pyarrow(pa.table({"a": [1, 2, 3]}))
    parts = list(api.backend.open_table(table).batches())
    assert sum(part.num_rows for part in parts) == 3


DAY = dt.datetime(2024, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
CELLS = [
    (pa.string(), ["x", None]),
    (pa.int64(), [1, 2]),
    (pa.timestamp("us", "UTC"), [DAY, None]),
]


@pytest.mark.filterwarnings("ignore::UserWarning")  # as above
@pytest.mark.parametrize(("kind", "values"), CELLS)
def test_values_come_back(api: Any, kind: Any, values: list[Any]) -> None:
    """The values of a table are those that it was made of."""
    table = api.knext.Table.from_pyarrow(pa.table({"c": pa.array(values, kind)}))
    cells = list(api.backend.make_frame(table)["c"])
    assert [None if cell is pd.NA else cell for cell in cells] == values


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, ["Row0", "Row1"]),
        ({"<RowID>": ["x", "y"]}, ["x", "y"]),
        ({"<RowID>": [4, 5]}, ["Row4", "Row5"]),
        ({"<RowID>": ["x", "x"]}, ["x", "x"]),
    ],
)
def test_row_ids(api: Any, keys: dict[str, Any], expected: list[str]) -> None:
    """A first column of that name is the RowIDs; that they are unique is checked later."""
    table = api.knext.Table.from_pyarrow(pa.table({**keys, "b": [1, 2]}))
    assert (api.backend.get_row_ids(table), list(table.column_names)) == (expected, ["b"])


def join(api: Any, batches: list[Any]) -> Any:
    """Return the table that a node gives out, made of batches."""
    output = api.knext.BatchOutputTable.create(row_ids="keep")
    for batch in batches:
        output.append(batch)
    return api.backend.read_table(output)


def batch(ids: str, values: list[Any] | None = None, name: str = "a") -> Any:
    """Return a batch with a row for each letter of `ids`."""
    return pa.table({"<RowID>": list(ids), name: values or [1] * len(ids)})


def test_batches_are_one_table(api: Any) -> None:
    """Batches become one table and keep their RowIDs."""
    assert api.backend.get_row_ids(join(api, [batch("pq"), batch("r")])) == ["p", "q", "r"]


@pytest.mark.parametrize(
    "batches",
    [
        [batch("p"), batch("qr")],
        [batch("pq"), batch("r"), batch("st")],
        [batch("p"), batch("q", name="b")],
        [batch("p"), batch("q", ["x"])],
        [],
    ],
)
def test_batches_that_do_not_fit(api: Any, batches: list[Any]) -> None:
    """Batches have the same columns and, but for the last, the same size; one is needed."""
    with pytest.raises(ValueError, match=r".+"):
        join(api, batches)


def test_tables_of_other_things_are_none(api: Any) -> None:
    """Only tables are tables."""
    assert api.backend.read_table(pd.DataFrame({"a": [1]})) is None
