# SPDX-License-Identifier: MIT
"""Types of columns and schemas, and declarations that are refused."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

TYPES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda k: k.int32(), "Number (Integer)"),
    (lambda k: k.int64(), "Number (Long Integer)"),
    (lambda k: k.double(), "Number (Float)"),
    (lambda k: k.string(), "String"),
    (lambda k: k.list_(k.string()), "List (Collection of: String)"),
    (lambda k: k.logical(dict), "JSON"),
    (lambda k: k.logical(dt.datetime), "Zoned Date Time"),
    (lambda k: k.datetime(), "Local Date Time"),
    (lambda k: k.datetime(timezone=True), "Zoned Date Time"),
]


@pytest.mark.parametrize(("make", "shown"), TYPES)
def test_types_print_as_knime_shows_them(
    knext: Any, make: Callable[[Any], Any], shown: str
) -> None:
    """Types print as in KNIME, and equal those that print the same and no others."""
    assert (str(make(knext)), repr(make(knext))) == (shown, shown)
    equal = [make(knext) == other(knext) for other, _ in TYPES]
    assert equal == [shown == name for _, name in TYPES]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda k: k.logical(str), TypeError),
        (lambda k: k.list_(str), TypeError),
        (lambda k: k.Column(str, "a"), TypeError),
        (lambda k: k.Column(k.string(), 3), TypeError),
        (lambda k: k.Column(k.string(), " "), ValueError),
        (lambda k: k.Schema.from_columns(["a"]), TypeError),
        (
            lambda k: k.Schema.from_columns([k.Column(k.string(), "a")] * 2).serialize(),
            RuntimeError,
        ),
        (lambda k: k.StringParameter.Choice("", "Empty"), ValueError),
        (lambda k: k.StringParameter.Choice(1, "One"), TypeError),
        (lambda k: k.StringParameter("L", "", choices=["a", "a"]), ValueError),
        (lambda k: k.StringParameter("L", "", choices=["a", 1]), TypeError),
        (lambda k: k.StringParameter("L", "", choices={"a"}), TypeError),
        (lambda k: k.MultilineStringParameter("L", number_of_lines=0), ValueError),
        (lambda k: k.IntParameter("L", since_version="1.2"), ValueError),
    ],
)
def test_wrong_declarations_are_refused(
    knext: Any, make: Callable[[Any], Any], error: type[Exception]
) -> None:
    """What KNIME refuses at once, of types and of parameters, is refused with the same error."""
    with pytest.raises(error):
        make(knext)


def test_schema(api: Any) -> None:
    """A schema has its columns in order, equals one of the same columns, and survives JSON."""
    knext = api.knext
    columns = [knext.Column(make(knext), f"c{i}") for i, (make, _) in enumerate(TYPES[:6])]
    schema = knext.Schema.from_columns(columns)
    assert schema.column_names == [f"c{i}" for i in range(6)]
    assert schema == knext.Schema.from_columns(columns)
    assert schema != knext.Schema.from_columns(columns[:1])
    back = api.backend.schema_class.deserialize(schema.serialize())
    assert [(column.name, column.ktype) for column in back] == [(c.name, c.ktype) for c in columns]
