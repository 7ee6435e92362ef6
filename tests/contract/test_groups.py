# SPDX-License-Identifier: MIT
"""Groups, and lists of groups."""

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
    """Groups are nested dicts; their values are read as attributes and belong to one node."""
    node = make_node(api)
    other = type(node)()
    assert api.backend.extract(node) == {"name": "n", "outer": {"on": True, "inner": {"depth": 2}}}
    settings = {"name": "m", "outer": {"on": False, "inner": {"depth": 5}}}
    api.backend.inject(node, settings, "2.0.0")
    assert (node.outer.on, node.outer.inner.depth, other.outer.inner.depth) == (False, 5, 2)
    assert api.backend.extract(node) == settings


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


def test_newer_group_gets_its_defaults(api: Any) -> None:
    """A group that came later may be missing in settings, also when it has groups."""
    knext = api.knext
    inner = api.make_group("Inner", b=knext.IntParameter("B", "", 1))
    options = {"since_version": "1.5.0", "is_advanced": True}
    group = api.make_group("New", options, a=knext.IntParameter("A", "", 1), inner=inner)
    node = type("Node", (), {"group": group})()
    api.backend.validate(node, {}, "1.0.0")
    api.backend.inject(node, {}, "1.0.0")
    assert api.backend.extract(node) == {"group": {"a": 1, "inner": {"b": 1}}}
    with pytest.raises(ValueError, match='key "group"'):
        api.backend.validate(node, {}, "1.5.0")
    assert api.store(node, "1.4.0")["properties"] == {}


def make_list(api: Any) -> Any:
    """Return a node with a list of headers, in a group."""
    knext = api.knext
    header = api.make_group(
        "Header",
        key=knext.StringParameter("Key", "", "k"),
        size=knext.IntParameter("Size", "", 1, max_value=3),
    )
    rows = knext.ParameterArray(header, "Headers", "Many.", button_text="Add", array_title="Header")
    return type("Node", (), {"group": api.make_group("Group", rows=rows)})()


def test_list_of_groups(api: Any) -> None:
    """A list is empty at first; its items are read as groups."""
    node = make_list(api)
    assert api.backend.extract(node) == {"group": {"rows": []}}
    settings: dict[str, Any] = {"group": {"rows": [{"key": "a", "size": 2}, {"key": "b"}]}}
    api.backend.validate(node, settings, "2.0.0")
    api.backend.inject(node, settings, "2.0.0")
    assert [(row.key, row.size) for row in node.group.rows] == [("a", 2), ("b", 1)]
    assert api.backend.extract(node) == settings


def test_items_are_checked_when_read_only(api: Any) -> None:
    """A wrong item passes validation and injection; reading the list fails."""
    node = make_list(api)
    settings: dict[str, Any] = {"group": {"rows": [{"key": "a", "size": 9}]}}
    api.backend.validate(node, settings, "2.0.0")
    api.backend.inject(node, settings, "2.0.0")
    with pytest.raises(ValueError, match="9"):
        _ = node.group.rows


def test_schema_of_a_list(api: Any) -> None:
    """The schema of an item has the defaults of a new one."""
    group = api.store(make_list(api))["properties"]["group"]["properties"]
    items = group["rows"]["items"]["properties"]
    assert {name: item["default"] for name, item in items.items()} == {"key": "k", "size": 1}


@pytest.mark.parametrize("kind", ["group", "list"])
def test_lists_hold_no_groups_and_lists(api: Any, kind: str) -> None:
    """A list whose items have groups or lists in them never validates."""
    group = api.make_group("Inner", a=api.knext.IntParameter("A"))
    member = group if kind == "group" else api.knext.ParameterArray(group, "Rows")
    rows = api.knext.ParameterArray(api.make_group("Row", member=member), "Rows")
    with pytest.raises(ValueError, match=r"list|nested"):
        api.backend.validate(type("Node", (), {"rows": rows})(), {"rows": []}, "2.0.0")
