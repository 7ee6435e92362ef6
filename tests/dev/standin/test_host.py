# SPDX-License-Identifier: MIT
"""What the host refuses; tests/nodes prove that it runs the nodes, their ports and dialogs."""

import threading
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from realtime_dev.host import (
    ExecutionCanceledError,
    Host,
    HostError,
    OutputError,
    SpecMismatchError,
)


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
    """An unknown node, a missing input, too many, and another kind of port are refused."""
    import knime.extension as knext  # noqa: PLC0415 - entered by the fixtures

    with pytest.raises(HostError, match="connect"):
        host.default_settings("nothing")
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
