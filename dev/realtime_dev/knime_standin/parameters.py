# SPDX-License-Identifier: MIT
"""Parameters of one value: what a node class declares for its dialog."""
# ruff: noqa: ANN401, FBT001, FBT002, PLR0917 - the signatures are KNIME's

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast, overload

from realtime_dev.knime_standin.rules import Condition, Effect, Rule
from realtime_dev.knime_standin.settings import Setting, get_values
from realtime_dev.knime_standin.versions import Version, get_extension_version

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def _require(value: object, kinds: type | tuple[type, ...], expected: str) -> None:
    if not isinstance(value, kinds):
        raise TypeError(f"{value!r} is {type(value)}, but {expected} is needed")


class Parameter(Setting, Generic[T]):
    """A descriptor whose value belongs to the node or group it is read from.

    ``default_value`` may be a function from the version that saved the settings to the value.
    """

    def __init__(
        self,
        label: str | None,
        description: str | None,
        default_value: Any,
        validator: Callable[[T], None] | None = None,
        since_version: str | Version | None = None,
        is_advanced: bool = False,
    ) -> None:
        self.label = label
        self.description = self.__doc__ = description or ""
        self.default_value = default_value
        self.check: Callable[[T], None] = validator or self._check_value
        self.since = Version.parse_version(since_version)
        self.advanced = is_advanced

    def __set_name__(self, owner: type, name: str) -> None:
        # KNIME knows a parameter's name only from here: one added by setattr cannot be read.
        self._name = name
        if self.label is None:
            self.label = name

    @overload
    def __get__(self, holder: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, holder: object, owner: type | None = None) -> T: ...
    def __get__(self, holder: object | None, owner: type | None = None) -> Self | T:
        return self if holder is None else self.read(holder, self._name)

    def __set__(self, holder: object, value: Any) -> None:
        self.write(holder, self._name, value)

    def get_default(self, version: Version | None = None) -> T:
        """Return the default for ``version``, by default the one that runs."""
        if callable(self.default_value):
            return cast("T", self.default_value(version or get_extension_version()))
        return cast("T", self.default_value)

    def read(self, holder: object, name: str) -> T:
        """Return the holder's value, which is the default before it was set."""
        values = get_values(holder)
        if name not in values:
            values[name] = self.get_default()
        return cast("T", values[name])

    def write(self, holder: object, name: str, value: Any) -> None:
        """Check a value and set it."""
        self.check(value)
        get_values(holder)[name] = value

    def to_plain(self, value: Any) -> Any:
        """Return the value as it is stored."""
        return value

    def from_plain(self, stored: Any) -> Any:
        """Return the value that was stored."""
        return stored

    def extract(self, holder: object, name: str) -> Any:
        """Return the stored form of the holder's value."""
        return self.to_plain(self.read(holder, name))

    def inject(self, holder: object, name: str, stored: Any, version: Version) -> None:
        """Set the holder's value from its stored form."""
        del version
        self.write(holder, name, self.from_plain(stored))

    def reset(self, holder: object, name: str, version: Version) -> None:
        """Set the default for settings that ``version`` saved."""
        self.write(holder, name, self.get_default(version))

    def validate(self, stored: Any, version: Version) -> None:
        """Apply the validator to the stored form."""
        del version
        self.check(stored)

    def validator(self, function: Callable[[Any], None]) -> None:
        """Replace the check of the value; used as a decorator."""
        self.check = function

    def rule(self, condition: Condition, effect: Effect) -> Self:
        """Let the condition decide whether the control is shown or enabled."""
        self.shown_by = Rule(condition, effect)
        return self

    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return title, description and the value's JSON type."""
        del version, context
        return {"title": self.label, "description": self.description, **self.get_type()}

    def get_type(self) -> dict[str, Any]:
        """Return the JSON type of the stored value."""
        return {"type": "string"}

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the options of the control in the dialog."""
        del context
        return {"format": "string"}

    def _check_value(self, value: T) -> None:
        """Refuse what is no value of this parameter."""


class BoolParameter(Parameter[bool]):
    """A check box."""

    def __init__(
        self,
        label: str | None = None,
        description: str | None = None,
        default_value: bool | Callable[[Version], bool] = False,
        validator: Callable[[bool], None] | None = None,
        since_version: str | Version | None = None,
        is_advanced: bool = False,
    ) -> None:
        super().__init__(label, description, default_value, validator, since_version, is_advanced)

    def _check_value(self, value: bool) -> None:
        _require(value, bool, "a bool")

    def get_type(self) -> dict[str, Any]:
        """Return the JSON type of the stored value."""
        return {"type": "boolean"}

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the options of a check box."""
        del context
        return {"format": "boolean"}


class _NumberParameter(Parameter[T]):
    def __init__(
        self,
        label: str | None = None,
        description: str | None = None,
        default_value: Any = 0,
        validator: Callable[[T], None] | None = None,
        min_value: float | None = None,
        max_value: float | None = None,
        since_version: str | Version | None = None,
        is_advanced: bool = False,
    ) -> None:
        self.min_value = min_value
        self.max_value = max_value
        super().__init__(label, description, default_value, validator, since_version, is_advanced)

    def check_range(self, value: Any) -> None:
        """Refuse a number outside of the range."""
        if self.min_value is not None and value < self.min_value:
            raise ValueError(f"{value} is less than {self.min_value}, the least value allowed")
        if self.max_value is not None and value > self.max_value:
            raise ValueError(f"{value} is more than {self.max_value}, the greatest value allowed")

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the options of a number field."""
        del context
        limits = {"min": self.min_value, "max": self.max_value}
        known = {
            name: {"parameters": {name: limit, "isExclusive": False}}
            for name, limit in limits.items()
            if limit is not None
        }
        return {"format": self.get_type()["type"]} | ({"validation": known} if known else {})


class IntParameter(_NumberParameter[int]):
    """A field for a whole number; KNIME stores 32 bits of it."""

    def _check_value(self, value: int) -> None:
        _require(value, int, "an int")
        self.check_range(value)

    def get_type(self) -> dict[str, Any]:
        """Return the JSON type of the stored value."""
        return {"type": "integer", "format": "int32"}


class DoubleParameter(_NumberParameter[float]):
    """A field for a number."""

    def __init__(
        self,
        label: str | None = None,
        description: str | None = None,
        default_value: float | Callable[[Version], float] = 0.0,
        validator: Callable[[float], None] | None = None,
        min_value: float | None = None,
        max_value: float | None = None,
        since_version: str | Version | None = None,
        is_advanced: bool = False,
    ) -> None:
        super().__init__(
            label,
            description,
            default_value,
            validator,
            min_value,
            max_value,
            since_version,
            is_advanced,
        )

    def _check_value(self, value: float) -> None:
        _require(value, numbers.Number, "a number")
        self.check_range(value)

    def get_type(self) -> dict[str, Any]:
        """Return the JSON type of the stored value."""
        return {"type": "number", "format": "double"}


class MultilineStringParameter(Parameter[str]):
    """A text area."""

    def __init__(
        self,
        label: str | None = None,
        description: str | None = None,
        default_value: str | Callable[[Version], str] = "",
        validator: Callable[[str], None] | None = None,
        since_version: str | Version | None = None,
        is_advanced: bool = False,
        number_of_lines: int = 3,
    ) -> None:
        _require(number_of_lines, int, "an int as number of lines")
        if number_of_lines < 1:
            raise ValueError(f"a text area has at least one line, not {number_of_lines}")
        self.number_of_lines = number_of_lines
        super().__init__(label, description, default_value, validator, since_version, is_advanced)

    def _check_value(self, value: str) -> None:
        _require(value, str, "a str")

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the options of a text area."""
        del context
        return {"format": "textArea", "rows": self.number_of_lines}
