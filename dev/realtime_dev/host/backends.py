# SPDX-License-Identifier: MIT
"""What the host needs from the ``knime.extension`` that runs the nodes."""
# ruff: noqa: ANN401 - objects of the API are of one type in the stand-in, of another in KNIME's

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from realtime_dev.knime_standin import contexts, dialog, nodes, ports, settings, types

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from realtime_dev.host.callbacks import CredentialVault, NodeCallbacks


class Backend:
    """Uses the stand-in; ``real.RealBackend`` uses KNIME's own API."""

    schema_class: Any = types.Schema
    credential_spec_class: Any = ports.CredentialPortObjectSpec
    invalid_parameters_error: type[Exception] = nodes.InvalidParametersError
    _settings: Any = settings
    _dialog: Any = dialog

    # --- settings: KNIME's functions have the same names ------------------------------------

    def extract(self, node: object) -> dict[str, Any]:
        """Return the node's settings."""
        model: dict[str, Any] = self._settings.extract_parameters(node)["model"]
        return model

    def inject(self, node: object, model: dict[str, Any], version: str) -> None:
        """Set the node's settings, which ``version`` saved."""
        self._settings.inject_parameters(node, {"model": model}, version)

    def validate(self, node: object, model: dict[str, Any], version: str) -> None:
        """Check settings that ``version`` saved. Raises what a validator raises."""
        self._settings.validate_parameters(node, {"model": model}, version)

    def describe(self, node: object, version: str, context: Any = None) -> dict[str, Any]:
        """Return the JSON schema of ``{"model": settings}``."""
        schema: dict[str, Any] = self._settings.extract_schema(node, version, context)
        return schema

    def lay_out(self, node: object, context: Any) -> dict[str, Any]:
        """Return the dialog's elements."""
        layout: dict[str, Any] = self._dialog.extract_ui_schema(node, context)
        return layout

    # --- nodes -----------------------------------------------------------------------------

    def set_vault(self, vault: CredentialVault) -> None:
        """Set the vault from which credential specs get their secrets."""
        self.credential_spec_class.vault = vault

    def list_nodes(self) -> Mapping[str, Any]:
        """Return the registered nodes by id; each has id, name, input_ports and output_ports."""
        return nodes.get_nodes()

    def list_port_types(self) -> Mapping[str, Any]:
        """Return the registered port types by id."""
        return ports.get_port_types()

    def find_module(self, entry: Any) -> str:
        """Return the name of the module that defines the node's class."""
        return str(entry.module)

    def create(self, entry: Any) -> Any:
        """Return a new node."""
        return entry.factory()

    def open_dialog(self, callbacks: NodeCallbacks, specs: list[Any]) -> Any:
        """Return the context of a dialog."""
        return contexts.DialogCreationContext(callbacks, specs)

    def open_configuration(self, callbacks: NodeCallbacks, entry: Any) -> Any:
        """Return the context of configure."""
        del entry
        return contexts.ConfigurationContext(callbacks)

    def open_execution(self, callbacks: NodeCallbacks, entry: Any) -> Any:
        """Return the context of execute."""
        del entry
        return contexts.ExecutionContext(callbacks)

    # --- tables ----------------------------------------------------------------------------

    def read_table(self, output: object) -> Any:
        """Return the output table of a node; None if the output is not a table."""
        from realtime_dev.knime_standin import tables  # noqa: PLC0415 - only when needed, as KNIME

        if isinstance(output, tables.BatchOutputTable):
            return output.join()
        return output if isinstance(output, tables.Table) else None

    def open_table(self, table: Any) -> Any:
        """Return the table as an input table, which has batches."""
        return type(table)(table.data, table.ktypes, is_input=True)

    def get_row_ids(self, table: Any) -> list[str]:
        """Return the RowIDs of a table."""
        return list(table.row_ids)

    def make_frame(self, table: Any) -> pd.DataFrame:
        """Return a DataFrame; dates, times and JSON are Python objects, missing values None."""
        import pandas as pd  # noqa: PLC0415 - slow to import

        index = pd.Index(table.row_ids, name="<RowID>", dtype=object)
        columns = {}
        for place, column in enumerate(table.schema, start=1):
            array = table.data.column(place)
            if column.ktype == types.JSON:
                cells = [None if cell is None else json.loads(cell) for cell in array.to_pylist()]
                columns[column.name] = pd.Series(cells, index, dtype=object)
            elif " Time" in column.ktype.display:
                columns[column.name] = pd.Series(array.to_pylist(), index, dtype=object)
            elif column.ktype == types.string():
                columns[column.name] = pd.Series(array.to_pylist(), index, dtype="string")
            else:
                columns[column.name] = array.to_pandas().set_axis(index)
        return pd.DataFrame(columns, index=index)
