# SPDX-License-Identifier: MIT
"""Run nodes on the stand-in."""
# ruff: noqa: ANN401 - objects of the API are of one type in the stand-in, of another in KNIME's

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_dev.knime_standin import contexts, dialog, nodes, ports, settings, tables, versions
from realtime_dev.knime_standin.types import LogicalType, Schema

if TYPE_CHECKING:
    import pandas as pd

    from realtime_dev.host.sides import CallSide, CredentialVault
    from realtime_dev.host.variables import FlowVariables


class StandInBackend:
    """What the host needs, from the stand-in."""

    name = "standin"
    schema_class = Schema
    credential_spec_class = ports.CredentialPortObjectSpec
    invalid_parameters_error = nodes.InvalidParametersError

    def set_vault(self, vault: CredentialVault) -> None:
        """Let credential specs ask this vault."""
        ports.CredentialPortObjectSpec.vault = vault

    def set_version(self, version: str) -> None:
        """Say which version of the extension runs."""
        versions.set_extension_version(version)

    def list_nodes(self) -> dict[str, nodes.RegisteredNode]:
        """Return the registered nodes by id."""
        return nodes.get_nodes()

    def list_port_types(self) -> dict[str, ports.PortType]:
        """Return the registered port types by id."""
        return ports.get_port_types()

    def find_module(self, entry: nodes.RegisteredNode) -> str:
        """Return the name of the module that has the node's class."""
        return entry.module

    def create(self, entry: nodes.RegisteredNode) -> Any:
        """Return a fresh node."""
        return entry.factory()

    def extract(self, node: object) -> dict[str, Any]:
        """Return the node's settings."""
        return settings.extract_members(node)

    def inject(self, node: object, values: dict[str, Any], version: str) -> None:
        """Set the node's settings, which ``version`` saved."""
        settings.inject_parameters(node, {"model": values}, version)

    def validate(self, node: object, values: dict[str, Any], version: str) -> None:
        """Check settings that ``version`` saved."""
        settings.validate_parameters(node, {"model": values}, version)

    def check_specs(self, node: object, specs: list[Any]) -> None:
        """Check that column choices have their tables."""
        settings.validate_specs(node, specs)

    def describe(self, node: object, version: str, context: Any = None) -> dict[str, Any]:
        """Return the JSON schema of ``{"model": settings}``."""
        return settings.extract_schema(node, version, context)

    def lay_out(self, node: object, context: Any) -> dict[str, Any]:
        """Return the dialog's elements."""
        return dialog.extract_ui_schema(node, context)

    def open_dialog(
        self, side: CallSide, variables: FlowVariables, specs: list[Any]
    ) -> contexts.DialogCreationContext:
        """Return the context of a dialog."""
        return contexts.DialogCreationContext(side, variables, specs)

    def open_configuration(
        self, side: CallSide, variables: FlowVariables, entry: nodes.RegisteredNode
    ) -> contexts.ConfigurationContext:
        """Return the context of configure."""
        inputs, outputs = entry.input_ports, entry.output_ports
        return contexts.ConfigurationContext(side, variables, inputs, outputs)

    def open_execution(
        self, side: CallSide, variables: FlowVariables, entry: nodes.RegisteredNode
    ) -> contexts.ExecutionContext:
        """Return the context of execute."""
        return contexts.ExecutionContext(side, variables, entry.input_ports, entry.output_ports)

    def read_table(self, output: object) -> tables.ArrowTable | None:
        """Return the table that a node gave out; None when it is no table."""
        return tables.read_output(output)

    def get_row_ids(self, table: tables.ArrowTable) -> list[str]:
        """Return the RowIDs of a table."""
        return table.row_ids

    def make_frame(self, table: tables.ArrowTable) -> pd.DataFrame:
        """Return a DataFrame with logical values as Python objects."""
        frame = table.to_pandas()
        for column in table.schema:
            if isinstance(column.ktype, LogicalType):
                frame[column.name] = frame[column.name].astype(object)
        return frame

    def open_table(self, table: tables.ArrowTable) -> tables.ArrowTable:
        """Return the table as an input."""
        return tables.ArrowTable(table.data, table.ktypes, is_input=True)
