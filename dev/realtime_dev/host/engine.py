# SPDX-License-Identifier: MIT
"""The host: what KNIME does around a node's ``configure`` and ``execute``."""
# ruff: noqa: ANN401 - objects of the API are of one type in the stand-in, of another in KNIME's

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_dev.host.backends import create_backend
from realtime_dev.host.calls import call_in_thread, copy_json, list_outputs, pair_inputs
from realtime_dev.host.controls import list_controls
from realtime_dev.host.extension import find_version, load_nodes
from realtime_dev.host.merge import merge_settings, store_settings
from realtime_dev.host.results import (
    Configured,
    Control,
    Execution,
    ExecutionCanceledError,
    HostError,
    Output,
    SpecMismatchError,
    TableOutput,
)
from realtime_dev.host.sides import CallSide, CredentialVault
from realtime_dev.host.variables import FlowVariables, list_changes
from realtime_dev.host.wires import Wires

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_NOTHING: Mapping[str, Any] = {}


class Host:
    """Runs the nodes of an extension on the stand-in, or on KNIME's API when it is installed.

    ``version`` is that of the extension, by default what its ``knime.yml`` says; ``module`` is
    the module that KNIME would import. Settings are nested dicts, dotted paths, or both mixed,
    and are merged over the defaults; with ``saved_version`` they are taken as a workflow of that
    version saved them, nothing is added. Inputs are outputs of other executions, None for an
    optional port without a connection, or a ``CredentialPort``. Each call gets a fresh node, on
    a thread that is not the main one. What a node raises passes through unchanged.
    """

    def __init__(self, version: str | None = None, module: str = "extension") -> None:
        self._backend = create_backend()
        self._vault = CredentialVault()
        self._wires = Wires(self._backend, self._vault)
        self._nodes = load_nodes(self._backend, module)
        self.version = version or find_version(module)

    @property
    def backend(self) -> str:
        """Which API runs the nodes: "standin" or "real"."""
        return self._backend.name

    def node_ids(self) -> list[str]:
        """Return the ids of the extension's nodes."""
        return list(self._nodes)

    def default_settings(self, node_id: str) -> dict[str, Any]:
        """Return the settings of a new node. Raises HostError for an unknown id."""
        node = self._create(node_id)
        return copy_json(self._backend.extract(node))

    def settings_schema(self, node_id: str) -> dict[str, Any]:
        """Return the JSON schema of the settings. Raises HostError for an unknown id."""
        schema: dict[str, Any] = self._describe(node_id, self.version)
        return schema

    def table(self, data: Any) -> TableOutput:
        """Return a DataFrame or Arrow table as an input for nodes, by KNIME's rules for types."""
        import knime.extension as knext  # noqa: PLC0415 - the stand-in has to be entered before

        is_frame = type(data).__name__ == "DataFrame"
        make = knext.Table.from_pandas if is_frame else knext.Table.from_pyarrow
        return self._wires.pack_table(make(data))

    # --- dialog ----------------------------------------------------------------------------

    def controls(
        self,
        node_id: str,
        settings: Mapping[str, Any] = _NOTHING,
        input_specs: Sequence[Any] = (),
        *,
        credentials: Mapping[str, tuple[str, str]] = _NOTHING,
        flow_variables: Mapping[str, Any] = _NOTHING,
    ) -> list[Control]:
        """Return all controls of the dialog, with its rules applied to the settings."""
        entry = self._find(node_id)
        model = self._merge(node_id, settings)
        node = self._create(node_id)
        self._backend.inject(node, copy_json(model), self.version)
        specs = self._unpack_specs(entry, input_specs)
        variables = FlowVariables(flow_variables)
        context = self._backend.open_dialog(CallSide(credentials), variables, specs)
        schema = self._backend.describe(node, self.version, context)
        return list_controls(self._backend.lay_out(node, context), schema, {"model": model})

    def visible(
        self,
        node_id: str,
        settings: Mapping[str, Any] = _NOTHING,
        input_specs: Sequence[Any] = (),
        **context: Any,
    ) -> list[Control]:
        """Return the controls that show, in the dialog's order; as ``controls`` otherwise."""
        found = self.controls(node_id, settings, input_specs, **context)
        return [control for control in found if control.visible]

    # --- nodes -----------------------------------------------------------------------------

    def configure(
        self,
        node_id: str,
        settings: Mapping[str, Any] = _NOTHING,
        inputs: Sequence[Any] = (),
        *,
        credentials: Mapping[str, tuple[str, str]] = _NOTHING,
        flow_variables: Mapping[str, Any] = _NOTHING,
        saved_version: str | None = None,
    ) -> Configured:
        """Validate the settings and configure the node; inputs may also be specs.

        Raises what the node raises, LookupError for an unknown setting, OutputError for specs
        that KNIME would not take, HostError when a required input is missing.
        """
        model = self._prepare(node_id, settings, saved_version)
        version = saved_version or self.version
        return self._configure(node_id, model, version, inputs, credentials, flow_variables)[0]

    def execute(
        self,
        node_id: str,
        settings: Mapping[str, Any] = _NOTHING,
        inputs: Sequence[Any] = (),
        *,
        credentials: Mapping[str, tuple[str, str]] = _NOTHING,
        flow_variables: Mapping[str, Any] = _NOTHING,
        canceled: Callable[[], bool] | None = None,
        on_progress: Callable[[float, str | None], None] | None = None,
        saved_version: str | None = None,
    ) -> Execution:
        """Configure the node, then execute it.

        Raises as ``configure`` does; OutputError for outputs that KNIME would not take,
        SpecMismatchError for a table other than announced, ExecutionCanceledError when the node
        returned although it was canceled.
        """
        model = self._prepare(node_id, settings, saved_version)
        version = saved_version or self.version
        configured, packed = self._configure(
            node_id, model, version, inputs, credentials, flow_variables
        )
        entry = self._find(node_id)
        given = {**flow_variables, **configured.flow_variables}
        variables = FlowVariables(given)
        side = CallSide(credentials, canceled, on_progress)
        node = self._create(node_id)
        # What configure assigned was stored, and by the version that runs.
        self._backend.inject(node, configured.settings, self.version)
        objects = [
            self._wires.unpack_object(item, port)
            for item, port in pair_inputs(inputs, entry.input_ports)
        ]
        context = self._backend.open_execution(side, variables, entry)
        result = call_in_thread(lambda: node.execute(context, *objects))
        if side.is_canceled():
            raise ExecutionCanceledError(f"node '{entry.name}' was canceled")
        changes = list_changes(given, variables)
        outputs = self._pack_outputs(result, entry, packed)
        after = copy_json(self._backend.extract(node))
        warnings = configured.warnings + side.warnings
        changes = {**configured.flow_variables, **changes}
        return Execution(outputs, after, warnings, side.progress, changes)

    def _configure(  # noqa: PLR0917 - as above
        self,
        node_id: str,
        model: dict[str, Any],
        version: str,
        inputs: Sequence[Any],
        credentials: Mapping[str, tuple[str, str]],
        flow_variables: Mapping[str, Any],
    ) -> tuple[Configured, list[Any]]:
        entry = self._find(node_id)
        for given, port in pair_inputs(inputs, entry.input_ports):
            if given is None and not port.optional:
                raise HostError(f"input '{port.name}' of node '{entry.name}' is not connected")
        node = self._create(node_id)
        self._backend.inject(node, copy_json(model), version)
        specs = self._unpack_specs(entry, inputs)
        side, variables = CallSide(credentials), FlowVariables(flow_variables)
        context = self._backend.open_configuration(side, variables, entry)
        self._backend.check_specs(node, specs)
        result = call_in_thread(lambda: node.configure(context, *specs))
        changes = list_changes(flow_variables, variables)
        packed = [
            None if spec is None else self._wires.pack_spec(spec, port)
            for spec, port in zip(
                list_outputs(result, entry, missing=[None] * len(entry.output_ports)),
                entry.output_ports,
                strict=True,
            )
        ]
        readable = [
            None if wire is None else self._wires.unpack_spec(wire, port)
            for wire, port in zip(packed, entry.output_ports, strict=True)
        ]
        after = copy_json(self._backend.extract(node))
        return Configured(readable, after, side.warnings, changes), packed

    def _pack_outputs(self, result: Any, entry: Any, packed: list[Any]) -> list[Output]:
        outputs: list[Output] = []
        given = list_outputs(result, entry, missing=[])
        for item, port, announced in zip(given, entry.output_ports, packed, strict=True):
            output = self._wires.pack_object(item, port)
            if announced is not None and isinstance(output, TableOutput):
                expected = self._wires.read_schema(announced["table"])
                columns = [(column.name, str(column.ktype)) for column in expected]
                if columns != output.columns:
                    raise SpecMismatchError(
                        f"output '{port.name}' of node '{entry.name}': configure announced "
                        f"{columns}, execute gave {output.columns}"
                    )
            outputs.append(output)
        return outputs

    # --- settings --------------------------------------------------------------------------

    def _prepare(
        self, node_id: str, settings: Mapping[str, Any], saved_version: str | None
    ) -> dict[str, Any]:
        """Return the settings after the dialog's OK: checked, stored, read back, checked."""
        version = saved_version or self.version
        if saved_version is None:
            model = self._merge(node_id, settings)
            self._backend.validate(self._create(node_id), copy_json(model), version)
            model = store_settings(model, self._describe(node_id, version))
        else:
            model = copy_json(dict(settings))
        self._backend.validate(self._create(node_id), copy_json(model), version)
        return model

    def _merge(self, node_id: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        schema = self._describe(node_id, self.version)
        return copy_json(merge_settings(self.default_settings(node_id), settings, schema))

    def _describe(self, node_id: str, version: str) -> dict[str, Any]:
        schema = self._backend.describe(self._create(node_id), version)
        model: dict[str, Any] = schema["properties"]["model"]
        return model

    # --- odds and ends ---------------------------------------------------------------------

    def _unpack_specs(self, entry: Any, inputs: Sequence[Any]) -> list[Any]:
        specs = []
        for given, port in pair_inputs(inputs, entry.input_ports):
            wire = self._wires.wire_of(given)
            specs.append(None if wire is None else self._wires.unpack_spec(wire, port))
        return specs

    def _find(self, node_id: str) -> Any:
        if node_id not in self._nodes:
            raise HostError(f"no node '{node_id}'; there are: {', '.join(self._nodes)}")
        # Other hosts share the API, which knows one version and one vault at a time.
        self._backend.set_version(self.version)
        self._backend.set_vault(self._vault)
        return self._nodes[node_id]

    def _create(self, node_id: str) -> Any:
        return self._backend.create(self._find(node_id))
