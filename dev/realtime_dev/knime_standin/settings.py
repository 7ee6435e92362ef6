# SPDX-License-Identifier: MIT
"""The settings of a node or group, and their conversion to plain data and back.

A *holder* is a node or one of its groups; its values are in ``holder.__values__``.
"""
# ruff: noqa: ANN401 - values of settings, and the dialog's context, are of any type

from abc import ABC, abstractmethod
from typing import Any, Self

from realtime_dev.knime_standin.rules import Condition, Effect

Version = tuple[int, ...]


def parse_version(text: str | None) -> Version:
    """Return ``major.minor.patch`` as numbers; ``None`` means 0.0.0.

    Raises ValueError for other forms.
    """
    parts = ("0.0.0" if text is None else text).split(".")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):  # noqa: PLR2004 - as above
        raise ValueError(f"'{text}' is not a version: it must be three numbers joined by dots")
    return tuple(map(int, parts))


class Setting(ABC):
    """One entry of the settings: a parameter, a list or a group; a descriptor of its class."""

    description: str
    condition: Condition | None = None
    effect: Effect

    def __init__(self, label: str, since_version: str | None, *, is_advanced: bool) -> None:
        self.label = label
        self.since = parse_version(since_version)
        self.advanced = is_advanced

    def __set_name__(self, owner: type, name: str) -> None:
        # As in KNIME: a parameter that is added with setattr has no name and cannot be read.
        self.name = name

    def rule(self, condition: Condition, effect: Effect) -> Self:
        """Show the control only if the condition is true; return the setting."""
        self.condition, self.effect = condition, effect
        return self

    @abstractmethod
    def extract(self, holder: object) -> Any:
        """Return the value of the holder as plain data."""

    @abstractmethod
    def inject(self, holder: object, stored: Any, version: Version) -> None:
        """Set the value of the holder from plain data that ``version`` saved. Raises if invalid."""

    @abstractmethod
    def reset(self, holder: object) -> None:
        """Set the default."""

    @abstractmethod
    def validate(self, stored: Any, version: Version) -> None:
        """Raise an error if the plain data is invalid."""

    @abstractmethod
    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return the JSON schema of the plain data."""


def get_values(holder: object) -> dict[str, Any]:
    """Return the dict with the values of the holder."""
    values: dict[str, Any] = holder.__dict__.setdefault("__values__", {})
    return values


def list_settings(owner: type) -> dict[str, Setting]:
    """Return the settings of a class by name; subclasses come before their base classes."""
    found: dict[str, Setting] = {}
    for cls in owner.__mro__:
        for name, attribute in vars(cls).items():
            if isinstance(attribute, Setting):
                found.setdefault(name, attribute)
    return found


def extract_members(holder: object) -> dict[str, Any]:
    """Return all values of the holder as plain data."""
    return {name: member.extract(holder) for name, member in list_settings(type(holder)).items()}


def inject_members(holder: object, stored: dict[str, Any], version: Version) -> None:
    """Set all values of the holder from plain data that ``version`` saved."""
    for name, member in list_settings(type(holder)).items():
        if name in stored:
            member.inject(holder, stored[name], version)
        elif member.since > version:
            member.reset(holder)


def validate_members(owner: type, stored: dict[str, Any], version: Version) -> None:
    """Check plain data that ``version`` saved. Raises ValueError for a missing setting."""
    for name, member in list_settings(owner).items():
        if member.since > version:
            continue
        if name not in stored:
            raise ValueError(f'Parameter missing for key "{name}"')
        member.validate(stored[name], version)


def describe_members(owner: type, version: Version, context: Any) -> dict[str, Any]:
    """Return the JSON schema of the settings that ``version`` has."""
    properties = {
        name: member.describe(version, context)
        for name, member in list_settings(owner).items()
        if member.since <= version
    }
    return {"type": "object", "properties": properties}


# The functions that KNIME calls, with the same names as in KNIME:


def extract_parameters(node: object) -> dict[str, Any]:
    """Return a node's settings as ``{"model": {...}}``."""
    return {"model": extract_members(node)}


def inject_parameters(node: object, parameters: dict[str, Any], version: str | None) -> None:
    """Set a node's settings from ``{"model": {...}}``; raises what a validator raises."""
    inject_members(node, parameters["model"], parse_version(version))


def validate_parameters(node: object, parameters: dict[str, Any], version: str | None) -> None:
    """Check ``{"model": {...}}``, as KNIME does before it saves or loads settings."""
    validate_members(type(node), parameters["model"], parse_version(version))


def extract_schema(node: object, version: str, context: Any) -> dict[str, Any]:
    """Return the JSON schema with which KNIME stores the settings of a node."""
    model = describe_members(type(node), parse_version(version), context)
    return {"type": "object", "properties": {"model": model}}
