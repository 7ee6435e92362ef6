# SPDX-License-Identifier: MIT
"""The choice of a column of an input table."""

from __future__ import annotations

from typing import Any

from realtime_dev.host.sides import CallSide


def make_column_node(knext: Any, **options: Any) -> Any:
    """Return a node that chooses a column."""
    return type("Node", (), {"column": knext.ColumnParameter("Column", "A column.", **options)})()


def make_schema(api: Any) -> Any:
    """Return a schema as it comes into a dialog."""
    knext = api.knext
    columns = [knext.Column(knext.string(), "s"), knext.Column(knext.int64(), "i")]
    schema = knext.Schema.from_columns(columns)
    for column in schema:
        column.metadata = {"preferred_value_type": "x", "displayed_column_type": "x"}
    return schema


def test_column_is_none_until_chosen(api: Any) -> None:
    """No column is None for the node and an empty text in the settings."""
    node = make_column_node(api.knext)
    assert (node.column, api.backend.extract(node)) == (None, {"column": ""})
    api.backend.inject(node, {"column": "s"}, "2.0.0")
    assert node.column == "s"
    api.backend.inject(node, {"column": ""}, "2.0.0")
    assert node.column is None


def test_columns_to_choose_from(api: Any) -> None:
    """The dialog lists the columns that the filter lets through, and an entry for none."""
    text = api.knext.string()
    node = make_column_node(
        api.knext, column_filter=lambda c: c.ktype == text, include_none_column=True
    )
    context = api.backend.open_dialog(CallSide({}), [make_schema(api)])
    options = api.backend.lay_out(node, context)["elements"][0]["options"]
    assert [entry["id"] for entry in options["possibleValues"]] == ["s", "<none>"]


def test_dialog_without_input_has_no_columns(api: Any) -> None:
    """Nothing connected is no column."""
    context = api.backend.open_dialog(CallSide({}), [None])
    layout = api.backend.lay_out(make_column_node(api.knext), context)
    assert layout["elements"][0]["options"]["possibleValues"] == []
