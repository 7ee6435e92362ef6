# SPDX-License-Identifier: MIT
"""Runs nodes on KNIME's own ``knime.extension``, without the Java side.

KNIME has no public API for this, so the private functions that Java calls are called here.
"""
# ruff: noqa: ANN401, SLF001 - see above, and KNIME's API has no types

from __future__ import annotations

import importlib
import inspect
import warnings
from typing import TYPE_CHECKING, Any

from realtime_dev.host.backends import Backend
from realtime_dev.host.cellfiles import CellFiles, MemorySink, register_types

if TYPE_CHECKING:
    import pandas as pd

    from realtime_dev.host.callbacks import CredentialVault, NodeCallbacks


class RealBackend(Backend):
    """Uses KNIME's API."""

    def __init__(self) -> None:
        prepare_api()
        self._nodes = importlib.import_module("knime.extension.nodes")
        self._settings = self._dialog = importlib.import_module("knime.extension.parameter")
        self._arrow = importlib.import_module("knime._arrow._table")
        schema: Any = importlib.import_module("knime.api.schema")
        self.schema_class = schema.Schema
        self.credential_spec_class = schema.CredentialPortObjectSpec
        self.invalid_parameters_error = self._nodes.InvalidParametersError

    def set_vault(self, vault: CredentialVault) -> None:
        """Set the vault from which credential specs get their secrets."""
        self.credential_spec_class._java_callback = vault

    def list_nodes(self) -> Any:
        """Return the registered nodes by id."""
        return self._nodes._nodes

    def list_port_types(self) -> Any:
        """Return the registered port types by id."""
        return self._nodes._backend.port_types

    def find_module(self, entry: Any) -> str:
        """Return the name of the module that defines the node's class."""
        found = inspect.getclosurevars(entry.node_factory).nonlocals["node_factory"]
        return str(found.__module__)

    def create(self, entry: Any) -> Any:
        """Return a new node."""
        return entry.node_factory()

    def open_dialog(self, callbacks: NodeCallbacks, specs: list[Any]) -> Any:
        """Return the context of a dialog."""
        context = self._extend(self._nodes.DialogCreationContext)
        return context(_JavaCallbacks(callbacks), {}, lambda *_: specs)

    def open_configuration(self, callbacks: NodeCallbacks, entry: Any) -> Any:
        """Return the context of configure."""
        context = self._extend(self._nodes.ConfigurationContext)
        return context(_JavaCallbacks(callbacks), {}, entry.input_ports, entry.output_ports)

    def open_execution(self, callbacks: NodeCallbacks, entry: Any) -> Any:
        """Return the context of execute."""
        context = self._extend(self._nodes.ExecutionContext)
        variables = callbacks.flow_variables
        return context(_JavaCallbacks(callbacks), variables, entry.input_ports, entry.output_ports)

    def _extend(self, context: type) -> Any:
        """Return a subclass of the context that raises KeyError for a missing credential.

        KNIME's class expects a Java exception, which cannot occur here.
        """
        credential = self._nodes.Credential

        def get_credentials(found: Any, identifier: str) -> Any:
            return credential(*found._java_ctx.get_credentials(identifier))

        return type(context.__name__, (context,), {"get_credentials": get_credentials})

    def read_table(self, output: object) -> Any:
        """Return the output table of a node; None if the output is not a table."""
        if isinstance(output, self._arrow.ArrowBatchOutputTable):
            return self._arrow.ArrowTable(output._sink.join())
        return output if isinstance(output, self._arrow.ArrowTable) else None

    def get_row_ids(self, table: Any) -> list[str]:
        """Return the RowIDs of a table."""
        return list(table._get_table().column(0).to_pylist())

    def make_frame(self, table: Any) -> pd.DataFrame:
        """Return a DataFrame with logical values as Python objects."""
        import pandas as pd  # noqa: PLC0415 - slow to import

        frame: pd.DataFrame = table.to_pandas()
        for name in frame.columns:
            if str(frame[name].dtype).startswith("knime."):
                # astype would make KNIME's arrays warn about numpy 2.
                frame[name] = pd.Series(list(frame[name]), index=frame.index, dtype=object)
        return frame

    def open_table(self, table: Any) -> Any:
        """Return the table as an input table, which has batches."""
        arrow = self._arrow.ArrowTable

        def batches(found: Any) -> Any:
            return iter([arrow(part) for part in found._get_table().to_batches()])

        source = type("InputTable", (arrow,), {"batches": batches})
        return source(table._get_table())


class _JavaCallbacks:
    """The callbacks, with methods that only KNIME's contexts call."""

    def __init__(self, callbacks: NodeCallbacks) -> None:
        self._callbacks = callbacks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._callbacks, name)

    def get_input_specs(self) -> list[Any]:
        return []

    def get_input_port_map(self) -> dict[str, list[int]]:
        return {}

    get_output_port_map = get_input_port_map


def prepare_api() -> None:
    """Set up what Java usually sets up for KNIME's API: value types, port types, tables.

    Must be called before nodes and port types are declared. Further calls do nothing.
    """
    with warnings.catch_warnings():
        # KNIME's views warn about files that only KNIME's builds have; they are not needed here.
        warnings.simplefilter("ignore", UserWarning)
        importlib.import_module("knime.extension")
    nodes: Any = importlib.import_module("knime.extension.nodes")
    tables: Any = importlib.import_module("knime.api.table")
    arrow = importlib.import_module("knime._arrow._table")
    register_types()
    if type(nodes._backend).__name__ != "PortTypes":
        nodes._backend = _create_port_types(nodes)
    if not isinstance(tables._backend, arrow._ArrowBackend):
        tables._backend = arrow._ArrowBackend(MemorySink)
        tables._backend.file_store_handler = CellFiles()


def _create_port_types(nodes: Any) -> Any:
    """Return the registry of port types that KNIME's API expects from its backend."""

    def register(
        found: Any, name: str, object_class: type, spec_class: type, key: str | None = None
    ) -> Any:
        key = key or f"extension.{object_class.__module__}.{object_class.__qualname__}"
        for known in found.port_types.values():
            if object_class is known.object_class or spec_class is known.spec_class:
                raise ValueError(f"{object_class} already has the port type '{known.name}'")
        if key in found.port_types:
            raise ValueError(f"the port type {key} already exists")
        found.port_types[key] = nodes.PortType(key, name, object_class, spec_class)
        return found.port_types[key]

    body = {
        "port_types": {},
        "register_port_type": register,
        "get_port_type_for_id": lambda found, key: found.port_types[key],
        "has_port_type_for_id": lambda found, key: key in found.port_types,
        "get_port_type_for_spec_type": lambda found, wanted: next(
            kind for kind in found.port_types.values() if kind.spec_class is wanted
        ),
    }
    return type("PortTypes", (nodes._KnimeNodeBackend,), body)()
