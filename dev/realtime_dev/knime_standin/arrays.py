# SPDX-License-Identifier: MIT
"""Lists whose items are groups of parameters."""
# ruff: noqa: ANN401, FBT001, FBT002, PLR0917 - the signatures are KNIME's

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_dev.knime_standin.groups import GroupSetting, LayoutDirection
from realtime_dev.knime_standin.parameters import Parameter
from realtime_dev.knime_standin.settings import list_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_dev.knime_standin.versions import Version


class ParameterArray(Parameter[list[Any]]):
    """A list that the user extends in the dialog; each item has the parameters of a group.

    Items are read as bound groups, and checked only then, as in KNIME.
    """

    def __init__(
        self,
        parameters: Any,
        label: str | None = None,
        description: str | None = None,
        validator: Callable[[Any], None] | None = None,
        since_version: str | Version | None = None,
        is_advanced: bool = False,
        allow_reorder: bool = True,
        layout_direction: LayoutDirection = LayoutDirection.VERTICAL,
        button_text: str | None = None,
        array_title: str | None = None,
    ) -> None:
        super().__init__(label, description, None, None, since_version, is_advanced)
        self.parameters = parameters
        self.allow_reorder = allow_reorder
        self.layout_direction = layout_direction
        self.button_text = button_text
        self.array_title = array_title or "Group"
        if validator is not None:
            self.validator(validator)

    def _check_value(self, value: list[Any]) -> None:
        del value
        for name, member in list_settings(self.parameters).items():
            if isinstance(member, (ParameterArray, GroupSetting)):
                raise ValueError(  # noqa: TRY004 - KNIME raises this one
                    f"'{name}': the items of a list have no lists or groups in them"
                )

    def validator(self, function: Callable[[Any], None]) -> None:
        """Add a check of the list; the one for nesting remains."""

        def check(value: list[Any]) -> None:
            self._check_value(value)
            function(value)

        self.check = check

    def __get__(self, holder: object | None, owner: type | None = None) -> Any:
        """Return the items, each as a group; raises what a parameter of an item refuses."""
        if holder is None:
            return self
        return [self._create_item(item) for item in self.read(holder, self._name)]

    def _create_item(self, values: dict[str, Any]) -> Any:
        item = type(self.parameters)()
        for name, value in values.items():
            setattr(item, name, value)
        return item

    def read(self, holder: object, name: str) -> list[Any]:
        """Return the items as plain dicts."""
        return super().read(holder, name) or []

    def inject(self, holder: object, name: str, stored: Any, version: Version) -> None:
        """Set the items; null becomes one item of defaults."""
        super().inject(holder, name, [self._get_defaults()] if stored is None else stored, version)

    def to_plain(self, value: Any) -> Any:
        """Store what the group knows of each item."""
        members = self._list_parameters()
        return [
            {name: member.to_plain(item[name]) for name, member in members.items() if name in item}
            for item in value
        ]

    def from_plain(self, stored: Any) -> Any:
        """Read each item's values."""
        members = self._list_parameters()
        return [
            {k: members[k].from_plain(v) if k in members else v for k, v in item.items()}
            for item in stored
        ]

    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return the schema of the list; each member's default is that of a new item."""
        properties = {
            name: {
                **member.describe(version, context),
                "default": member.to_plain(member.get_default()),
            }
            for name, member in self._list_parameters().items()
        }
        schema = super().describe(version, context)
        return {**schema, "type": "array", "items": {"type": "object", "properties": properties}}

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the options of the list and the controls of one item."""
        controls = [
            {
                "type": "Control",
                "scope": f"#/properties/{name}",
                "label": member.label,
                "options": member.get_options(context),
            }
            for name, member in self._list_parameters().items()
        ]
        layout = {"type": self.layout_direction.value, "elements": controls}
        options = {"arrayElementTitle": self.array_title, "detail": {"layout": layout}}
        return {**options, "addButtonText": self.button_text}

    def _get_defaults(self) -> dict[str, Any]:
        members = self._list_parameters()
        return {name: member.to_plain(member.get_default()) for name, member in members.items()}

    def _list_parameters(self) -> dict[str, Parameter[Any]]:
        return {
            name: member
            for name, member in list_settings(self.parameters).items()
            if isinstance(member, Parameter) and not isinstance(member, ParameterArray)
        }
