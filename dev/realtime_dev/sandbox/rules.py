# SPDX-License-Identifier: MIT
"""Strict checks, compiled from type hints.

The openai package describes request bodies as TypedDicts. Compiled, they refuse what a lenient
reader would let pass: unknown members at any depth, coerced types (a string is no number, a
Boolean no integer) and unions without their discriminator. `Published` adds what the API's
documentation says beyond the types.

Patterns in `Published` are paths with `[]` for any element and `*` for any key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Any, Literal, Required, Union, get_args, get_origin

# The openai package makes its TypedDicts with this one, which typing's functions do not know.
from typing_extensions import get_type_hints, is_typeddict

from .errors import (
    Violation,
    report_missing,
    report_range,
    report_type,
    report_unknown,
    report_value,
)

_TYPE_NAMES: Mapping[type, str] = {
    NoneType: "null",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    str: "a string",
    list: "an array",
    dict: "an object",
}

Check = Callable[[Any, str], Violation | None]
_ARRAYS = (list, Sequence, Iterable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the documentation says beyond the types, by pattern of path.

    `ranges` are inclusive; `nullable` members take null; `required` ones must be there; `open`
    ones take any string although the types enumerate; `extras` run on values that are otherwise
    right.
    """

    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    nullable: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    extras: Mapping[str, Check] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Turns a type hint into a check, by way of one check per JSON type."""

    published: Published

    def compile(self, hint: Any, pattern: str = "") -> Check:  # noqa: ANN401 - hints have no common type
        """Return the check of a place in the body; raise TypeError for a hint of unknown kind."""
        options = list(_list_options(hint))
        if pattern in self.published.nullable:
            options.append(NoneType)
        by_type: dict[type, Check] = {}
        self._add_scalars(by_type, options, pattern)
        self._add_containers(by_type, options, pattern)
        if not by_type:
            raise TypeError(f"no rule for {hint!r} at {pattern!r}")
        return _dispatch(by_type, self.published.extras.get(pattern))

    def _add_scalars(self, by_type: dict[type, Check], options: list[Any], pattern: str) -> None:
        limits = self.published.ranges.get(pattern)
        if NoneType in options:
            by_type[NoneType] = _accept
        if bool in options:
            by_type[bool] = _accept
        if int in options:
            by_type[int] = _limit("integer", limits)
        if float in options:
            by_type[int] = by_type[float] = _limit("decimal", limits)
        literals = [value for option in options for value in _list_literals(option)]
        for number in (value for value in literals if type(value) is int):
            by_type[int] = _limit("integer", (number, number))
        words = [value for value in literals if type(value) is str]
        if str in options or (words and pattern in self.published.open):
            by_type[str] = _accept
        elif words:
            by_type[str] = _enumerate(words)

    def _add_containers(self, by_type: dict[type, Check], options: list[Any], pattern: str) -> None:
        records = [option for option in options if is_typeddict(option)]
        if len(records) == 1:
            by_type[dict] = self._compile_record(records[0], pattern)
        elif records:
            by_type[dict] = self._compile_variants(records, pattern)
        for option in options:
            origin = get_origin(option)
            if origin in _ARRAYS:
                by_type[list] = _repeat(self.compile(get_args(option)[0], f"{pattern}[]"))
            elif origin is dict:
                by_type[dict] = _map(self.compile(get_args(option)[1], _join(pattern, "*")))
            elif option is object:
                # The types say "anything", the documentation "an object" wherever they do.
                by_type[dict] = _accept

    def _compile_record(self, record: type, pattern: str) -> Check:
        rules: dict[str, Check] = {}
        required: list[str] = []
        for name, hint in get_type_hints(record, include_extras=True).items():
            place = _join(pattern, name)
            rules[name] = self.compile(hint, place)
            if _is_required(hint) or place in self.published.required:
                required.append(name)

        def check(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
            for name, item in value.items():
                rule = rules.get(name)
                place = _join(path, name)
                if rule is None:
                    return report_unknown(place)
                if (found := rule(item, place)) is not None:
                    return found
            missing = next((name for name in required if name not in value), None)
            return None if missing is None else report_missing(_join(path, missing))

        return check

    def _compile_variants(self, records: list[type], pattern: str) -> Check:
        variants: dict[str, Check] = {}
        for record in records:
            hints = get_type_hints(record, include_extras=True)
            for tag in (tag for option in _list_options(hints["type"]) for tag in get_args(option)):
                variants[tag] = self._compile_record(record, pattern)

        def check(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
            place = _join(path, "type")
            if "type" not in value:
                return report_missing(place)
            tag = value["type"]
            if type(tag) is not str:
                return report_type(place, ["a string"], _name_type(tag))
            if tag not in variants:
                return report_value(place, tag, list(variants))
            return variants[tag](value, path)

        return check


def _list_options(hint: Any) -> Iterable[Any]:  # noqa: ANN401 - hints have no common type
    origin = get_origin(hint)
    if _is_required(hint):
        yield from _list_options(get_args(hint)[0])
    elif origin in (Union, UnionType):
        for option in get_args(hint):
            yield from _list_options(option)
    else:
        yield hint


def _is_required(hint: Any) -> bool:  # noqa: ANN401 - hints have no common type
    origin: Any = get_origin(hint)
    return origin is Required


def _list_literals(option: Any) -> tuple[Any, ...]:  # noqa: ANN401 - hints have no common type
    return get_args(option) if get_origin(option) is Literal else ()


def _dispatch(by_type: Mapping[type, Check], extra: Check | None) -> Check:
    expected = [name for kind, name in _TYPE_NAMES.items() if kind in by_type]
    if float in by_type and int in by_type:
        expected.remove(_TYPE_NAMES[int])

    def check(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
        rule = by_type.get(type(value))
        if rule is None:
            return report_type(path, expected, _name_type(value))
        found = rule(value, path)
        if found is None and extra is not None:
            return extra(value, path)
        return found

    return check


def _accept(_value: object, _path: str) -> Violation | None:
    return None


def _limit(kind: str, limits: tuple[float, float] | None) -> Check:
    low, high = limits or (-math.inf, math.inf)
    expected = ["a decimal" if kind == "decimal" else "an integer"]

    def check(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
        if type(value) is float and not math.isfinite(value):
            return report_type(path, expected, "a number that JSON does not know")
        if value < low:
            return report_range(path, kind, value, low, above=False)
        if value > high:
            return report_range(path, kind, value, high, above=True)
        return None

    return check


def _enumerate(words: list[str]) -> Check:
    known = frozenset(words)

    def check(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
        return None if value in known else report_value(path, value, words)

    return check


def _repeat(rule: Check) -> Check:
    def check(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
        results = (rule(item, f"{path}[{index}]") for index, item in enumerate(value))
        return next((found for found in results if found is not None), None)

    return check


def _map(rule: Check) -> Check:
    def check(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
        results = (rule(item, _join(path, name)) for name, item in value.items())
        return next((found for found in results if found is not None), None)

    return check


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _name_type(value: object) -> str:
    return _TYPE_NAMES.get(type(value), f"a {type(value).__name__}")
