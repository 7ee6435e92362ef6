# SPDX-License-Identifier: MIT
"""Rules, and the dialog that comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime_dev.host.controls import list_controls

if TYPE_CHECKING:
    from collections.abc import Callable


def list_visible(api: Any, node: Any, settings: dict[str, Any], specs: Any = ()) -> dict[str, bool]:
    """Return which controls show, each with whether it is enabled."""
    api.backend.inject(node, settings, "2.0.0")
    context = api.open_dialog(list(specs))
    layout = api.backend.lay_out(node, context)
    schema = api.backend.describe(node, "2.0.0", context)
    controls = list_controls(layout, schema, {"model": settings})
    return {control.path: control.enabled for control in controls if control.visible}


RULES: list[tuple[Callable[[Any, Any, Any], Any], str, dict[str, Any], bool]] = [
    (lambda k, flag, _: k.OneOf(flag, [True]), "SHOW", {"flag": True}, True),
    (lambda k, flag, _: k.OneOf(flag, [True]), "SHOW", {"flag": False}, False),
    (lambda k, flag, _: k.OneOf(flag, [True]), "HIDE", {"flag": True}, False),
    (lambda k, _, pick: k.OneOf(pick, ["a", "b"]), "SHOW", {"pick": "b"}, True),
    (lambda k, _, pick: k.OneOf(pick, ["a", "b"]), "SHOW", {"pick": "c"}, False),
    (
        lambda k, flag, pick: k.And(k.OneOf(flag, [True]), k.OneOf(pick, ["a"])),
        "SHOW",
        {"flag": True, "pick": "b"},
        False,
    ),
    (
        lambda k, flag, pick: k.Or(k.OneOf(flag, [True]), k.OneOf(pick, ["a"])),
        "SHOW",
        {"flag": True, "pick": "b"},
        True,
    ),
    (lambda k, *_: k.DialogContextCondition(lambda c: not c.get_input_specs()), "SHOW", {}, True),
    (lambda k, *_: k.DialogContextCondition(lambda c: c.get_input_specs()), "SHOW", {}, False),
]


@pytest.mark.parametrize(("condition", "effect", "values", "shown"), RULES)
def test_rules_show_and_hide(
    api: Any,
    condition: Any,
    effect: str,
    values: dict[str, Any],
    shown: bool,  # noqa: FBT001
) -> None:
    """A rule decides with the settings, or with the inputs, whether a control shows."""
    knext = api.knext
    flag = knext.BoolParameter("Flag")
    pick = knext.StringParameter("Pick", choices=["a", "b", "c"])
    ruled = knext.IntParameter("Ruled").rule(condition(knext, flag, pick), knext.Effect[effect])
    node = type("Node", (), {"flag": flag, "pick": pick, "ruled": ruled})()
    settings = {"flag": False, "pick": "a", "ruled": 0, **values}
    assert ("ruled" in list_visible(api, node, settings)) is shown


def test_rules_enable_and_hide_groups_and_lists(api: Any) -> None:
    """Rules apply to whole groups and lists, and from one level to another."""
    knext = api.knext
    flag = knext.BoolParameter("Flag")
    is_on = knext.OneOf(flag, [True])
    inner = api.make_group("Inner", a=knext.IntParameter("A"))
    inner.rule(is_on, knext.Effect.SHOW)
    text = knext.StringParameter("Text").rule(is_on, knext.Effect.ENABLE)
    group = api.make_group("Group", text=text, inner=inner)
    row = api.make_group("Row", a=knext.IntParameter("A"))
    rows = knext.ParameterArray(row, "Rows").rule(is_on, knext.Effect.HIDE)
    node = type("Node", (), {"flag": flag, "group": group, "rows": rows})()

    def show(*, flag: bool) -> dict[str, bool]:
        group = {"text": "", "inner": {"a": 1}}
        return list_visible(api, node, {"flag": flag, "group": group, "rows": []})

    assert show(flag=True) == {"flag": True, "group.text": True, "group.inner.a": True}
    assert show(flag=False) == {"flag": True, "group.text": False, "rows": True}


def test_rule_on_a_stranger_keeps_the_dialog_closed(api: Any) -> None:
    """A rule must depend on a parameter of the same dialog."""
    knext = api.knext
    stranger = knext.OneOf(knext.BoolParameter("Stranger"), [True])
    ruled = knext.IntParameter("Ruled").rule(stranger, knext.Effect.SHOW)
    node = type("Node", (), {"ruled": ruled})()
    with pytest.raises(ValueError, match=r".+"):
        list_visible(api, node, {"ruled": 1})
