# SPDX-License-Identifier: MIT
"""Types of columns, columns, and schemas of tables."""
# ruff: noqa: ANN401, FBT001, FBT002 - the signatures are KNIME's

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from realtime_dev.knime_standin.cells import LogicalDtype


class KnimeType:
    """A type of columns; prints as KNIME displays it, equal types are equal."""

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Refuse to create a type that is none of the kinds."""
        if cls is KnimeType:
            raise TypeError("a KnimeType is made by the functions for each kind of type")
        return super().__new__(cls)

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, repr=False)
class PrimitiveType(KnimeType):
    """Numbers, strings, booleans, and the type of nothing but missing values."""

    display: str

    def __str__(self) -> str:
        return self.display


@dataclass(frozen=True, repr=False)
class ListType(KnimeType):
    """A list of values of one type."""

    inner_type: KnimeType

    def __post_init__(self) -> None:
        if not isinstance(self.inner_type, KnimeType):
            raise TypeError(f"a list is made of a KnimeType, not of {self.inner_type!r}")

    def __str__(self) -> str:
        return f"List (Collection of: {self.inner_type})"


@dataclass(frozen=True, repr=False)
class LogicalType(KnimeType):
    """A type that KNIME keeps as something else: JSON, dates and times."""

    display: str

    def __str__(self) -> str:
        return self.display

    def to_pandas(self) -> LogicalDtype:
        """Return the dtype that gives a pandas column this type whatever its values are."""
        from realtime_dev.knime_standin.cells import LogicalDtype  # noqa: PLC0415 - pandas is slow

        return LogicalDtype(self.display)

    def to_pyarrow(self) -> Any:
        """Return the Arrow type for Arrow data; its `encode` makes the cell of a value.

        Raises NotImplementedError for all but JSON: dates and times have Arrow types anyway.
        """
        from realtime_dev.knime_standin.arrows import JsonArrowType  # noqa: PLC0415 - it is slow

        if self != JSON:
            raise NotImplementedError(f"use Arrow's own type for {self.display}")
        return JsonArrowType()


JSON = LogicalType("JSON")
LOCAL_DATE = LogicalType("Local Date")
LOCAL_TIME = LogicalType("Local Time")
LOCAL_DATE_TIME = LogicalType("Local Date Time")
ZONED_DATE_TIME = LogicalType("Zoned Date Time")
DURATION = LogicalType("Duration")

_LOGICAL = {
    dict: JSON,
    dt.datetime: ZONED_DATE_TIME,
    dt.date: LOCAL_DATE,
    dt.time: LOCAL_TIME,
    dt.timedelta: DURATION,
}


def int32() -> PrimitiveType:
    """Return the type of 32-bit whole numbers."""
    return PrimitiveType("Number (Integer)")


def int64() -> PrimitiveType:
    """Return the type of 64-bit whole numbers."""
    return PrimitiveType("Number (Long Integer)")


def double() -> PrimitiveType:
    """Return the type of floating point numbers."""
    return PrimitiveType("Number (Float)")


def bool_() -> PrimitiveType:
    """Return the type of true and false."""
    return PrimitiveType("Boolean")


def string() -> PrimitiveType:
    """Return the type of text."""
    return PrimitiveType("String")


def null() -> PrimitiveType:
    """Return the type of a column whose values are all missing and of no known type."""
    return PrimitiveType("null")


def list_(inner_type: KnimeType) -> ListType:
    """Return the type of lists of ``inner_type``. Raises TypeError for anything else."""
    return ListType(inner_type)


def logical(value_type: type) -> LogicalType:
    """Return the type for Python values of ``value_type``: dict is JSON, datetime is *zoned*.

    Raises TypeError for types that KNIME has no such column for, str and int among them.
    """
    found = _LOGICAL.get(value_type)
    if found is None:
        raise TypeError(f"KNIME has no logical type for {value_type!r}")
    return found


def datetime(
    date: bool | None = True,
    time: bool | None = True,
    timezone: bool | None = False,
) -> LogicalType:
    """Return the type for dates, times or both, with a zone or without.

    Raises ValueError when there is neither date nor time, or a zone without a time.
    """
    if not (date or time):
        raise ValueError("a date, a time or both are needed")
    if timezone and not time:
        raise ValueError("only a time has a zone")
    if date and time:
        return ZONED_DATE_TIME if timezone else LOCAL_DATE_TIME
    return LOCAL_DATE if date else LOCAL_TIME


def parse_type(display: str) -> KnimeType:
    """Return the type that prints as ``display``."""
    head = "List (Collection of: "
    if display.startswith(head):
        return ListType(parse_type(display[len(head) : -1]))
    logicals = {str(kind): kind for kind in (*_LOGICAL.values(), LOCAL_DATE_TIME)}
    return logicals.get(display) or PrimitiveType(display)


class Column:
    """Type and name of a column; the type may be a Python type that ``logical`` knows."""

    def __init__(self, ktype: KnimeType | type, name: str, metadata: Any = None) -> None:
        if not isinstance(ktype, KnimeType):
            ktype = logical(ktype)
        if not isinstance(name, str):
            raise TypeError(f"the name of a column is a str, not {type(name)}")
        if not name.strip():
            raise ValueError("a column needs a name")
        self.ktype = ktype
        self.name = name
        self.metadata = metadata

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Column):
            return NotImplemented
        mine = (self.ktype, self.name, self.metadata)
        return mine == (other.ktype, other.name, other.metadata)

    __hash__ = None  # type: ignore[assignment] # columns can be changed

    def __str__(self) -> str:
        extra = "" if self.metadata is None else f", {self.metadata}"
        return f"Column<'{self.name}', {self.ktype}{extra}>"


class PortObjectSpec(ABC):
    """What is known about a port's content before it exists; subclasses go to JSON and back."""

    @abstractmethod
    def serialize(self) -> dict[str, Any]:
        """Return the spec as JSON data."""

    @classmethod
    @abstractmethod
    def deserialize(cls, data: dict[str, Any]) -> Any:
        """Return the spec that ``serialize`` made the JSON data of."""


class Schema(PortObjectSpec):
    """The columns of a table, in order."""

    def __init__(
        self, ktypes: Sequence[KnimeType | type], names: Sequence[str], metadata: Any = None
    ) -> None:
        if len(ktypes) != len(names):
            raise ValueError(f"{len(ktypes)} types were given for {len(names)} names")
        extras = [None] * len(names) if metadata is None else metadata
        parts = zip(ktypes, names, extras, strict=True)
        self._columns = [Column(ktype, name, extra) for ktype, name, extra in parts]

    @classmethod
    def from_columns(cls, columns: Iterable[Column] | Column) -> Schema:
        """Return the schema of some columns, or of one. Raises TypeError for other things."""
        if isinstance(columns, Column):
            columns = [columns]
        found = list(columns)
        for column in found:
            if not isinstance(column, Column):
                raise TypeError(f"a schema is made of columns, not of {type(column)}")
        return cls([c.ktype for c in found], [c.name for c in found], [c.metadata for c in found])

    @property
    def num_columns(self) -> int:
        """How many columns there are."""
        return len(self._columns)

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self._columns]

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns)

    def __contains__(self, key: object) -> bool:
        return (key.name if isinstance(key, Column) else key) in self.column_names

    def __getitem__(self, key: int | str) -> Column:
        if isinstance(key, str):
            if key not in self.column_names:
                raise IndexError(f"there is no column '{key}'")
            key = self.column_names.index(key)
        return self._columns[key]

    def append(self, other: Schema | Column) -> Schema:
        """Return a schema with more columns at the end."""
        more = [other] if isinstance(other, Column) else list(other)
        return Schema.from_columns([*self._columns, *more])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schema):
            return NotImplemented
        return self._columns == other._columns

    __hash__ = None  # type: ignore[assignment] # its columns can be changed

    def __str__(self) -> str:
        return "Schema<" + ", ".join(map(str, self._columns)) + ">"

    __repr__ = __str__

    def serialize(self) -> dict[str, Any]:
        """Return the schema as JSON data. Raises RuntimeError for a name used twice."""
        if len(set(self.column_names)) < self.num_columns:
            raise RuntimeError("two columns have the same name")
        columns = [{"name": c.name, "type": str(c.ktype)} for c in self._columns]
        return {"columns": columns}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Schema:
        """Return the schema of the JSON data; KNIME adds what it shows of each type."""
        return cls.from_columns(
            Column(parse_type(c["type"]), c["name"], {"displayed_column_type": c["type"]})
            for c in data["columns"]
        )
