# SPDX-License-Identifier: MIT
"""Parameters of one value: defaults, round trips, refusals, versions, choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

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


def test_defaults(api: Any) -> None:
    """A new node has the defaults; the first of fixed choices is one."""
    expected = {"flag": False, "count": 3, "ratio": 1.5, "text": "x", "area": "y", "pick": "one"}
    assert api.backend.extract(make_node(api.knext)) == expected


def test_round_trip(api: Any) -> None:
    """What was injected is read from the attributes and extracted again."""
    node = make_node(api.knext)
    api.backend.inject(node, dict(INJECTED), "2.0.0")
    assert {name: getattr(node, name) for name in INJECTED} == INJECTED
    assert api.backend.extract(node) == INJECTED


def test_assigned_values_are_extracted_and_belong_to_one_node(api: Any) -> None:
    """A node may set its parameters, which leaves other nodes alone."""
    node, other = make_node(api.knext), make_node(api.knext)
    node.count = 7
    assert (api.backend.extract(node)["count"], api.backend.extract(other)["count"]) == (7, 3)


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


@pytest.mark.parametrize(
    ("name", "value"), [("count", True), ("ratio", 1), ("pick", "no choice"), ("count", 2**40)]
)
def test_strange_values_are_taken(api: Any, name: str, value: Any) -> None:
    """KNIME takes a bool as a number, and text that is none of the choices."""

    class Node:
        count = api.knext.IntParameter("Count", "")
        ratio = api.knext.DoubleParameter("Ratio", "")
        pick = api.knext.StringParameter("Pick", "", choices=["one", "two"])

    node = Node()
    setattr(node, name, value)
    assert api.backend.extract(node)[name] == value


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda knext: knext.StringParameter.Choice("", "Empty"), ValueError),
        (lambda knext: knext.StringParameter.Choice(1, "One"), TypeError),
        (lambda knext: knext.StringParameter.Choice("a", None), TypeError),
        (lambda knext: knext.StringParameter("L", "", choices=["a", "a"]), ValueError),
        (lambda knext: knext.StringParameter("L", "", choices=["a", ""]), ValueError),
        (lambda knext: knext.StringParameter("L", "", choices=["a", 1]), TypeError),
        (lambda knext: knext.StringParameter("L", "", choices={"a"}), TypeError),
        (lambda knext: knext.MultilineStringParameter("L", number_of_lines=0), ValueError),
        (lambda knext: knext.IntParameter("L", since_version="1.2"), ValueError),
        (lambda knext: knext.IntParameter("L", since_version="1.2.-3"), ValueError),
        (lambda knext: knext.And(), ValueError),
        (lambda knext: knext.Or(), ValueError),
    ],
)
def test_wrong_declarations_are_refused(
    knext: Any, make: Callable[[Any], Any], error: type[Exception]
) -> None:
    """A parameter that is declared wrongly fails at once."""
    with pytest.raises(error):
        make(knext)


def test_parameter_that_never_learned_its_name_cannot_be_read(knext: Any) -> None:
    """A parameter that was added to a class afterwards fails when it is read."""

    class Node:
        pass

    Node.late = knext.IntParameter("Late")  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        _ = Node().late  # type: ignore[attr-defined]


def test_class_attribute_is_the_parameter(knext: Any) -> None:
    """Read from the class, a parameter is itself, so that rules can name it."""

    class Node:
        count = knext.IntParameter("Count")

    assert isinstance(Node.count, knext.IntParameter)


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


@pytest.mark.parametrize(
    ("answer", "error"), [("ab", TypeError), ([1], TypeError), (["a", "a"], ValueError)]
)
def test_wrong_choices_by_a_function(api: Any, answer: object, error: type[Exception]) -> None:
    """Wrong answers of the function keep the dialog from opening."""

    class Node:
        pick = api.knext.StringParameter("Pick", "", choices=lambda _: answer)

    with pytest.raises(error):
        api.backend.describe(Node(), "2.0.0", object())


def test_subclass_comes_before_its_base(api: Any) -> None:
    """Parameters of a subclass come first, and replace those of the same name."""

    class Base:
        one = api.knext.IntParameter("One", "", 1)
        two = api.knext.IntParameter("Two", "", 2)

    class Node(Base):
        three = api.knext.IntParameter("Three", "", 3)
        two = api.knext.IntParameter("Two", "", 22)

    assert list(api.backend.extract(Node()).items()) == [("three", 3), ("two", 22), ("one", 1)]


def test_validator_replaces_the_default_check(api: Any) -> None:
    """A validator decides alone: type and range are its matter too."""

    def refuse_two(value: Any) -> None:
        if value == 2:
            raise ValueError("not two")

    class Node:
        count = api.knext.IntParameter("Count", "", 1, max_value=5, validator=refuse_two)

    node = Node()
    node.count = 9
    assert node.count == 9
    with pytest.raises(ValueError, match="not two"):
        node.count = 2


def make_versions(knext: Any) -> Any:
    """Return a node whose parameters and groups came with versions 1, 1.5 and 2."""
    later = knext.parameter_group("Later", since_version="2.0.0", is_advanced=True)

    @later
    class Later:
        """A group."""

        inner = knext.IntParameter("Inner", "", 7)

    class Node:
        old = knext.StringParameter("Old", "", "old")
        mid = knext.StringParameter("Mid", "", "mid", since_version="1.5.0")
        new = Later()

    return Node()


def test_newer_parameters_get_their_defaults(api: Any) -> None:
    """Settings of version 1 lack what came later, parameters as well as groups."""
    node = make_versions(api.knext)
    api.backend.validate(node, {"old": "a"}, "1.0.0")
    api.backend.inject(node, {"old": "a"}, "1.0.0")
    assert api.backend.extract(node) == {"old": "a", "mid": "mid", "new": {"inner": 7}}


@pytest.mark.parametrize(
    ("settings", "version", "key"),
    [
        ({}, "1.0.0", "old"),
        ({"old": "a"}, "1.5.0", "mid"),
        ({"old": "a", "mid": "b"}, "2.0.0", "new"),
        ({"old": "a", "mid": "b"}, None, None),
        ({"old": "a", "mid": "b", "new": {"inner": 1}, "gone": 1}, "2.0.0", None),
    ],
)
def test_missing_and_unknown_keys(
    api: Any, settings: dict[str, Any], version: str | None, key: str | None
) -> None:
    """What the saved version had must be in the settings; what is unknown is ignored."""
    node = make_versions(api.knext)
    if key is None:
        api.backend.validate(node, settings, version)
        api.backend.inject(node, settings, version)
        assert "gone" not in api.backend.extract(node)
        return
    with pytest.raises(ValueError, match=f'Parameter missing for key "{key}"'):
        api.backend.validate(node, settings, version)


def test_schema_of_a_version_has_its_parameters_only(api: Any) -> None:
    """A control newer than the extension's version is not stored."""
    node = make_versions(api.knext)
    assert list(api.store(node, "1.5.0")["properties"]) == ["old", "mid"]


def test_choices_by_a_function(api: Any) -> None:
    """A function is asked when the dialog opens."""
    choice = api.knext.StringParameter.Choice

    class Node:
        pick = api.knext.StringParameter("Pick", "", "b", choices=lambda _: [choice("a", "A"), "b"])

    stored = api.store(Node())["properties"]["pick"]
    shown = api.backend.describe(Node(), "2.0.0", object())["properties"]["model"]["properties"]
    assert (stored["type"], api.backend.extract(Node())) == ("string", {"pick": "b"})
    assert shown["pick"]["oneOf"] == [{"const": "a", "title": "A"}, {"const": "b", "title": "b"}]
