# SPDX-License-Identifier: MIT
"""What travels between nodes: specs as JSON, objects as bytes, as a workflow saves them."""
# ruff: noqa: ANN401 - objects of the API are of one type in the stand-in, of another in KNIME's

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from realtime_dev.host.results import (
    CredentialPort,
    HostError,
    OutputError,
    PortOutput,
    TableOutput,
)

if TYPE_CHECKING:
    from realtime_dev.host.backends import Backend
    from realtime_dev.host.sides import CredentialVault

TABLE, CREDENTIAL = "PortType.TABLE", "PortType.CREDENTIAL"
Wire = dict[str, Any]


class CredentialPortObject:
    """What a node's ``execute`` gets from a credential port."""

    def __init__(self, spec: Any) -> None:
        self.spec = spec

    def get_auth_schema(self) -> str:
        """Return how to authorize."""
        return str(self.spec.auth_schema)

    def get_auth_parameters(self) -> str:
        """Return the secret."""
        return str(self.spec.auth_parameters)

    def get_expires_after(self) -> Any:
        """Return when the secret expires, if known."""
        return self.spec.expires_after


class Wires:
    """Packs what nodes give out and unpacks it for the next node."""

    def __init__(self, backend: Backend, vault: CredentialVault) -> None:
        self._backend = backend
        self._vault = vault

    # --- specs -----------------------------------------------------------------------------

    def pack_spec(self, spec: Any, port: Any) -> Wire:
        """Return a spec that a node gave out for this port as JSON. Raises OutputError."""
        if port.type == TABLE:
            if type(spec).__name__ == "Column":
                spec = self._backend.schema_class.from_columns(spec)
            if not isinstance(spec, self._backend.schema_class):
                raise OutputError(f"output '{port.name}' needs a Schema, not {type(spec)}")
            return self._to_json({"table": spec.serialize()})
        if port.type == CREDENTIAL:
            return self._to_json({"credential": spec.serialize()})
        if port.type.id not in self._backend.list_port_types():
            raise OutputError(f"output '{port.name}': its port type is not registered")
        if not isinstance(spec, port.type.spec_class):
            wanted = port.type.spec_class.__name__
            raise OutputError(f"output '{port.name}' needs a {wanted}, not {type(spec)}")
        return self._to_json({"id": port.type.id, "data": spec.serialize()})

    @staticmethod
    def _to_json(wire: Wire) -> Wire:
        packed: Wire = json.loads(json.dumps(wire))
        return packed

    def unpack_spec(self, wire: Wire, port: Any) -> Any:
        """Return the spec for an input. Raises the API's InvalidParametersError if it misfits."""
        if "table" in wire:
            self._require(port.type == TABLE, port)
            return self.read_schema(wire["table"])
        if "credential" in wire:
            self._require(port.type == CREDENTIAL, port)
            return self._backend.credential_spec_class.deserialize(wire["credential"])
        self._require(not isinstance(port.type, str), port)
        kind = self._backend.list_port_types().get(wire["id"])
        if kind is None or not port.type.is_super_type_of(kind):
            given = wire["id"] if kind is None else kind.name
            raise self._backend.invalid_parameters_error(
                f"Input '{port.name}' takes {port.type.name}, but {given} is connected."
            )
        return self.read_spec(kind, wire["data"])

    def read_schema(self, data: Wire) -> Any:
        """Return the schema of JSON data, with what KNIME adds about each column."""
        schema = self._backend.schema_class.deserialize(json.loads(json.dumps(data)))
        for column in schema:
            shown = str(column.ktype)
            column.metadata = {"preferred_value_type": shown, "displayed_column_type": shown}
        return schema

    def read_spec(self, kind: Any, data: Any) -> Any:
        """Return the spec of JSON data; older spec classes take no callback."""
        try:
            return kind.spec_class.deserialize(data, self._vault)
        except TypeError:
            return kind.spec_class.deserialize(data)

    @staticmethod
    def _require(fits: bool, port: Any) -> None:  # noqa: FBT001 - an assertion
        if not fits:
            raise HostError(f"input '{port.name}' cannot be connected to this kind of port")

    def wire_of(self, given: Any) -> Wire | None:
        """Return the spec of an input that was handed to the host, as JSON."""
        if given is None:
            return None
        if isinstance(given, TableOutput):
            return {"table": given.spec.serialize()}
        if isinstance(given, PortOutput):
            return given.spec_json
        if isinstance(given, CredentialPort):
            return {"credential": {"data": self._vault.add(given)}}
        if isinstance(given, self._backend.schema_class):
            return {"table": given.serialize()}
        for kind in self._backend.list_port_types().values():
            if type(given) is kind.spec_class:
                return {"id": kind.id, "data": given.serialize()}
        raise HostError(f"an input is a node's output or a spec, not {type(given)}")

    # --- objects ---------------------------------------------------------------------------

    def pack_object(self, given: Any, port: Any) -> TableOutput | PortOutput:
        """Return what a node gave out for this port, packed. Raises OutputError."""
        if given is None:
            raise OutputError(f"output '{port.name}' got None")
        if port.type == TABLE:
            return self.pack_table(given, port.name)
        if isinstance(port.type, str):
            raise OutputError(f"output '{port.name}': the host plays no {port.type} outputs")
        if not isinstance(given, port.type.object_class):
            wanted = port.type.object_class.__name__
            raise OutputError(f"output '{port.name}' needs a {wanted}, not {type(given)}")
        wire = self.pack_spec(given.spec, port)
        data = given.serialize()
        if not isinstance(data, bytes):
            raise OutputError(f"output '{port.name}' was serialised as {type(data)}, not as bytes")
        return PortOutput(self.read_spec(port.type, wire["data"]), wire, data)

    def pack_table(self, given: Any, name: str = "table") -> TableOutput:
        """Return a table that a node gave out, packed. Raises OutputError."""
        table = self._backend.read_table(given)
        if table is None:
            raise OutputError(f"output '{name}' needs a Table, not {type(given)}")
        schema = self.read_schema(table.schema.serialize())
        keys = self._backend.get_row_ids(table)
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise OutputError(f"output '{name}' has the RowID '{twice}' more than once")
        return TableOutput(schema, keys, table, lambda: self._backend.make_frame(table))

    def unpack_object(self, given: Any, port: Any) -> Any:
        """Return a node's input of what was packed."""
        wire = self.wire_of(given)
        if wire is None:
            return None
        spec = self.unpack_spec(wire, port)
        if isinstance(given, TableOutput):
            return self._backend.open_table(given.table)
        if isinstance(given, CredentialPort):
            return CredentialPortObject(spec)
        if not isinstance(given, PortOutput):
            raise HostError(f"input '{port.name}' needs a node's output, not only its spec")
        kind = self._backend.list_port_types()[wire["id"]]
        return kind.object_class.deserialize(spec, given.data)
