# SPDX-License-Identifier: MIT
"""The rules by which data becomes a table, and a table data."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

UTC = dt.UTC
DAY = dt.datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001 - a local date and time is meant
LONG, DOUBLE = "Number (Long Integer)", "Number (Float)"


SERIES: list[tuple[Callable[[], pd.Series[Any]], str]] = [
    (lambda: pd.Series(["x", None]), "String"),
    (lambda: pd.Series([None], dtype="string"), "String"),
    (lambda: pd.Series([], dtype="string"), "String"),
    (lambda: pd.Series([None, None], dtype=object), "null"),
    (lambda: pd.Series([], dtype=object), "null"),
    (lambda: pd.Series([1, 2]), LONG),
    (lambda: pd.Series([1, None]), DOUBLE),
    (lambda: pd.Series([1, None], dtype=object), LONG),
    (lambda: pd.Series([1, None], dtype="Int64"), LONG),
    (lambda: pd.Series([None], dtype="Int64"), LONG),
    (lambda: pd.Series([1], dtype="int32"), "Number (Integer)"),
    (lambda: pd.Series([1.5], dtype="float32"), DOUBLE),
    (lambda: pd.Series([None], dtype="float64"), DOUBLE),
    (lambda: pd.Series([True, None]), "Boolean"),
    (lambda: pd.Series([None], dtype="boolean"), "Boolean"),
    (lambda: pd.Series([["x"], None, []]), "List (Collection of: String)"),
    (lambda: pd.Series([[], []]), "List (Collection of: null)"),
    (
        lambda: pd.Series([None], dtype=pd.ArrowDtype(pa.list_(pa.string()))),
        "List (Collection of: String)",
    ),
    (lambda: pd.Series([{"a": 1}, None]), "JSON"),
    (lambda: pd.Series([DAY, None], dtype=object), "Local Date Time"),
    (lambda: pd.Series([DAY.replace(tzinfo=UTC), None], dtype=object), "Zoned Date Time"),
    (lambda: pd.Series([DAY.replace(tzinfo=UTC)]), "Zoned Date Time"),
    (lambda: pd.Series([DAY, None]), "Local Date Time"),
    (lambda: pd.Series([DAY.date(), None]), "Local Date"),
    (lambda: pd.Series([DAY.time(), None]), "Local Time"),
    (lambda: pd.Series([dt.timedelta(1), None]), "Duration"),
]


@pytest.mark.filterwarnings("ignore::UserWarning")  # KNIME asks Java for time zones in vain
@pytest.mark.parametrize(("make", "shown"), SERIES)
def test_types_from_pandas(knext: Any, make: Callable[[], pd.Series[Any]], shown: str) -> None:
    """Types follow from dtypes, or else from values; without values there is no type."""
    table = knext.Table.from_pandas(pd.DataFrame({"c": make()}))
    assert [str(column.ktype) for column in table.schema] == [shown]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1], dtype="uint8"),
        pd.Series([1, "x"], dtype=object),
        pd.Series([[["x"]]]),
        pd.Series([[{"a": 1}]]),
        pd.Series([Decimal(1)]),
        pd.Series([b"x"]),
    ],
)
def test_values_that_are_refused(knext: Any, values: pd.Series[Any]) -> None:
    """KNIME has no column for these."""
    with pytest.raises((ValueError, TypeError)):
        knext.Table.from_pandas(pd.DataFrame({"c": values}))


@pytest.mark.filterwarnings("ignore::UserWarning")  # as above
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
        (pa.duration("us"), "Duration"),
        (pa.list_(pa.string()), "List (Collection of: String)"),
        (pa.list_(pa.int64()), f"List (Collection of: {LONG})"),
    ],
)
def test_types_from_pyarrow(knext: Any, kind: Any, shown: str) -> None:
    """Arrow's types are kept, also when all values are missing."""
    table = knext.Table.from_pyarrow(pa.table({"c": pa.array([None, None], kind)}))
    assert [str(column.ktype) for column in table.schema] == [shown]
    assert (table.num_rows, table.num_columns, list(table.column_names)) == (2, 1, ["c"])


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


def logical_types(knext: Any) -> dict[str, tuple[Any, list[Any]]]:
    """Return types that have a dtype of their own, each with values."""
    zoned = DAY.replace(tzinfo=UTC)
    return {
        "json": (knext.logical(dict), [{"a": [1, None]}, [1], "s", 2.5, None]),
        "zoned": (knext.datetime(timezone=True), [zoned, None]),
        "local": (knext.datetime(), [DAY, None]),
        "date": (knext.datetime(time=False), [DAY.date(), None]),
        "time": (knext.datetime(date=False), [DAY.time(), None]),
        "span": (knext.logical(dt.timedelta), [dt.timedelta(1, 2), None]),
    }


@pytest.mark.filterwarnings("ignore::UserWarning")  # as above
@pytest.mark.parametrize("name", ["json", "zoned", "local", "date", "time", "span"])
@pytest.mark.parametrize("empty", [False, True])
def test_dtypes_of_logical_types(api: Any, name: str, empty: bool) -> None:  # noqa: FBT001
    """A dtype fixes the type whatever the values are, and the values come back."""
    kind, values = logical_types(api.knext)[name]
    values = [None, None] if empty else values
    column = pd.Series(values, dtype=object).astype(kind.to_pandas())
    table = api.knext.Table.from_pandas(pd.DataFrame({"c": column}))
    assert next(iter(table.schema)).ktype == kind
    assert [value if value is not None else None for value in table.to_pandas()["c"]] == values
    assert list(api.backend.make_frame(table)["c"]) == values


def test_json_dtype_in_a_series(api: Any) -> None:
    """JSON cells can be made with the dtype at once."""
    column = pd.Series([{"a": 1}, None], dtype=api.knext.logical(dict).to_pandas())
    assert list(column.isna()) == [False, True]
    assert column.iloc[0] == {"a": 1}
    assert len(column.iloc[1:]) == 1


def test_json_in_arrow_data(api: Any) -> None:
    """Arrow data holds JSON cells in the type that the JSON type gives, without pandas."""
    kind = api.knext.logical(dict).to_pyarrow()
    values = [{"a": [1, None]}, [1], "s", None]
    cells = [None if value is None else kind.encode(value) for value in values]
    array = pa.ExtensionArray.from_storage(kind, pa.array(cells, kind.storage_type))
    table = api.knext.Table.from_pyarrow(pa.table({"c": array}))
    assert [column.ktype for column in table.schema] == [api.knext.logical(dict)]
    assert list(api.backend.make_frame(table)["c"]) == values


def test_text_comes_back_as_text(knext: Any) -> None:
    """Text has pandas' string dtype, numbers with gaps become floats, the index is RowIDs."""
    frame = pd.DataFrame({"a": ["x", None], "b": pd.Series([1, None], dtype="Int64")})
    back = knext.Table.from_pandas(frame).to_pandas()
    assert (str(back["a"].dtype), str(back["b"].dtype)) == ("string", "float64")
    assert (list(back.index), back.index.name) == (["Row0", "Row1"], "<RowID>")
    assert back["a"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("index", "row_ids", "expected"),
    [
        (None, "auto", ["Row0", "Row1"]),
        ([5, 7], "auto", ["Row5", "Row7"]),
        (["p", "q"], "auto", ["p", "q"]),
        ([5, 7], "keep", ["5", "7"]),
        (["p", "q"], "generate", ["Row0", "Row1"]),
        (["p", "p"], "auto", ["p", "p"]),
    ],
)
def test_row_ids_from_pandas(
    api: Any, index: list[Any] | None, row_ids: str, expected: list[str]
) -> None:
    """RowIDs come from the index; that they are unique is checked later."""
    frame = pd.DataFrame({"a": [1, 2]}, index=index)
    table = api.knext.Table.from_pandas(frame, row_ids=row_ids)
    assert api.backend.get_row_ids(table) == expected


@pytest.mark.parametrize(
    ("keys", "row_ids", "expected"),
    [
        (["x", "y"], "auto", ["x", "y"]),
        ([4, 5], "auto", ["Row4", "Row5"]),
        (["x", "y"], "keep", ["x", "y"]),
    ],
)
def test_row_ids_from_pyarrow(api: Any, keys: list[Any], row_ids: str, expected: list[str]) -> None:
    """A first column of that name is the RowIDs."""
    table = api.knext.Table.from_pyarrow(pa.table({"<RowID>": keys, "b": [1, 2]}), row_ids=row_ids)
    assert (api.backend.get_row_ids(table), list(table.column_names)) == (expected, ["b"])


def test_to_pyarrow_has_the_row_ids_first(knext: Any) -> None:
    """The Arrow table begins with the RowIDs and keeps primitive types."""
    arrow = knext.Table.from_pyarrow(pa.table({"a": ["x"], "b": [1.5]})).to_pyarrow()
    assert arrow.schema.names == ["<RowID>", "a", "b"]
    assert (arrow.schema.field(1).type, arrow.schema.field(2).type) == (pa.string(), pa.float64())


def test_empty_frame(knext: Any) -> None:
    """A DataFrame of nothing is a table of nothing."""
    table = knext.Table.from_pandas(pd.DataFrame())
    assert (table.num_rows, table.num_columns) == (0, 0)


def test_batches(api: Any) -> None:
    """Batches of any kind become one table; RowIDs are kept, or made up across batches."""
    knext = api.knext
    frame = pd.DataFrame({"a": [1, 2]})
    kept = knext.BatchOutputTable.create()
    kept.append(pd.DataFrame({"a": [1, 2]}, index=["p", "q"]))
    kept.append(knext.Table.from_pandas(pd.DataFrame({"a": [3]}, index=["r"])))
    made = knext.BatchOutputTable.from_batches(
        [frame, knext.Table.from_pandas(frame), pa.table({"a": [5]})]
    )
    assert (kept.num_batches, made.num_batches) == (2, 3)
    assert api.backend.get_row_ids(api.backend.read_table(kept)) == ["p", "q", "r"]
    numbers = [f"Row{number}" for number in range(5)]
    assert api.backend.get_row_ids(api.backend.read_table(made)) == numbers


@pytest.mark.parametrize(
    "batches",
    [
        [pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1, 2]})],
        [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1, 2]})],
        [pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})],
        [pd.DataFrame({"a": [1]}), pd.DataFrame({"a": ["x"]})],
        [],
    ],
)
def test_batches_that_do_not_fit(api: Any, batches: list[pd.DataFrame]) -> None:
    """Batches have the same columns and, but for the last, the same size; one is needed."""
    with pytest.raises(ValueError, match=r".+"):
        api.backend.read_table(api.knext.BatchOutputTable.from_batches(batches))


def test_input_has_batches(api: Any) -> None:
    """A table that comes in can be read in parts."""
    table = api.knext.Table.from_pyarrow(pa.table({"a": [1, 2, 3]}))
    parts = list(api.backend.open_table(table).batches())
    assert sum(part.num_rows for part in parts) == 3


def test_tables_of_other_things_are_none(api: Any) -> None:
    """Only tables are tables."""
    assert api.backend.read_table(pd.DataFrame({"a": [1]})) is None
