# SPDX-License-Identifier: MIT
"""Strict checks of request bodies by the types of the official `openai` package.

Unlike a lenient parser they refuse unknown members at any depth, coerced types (a string is not a
number, a Boolean not an integer) and unions without their discriminator.
"""
# ruff: noqa: ANN401 - any JSON

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from realtime_dev.shapes import ANYTHING, Record, Shape, get_json_type, shape_from_type

from .errors import (
    Violation,
    report_missing,
    report_range,
    report_type,
    report_unknown,
    report_value,
)

_TYPE_WORDS: Mapping[str, str] = {
    "null": "null",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a decimal",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}
_INDEX = re.compile(r"\[\d+\]")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_TAG = "type"
_UNKNOWN_CODES = frozenset({"unknown_parameter", "invalid_value"})

Check = Callable[[Any, str], Violation | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRules:
    """The rules of one request body: a type of the `openai` package, and what it does not say.

    `type_name` is the full name of the type below `openai.types`. The other rules come from the
    API's documentation. Their keys are paths in the body, with `[]` for any element of an array:
    `ranges` are inclusive; `nullable` members may be null; `required` members must be present;
    `open` members may be any string although the type has an enumeration; `extra_checks` run on
    values that are valid otherwise.
    """

    type_name: str
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    nullable: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    extra_checks: Mapping[str, Check] = field(default_factory=dict)

    def check(self, body: object, newer_paths: frozenset[str] = frozenset()) -> Violation | None:
        """Return the first violation in a parsed JSON value, or None.

        `newer_paths` are paths, without brackets, at which the API accepts members and values that
        the package does not know yet.
        """
        for found in self._inspect(_load_shape(self.type_name), body, ""):
            path = _BRACKETS.sub("", found.param or "")
            if found.code not in _UNKNOWN_CODES or path not in newer_paths:
                return found
        return None

    def _inspect(self, shape: Shape, value: Any, path: str) -> Iterator[Violation]:
        """Yield all violations at a path of the body and below it."""
        place = _generalize(path)
        is_valid = True
        for found in self._inspect_value(shape, value, path, place):
            is_valid = False
            yield found
        if is_valid and place in self.extra_checks:
            violation = self.extra_checks[place](value, path)
            if violation is not None:
                yield violation

    def _inspect_value(
        self, shape: Shape, value: Any, path: str, place: str
    ) -> Iterator[Violation]:
        kind = _get_kind(value)
        types = self._list_types(shape, place)
        if kind not in types and not (kind == "integer" and "number" in types):
            expected = [word for name, word in _TYPE_WORDS.items() if name in types]
            yield report_type(path, expected, _TYPE_WORDS.get(kind, f"a {kind}"))
        elif kind == "string" and not shape.is_open and place not in self.open:
            if repr(value) not in shape.values:
                yield report_value(path, value, [text for text in shape.values if "'" in text])
        elif kind in {"integer", "number"}:
            numbers = [int(text) for text in shape.values if text.isdecimal()]
            limits = (min(numbers), max(numbers)) if numbers else self.ranges.get(place)
            name = "decimal" if "number" in types else "integer"
            yield from _check_range(value, limits, name, path)
        elif kind == "array" and shape.items is not None:
            for index, item in enumerate(value):
                yield from self._inspect(shape.items, item, f"{path}[{index}]")
        elif kind == "object":
            yield from self._inspect_object(shape, value, path)

    def _list_types(self, shape: Shape, place: str) -> set[str]:
        # Where the types allow anything, the documentation requires an object.
        types = {"object" if name == ANYTHING else name for name in shape.types}
        if place in self.nullable:
            types.add("null")
        if "number" in types:
            types.discard("integer")
        return types

    def _inspect_object(
        self, shape: Shape, value: dict[str, Any], path: str
    ) -> Iterator[Violation]:
        if shape.entries is not None:
            for name, item in value.items():
                yield from self._inspect(shape.entries, item, _join(path, name))
        record = next(iter(shape.records.values()), None)
        if len(shape.records) > 1:
            place = _join(path, _TAG)
            if _TAG in value:
                tags = Shape(types=frozenset({"string"}), values=tuple(map(repr, shape.records)))
                yield from self._inspect(tags, value[_TAG], place)
                found = (each for tag, each in shape.records.items() if tag == value[_TAG])
                record = next(found, None)
            elif any(self._requires(each, _TAG, place) for each in shape.records.values()):
                yield report_missing(place)
                return
        if record is not None:
            yield from self._inspect_members(record, value, path)

    def _inspect_members(
        self, record: Record, value: dict[str, Any], path: str
    ) -> Iterator[Violation]:
        for name, item in value.items():
            place = _join(path, name)
            if name in record.members:
                yield from self._inspect(record.members[name], item, place)
            else:
                yield report_unknown(place)
        for name in record.members:
            place = _join(path, name)
            if name not in value and self._requires(record, name, place):
                yield report_missing(place)

    def _requires(self, record: Record, name: str, path: str) -> bool:
        return name in record.required or _generalize(path) in self.required


@cache
def _load_shape(type_name: str) -> Shape:
    module, _, name = type_name.rpartition(".")
    return shape_from_type(getattr(import_module(f"openai.types.{module}"), name))


def _get_kind(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "number that JSON cannot represent"
    return get_json_type(value)


def _check_range(
    value: float, limits: tuple[float, float] | None, kind: str, path: str
) -> Iterator[Violation]:
    low, high = limits or (-math.inf, math.inf)
    if value < low:
        yield report_range(path, kind, value, low, above=False)
    if value > high:
        yield report_range(path, kind, value, high, above=True)


def _generalize(path: str) -> str:
    """Return a path with `[]` for the index of each element."""
    return _INDEX.sub("[]", path)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
