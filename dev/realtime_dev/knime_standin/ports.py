# SPDX-License-Identifier: MIT
"""Ports, port types and port objects."""
# ruff: noqa: ANN401 - specs and objects are of the extension's own types

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from realtime_dev.knime_standin.types import PortObjectSpec


class PortObject(ABC):
    """The data of a port; subclasses convert themselves to bytes and back."""

    def __init__(self, spec: PortObjectSpec) -> None:
        self._spec = spec

    @property
    def spec(self) -> Any:
        """The spec of the object."""
        return self._spec

    @abstractmethod
    def serialize(self) -> bytes:
        """Return the object as bytes."""

    @classmethod
    @abstractmethod
    def deserialize(cls, spec: Any, storage: bytes) -> Any:
        """Return the object from the bytes of ``serialize``."""


@dataclass
class PortType:
    """A type of port, with the classes of its objects and specs."""

    id: str
    name: str
    object_class: type
    spec_class: type

    TABLE: ClassVar[str] = "PortType.TABLE"
    CREDENTIAL: ClassVar[str] = "PortType.CREDENTIAL"

    def is_super_type_of(self, port_type: PortType) -> bool:
        """Return whether an input of this type accepts an output of the other type."""
        return issubclass(port_type.spec_class, self.spec_class) and issubclass(
            port_type.object_class, self.object_class
        )


@dataclass
class Port:
    """A port of a node."""

    type: PortType | str
    name: str
    description: str
    optional: bool = False


_port_types: dict[str, PortType] = {}


def port_type(
    name: str,
    object_class: type[PortObject],
    spec_class: type[PortObjectSpec],
    id: str,  # noqa: A002 - KNIME's signature
) -> PortType:
    """Register a port type. Raises ValueError if a class or the id is already in use."""
    for known in _port_types.values():
        if object_class is known.object_class or spec_class is known.spec_class or id == known.id:
            raise ValueError(f"'{known.name}' already uses a class or the id of {id}")
    _port_types[id] = PortType(id, name, object_class, spec_class)
    return _port_types[id]


def get_port_types() -> dict[str, PortType]:
    """Return the registered types by id."""
    return dict(_port_types)


class CredentialPortObjectSpec(PortObjectSpec):
    """A reference to a credential; the secret stays in KNIME and is requested when used.

    ``vault`` is KNIME's store of such secrets, a ``CredentialVault`` of the host.
    """

    vault: ClassVar[Any]

    def __init__(self, xml_data: str) -> None:
        self._xml_data = xml_data

    @property
    def auth_schema(self) -> str:
        """The authentication scheme ("Bearer"). Raises ValueError if the credential is gone."""
        return str(self.vault.get_auth_schema(self._xml_data))

    @property
    def auth_parameters(self) -> str:
        """The secret. Raises ValueError if the credential is gone."""
        return str(self.vault.get_auth_parameters(self._xml_data))

    def serialize(self) -> dict[str, Any]:
        """Return the reference as JSON data, without the secret."""
        return {"data": self._xml_data}

    @classmethod
    def deserialize(
        cls, data: dict[str, Any], java_callback: object = None
    ) -> CredentialPortObjectSpec:
        """Return the spec from its JSON data."""
        del java_callback
        return cls(data["data"])
