# SPDX-License-Identifier: MIT
"""The rules by which Arrow data becomes a table, and a table Arrow data."""

import datetime as dt
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types
import pytest

MOMENT = dt.datetime(2024, 5, 6, 7, 8, 9, tzinfo=dt.UTC)


@pytest.mark.filterwarnings("ignore::UserWarning")  # KNIME asks Java for time zones in vain
@pytest.mark.parametrize(
    ("kind", "shown", "values"),
    [
        (pa.string(), "String", ["x", None]),
        (pa.int32(), "Number (Integer)", [1, 2]),
        (pa.int64(), "Number (Long Integer)", [1, 2]),
        (pa.float64(), "Number (Float)", [1.5, 2.5]),
        (pa.bool_(), "Boolean", [True, False]),
        (pa.null(), "null", [None, None]),
        (pa.timestamp("us", "UTC"), "Zoned Date Time", [MOMENT, None]),
        (pa.timestamp("us"), "Local Date Time", [MOMENT.replace(tzinfo=None), None]),
        (pa.list_(pa.string()), "List (Collection of: String)", [["x"], None]),
    ],
)
def test_types_of_arrow_data(api: Any, kind: Any, shown: str, values: list[Any]) -> None:
    """Arrow's types are kept, also when all values are missing, and the values come back."""
    empty = api.knext.Table.from_pyarrow(pa.table({"c": pa.array([None, None], kind)}))
    table = api.knext.Table.from_pyarrow(pa.table({"c": pa.array(values, kind)}))
    for each in (empty, table):
        assert [str(column.ktype) for column in each.schema] == [shown]
        assert (each.num_rows, list(each.column_names)) == (2, ["c"])
    assert table.to_pyarrow().column(1).to_pylist() == values


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
def test_types_that_are_refused(knext: Any, array: Any) -> None:
    """KNIME has no column for these."""
    with pytest.raises(ValueError, match=r".+"):
        knext.Table.from_pyarrow(pa.table({"c": array}))


def test_json_cells(api: Any) -> None:
    """Arrow data holds JSON cells in the type that the JSON type gives, without pandas."""
    kind = api.knext.logical(dict).to_pyarrow()
    values = [{"a": [1, None]}, [1], "s", None]
    cells = [None if value is None else kind.encode(value) for value in values]
    array = pa.ExtensionArray.from_storage(kind, pa.array(cells, kind.storage_type))
    table = api.knext.Table.from_pyarrow(pa.table({"c": array}))
    assert [column.ktype for column in table.schema] == [api.knext.logical(dict)]
    assert list(api.backend.make_frame(table)["c"]) == values


@pytest.mark.parametrize(
    ("keys", "expected"),
    [(None, ["Row0", "Row1"]), (["x", "y"], ["x", "y"])],
)
def test_row_ids(api: Any, keys: list[Any] | None, expected: list[str]) -> None:
    """A first column of that name is the RowIDs; without one they are Row0, Row1 and so on."""
    data = pa.table({"b": [1, 2]} if keys is None else {"<RowID>": keys, "b": [1, 2]})
    table = api.knext.Table.from_pyarrow(data)
    assert (api.backend.get_row_ids(table), list(table.column_names)) == (expected, ["b"])


def test_to_pyarrow_has_the_row_ids_first(knext: Any) -> None:
    """The Arrow table begins with the RowIDs and keeps primitive types."""
    arrow = knext.Table.from_pyarrow(pa.table({"a": ["x"], "b": [1.5]})).to_pyarrow()
    assert arrow.schema.names == ["<RowID>", "a", "b"]
    assert (arrow.schema.field(1).type, arrow.schema.field(2).type) == (pa.string(), pa.float64())


def make_part(numbers: list[Any], name: str = "a") -> Any:
    """Return an Arrow table with RowIDs."""
    return pa.table({"<RowID>": [f"r{number}" for number in numbers], name: numbers})


def test_parts_become_one_table(api: Any) -> None:
    """Parts of an output table become one table, and keep their RowIDs."""
    output = api.knext.BatchOutputTable.create(row_ids="keep")
    for numbers in ([1, 2], [3, 4], [5]):
        output.append(make_part(numbers))
    table = api.backend.read_table(output)
    assert api.backend.get_row_ids(table) == ["r1", "r2", "r3", "r4", "r5"]
    assert list(api.backend.make_frame(table)["a"]) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "parts",
    [
        [make_part([1]), make_part([1, 2])],
        [make_part([1, 2]), make_part([1]), make_part([1, 2])],
        [make_part([1]), make_part([1], "b")],
        [make_part([1]), make_part(["x"])],
        [],
    ],
)
def test_parts_that_do_not_fit(api: Any, parts: list[Any]) -> None:
    """Parts have the same columns and, but for the last, the same size; one is needed."""
    output = api.knext.BatchOutputTable.create(row_ids="keep")

    def put_together() -> None:
        for part in parts:
            output.append(part)
        api.backend.read_table(output)

    with pytest.raises(ValueError, match=r".+"):
        put_together()


def test_input_has_parts(api: Any) -> None:
    """A table that comes in can be read in parts; one that the node made cannot."""
    table = api.knext.Table.from_pyarrow(pa.table({"a": [1, 2, 3]}))
    assert sum(part.num_rows for part in api.backend.open_table(table).batches()) == 3
    with pytest.raises(RuntimeError):
        table.batches()


def test_tables_of_other_things_are_none(api: Any) -> None:
    """Something that is not a table is read as None."""
    assert api.backend.read_table(pa.table({"a": [1]})) is None
