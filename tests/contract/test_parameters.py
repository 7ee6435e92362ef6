# SPDX-License-Identifier: MIT
"""Parameters of one value: defaults, round trips, refused values, versions, choices."""

from typing import Any

import pytest

INJECTED = {"flag": True, "count": 4, "ratio": 0.5, "text": "a", "area": "b\nc", "pick": "two"}


def make_node(knext: Any) -> Any:
    """Return a node with a parameter of each kind."""

    class Node:
        flag = knext.BoolParameter("Flag", "A flag.")
        count = knext.IntParameter("Count", "A count.", 3, min_value=0, max_value=10)
        ratio = knext.DoubleParameter("Ratio", "A ratio.", 1.5, min_value=0.25, max_value=2.0)
        text = knext.StringParameter("Text", "A text.", "x")
        area = knext.MultilineStringParameter("Area", "Many lines.", "y", number_of_lines=5)
        pick = knext.StringParameter("Pick", "One of these.", choices=["one", "two"])

    return Node()


def make_versions(knext: Any) -> Any:
    """Return a node whose parameters came with versions 1 and 1.5."""

    class Node:
        old = knext.StringParameter("Old", "", "old")
        mid = knext.StringParameter("Mid", "", "mid", since_version="1.5.0")

    return Node()


def test_defaults(api: Any) -> None:
    """A new node has the defaults; the first of fixed choices is one."""
    expected = {"flag": False, "count": 3, "ratio": 1.5, "text": "x", "area": "y", "pick": "one"}
    assert api.backend.extract(make_node(api.knext)) == expected


def test_round_trip(api: Any) -> None:
    """Injected and assigned values are read and extracted again, and belong to one node."""
    node, other = make_node(api.knext), make_node(api.knext)
    api.backend.inject(node, dict(INJECTED), "2.0.0")
    assert {name: getattr(node, name) for name in INJECTED} == INJECTED
    node.count = 7
    assert api.backend.extract(node) == {**INJECTED, "count": 7}
    assert api.backend.extract(other)["count"] == 3


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("flag", 1, TypeError),
        ("flag", None, TypeError),
        ("count", "3", TypeError),
        ("count", 3.5, TypeError),
        ("count", None, TypeError),
        ("count", -1, ValueError),
        ("count", 11, ValueError),
        ("ratio", "1", TypeError),
        ("ratio", 0.0, ValueError),
        ("ratio", 2.1, ValueError),
        ("text", 1, TypeError),
        ("text", None, TypeError),
        ("area", 1, TypeError),
        ("pick", 1, TypeError),
    ],
)
def test_wrong_values_are_refused(
    api: Any, name: str, value: object, error: type[Exception]
) -> None:
    """A value is refused when it is validated, injected and assigned."""
    node = make_node(api.knext)
    settings = {**INJECTED, name: value}
    with pytest.raises(error):
        api.backend.validate(node, dict(settings), "2.0.0")
    with pytest.raises(error):
        api.backend.inject(node, dict(settings), "2.0.0")
    with pytest.raises(error):
        setattr(node, name, value)


@pytest.mark.parametrize(("name", "value"), [("count", True), ("ratio", 1), ("pick", "no choice")])
def test_strange_values_are_taken(api: Any, name: str, value: Any) -> None:
    """KNIME takes a bool as a number, and text that is none of the choices."""
    node = make_node(api.knext)
    setattr(node, name, value)
    assert api.backend.extract(node)[name] == value


def test_parameter_added_to_a_class(api: Any) -> None:
    """A parameter that is added to a class must be told its name, as our decorator does."""

    class Node:
        pass

    late = api.knext.IntParameter("Late")
    Node.late = late  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        _ = Node().late  # type: ignore[attr-defined]
    late.__set_name__(Node, "late")
    assert api.backend.extract(Node()) == {"late": 0}


def test_validator_replaces_the_default_check(api: Any) -> None:
    """A custom validator replaces the checks of type and range."""

    def refuse_two(value: object) -> None:
        if value == 2:
            raise ValueError("not two")

    class Node:
        count = api.knext.IntParameter("Count", "", 1, validator=refuse_two, max_value=5)

    node = Node()
    node.count = 9
    assert node.count == 9
    with pytest.raises(ValueError, match="not two"):
        node.count = 2


def test_newer_parameters_get_their_default(api: Any) -> None:
    """Settings of an older version lack what came later; what was removed is ignored."""
    node = make_versions(api.knext)
    settings = {"old": "a", "gone": 1}
    api.backend.validate(node, dict(settings), "1.0.0")
    api.backend.inject(node, dict(settings), "1.0.0")
    assert api.backend.extract(node) == {"old": "a", "mid": "mid"}


@pytest.mark.parametrize(
    ("settings", "version", "key"), [({}, "1.0.0", "old"), ({"old": "a"}, "1.5.0", "mid")]
)
def test_missing_keys(api: Any, settings: dict[str, str], version: str, key: str) -> None:
    """A parameter that the saved version had must be in the settings."""
    with pytest.raises(ValueError, match=f'Parameter missing for key "{key}"'):
        api.backend.validate(make_versions(api.knext), settings, version)


def test_schema_of_a_version_has_its_parameters_only(api: Any) -> None:
    """A control newer than the extension's version is not stored."""
    assert list(api.store(make_versions(api.knext), "1.4.0")["properties"]) == ["old"]


def test_types_of_the_stored_values(api: Any) -> None:
    """The schema of the settings tells the JSON type of each parameter."""
    properties = api.store(make_node(api.knext))["properties"]
    found = {name: entry.get("type", "choice") for name, entry in properties.items()}
    assert found == {
        "flag": "boolean",
        "count": "integer",
        "ratio": "number",
        "text": "string",
        "area": "string",
        "pick": "choice",
    }
    assert properties["count"]["format"] == "int32"
    assert properties["pick"]["oneOf"][1] == {"const": "two", "title": "two"}


def test_choices_by_a_function(api: Any) -> None:
    """A function is asked when the dialog opens."""
    choice = api.knext.StringParameter.Choice

    class Node:
        pick = api.knext.StringParameter("Pick", "", "b", choices=lambda _: [choice("a", "A"), "b"])

    assert "oneOf" not in api.store(Node())["properties"]["pick"]
    shown = api.backend.describe(Node(), "2.0.0", object())["properties"]["model"]["properties"]
    assert shown["pick"]["oneOf"] == [{"const": "a", "title": "A"}, {"const": "b", "title": "b"}]
    assert api.backend.extract(Node()) == {"pick": "b"}
