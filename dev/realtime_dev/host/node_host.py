# SPDX-License-Identifier: MIT
"""Runs nodes as KNIME does: dialog, ``configure`` and ``execute``."""
# ruff: noqa: ANN401 - objects of the API are of one type in the stand-in, of another in KNIME's

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from realtime_dev.host.backends import Backend
from realtime_dev.host.callbacks import CredentialVault, NodeCallbacks
from realtime_dev.host.dialog_controls import Dialog
from realtime_dev.host.extension import find_version, load_nodes
from realtime_dev.host.results import (
    Configured,
    Control,
    Execution,
    ExecutionCanceledError,
    HostError,
    Output,
    OutputError,
    SpecMismatchError,
    TableOutput,
)
from realtime_dev.host.serialization import Serializer, convert_frame
from realtime_dev.host.settings import merge_settings, store_settings
from realtime_dev.knime_standin.install import install

_EMPTY: Mapping[str, Any] = {}
R = TypeVar("R")


class Host:
    """Runs the nodes of an extension on the stand-in, or on KNIME's API if it is installed.

    ``version`` is the version of the extension, by default that in ``knime.yml``; ``module`` is the
    module that KNIME imports. Settings are nested dicts, dotted paths, or both, and are merged with
    the defaults. With ``saved_version`` they are used as a workflow of that version has saved them,
    without defaults. Inputs are outputs of other executions, None for an optional port without a
    connection, or a ``CredentialPort``. Each call creates a new node and runs it in a thread other
    than the main thread. Exceptions of a node are not changed.

    ``nodes`` maps the ids of the nodes to their declaration: ``name``, ``input_ports``,
    ``output_ports``.
    """

    def __init__(self, version: str | None = None, module: str = "extension") -> None:
        self._backend = _create_backend()
        self._vault = CredentialVault()
        self._serializer = Serializer(self._backend, self._vault)
        self.nodes = load_nodes(self._backend, module)
        self.version = version or find_version(module)

    def default_settings(self, node_id: str) -> dict[str, Any]:
        """Return the settings of a new node. Raises HostError for an unknown id."""
        return _copy_json(self._backend.extract(self._create(node_id)))

    def settings_schema(self, node_id: str) -> dict[str, Any]:
        """Return the JSON schema of the settings. Raises HostError for an unknown id."""
        schema = self._backend.describe(self._create(node_id), self.version)
        model: dict[str, Any] = schema["properties"]["model"]
        return model

    def table(self, data: Any) -> TableOutput:
        """Return a DataFrame or Arrow table as an input for nodes, with KNIME's column types."""
        import knime.extension as knext  # noqa: PLC0415 - the stand-in must be installed before

        if type(data).__name__ == "DataFrame":
            data = convert_frame(data)
        return self._serializer.pack_table(knext.Table.from_pyarrow(data))

    # --- dialog ----------------------------------------------------------------------------

    def controls(
        self,
        node_id: str,
        settings: Mapping[str, Any] = _EMPTY,
        input_specs: Sequence[Any] = (),
        *,
        credentials: Mapping[str, tuple[str, str]] = _EMPTY,
    ) -> list[Control]:
        """Return all controls of the dialog; its rules decide which are visible."""
        model = self._merge(node_id, settings)
        node = self._create(node_id)
        self._backend.inject(node, _copy_json(model), self.version)
        specs = self._unpack_specs(self._find(node_id), input_specs)
        context = self._backend.open_dialog(NodeCallbacks(credentials), specs)
        schema = self._backend.describe(node, self.version, context)
        layout = self._backend.lay_out(node, context)
        return list(Dialog(schema, {"model": model}).list_controls(layout))

    def visible(
        self,
        node_id: str,
        settings: Mapping[str, Any] = _EMPTY,
        input_specs: Sequence[Any] = (),
        **options: Any,
    ) -> list[Control]:
        """Return the visible controls in the dialog's order; see ``controls``."""
        found = self.controls(node_id, settings, input_specs, **options)
        return [control for control in found if control.visible]

    # --- nodes -----------------------------------------------------------------------------

    def configure(
        self,
        node_id: str,
        settings: Mapping[str, Any] = _EMPTY,
        inputs: Sequence[Any] = (),
        *,
        credentials: Mapping[str, tuple[str, str]] = _EMPTY,
        saved_version: str | None = None,
    ) -> Configured:
        """Validate the settings and configure the node; inputs may also be specs.

        Raises what the node raises, LookupError for an unknown setting, OutputError for specs
        that KNIME refuses, HostError if a required input is missing.
        """
        entry = self._find(node_id)
        model = self._prepare(node_id, settings, saved_version)
        for given, port in _pair_inputs(inputs, entry.input_ports):
            if given is None and not port.optional:
                raise HostError(f"input '{port.name}' of node '{entry.name}' is not connected")
        node = self._create(node_id)
        self._backend.inject(node, _copy_json(model), saved_version or self.version)
        specs = self._unpack_specs(entry, inputs)
        callbacks = NodeCallbacks(credentials)
        context = self._backend.open_configuration(callbacks, entry)
        result = _call_in_thread(lambda: node.configure(context, *specs))
        # None: the specs are not known yet.
        listed = (
            [None] * len(entry.output_ports) if result is None else _list_outputs(result, entry)
        )
        copied = [
            None if spec is None else self._serializer.copy_spec(spec, port)
            for spec, port in zip(listed, entry.output_ports, strict=True)
        ]
        return Configured(copied, _copy_json(self._backend.extract(node)), callbacks.warnings)

    def execute(
        self,
        node_id: str,
        settings: Mapping[str, Any] = _EMPTY,
        inputs: Sequence[Any] = (),
        *,
        credentials: Mapping[str, tuple[str, str]] = _EMPTY,
        canceled: Callable[[], bool] = lambda: False,
        on_progress: Callable[[float, str | None], None] = lambda *_: None,
        saved_version: str | None = None,
        flow_variables: Mapping[str, Any] = _EMPTY,
    ) -> Execution:
        """Configure the node, then execute it; its context shows the `flow_variables`.

        Raises as ``configure`` does; OutputError for outputs that KNIME refuses, SpecMismatchError
        for a table that does not match the spec of ``configure``, ExecutionCanceledError if the
        node returned although it was canceled.
        """
        configured = self.configure(
            node_id, settings, inputs, credentials=credentials, saved_version=saved_version
        )
        entry = self._find(node_id)
        callbacks = NodeCallbacks(credentials, canceled, on_progress, flow_variables)
        node = self._create(node_id)
        # KNIME has stored the settings after configure, with the current version.
        self._backend.inject(node, configured.settings, self.version)
        pairs = _pair_inputs(inputs, entry.input_ports)
        objects = [self._serializer.unpack_object(item, port) for item, port in pairs]
        context = self._backend.open_execution(callbacks, entry)
        result = _call_in_thread(lambda: node.execute(context, *objects))
        if callbacks.is_canceled():
            raise ExecutionCanceledError(f"node '{entry.name}' was canceled")
        *listed, view = result if isinstance(result, (list, tuple)) else [result]
        if not hasattr(node, "output_view"):
            listed, view = [*listed, view], None
        outputs = self._pack_outputs(listed, entry, configured.specs)
        after = _copy_json(self._backend.extract(node))
        warnings = configured.warnings + callbacks.warnings
        page = None if view is None else view.html
        return Execution(outputs, after, warnings, callbacks.progress, page)

    def _pack_outputs(self, result: Any, entry: Any, announced: list[Any]) -> list[Output]:
        outputs: list[Output] = []
        listed = _list_outputs(result, entry)
        for item, port, spec in zip(listed, entry.output_ports, announced, strict=True):
            output = self._serializer.pack_object(item, port)
            if spec is not None and isinstance(output, TableOutput):
                columns = [(column.name, str(column.ktype)) for column in spec]
                if columns != output.columns:
                    raise SpecMismatchError(
                        f"output '{port.name}' of node '{entry.name}': configure announced "
                        f"{columns}, execute returned {output.columns}"
                    )
            outputs.append(output)
        return outputs

    # --- settings --------------------------------------------------------------------------

    def _prepare(
        self, node_id: str, settings: Mapping[str, Any], saved_version: str | None
    ) -> dict[str, Any]:
        """Return the settings after OK in the dialog: validated, stored, and validated again."""
        version = saved_version or self.version
        if saved_version is None:
            model = self._merge(node_id, settings)
            self._backend.validate(self._create(node_id), _copy_json(model), version)
            model = store_settings(model, self.settings_schema(node_id))
        else:
            model = _copy_json(settings)
        self._backend.validate(self._create(node_id), _copy_json(model), version)
        return model

    def _merge(self, node_id: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        schema = self.settings_schema(node_id)
        return _copy_json(merge_settings(self.default_settings(node_id), settings, schema))

    # --- lookups ---------------------------------------------------------------------------

    def _unpack_specs(self, entry: Any, inputs: Sequence[Any]) -> list[Any]:
        specs = []
        for given, port in _pair_inputs(inputs, entry.input_ports):
            packed = self._serializer.describe_input(given)
            specs.append(None if packed is None else self._serializer.unpack_spec(packed, port))
        return specs

    def _find(self, node_id: str) -> Any:
        if node_id not in self.nodes:
            raise HostError(f"unknown node '{node_id}'; known: {', '.join(self.nodes)}")
        # Several hosts share the API, which has one vault at a time.
        self._backend.set_vault(self._vault)
        return self.nodes[node_id]

    def _create(self, node_id: str) -> Any:
        return self._backend.create(self._find(node_id))


def _create_backend() -> Backend:
    """Return KNIME's backend if it is installed, otherwise that of the stand-in."""
    if install() == "real":
        from realtime_dev.host.real import RealBackend  # noqa: PLC0415 - imports KNIME's API

        return RealBackend()
    return Backend()


def _copy_json(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the settings, as JSON restores them."""
    copied: dict[str, Any] = json.loads(json.dumps(model))
    return copied


def _pair_inputs(inputs: Sequence[Any], ports: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return pairs of input and port; None for missing inputs. Raises HostError."""
    if len(inputs) > len(ports):
        raise HostError(f"{len(inputs)} inputs were given to a node with {len(ports)} input ports")
    padded = [*inputs, *[None] * (len(ports) - len(inputs))]
    return list(zip(padded, ports, strict=True))


def _list_outputs(result: Any, entry: Any) -> list[Any]:
    """Return one item per output port of the node. Raises OutputError for a wrong number."""
    listed = list(result) if isinstance(result, (list, tuple)) else [result]
    if len(listed) != len(entry.output_ports):
        wanted = len(entry.output_ports)
        raise OutputError(f"node '{entry.name}' has {wanted} outputs but returned {len(listed)}")
    return listed


def _call_in_thread(function: Callable[[], R]) -> R:
    """Call the function in a new thread, as KNIME does; raise what it raises."""
    results: list[R] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            errors.append(error)

    # A daemon thread, so that Ctrl-C does not wait for the node.
    thread = threading.Thread(target=run, name="node", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
