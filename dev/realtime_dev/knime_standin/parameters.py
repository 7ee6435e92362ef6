# SPDX-License-Identifier: MIT
"""Parameters with one value, which a node class declares for its dialog."""
# ruff: noqa: ANN401 - as in KNIME

import numbers
from collections.abc import Callable
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from realtime_dev.knime_standin.settings import Setting, Version, get_values

T = TypeVar("T")


class Parameter(Setting, Generic[T]):
    """A descriptor; its value is stored in the node or group.

    In KNIME the order of the arguments after ``default_value`` differs between classes; here they
    are keyword-only.
    """

    kinds: ClassVar[tuple[type, ...]] = (str,)
    """The allowed Python types."""
    json_type: ClassVar[dict[str, str]] = {"type": "string"}
    options: ClassVar[dict[str, Any]] = {"format": "string"}
    """How the dialog shows the control."""
    initial: ClassVar[Any] = ""

    def __init__(
        self,
        label: str,
        description: str = "",
        default_value: T | None = None,
        *,
        validator: Callable[[Any], None] | None = None,
        since_version: str | None = None,
        is_advanced: bool = False,
    ) -> None:
        super().__init__(label, since_version, is_advanced=is_advanced)
        self.description = description
        self.default: Any = self.initial if default_value is None else default_value
        self.check: Callable[[Any], None] = validator or self.check_value

    @overload
    def __get__(self, holder: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, holder: object, owner: type | None = None) -> T: ...
    def __get__(self, holder: object | None, owner: type | None = None) -> Any:
        return self if holder is None else get_values(holder).setdefault(self.name, self.default)

    def __set__(self, holder: object, value: Any) -> None:
        self.check(value)
        get_values(holder)[self.name] = value

    def check_value(self, value: Any) -> None:
        """Raise TypeError for a value of a wrong type; a ``validator`` replaces this check."""
        if not isinstance(value, self.kinds):
            expected = " or ".join(kind.__name__ for kind in self.kinds)
            raise TypeError(f"must be {expected}, not {value!r} of {type(value)}")

    def extract(self, holder: object) -> Any:
        """Return the value of the holder in its stored form."""
        return self.__get__(holder)

    def inject(self, holder: object, stored: Any, version: Version) -> None:
        """Set the value of the holder from its stored form."""
        del version
        self.__set__(holder, stored)

    def reset(self, holder: object) -> None:
        """Set the default."""
        self.__set__(holder, self.default)

    def validate(self, stored: Any, version: Version) -> None:
        """Check the stored form."""
        del version
        self.check(stored)

    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return title, description and the value's JSON type."""
        del version, context
        return {"title": self.label, "description": self.description, **self.json_type}

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the options of the control in the dialog."""
        del context
        return self.options


class BoolParameter(Parameter[bool]):
    """A check box."""

    kinds = (bool,)
    json_type: ClassVar = {"type": "boolean"}
    options: ClassVar = {"format": "boolean"}
    initial = False


class _NumberParameter(Parameter[T]):
    def __init__(
        self,
        label: str,
        description: str = "",
        default_value: Any = None,
        *,
        min_value: float | None = None,
        max_value: float | None = None,
        **options: Any,
    ) -> None:
        self._minimum = min_value
        self._maximum = max_value
        super().__init__(label, description, default_value, **options)

    def check_value(self, value: Any) -> None:
        """Raise TypeError for a wrong type, ValueError for a number out of range."""
        super().check_value(value)
        if self._minimum is not None and value < self._minimum:
            raise ValueError(f"{value} is below {self._minimum}")
        if self._maximum is not None and value > self._maximum:
            raise ValueError(f"{value} is above {self._maximum}")


class IntParameter(_NumberParameter[int]):
    """A field for a 32-bit integer."""

    kinds = (int,)
    json_type: ClassVar = {"type": "integer", "format": "int32"}
    options: ClassVar = {"format": "integer"}
    initial = 0


class DoubleParameter(_NumberParameter[float]):
    """A field for a number."""

    kinds = (numbers.Number,)
    json_type: ClassVar = {"type": "number", "format": "double"}
    options: ClassVar = {"format": "number"}
    initial = 0.0


class MultilineStringParameter(Parameter[str]):
    """A text area."""

    options: ClassVar = {"format": "textArea"}

    def __init__(
        self,
        label: str,
        description: str = "",
        default_value: str | None = None,
        *,
        number_of_lines: int = 3,
        **options: Any,
    ) -> None:
        if number_of_lines < 1:
            raise ValueError(f"a text area needs at least one line, not {number_of_lines}")
        super().__init__(label, description, default_value, **options)
