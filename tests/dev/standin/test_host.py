# SPDX-License-Identifier: MIT
"""The host: nodes chained, inputs and outputs checked, dialogs listed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pandas as pd
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


def test_nodes_and_default_settings(host: Host) -> None:
    """The host lists the extension's nodes and their settings."""
    assert list(host.nodes) == ["connect", "use"]
    assert host.default_settings("connect") == {
        "url": "http://default",
        "seen": "",
        "audio": {"voice": "alloy", "fixed": False, "speed": 1.0},
        "headers": [],
    }
    with pytest.raises(HostError, match="connect"):
        host.default_settings("nothing")


def test_port_objects_travel_as_json_and_bytes(extension: Any, run: Callable[..., Any]) -> None:
    """A node downstream gets a copy of the port object and its spec, and may pass it on."""
    seen: list[Any] = []
    done = run(lambda _, connection, __: seen.append(connection))
    assert isinstance(seen[0], extension.Connection)
    assert (seen[0].payload, seen[0].spec.url) == (b"http://default", "http://default")
    assert done.outputs[1].spec_json["data"] == {"url": "http://default", "secret": None}
    assert done.outputs[1].data == b"http://default"


def test_configure_may_change_settings(host: Host) -> None:
    """Execute sees settings that configure has changed."""
    assert host.execute("connect", {"url": "http://x"}).settings["seen"] == "configured"


def test_credential_port(extension: Any, host: Host) -> None:
    """A credential's spec may be kept in another spec; the secret is in neither."""
    seen: list[Any] = []
    extension.BODY["configure"] = lambda _, spec: seen.append(spec.secret)
    port = CredentialPort("Bearer", "top secret")
    output = host.execute("connect", {}, [port]).outputs[0]
    host.configure("use", {}, [output])
    assert (seen[0].auth_schema, seen[0].auth_parameters) == ("Bearer", "top secret")
    assert "top secret" not in repr([output, output.spec_json, port])


def test_tables_in_and_out(host: Host, run: Callable[..., Any]) -> None:
    """Tables are inputs of other nodes, whole and in batches."""
    table = host.table(pd.DataFrame({"n": [1, 2]}, index=["p", "q"]))
    seen = []

    def use(_: Any, connection: Any, given: Any) -> Any:
        seen.extend([given.num_rows, list(given.column_names), len(list(given.batches()))])
        return given, connection

    output = run(use, table=table).outputs[0]
    assert seen == [2, ["n"], 1]
    assert (output.columns, output.row_ids) == ([("n", "Number (Long Integer)")], ["p", "q"])
    assert (output.num_rows, output.to_pandas()["n"].tolist()) == (2, [1, 2])


def test_what_a_node_says_and_asks(run: Callable[..., Any]) -> None:
    """A node gets credentials by name and flow variables; the result has warnings and progress."""
    seen = []

    def use(context: Any, *_: Any) -> None:
        context.set_warning("careful")
        context.set_progress(0.5, "half")
        seen.extend([context.get_credentials("login").password, context.flow_variables])

    heard: list[Any] = []
    done = run(
        use,
        credentials={"login": ("me", "pw")},
        on_progress=lambda *x: heard.append(x),
        flow_variables={"n": 1},
    )
    assert (done.warnings, done.progress, heard) == (["careful"], [(0.5, "half")], [(0.5, "half")])
    assert seen == ["pw", {"n": 1}]


@pytest.mark.parametrize(
    ("give", "message"),
    [
        (lambda _, thing: thing, "2 outputs"),
        (lambda _, thing: (None, thing), "Table"),
        (lambda _, thing: (pd.DataFrame({"a": [1]}), thing), "Table"),
        (lambda make, thing: (make(**{"<RowID>": ["Row0", "Row0"]}), thing), "Row0"),
        (lambda make, thing: (make(a=["x"]), thing.spec), "Connection"),
    ],
)
def test_wrong_outputs(
    extension: Any, run: Callable[..., Any], give: Callable[..., Any], message: str
) -> None:
    """Number and types of outputs are checked, and that RowIDs are unique."""
    with pytest.raises(OutputError, match=message):
        run(lambda _, connection, __: give(extension.make_table, connection))


@pytest.mark.parametrize(
    "announce", [lambda spec: (spec, spec), lambda _: (None, "text"), lambda _: (None,)]
)
def test_wrong_specs(run: Callable[..., Any], announce: Callable[..., Any]) -> None:
    """What configure announces is checked against the ports as well."""
    with pytest.raises(OutputError):
        run(announce=lambda _, spec: announce(spec))


def test_announced_and_given_tables_must_match(extension: Any, run: Callable[..., Any]) -> None:
    """A table other than announced is an error; so is one of another type."""
    import knime.extension as knext  # noqa: PLC0415 - entered by the fixtures

    def announce(_: Any, spec: Any) -> Any:
        return knext.Schema.from_columns([knext.Column(knext.string(), "a")]), spec

    assert run(announce=announce).outputs[0].columns == [("a", "String")]
    for columns, message in (({"a": [None]}, "null"), ({"b": ["x"]}, "'b'")):
        table = extension.make_table(**columns)
        with pytest.raises(SpecMismatchError, match=message):
            run(lambda _, thing, __, table=table: (table, thing), announce)


def test_inputs_must_fit(extension: Any, host: Host) -> None:
    """A missing input, too many, and another kind of port are refused."""
    import knime.extension as knext  # noqa: PLC0415 - entered by the fixtures

    connection = host.execute("connect").outputs[0]
    table = host.table(pd.DataFrame({"a": [1]}))
    for inputs, message in (
        ([], "not connected"),
        ([connection, None, None, None], "4 inputs"),
        ([table], "Connection"),
        (["text"], "str"),
    ):
        with pytest.raises(HostError, match=message):
            host.configure("use", {}, inputs)
    extension.BODY["configure"] = lambda *_: None
    with pytest.raises(HostError, match="output"):
        host.execute("use", {}, [extension.Spec("u")])
    with pytest.raises(knext.InvalidParametersError, match="Unrelated"):
        host.configure("use", {}, [connection, None, connection])


def test_specs_are_inputs_of_configure(extension: Any, host: Host) -> None:
    """A spec, of a configured node too, is enough to configure the next."""
    seen: list[str] = []
    extension.BODY["configure"] = lambda _, spec: seen.append(spec.url)
    spec = host.configure("connect", {"url": "http://y"}).specs[0]
    assert host.configure("use", {}, [spec]).specs == [None, None]
    assert seen == ["http://y"]


def test_exceptions_pass_through(run: Callable[..., Any]) -> None:
    """The node's own exception comes out as it is, from a thread of its own."""
    threads = []
    error = RuntimeError("mine")

    def use(*_: Any) -> Any:
        threads.append(threading.current_thread())
        raise error

    with pytest.raises(RuntimeError) as caught:
        run(use)
    assert caught.value is error
    assert threads != [threading.main_thread()]


def test_cancel(run: Callable[..., Any]) -> None:
    """A node can see that it was canceled; its outputs are dropped."""
    polled = []
    with pytest.raises(ExecutionCanceledError, match="Use"):
        run(lambda context, *_: polled.append(context.is_canceled()), canceled=lambda: True)
    assert polled == [True]


def test_controls(host: Host) -> None:
    """The dialog's controls are listed by path, with their rules applied."""
    shown = {control.path: control for control in host.visible("connect")}
    assert list(shown) == ["url", "seen", "audio.voice", "audio.fixed", "headers"]
    assert shown["audio.voice"].choices == [("alloy", "alloy"), ("ash", "ash")]
    assert (shown["audio.voice"].label, shown["url"].value) == ("Voice", "http://default")
    paths = [control.path for control in host.visible("connect", {"audio.fixed": True})]
    assert "audio.speed" in paths
    assert len(host.controls("connect")) == len(shown) + 1


def test_version_comes_from_the_description(tmp_path: Path, extension: Any) -> None:
    """The extension's version is in the knime.yml above its module."""
    (tmp_path / "knime.yml").write_text("name: x\nversion: 1.2.3\n", "utf-8")
    assert Host(module=extension.__name__).version == "1.2.3"
