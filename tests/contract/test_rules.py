# SPDX-License-Identifier: MIT
"""Rules, and the dialog that comes of them."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_dev.host.dialog_controls import Dialog


def list_visible(api: Any, node: Any, settings: dict[str, Any]) -> list[str]:
    """Return which controls show, where nothing is connected."""
    context = api.open_dialog([])
    layout = api.backend.lay_out(node, context)
    schema = api.backend.describe(node, "2.0.0", context)
    controls = Dialog(schema, {"model": settings}).list_controls(layout)
    return [control.path for control in controls if control.visible]


RULES: list[tuple[Callable[[Any, Any, Any], Any], dict[str, Any], bool]] = [
    (lambda k, flag, _: k.OneOf(flag, [True]), {"flag": True}, True),
    (lambda k, flag, _: k.OneOf(flag, [True]), {"flag": False}, False),
    (lambda k, _, pick: k.OneOf(pick, ["a", "b"]), {"pick": "b"}, True),
    (lambda k, _, pick: k.OneOf(pick, ["a", "b"]), {"pick": "c"}, False),
    (
        lambda k, flag, pick: k.And(k.OneOf(flag, [True]), k.OneOf(pick, ["a"])),
        {"flag": True, "pick": "b"},
        False,
    ),
    (
        lambda k, flag, pick: k.Or(k.OneOf(flag, [True]), k.OneOf(pick, ["a"])),
        {"flag": True, "pick": "b"},
        True,
    ),
    (lambda k, *_: k.DialogContextCondition(lambda c: not c.get_input_specs()), {}, True),
    (lambda k, *_: k.DialogContextCondition(lambda c: c.get_input_specs()), {}, False),
]


@pytest.mark.parametrize(("condition", "values", "shown"), RULES)
def test_rules_show_and_hide(
    api: Any,
    condition: Any,
    values: dict[str, Any],
    shown: bool,  # noqa: FBT001
) -> None:
    """A rule decides with the settings, or with the inputs, whether a control shows."""
    knext = api.knext
    flag = knext.BoolParameter("Flag")
    pick = knext.StringParameter("Pick", choices=["a", "b", "c"])
    ruled = knext.IntParameter("Ruled").rule(condition(knext, flag, pick), knext.Effect.SHOW)
    node = type("Node", (), {"flag": flag, "pick": pick, "ruled": ruled})()
    settings = {"flag": False, "pick": "a", "ruled": 0, **values}
    assert ("ruled" in list_visible(api, node, settings)) is shown


@pytest.mark.parametrize(
    ("flag", "shown"),
    [(True, ["flag", "group.text", "group.inner.a", "rows"]), (False, ["flag", "group.text"])],
)
def test_rules_of_groups_and_lists(
    api: Any,
    flag: bool,  # noqa: FBT001
    shown: list[str],
) -> None:
    """Rules apply to whole groups and lists, and from one level to another."""
    knext = api.knext
    switch = knext.BoolParameter("Flag")
    is_on = knext.OneOf(switch, [True])
    inner = api.make_group("Inner", a=knext.IntParameter("A")).rule(is_on, knext.Effect.SHOW)
    group = api.make_group("Group", text=knext.StringParameter("Text"), inner=inner)
    row = api.make_group("Row", a=knext.IntParameter("A"))
    rows = knext.ParameterArray(row, "Rows").rule(is_on, knext.Effect.SHOW)
    node = type("Node", (), {"flag": switch, "group": group, "rows": rows})()
    settings = {"flag": flag, "group": {"text": "", "inner": {"a": 1}}, "rows": []}
    assert list_visible(api, node, settings) == shown


def test_rule_on_a_stranger_keeps_the_dialog_closed(api: Any) -> None:
    """A rule must depend on a parameter of the same dialog."""
    knext = api.knext
    stranger = knext.OneOf(knext.BoolParameter("Stranger"), [True])
    ruled = knext.IntParameter("Ruled").rule(stranger, knext.Effect.SHOW)
    node = type("Node", (), {"ruled": ruled})()
    with pytest.raises(ValueError, match=r".+"):
        list_visible(api, node, {"ruled": 1})
