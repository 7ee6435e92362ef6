# SPDX-License-Identifier: MIT
"""Column types, columns, and schemas of tables."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, repr=False)
class KnimeType:
    """A column type, identified by the name that KNIME displays."""

    display: str

    def __str__(self) -> str:
        return self.display

    __repr__ = __str__

    def to_pyarrow(self) -> Any:  # noqa: ANN401 - pyarrow has no types
        """Return the Arrow type of JSON columns; its `encode` returns the cell for a value.

        Raises NotImplementedError for all other types, which have a native Arrow type.
        """
        from realtime_dev.knime_standin.json_cells import JsonArrowType  # noqa: PLC0415 - slow

        if self != JSON:
            raise NotImplementedError(f"use the native Arrow type for {self.display}")
        return JsonArrowType()


JSON = KnimeType("JSON")
LOCAL_DATE_TIME = KnimeType("Local Date Time")
ZONED_DATE_TIME = KnimeType("Zoned Date Time")


def int32() -> KnimeType:
    """Return the type of 32-bit integers."""
    return KnimeType("Number (Integer)")


def int64() -> KnimeType:
    """Return the type of 64-bit integers."""
    return KnimeType("Number (Long Integer)")


def double() -> KnimeType:
    """Return the type of floating point numbers."""
    return KnimeType("Number (Float)")


def string() -> KnimeType:
    """Return the type of text."""
    return KnimeType("String")


def list_(inner_type: KnimeType) -> KnimeType:
    """Return the type of lists of ``inner_type``. Raises TypeError if it is not a KnimeType."""
    if not isinstance(inner_type, KnimeType):
        raise TypeError(f"the items of a list need a KnimeType, not {inner_type!r}")
    return KnimeType(f"List (Collection of: {inner_type})")


def logical(value_type: type) -> KnimeType:
    """Return the type for Python values of ``value_type``: JSON for dict, *zoned* for datetime.

    Raises TypeError for types without a logical type, such as str and int.
    """
    if value_type not in (dict, dt.datetime):
        raise TypeError(f"there is no logical type for {value_type!r}")
    return JSON if value_type is dict else ZONED_DATE_TIME


def datetime(*, date: bool = True, time: bool = True, timezone: bool = False) -> KnimeType:
    """Return the type for dates with times. Raises NotImplementedError for only one of them."""
    if not (date and time):
        raise NotImplementedError("the stand-in does not offer dates or times alone")
    return ZONED_DATE_TIME if timezone else LOCAL_DATE_TIME


@dataclass
class Column:
    """Type and name of a column; ``metadata`` is added by KNIME for its own use."""

    ktype: KnimeType
    name: str
    metadata: Any = None

    def __post_init__(self) -> None:
        if not isinstance(self.ktype, KnimeType):
            raise TypeError(f"a column needs a KnimeType, not {self.ktype!r}")
        if not isinstance(self.name, str):
            raise TypeError(f"the name of a column must be a str, not {type(self.name)}")
        if not self.name.strip():
            raise ValueError("a column needs a name")


class PortObjectSpec(ABC):
    """The description of a port's data; subclasses convert themselves to JSON and back."""

    @abstractmethod
    def serialize(self) -> dict[str, Any]:
        """Return the spec as JSON data."""

    @classmethod
    @abstractmethod
    def deserialize(cls, data: dict[str, Any]) -> Any:  # noqa: ANN401 - an instance of the subclass
        """Return the spec from the JSON data of ``serialize``."""


class Schema(PortObjectSpec):
    """The columns of a table, in order."""

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns

    @classmethod
    def from_columns(cls, columns: Iterable[Column]) -> Schema:
        """Return the schema of these columns. Raises TypeError for anything but a Column."""
        found = list(columns)
        for column in found:
            if not isinstance(column, Column):
                raise TypeError(f"a schema needs columns, not {type(column)}")
        return cls(found)

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self._columns]

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self._columns == list(other)

    __hash__ = None  # type: ignore[assignment] # mutable

    def serialize(self) -> dict[str, Any]:
        """Return the schema as JSON data. Raises RuntimeError for duplicate names."""
        if len(set(self.column_names)) < len(self._columns):
            raise RuntimeError("two columns have the same name")
        columns = [{"name": c.name, "type": str(c.ktype)} for c in self._columns]
        return {"columns": columns}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Schema:
        """Return the schema from its JSON data."""
        return cls([Column(KnimeType(c["type"]), c["name"]) for c in data["columns"]])
