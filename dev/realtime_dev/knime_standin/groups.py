# SPDX-License-Identifier: MIT
"""Groups of parameters, and lists of groups."""
# ruff: noqa: ANN401 - values of settings, and the dialog's context, are of any type

from collections.abc import Callable
from typing import Any

from realtime_dev.knime_standin.parameters import Parameter
from realtime_dev.knime_standin.settings import (
    Setting,
    Version,
    describe_members,
    extract_members,
    get_values,
    inject_members,
    list_settings,
    validate_members,
)


class Group(Setting):
    """One use of a group of parameters, which are the class attributes of ``members``."""

    def __init__(
        self, members: type, label: str, since_version: str | None, *, is_advanced: bool
    ) -> None:
        super().__init__(label, since_version, is_advanced=is_advanced)
        self.members = members
        self.description = members.__doc__ or ""

    def __get__(self, holder: object | None, owner: type | None = None) -> Any:
        if holder is None:
            # As in KNIME.
            raise AttributeError("a parameter group can only be read from an instance")
        return self.open(get_values(holder).setdefault(self.name, {}))

    def __set__(self, holder: object, value: object) -> None:
        raise RuntimeError("a parameter group cannot be assigned; set its parameters instead")

    def open(self, values: dict[str, Any]) -> Any:
        """Return an instance of ``members`` that reads and writes ``values``."""
        opened: Any = object.__new__(self.members)
        opened.__dict__["__values__"] = values
        return opened

    def extract(self, holder: object) -> Any:
        """Return the values of all members."""
        return extract_members(self.__get__(holder))

    def inject(self, holder: object, stored: Any, version: Version) -> None:
        """Set the values of all members."""
        inject_members(self.__get__(holder), stored, version)

    def reset(self, holder: object) -> None:
        """Set all members to their defaults."""
        get_values(holder)[self.name] = {}

    def validate(self, stored: Any, version: Version) -> None:
        """Check all members."""
        validate_members(self.members, stored, version)

    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return the schema of all members."""
        return describe_members(self.members, version, context)


def parameter_group(
    label: str, *, since_version: str | None = None, is_advanced: bool = False
) -> Callable[[type], Callable[[], Any]]:
    """Turn a class into a factory of parameter groups.

    Each group that it creates is a class attribute of a node or of another group.
    """
    return lambda members: lambda: Group(members, label, since_version, is_advanced=is_advanced)


class ParameterArray(Parameter[list[Any]]):
    """A list to which the user adds items in the dialog; each item is a group of parameters.

    As in KNIME, the items are validated only when they are read.
    """

    def __init__(
        self,
        parameters: Any,
        label: str,
        description: str = "",
        *,
        button_text: str | None = None,
        array_title: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(label, description, **options)
        self._group: Group = parameters
        self._members = list_settings(self._group.members)
        self._texts = {"addButtonText": button_text, "arrayElementTitle": array_title}

    def __get__(self, holder: object | None, owner: type | None = None) -> Any:
        """Return the items as groups. Raises the error of an invalid parameter."""
        return self if holder is None else [self._open(item) for item in self.extract(holder)]

    def _open(self, values: dict[str, Any]) -> Any:
        item = self._group.open({})
        for name, value in values.items():
            setattr(item, name, value)
        return item

    def check_value(self, value: Any) -> None:
        """Raise ValueError if KNIME cannot store the items."""
        del value
        for name, member in self._members.items():
            if isinstance(member, (ParameterArray, Group)):
                raise ValueError(f"'{name}': items of a list cannot contain lists or groups")  # noqa: TRY004 - as KNIME

    def extract(self, holder: object) -> list[dict[str, Any]]:
        """Return the items as plain dicts."""
        return list(get_values(holder).get(self.name, []))

    def inject(self, holder: object, stored: Any, version: Version) -> None:
        """Set the items; null becomes one item of defaults."""
        if stored is None:
            stored = [extract_members(self._group.open({}))]
        known = [{name: item[name] for name in self._members if name in item} for item in stored]
        super().inject(holder, known, version)

    def reset(self, holder: object) -> None:
        """Set an empty list."""
        self.__set__(holder, [])

    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return the schema of the list; each member's default is that of a new item."""
        properties = self._group.describe(version, context)["properties"]
        for name, default in extract_members(self._group.open({})).items():
            properties[name]["default"] = default
        schema = super().describe(version, context)
        return {**schema, "type": "array", "items": {"type": "object", "properties": properties}}

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the options of the list."""
        del context
        return self._texts
