# SPDX-License-Identifier: MIT
"""Groups, and lists of groups."""

from __future__ import annotations

from typing import Any

import pytest


def make_node(api: Any) -> Any:
    """Return a node with a generated group in a group."""
    knext = api.knext
    inner = api.make_group("Inner", depth=knext.IntParameter("Depth", "", 2, max_value=9))
    body = {
        "name": knext.StringParameter("Name", "", "n"),
        "outer": api.make_group(
            "Outer", on=knext.BoolParameter("On", "", default_value=True), inner=inner
        ),
    }
    return type("Node", (), body)()


def test_nested_defaults_and_round_trip(api: Any) -> None:
    """Groups are dicts in dicts; their values are read through attributes."""
    node = make_node(api)
    assert api.backend.extract(node) == {"name": "n", "outer": {"on": True, "inner": {"depth": 2}}}
    settings = {"name": "m", "outer": {"on": False, "inner": {"depth": 5}}}
    api.backend.inject(node, settings, "2.0.0")
    assert (node.outer.on, node.outer.inner.depth) == (False, 5)
    assert api.backend.extract(node) == settings


def test_values_of_a_group_belong_to_one_node(api: Any) -> None:
    """Nodes of one class share no values."""
    node = make_node(api)
    other = type(node)()
    node.outer.inner.depth = 7
    assert (node.outer.inner.depth, other.outer.inner.depth) == (7, 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "m"}, 'key "outer"'),
        ({"name": "m", "outer": {"on": True}}, 'key "inner"'),
        ({"name": "m", "outer": {"on": True, "inner": {}}}, 'key "depth"'),
        ({"name": "m", "outer": {"on": True, "inner": {"depth": 10}}}, "10"),
    ],
)
def test_wrong_values_in_groups(api: Any, settings: dict[str, Any], message: str) -> None:
    """Members of groups are checked as those of the node."""
    with pytest.raises(ValueError, match=message):
        api.backend.validate(make_node(api), settings, "2.0.0")


def test_group_cannot_be_assigned_or_read_from_the_class(api: Any) -> None:
    """A group is no value of its own."""
    node = make_node(api)
    with pytest.raises(RuntimeError):
        node.outer = {}
    with pytest.raises(AttributeError):
        _ = type(node).outer


def make_list(api: Any, **more: Any) -> Any:
    """Return a node with a list of headers."""
    knext = api.knext
    header = api.make_group(
        "Header",
        key=knext.StringParameter("Key", "", "k"),
        size=knext.IntParameter("Size", "", 1, max_value=3),
        **more,
    )
    rows = knext.ParameterArray(header, "Headers", "Many.", button_text="Add", array_title="Header")
    return type("Node", (), {"rows": rows})()


def test_list_of_groups(api: Any) -> None:
    """A list is empty at first; its items are read as groups."""
    node = make_list(api)
    assert api.backend.extract(node) == {"rows": []}
    api.backend.inject(node, {"rows": [{"key": "a", "size": 2}, {"key": "b"}]}, "2.0.0")
    assert [(row.key, row.size) for row in node.rows] == [("a", 2), ("b", 1)]
    assert api.backend.extract(node) == {"rows": [{"key": "a", "size": 2}, {"key": "b"}]}


def test_null_list_becomes_one_default_item(api: Any) -> None:
    """Null in the settings means one item of defaults."""
    node = make_list(api)
    api.backend.inject(node, {"rows": None}, "2.0.0")
    assert [(row.key, row.size) for row in node.rows] == [("k", 1)]


def test_items_are_checked_when_read_only(api: Any) -> None:
    """A wrong item passes validation and injection; reading the list fails."""
    node = make_list(api)
    settings: dict[str, Any] = {"rows": [{"key": "a", "size": 9}]}
    api.backend.validate(node, settings, "2.0.0")
    api.backend.inject(node, settings, "2.0.0")
    with pytest.raises(ValueError, match="9"):
        _ = node.rows


def test_schema_of_a_list(api: Any) -> None:
    """The schema of an item has the defaults of a new one."""
    items = api.store(make_list(api))["properties"]["rows"]["items"]["properties"]
    assert {name: item["default"] for name, item in items.items()} == {"key": "k", "size": 1}


@pytest.mark.parametrize("kind", ["group", "list"])
def test_lists_hold_no_groups_and_lists(api: Any, kind: str) -> None:
    """A list whose items have groups or lists in them never validates."""
    group = api.make_group("Inner", a=api.knext.IntParameter("A"))
    member = group if kind == "group" else api.knext.ParameterArray(group, "Rows")
    node = make_list(api, member=member)
    with pytest.raises(ValueError, match=r"list|nested"):
        api.backend.validate(node, {"rows": []}, "2.0.0")


def test_list_in_a_group(api: Any) -> None:
    """A group may hold a list."""
    knext = api.knext
    header = api.make_group("Header", key=knext.StringParameter("Key", "", "k"))
    group = api.make_group("Group", rows=knext.ParameterArray(header, "Headers"))
    node = type("Node", (), {"group": group})()
    settings: dict[str, Any] = {"group": {"rows": [{"key": "a"}, {}]}}
    api.backend.validate(node, settings, "2.0.0")
    api.backend.inject(node, settings, "2.0.0")
    assert [row.key for row in node.group.rows] == ["a", "k"]
    assert api.backend.extract(node) == settings
