# SPDX-License-Identifier: MIT
"""Client secret -> named, typed columns, by the annotation `x-column` of the schema.

What is in no other column goes into the last one, *Other Fields*: nothing of an answer is lost.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from functools import cache
from typing import Any, Final, NamedTuple

from openai_realtime.answer import ClientSecret, read_time
from openai_realtime.api import Api
from openai_realtime.fields import ABSENT
from openai_realtime.form import Form
from openai_realtime.schema import Path

OTHER_FIELDS: Final = "Other Fields"


class ColumnType(StrEnum):
    """The type of a column's values; a missing value is None."""

    STRING = "string"
    STRINGS = "strings"
    INTEGER = "integer"
    DOUBLE = "double"
    DATETIME = "datetime"
    JSON = "json"


class Column(NamedTuple):
    """One column of the structured output.

    `path` and `beta` are the paths of its value in the answers of the two APIs (`beta` is None if
    the beta API has no such value). With the beta API the value is always `beta_constant` if that
    is not None. If the value of a string column is an object, the column gets its member `pick`;
    other members are dropped if they are as in `implied`, else they go to *Other Fields*.
    """

    name: str
    type: ColumnType
    order: float = 0
    path: Path = ()
    beta: Path | None = ()
    beta_constant: str | None = None
    pick: str = ""
    implied: Mapping[str, Any] = {}


@cache
def read_columns(form: Form) -> tuple[Column, ...]:
    """Return the columns of the answers to a form's requests, in order."""
    columns = [
        Column(path=place.path, beta=place.beta, **about | {"type": ColumnType(about["type"])})
        for place in form.places
        if (about := place.schema.get("x-column"))
    ]
    columns.sort(key=lambda column: column.order)
    return (*columns, Column(OTHER_FIELDS, ColumnType.JSON))


def place_values(secret: ClientSecret, columns: tuple[Column, ...]) -> dict[str, Any]:
    """Return the value of each column by name; None is a missing value.

    Values are str, list[str], float, datetime in UTC or, for JSON, any JSON value. A value that
    does not have the type of its column goes to *Other Fields*; further copies of the client
    secret are dropped.
    """
    rest = copy.deepcopy(dict(secret.body))
    values: dict[str, Any] = {}
    for column in columns[:-1]:
        if secret.api is Api.BETA and column.beta_constant is not None:
            values[column.name] = column.beta_constant
            continue
        path = column.path if secret.api is Api.GA else column.beta
        values[column.name] = None if path is None else _take(rest, path, column)
    rest = _remove_copies(rest, secret)
    values[OTHER_FIELDS] = None if rest is ABSENT else rest or None
    return values


def _remove_copies(value: Any, secret: ClientSecret) -> Any:  # noqa: ANN401 - any JSON value
    """Return `value` without copies of the client secret, or ABSENT if nothing is left.

    The expiry beside a copy is removed too if it is the same.
    """
    if value == secret.value:
        return ABSENT
    if isinstance(value, list):
        kept: Any = [left for item in value if (left := _remove_copies(item, secret)) is not ABSENT]
    elif isinstance(value, dict):
        is_copy = value.get("value") == secret.value
        copied = secret.holder.get("expires_at", ABSENT) if is_copy else ABSENT
        kept = {
            name: left
            for name, item in value.items()
            if (name != "expires_at" or item != copied)
            and (left := _remove_copies(item, secret)) is not ABSENT
        }
    else:
        return value
    return kept if kept or not value else ABSENT


def _take(holder: Any, path: Path, column: Column) -> Any:  # noqa: ANN401 - any type
    """Remove the value at `path` and return it; what does not fit the column stays."""
    name, *below = path
    if not isinstance(holder, dict) or name not in holder:
        return None
    if below:
        before, inner = bool(holder[name]), holder[name]
        taken = _take(inner, tuple(below), column)
        left = ABSENT if before and not inner else inner
    else:
        taken, left = _convert(holder[name], column)
    if left is ABSENT:
        del holder[name]
    else:
        holder[name] = left
    return taken


def _convert(value: Any, column: Column) -> tuple[Any, Any]:  # noqa: ANN401 - any type
    """Return the part of `value` that fits the column (or None), and the rest (or ABSENT)."""
    if value is None or column.type is ColumnType.JSON:
        return value, ABSENT
    if column.type is ColumnType.STRING:
        return _convert_to_text(value, column)
    taken: Any = None
    if column.type is ColumnType.DATETIME:
        taken = read_time(value)
    elif column.type is ColumnType.STRINGS:
        is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
        taken = value if is_list else None
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(OverflowError):
            taken = float(value)
    return (None, value) if taken is None else (taken, ABSENT)


def _convert_to_text(value: Any, column: Column) -> tuple[str | None, Any]:  # noqa: ANN401
    if isinstance(value, str):
        return value, ABSENT
    if isinstance(value, dict) and column.pick and isinstance(value.get(column.pick), str):
        left: Any = {
            name: item
            for name, item in value.items()
            if name != column.pick and column.implied.get(name, ABSENT) != item
        } or ABSENT
        return value[column.pick], left
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")), ABSENT
