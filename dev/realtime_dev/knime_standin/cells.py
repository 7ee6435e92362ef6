# SPDX-License-Identifier: MIT
"""Values of logical types in pandas: a dtype for a column of Python objects."""
# ruff: noqa: ANN401 - values of settings and cells, and what belongs to the node, are of any type

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype, take

from realtime_dev.knime_standin.types import LogicalType, parse_type

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Sequence

_PYTHON: dict[str, type[Any]] = {
    "Local Date": dt.date,
    "Local Time": dt.time,
    "Local Date Time": dt.datetime,
    "Zoned Date Time": dt.datetime,
    "Duration": dt.timedelta,
}


class LogicalDtype(ExtensionDtype):
    """The dtype of a column whose KNIME type is logical."""

    na_value = None
    _metadata = ("display",)

    def __init__(self, display: str) -> None:
        self.display = display

    @property
    def type(self) -> builtins.type:  # type: ignore[override,unused-ignore] # a property in pandas
        """The class of the values."""
        return object

    @property
    def name(self) -> str:  # type: ignore[override,unused-ignore] # a property in pandas
        """The dtype's name as pandas prints it."""
        return f"knime<{self.display}>"

    @property
    def ktype(self) -> LogicalType:
        """The KNIME type of the column."""
        found = parse_type(self.display)
        assert isinstance(found, LogicalType)  # noqa: S101 - for the type checker
        return found

    @classmethod
    def construct_array_type(cls) -> builtins.type[LogicalArray]:
        """Return the class of the arrays."""
        return LogicalArray


class LogicalArray(ExtensionArray):
    """Python objects of one logical type, or None."""

    def __init__(self, values: np.ndarray[Any, Any], dtype: LogicalDtype) -> None:
        self._values = values
        self._dtype = dtype

    @classmethod
    def _from_sequence(
        cls, scalars: Iterable[Any], *, dtype: Any = None, copy: bool = False
    ) -> LogicalArray:
        del copy  # the values are always copied
        values = [None if is_missing(value) else value for value in scalars]
        for value in values:
            _check_value(value, dtype.display)
        return cls(_pack(values), dtype)

    @classmethod
    def _from_factorized(cls, values: Any, original: LogicalArray) -> LogicalArray:
        return cls(values, original.dtype)

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[LogicalArray]) -> LogicalArray:
        values = np.concatenate([part.get_values() for part in to_concat])
        return cls(values, to_concat[0].dtype)

    @property
    def dtype(self) -> LogicalDtype:
        """The dtype, which knows the KNIME type."""
        return self._dtype

    @property
    def nbytes(self) -> int:
        """Size of the references to the values."""
        return int(self._values.nbytes)

    def get_values(self) -> np.ndarray[Any, Any]:
        """Return the Python objects."""
        return self._values

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, item: Any) -> Any:
        found = self._values[pd.api.indexers.check_array_indexer(self, item)]  # type: ignore[call-overload,unused-ignore] # any indexer
        if isinstance(found, np.ndarray) and not np.isscalar(item):
            return LogicalArray(found, self.dtype)
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        _check_value(value, self.dtype.display)
        self._values[key] = value

    def to_numpy(
        self,
        dtype: Any = None,
        copy: bool = False,  # noqa: FBT001, FBT002 - pandas' signature
        na_value: object = None,
    ) -> np.ndarray[Any, Any]:
        """Return the cells as they are; numpy itself would make lists into more dimensions."""
        del dtype, copy, na_value
        return self._values.copy()

    def __array__(
        self,
        dtype: Any = None,
        copy: bool | None = None,  # noqa: FBT001 - numpy's signature
    ) -> np.ndarray[Any, Any]:
        del dtype, copy
        return self._values.copy()

    def isna(self) -> np.ndarray[Any, Any]:
        """Return where values are missing."""
        return np.array([value is None for value in self._values], dtype=bool)

    def take(
        self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None
    ) -> LogicalArray:
        """Return the values at the indices; -1 is missing when ``allow_fill``."""
        taken = take(self._values, indices, allow_fill=allow_fill, fill_value=fill_value)
        values = [None if is_missing(value) else value for value in taken]
        return LogicalArray(_pack(values), self.dtype)

    def copy(self) -> LogicalArray:
        """Return a copy that holds the same values."""
        return LogicalArray(self._values.copy(), self.dtype)


def is_missing(value: Any) -> bool:
    """Tell whether pandas means a missing value by this one."""
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124 - NaN


def _pack(values: list[Any]) -> np.ndarray[Any, Any]:
    packed = np.empty(len(values), dtype=object)
    for index, value in enumerate(values):  # numpy would make lists into more dimensions
        packed[index] = value
    return packed


def _check_value(value: Any, display: str) -> None:
    if value is None:
        return
    if display == "JSON":
        json.dumps(value)
    elif not isinstance(value, _PYTHON[display]):
        raise TypeError(f"{value!r} is no value of type {display}")
    elif display == "Zoned Date Time" and value.tzinfo is None:
        raise TypeError(f"{value!r} has no time zone")
