# SPDX-License-Identifier: MIT
"""The host: nodes chained, settings merged, outputs checked."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types
import pytest

from realtime_dev.host import (
    CredentialPort,
    ExecutionCanceledError,
    Host,
    HostError,
    OutputError,
    SpecMismatchError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def make_table(*_: object, **columns: Any) -> Any:
    """Return a table of one column of text, or of the columns given."""
    import knime.extension as knext  # noqa: PLC0415 - entered by the fixtures

    return knext.Table.from_pyarrow(pa.table(columns or {"a": ["x"]}))


def test_nodes_and_default_settings(host: Host) -> None:
    """The host lists the extension's nodes and their settings."""
    assert list(host.nodes) == ["connect", "use", "two"]
    assert host.default_settings("connect") == {
        "url": "http://default",
        "seen": "",
        "audio": {"voice": "alloy", "fixed": False, "speed": 1.0},
        "headers": [],
    }
    with pytest.raises(HostError, match="connect"):
        host.default_settings("nothing")


def test_port_objects_travel_as_json_and_bytes(
    extension: Any, host: Host, run: Callable[..., Any]
) -> None:
    """A node downstream gets a copy of the port object and its spec."""
    seen = []
    run(lambda _self, _context, thing, _table: (seen.append(thing), make_table())[1])
    first = host.execute("connect", {"url": "http://x"})
    assert first.outputs[0].spec_json["data"] == {"url": "http://x", "secret": None}
    assert first.outputs[0].data == b"http://x"
    assert first.settings["seen"] == "configured"
    assert isinstance(seen[0], extension.Connection)
    assert (seen[0].payload, seen[0].spec.url) == (b"http://default", "http://default")


def test_credential_port(extension: Any, host: Host) -> None:
    """A credential's spec may be kept in another spec; the secret is in neither."""
    seen = []
    extension.BODY["configure"] = lambda _s, _c, spec, _t: seen.append(spec.secret)
    extension.BODY["execute"] = make_table
    port = CredentialPort("Bearer", "top secret")
    output = host.execute("connect", {}, [port]).outputs[0]
    host.execute("use", {}, [output])
    assert (seen[0].auth_schema, seen[0].auth_parameters) == ("Bearer", "top secret")
    assert "top secret" not in repr([output, output.spec_json, port])


def test_tables_in_and_out(host: Host, run: Callable[..., Any]) -> None:
    """Tables are inputs of other nodes, whole and in batches."""
    table = host.table(pd.DataFrame({"n": [1, 2]}, index=["p", "q"]))
    seen = []

    def use(_node: Any, _context: Any, _connection: Any, given: Any) -> Any:
        seen.extend([given.num_rows, list(given.column_names), len(list(given.batches()))])
        return given

    output = run(use, table=table).outputs[0]
    assert seen == [2, ["n"], 1]
    assert (output.columns, output.row_ids) == ([("n", "Number (Long Integer)")], ["p", "q"])
    assert (output.num_rows, output.to_pandas()["n"].tolist()) == (2, [1, 2])


def test_warnings_and_progress(run: Callable[..., Any]) -> None:
    """What a node says is in the result."""

    def use(_node: Any, context: Any, *_: Any) -> Any:
        context.set_warning("careful")
        context.set_progress(0.5, "half")
        return make_table()

    heard: list[Any] = []
    done = run(use, on_progress=lambda *said: heard.append(said))
    assert (done.warnings, done.progress, heard) == (["careful"], [(0.5, "half")], [(0.5, "half")])


def test_credentials_by_name(run: Callable[..., Any]) -> None:
    """Credentials are asked for by name."""
    seen = []

    def use(_node: Any, context: Any, *_: Any) -> Any:
        seen.append(context.get_credentials("login").password)
        return make_table()

    run(use, credentials={"login": ("me", "pw")})
    assert seen == ["pw"]


@pytest.mark.parametrize(
    ("give", "message"),
    [
        (lambda *_: None, "Table"),
        (lambda *_: [None], "NoneType"),
        (lambda *_: (make_table(), make_table()), "2"),
        (lambda *_: pd.DataFrame({"a": [1]}), "Table"),
        (lambda _s, _c, connection, _t: connection, "Table"),
        (lambda *_: make_table(**{"<RowID>": ["Row0", "Row0"]}), "Row0"),
    ],
)
def test_wrong_outputs(run: Callable[..., Any], give: Callable[..., Any], message: str) -> None:
    """Number and type of outputs are checked, and that RowIDs are unique."""
    with pytest.raises(OutputError, match=message):
        run(give)


def test_outputs_of_different_types(extension: Any, host: Host) -> None:
    """Each output is checked against its port, in configure and in execute."""
    spec = extension.Spec("u")
    extension.BODY["configure"] = lambda *_: (None, spec)
    extension.BODY["execute"] = lambda *_: (make_table(), extension.Connection(spec))
    assert len(host.execute("two").outputs) == 2
    extension.BODY["execute"] = lambda *_: (make_table(), spec)
    with pytest.raises(OutputError, match="Two"):
        host.execute("two")
    for specs in ((spec, spec), (None, "text"), (None,), spec):
        extension.BODY["configure"] = lambda *_, specs=specs: specs
        with pytest.raises(OutputError):
            host.configure("two")


def test_announced_and_given_tables_must_match(run: Callable[..., Any]) -> None:
    """A table other than announced is an error; so is one of another type."""
    import knime.extension as knext  # noqa: PLC0415 - entered by the fixtures

    text = knext.Schema.from_columns([knext.Column(knext.string(), "a")])
    assert run(make_table, text).outputs[0].columns == [("a", "String")]
    with pytest.raises(SpecMismatchError, match="null"):
        run(lambda *_: make_table(a=[None]), text)
    with pytest.raises(SpecMismatchError, match="'b'"):
        run(lambda *_: make_table(b=["x"]), text)


def test_inputs_must_fit(extension: Any, host: Host) -> None:
    """A missing input, too many, and another kind of port are refused."""
    import knime.extension as knext  # noqa: PLC0415 - entered by the fixtures

    connection = host.execute("connect").outputs[0]
    with pytest.raises(HostError, match="not connected"):
        host.configure("use")
    with pytest.raises(HostError, match="3 inputs"):
        host.configure("use", {}, [connection, None, None])
    with pytest.raises(HostError, match="Connection"):
        host.configure("use", {}, [host.table(pd.DataFrame({"a": [1]}))])
    with pytest.raises(HostError, match="str"):
        host.configure("use", {}, ["text"])
    with pytest.raises(HostError, match="output"):
        host.execute("use", {}, [extension.Spec("u")])
    with pytest.raises(knext.InvalidParametersError, match="Unrelated"):
        host.configure("two", {}, [connection])


def test_specs_are_inputs_of_configure(extension: Any, host: Host) -> None:
    """A spec, of a configured node too, is enough to configure the next."""
    seen = []
    extension.BODY["configure"] = lambda _s, _c, spec, _t: seen.append(spec.url)
    spec = host.configure("connect", {"url": "http://y"}).specs[0]
    configured = host.configure("use", {}, [spec])
    assert (seen, configured.specs) == (["http://y"], [None])


def test_exceptions_pass_through(run: Callable[..., Any]) -> None:
    """The node's own exception comes out as it is."""
    error = RuntimeError("mine")

    def use(*_: Any) -> Any:
        raise error

    with pytest.raises(RuntimeError) as caught:
        run(use)
    assert caught.value is error


def test_cancel(run: Callable[..., Any]) -> None:
    """A node sees that it was canceled; what it gives out nevertheless is thrown away."""
    polled = []

    def use(_node: Any, context: Any, *_: Any) -> Any:
        polled.append(context.is_canceled())
        return make_table()

    with pytest.raises(ExecutionCanceledError, match="Use"):
        run(use, canceled=lambda: True)
    assert polled == [True]


def test_nodes_run_on_another_thread_and_are_fresh(run: Callable[..., Any]) -> None:
    """Each call gets a new node, not on the main thread."""
    nodes, threads = [], []

    def use(node: Any, *_: Any) -> Any:
        nodes.append(node)
        threads.append(threading.current_thread() is threading.main_thread())
        return make_table()

    run(use)
    run(use)
    assert threads == [False, False]
    assert nodes[0] is not nodes[1]


def test_visible_controls(host: Host) -> None:
    """The dialog's controls are listed by path, with their rules applied."""
    shown = {control.path: control for control in host.visible("connect")}
    assert list(shown) == ["url", "seen", "audio.voice", "audio.fixed", "headers"]
    assert shown["audio.voice"].choices == [("alloy", "alloy"), ("ash", "ash")]
    assert (shown["audio.voice"].section, shown["url"].value) == ("Audio", "http://default")
    paths = [control.path for control in host.visible("connect", {"audio.fixed": True})]
    assert "audio.speed" in paths
    assert len(host.controls("connect")) == len(shown) + 1


def test_version_comes_from_the_description(tmp_path: Path, extension: Any) -> None:
    """The extension's version is in the knime.yml above its module."""
    (tmp_path / "knime.yml").write_text("name: x\nversion: 1.2.3\n", "utf-8")
    assert Host(module=extension.__name__).version == "1.2.3"
