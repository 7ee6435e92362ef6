# SPDX-License-Identifier: MIT
"""The choice of a column of an input table."""

from typing import Any


def make_column_node(knext: Any, **options: Any) -> Any:
    """Return a node that chooses a column."""
    return type("Node", (), {"column": knext.ColumnParameter("Column", "A column.", **options)})()


def make_schema(knext: Any) -> Any:
    """Return a schema as it comes into a dialog."""
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
    for schema, names in ((make_schema(api.knext), ["s", "<none>"]), (None, ["<none>"])):
        options = api.backend.lay_out(node, api.open_dialog([schema]))["elements"][0]["options"]
        assert [entry["id"] for entry in options["possibleValues"]] == names
