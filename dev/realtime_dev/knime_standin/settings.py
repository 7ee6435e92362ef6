# SPDX-License-Identifier: MIT
"""Settings: the members of a node or group, and their trip to plain values and back.

A *holder* is a node or a group bound to one; its values are in ``holder.__values__``. A group
is found by the ``GroupSetting`` in its ``__group__``, because any plain attribute name may be
that of one of its parameters.
"""
# ruff: noqa: ANN401 - values of settings and cells, and what belongs to the node, are of any type

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from realtime_dev.knime_standin.versions import Version

if TYPE_CHECKING:
    from realtime_dev.knime_standin.rules import Rule


class Setting(ABC):
    """One entry of the settings: a parameter, an array or a group."""

    label: str | None
    description: str
    since: Version
    advanced: bool
    shown_by: Rule | None = None

    @abstractmethod
    def extract(self, holder: object, name: str) -> Any:
        """Return the holder's value as plain data."""

    @abstractmethod
    def inject(self, holder: object, name: str, stored: Any, version: Version) -> None:
        """Set the holder's value from plain data that ``version`` saved; raises if not valid."""

    @abstractmethod
    def reset(self, holder: object, name: str, version: Version) -> None:
        """Set the default for settings that ``version`` saved."""

    @abstractmethod
    def validate(self, stored: Any, version: Version) -> None:
        """Raise an error when the plain data is not valid."""

    @abstractmethod
    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return the JSON schema of the plain data."""

    def check_specs(self, specs: list[Any]) -> None:  # noqa: B027 - few settings need inputs
        """Raise an error when the inputs cannot serve this setting."""


def get_values(holder: object) -> dict[str, Any]:
    """Return the dict in which the holder keeps its values."""
    values: dict[str, Any] = holder.__dict__.setdefault("__values__", {})
    return values


def get_setting(attribute: object) -> Setting | None:
    """Return the setting that an attribute is, or None."""
    if isinstance(attribute, Setting):
        return attribute
    if isinstance(attribute, type):
        return None
    group = getattr(attribute, "__dict__", {}).get("__group__")
    return group if isinstance(group, Setting) else None


def list_settings(holder: object) -> dict[str, Setting]:
    """Return the holder's settings by name, those of subclasses before those of their bases."""
    found: dict[str, Setting] = {}
    for members in (*(vars(cls) for cls in type(holder).__mro__[:-1]), vars(holder)):
        for name, attribute in members.items():
            setting = get_setting(attribute)
            if setting is not None and name not in found and name != "__group__":
                found[name] = setting
    return found


def extract_members(holder: object) -> dict[str, Any]:
    """Return all values of the holder as plain data."""
    return {name: member.extract(holder, name) for name, member in list_settings(holder).items()}


def inject_members(holder: object, stored: dict[str, Any], version: Version) -> None:
    """Set all values of the holder from plain data that ``version`` saved."""
    migrate = getattr(holder, "_modify_parameters", None)  # KNIME's hook for renamed settings
    if migrate is not None:
        stored = migrate(stored)
    for name, member in list_settings(holder).items():
        if name in stored:
            member.inject(holder, name, stored[name], version)
        elif member.since > version:
            member.reset(holder, name, version)


def validate_members(holder: object, stored: dict[str, Any], version: Version) -> None:
    """Check plain data that ``version`` saved against the holder's settings."""
    for name, member in list_settings(holder).items():
        if member.since > version:
            continue
        if name not in stored:
            raise ValueError(f'Parameter missing for key "{name}"')
        member.validate(stored[name], version)


def describe_members(holder: object, version: Version, context: Any) -> dict[str, Any]:
    """Return the JSON schema of the settings that ``version`` has."""
    properties = {
        name: member.describe(version, context)
        for name, member in list_settings(holder).items()
        if member.since <= version
    }
    return {"type": "object", "properties": properties}


def extract_parameters(node: object) -> dict[str, Any]:
    """Return a node's settings as ``{"model": {...}}``."""
    return {"model": extract_members(node)}


def inject_parameters(
    node: object, parameters: dict[str, Any], parameters_version: str | None = None
) -> None:
    """Set a node's settings from ``{"model": {...}}``; raises what a validator raises."""
    inject_members(node, parameters["model"], Version.parse_version(parameters_version))


def validate_parameters(
    node: object, parameters: dict[str, Any], saved_version: str | None = None
) -> None:
    """Check ``{"model": {...}}`` as KNIME does before it saves or loads settings."""
    validate_members(node, parameters["model"], Version.parse_version(saved_version))


def validate_specs(node: object, specs: list[Any]) -> None:
    """Check that the inputs have the tables which the node's column choices need."""
    for member in list_settings(node).values():
        member.check_specs(specs)


def extract_schema(
    node: object, extension_version: str | None = None, dialog_creation_context: Any = None
) -> dict[str, Any]:
    """Return the JSON schema by which KNIME stores the node's settings."""
    version = Version.parse_version(extension_version)
    model = describe_members(node, version, dialog_creation_context)
    return {"type": "object", "properties": {"model": model}}
