# SPDX-License-Identifier: MIT
"""Rules, and the dialog that comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime_dev.host.controls import Dialog
from realtime_dev.host.sides import CallSide

if TYPE_CHECKING:
    from collections.abc import Callable


def list_visible(api: Any, node: Any, settings: dict[str, Any]) -> list[str]:
    """Return which controls show when nothing is connected."""
    api.backend.inject(node, settings, "2.0.0")
    context = api.backend.open_dialog(CallSide({}), [])
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
    api: Any, condition: Any, values: dict[str, Any], *, shown: bool
) -> None:
    """A rule decides with the settings, or with the inputs, whether a control shows."""
    knext = api.knext
    flag = knext.BoolParameter("Flag")
    pick = knext.StringParameter("Pick", choices=["a", "b", "c"])
    ruled = knext.IntParameter("Ruled").rule(condition(knext, flag, pick), knext.Effect.SHOW)
    node = type("Node", (), {"flag": flag, "pick": pick, "ruled": ruled})()
    settings = {"flag": False, "pick": "a", "ruled": 0, **values}
    assert ("ruled" in list_visible(api, node, settings)) is shown


def test_rule_on_a_stranger_keeps_the_dialog_closed(api: Any) -> None:
    """A rule must depend on a parameter of the same dialog."""
    knext = api.knext
    stranger = knext.OneOf(knext.BoolParameter("Stranger"), [True])
    ruled = knext.IntParameter("Ruled").rule(stranger, knext.Effect.SHOW)
    node = type("Node", (), {"ruled": ruled})()
    with pytest.raises(ValueError, match=r".+"):
        list_visible(api, node, {"ruled": 1})


def test_rules_show_groups_and_lists(api: Any) -> None:
    """Rules apply to whole groups and lists, and from one level to another."""
    knext = api.knext
    flag = knext.BoolParameter("Flag")
    is_on = knext.OneOf(flag, [True])
    inner = api.make_group("Inner", a=knext.IntParameter("A"))
    inner.rule(is_on, knext.Effect.SHOW)
    group = api.make_group("Group", text=knext.StringParameter("Text"), inner=inner)
    row = api.make_group("Row", a=knext.IntParameter("A"))
    rows = knext.ParameterArray(row, "Rows").rule(is_on, knext.Effect.SHOW)
    node = type("Node", (), {"flag": flag, "group": group, "rows": rows})()

    def show(*, flag: bool) -> list[str]:
        group = {"text": "", "inner": {"a": 1}}
        return list_visible(api, node, {"flag": flag, "group": group, "rows": []})

    assert show(flag=True) == ["flag", "group.text", "group.inner.a", "rows"]
    assert show(flag=False) == ["flag", "group.text"]
