# SPDX-License-Identifier: MIT
"""Serializes what nodes exchange: specs as JSON, objects as bytes, as in a saved workflow."""
# ruff: noqa: ANN401 - objects of the API are of one type in the stand-in, of another in KNIME's

import json
from dataclasses import dataclass
from typing import Any

from realtime_dev.host.backends import Backend
from realtime_dev.host.callbacks import CredentialVault
from realtime_dev.host.results import (
    CredentialPort,
    HostError,
    OutputError,
    PortOutput,
    TableOutput,
)

TABLE, CREDENTIAL = "PortType.TABLE", "PortType.CREDENTIAL"
SpecJson = dict[str, Any]


@dataclass(frozen=True)
class CredentialPortObject:
    """The object that ``execute`` gets from a credential port."""

    spec: Any


class Serializer:
    """Packs the outputs of a node and unpacks them as inputs of the next one."""

    def __init__(self, backend: Backend, vault: CredentialVault) -> None:
        self._backend = backend
        self._vault = vault

    # --- specs -----------------------------------------------------------------------------

    def pack_spec(self, spec: Any, port: Any) -> SpecJson:
        """Return the output spec of a port as JSON. Raises OutputError."""
        is_table = port.type == TABLE
        wanted = self._backend.schema_class if is_table else port.type.spec_class
        if not isinstance(spec, wanted):
            raise OutputError(f"output '{port.name}' needs a {wanted.__name__}, not {type(spec)}")
        data = json.loads(json.dumps(spec.serialize()))
        return {"table": data} if is_table else {"id": port.type.id, "data": data}

    def unpack_spec(self, spec_json: SpecJson, port: Any) -> Any:
        """Return an input spec. Raises InvalidParametersError if it does not match the port."""
        kind = TABLE if "table" in spec_json else CREDENTIAL if "credential" in spec_json else None
        if kind != (port.type if isinstance(port.type, str) else None):
            raise HostError(f"input '{port.name}' cannot be connected to this kind of port")
        if kind == TABLE:
            return self.read_schema(spec_json["table"])
        if kind == CREDENTIAL:
            return self._backend.credential_spec_class.deserialize(spec_json["credential"])
        given = self._backend.list_port_types()[spec_json["id"]]
        if not port.type.is_super_type_of(given):
            raise self._backend.invalid_parameters_error(
                f"Input '{port.name}' takes {port.type.name}, but {given.name} is connected."
            )
        return given.spec_class.deserialize(spec_json["data"])

    def copy_spec(self, spec: Any, port: Any) -> Any:
        """Return the output spec of a port as the next node gets it."""
        return self.unpack_spec(self.pack_spec(spec, port), port)

    def read_schema(self, data: SpecJson) -> Any:
        """Return the schema of JSON data, with KNIME's metadata for each column."""
        schema = self._backend.schema_class.deserialize(json.loads(json.dumps(data)))
        for column in schema:
            shown = str(column.ktype)
            column.metadata = {"preferred_value_type": shown, "displayed_column_type": shown}
        return schema

    def describe_input(self, given: Any) -> SpecJson | None:
        """Return the spec of an input of the host as JSON."""
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
        raise HostError(f"an input must be a node's output or a spec, not {type(given)}")

    # --- objects ---------------------------------------------------------------------------

    def pack_object(self, given: Any, port: Any) -> TableOutput | PortOutput:
        """Return the output of a port, packed. Raises OutputError."""
        if port.type == TABLE:
            return self.pack_table(given, port.name)
        if not isinstance(given, port.type.object_class):
            wanted = port.type.object_class.__name__
            raise OutputError(f"output '{port.name}' needs a {wanted}, not {type(given)}")
        spec_json = self.pack_spec(given.spec, port)
        data = given.serialize()
        if not isinstance(data, bytes):
            raise OutputError(f"output '{port.name}' was serialized as {type(data)}, not as bytes")
        return PortOutput(port.type.spec_class.deserialize(spec_json["data"]), spec_json, data)

    def pack_table(self, given: Any, name: str = "table") -> TableOutput:
        """Return an output table, packed. Raises OutputError."""
        table = self._backend.read_table(given)
        if table is None:
            raise OutputError(f"output '{name}' needs a Table, not {type(given)}")
        schema = self.read_schema(table.schema.serialize())
        keys = self._backend.get_row_ids(table)
        if len(set(keys)) < len(keys):
            duplicate = next(key for key in keys if keys.count(key) > 1)
            raise OutputError(f"output '{name}' has the RowID '{duplicate}' more than once")
        return TableOutput(schema, keys, table, lambda: self._backend.make_frame(table))

    def unpack_object(self, given: Any, port: Any) -> Any:
        """Return the unpacked input of a port."""
        spec_json = self.describe_input(given)
        if spec_json is None:
            return None
        spec = self.unpack_spec(spec_json, port)
        if isinstance(given, TableOutput):
            return self._backend.open_table(given.table)
        if isinstance(given, CredentialPort):
            return CredentialPortObject(spec)
        if not isinstance(given, PortOutput):
            raise HostError(f"input '{port.name}' needs a node's output, not only its spec")
        kind = self._backend.list_port_types()[spec_json["id"]]
        return kind.object_class.deserialize(spec, given.data)


def convert_frame(frame: Any) -> Any:
    """Return a DataFrame as an Arrow table whose first column is its index as RowIDs."""
    import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - no types; slow to import

    numbered = frame.index.dtype.kind in "iu"
    ids = pa.array([f"Row{key}" if numbered else str(key) for key in frame.index], pa.string())
    columns = [pa.array(frame.iloc[:, place], from_pandas=True) for place in range(frame.shape[1])]
    columns = [
        # KNIME does not support large_string yet, the text type of pandas 3.
        column.cast(pa.string()) if column.type == pa.large_string() else column
        for column in columns
    ]
    return pa.table([ids, *columns], ["<RowID>", *frame.columns])
