# SPDX-License-Identifier: MIT
"""Types of columns, schemas, and what is refused of tables."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

LONG, DOUBLE = "Number (Long Integer)", "Number (Float)"


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda k: k.int32(), "Number (Integer)"),
        (lambda k: k.int64(), LONG),
        (lambda k: k.double(), DOUBLE),
        (lambda k: k.string(), "String"),
        (lambda k: k.list_(k.string()), "List (Collection of: String)"),
        (lambda k: k.logical(dict), "JSON"),
        (lambda k: k.logical(dt.datetime), "Zoned Date Time"),
        (lambda k: k.datetime(), "Local Date Time"),
        (lambda k: k.datetime(timezone=True), "Zoned Date Time"),
        (lambda k: k.datetime(time=False), "Local Date"),
        (lambda k: k.datetime(date=False), "Local Time"),
    ],
)
def test_types_print_as_knime_shows_them(
    knext: Any, make: Callable[[Any], Any], shown: str
) -> None:
    """Types print as in KNIME, and a type made twice is equal."""
    assert (str(make(knext)), repr(make(knext))) == (shown, shown)
    assert make(knext) == make(knext)
    assert hash(make(knext)) == hash(make(knext))


def test_which_types_are_equal(knext: Any) -> None:
    """A logical datetime is zoned; lists differ by what is in them."""
    assert knext.logical(dt.datetime) == knext.datetime(timezone=True)
    assert knext.logical(dt.date) == knext.datetime(time=False)
    assert knext.datetime() != knext.datetime(timezone=True)
    assert knext.list_(knext.string()) != knext.list_(knext.int64())
    assert knext.logical(dict) != knext.string()


def test_schema_goes_to_json_and_back(api: Any) -> None:
    """A schema survives the trip that specs make."""
    knext = api.knext
    kinds = [knext.string(), knext.int32(), knext.int64(), knext.double()]
    kinds += [knext.list_(knext.string()), knext.list_(knext.double())]
    kinds += [knext.logical(dict), knext.datetime(), knext.datetime(timezone=True)]
    schema = knext.Schema.from_columns(
        [knext.Column(kind, f"c{index}") for index, kind in enumerate(kinds)]
    )
    back = api.backend.schema_class.deserialize(schema.serialize())
    assert [column.ktype for column in back] == kinds


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda k: k.logical(str), TypeError),
        (lambda k: k.logical(int), TypeError),
        (lambda k: k.logical(list), TypeError),
        (lambda k: k.list_(str), TypeError),
        (lambda k: k.datetime(date=False, time=False), ValueError),
        (lambda k: k.datetime(time=False, timezone=True), ValueError),
        (lambda k: k.Column(str, "a"), TypeError),
        (lambda k: k.Column(k.string(), 3), TypeError),
        (lambda k: k.Column(k.string(), " "), ValueError),
        (lambda k: k.Schema.from_columns(["a"]), TypeError),
        (lambda k: k.Schema.from_columns(3), TypeError),
        (
            lambda k: k.Schema.from_columns([k.Column(k.string(), "a")] * 2).serialize(),
            RuntimeError,
        ),
        (lambda k: k.BatchOutputTable.create(row_ids="keep").append([1]), TypeError),
        (lambda k: k.Table.from_pyarrow(pa.table({"a": [1]})).batches(), RuntimeError),
    ],
)
def test_wrong_use_is_refused(
    knext: Any, make: Callable[[Any], Any], error: type[Exception]
) -> None:
    """What KNIME refuses is refused with the same kind of error."""
    with pytest.raises(error):
        make(knext)


def test_schema(knext: Any) -> None:
    """A schema knows its columns in order, and equals one of the same columns."""
    columns = [knext.Column(knext.string(), "a"), knext.Column(knext.logical(dict), "b")]
    schema = knext.Schema.from_columns(columns)
    assert schema.column_names == ["a", "b"]
    assert [str(column.ktype) for column in schema] == ["String", "JSON"]
    assert schema == knext.Schema.from_columns(columns)
    assert schema != knext.Schema.from_columns(columns[:1])
