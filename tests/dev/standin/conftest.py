# SPDX-License-Identifier: MIT
"""A small extension on disk, loaded into a host on whichever API is installed."""

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from realtime_dev.host import Host

_numbers = itertools.count()

EXTENSION = '''
import knime.extension as knext


class Spec(knext.PortObjectSpec):
    def __init__(self, url):
        self.url = url

    def serialize(self):
        return {"url": self.url}

    @classmethod
    def deserialize(cls, data):
        return cls(data["url"])


class Connection(knext.PortObject):
    def serialize(self):
        return b""

    @classmethod
    def deserialize(cls, spec, storage):
        return cls(spec)


CONNECTION = knext.port_type("Connection", Connection, Spec, id=__name__)
UNRELATED = knext.port_type("Unrelated", type("U", (knext.PortObject,), {}),
                            type("US", (knext.PortObjectSpec,), {}), id=__name__ + ".u")


@knext.parameter_group("Audio")
class Audio:
    """How it sounds."""

    voice = knext.StringParameter("Voice", "A voice.", choices=["alloy", "ash"])
    speed = knext.DoubleParameter("Speed", "A speed.", 1.0, max_value=2.0)


@knext.parameter_group("Header")
class Header:
    """A header."""

    name = knext.StringParameter("Name", "A name.", "x")
    size = knext.IntParameter("Size", "A size.", 1)


@knext.node("Connect", knext.NodeType.SOURCE, "icon.png", "/", id="connect")
@knext.output_port("Connection", "A connection.", CONNECTION)
class Connect(knext.PythonNode):
    """Connects."""

    url = knext.StringParameter("URL", "Where.", "http://default")
    audio = Audio()
    headers = knext.ParameterArray(Header(), "Headers", "Some.")

    def configure(self, context):
        return Spec(self.url)

    def execute(self, context):
        return Connection(Spec(self.url))


@knext.node("Use", knext.NodeType.OTHER, "icon.png", "/", id="use")
@knext.input_port("Connection", "A connection.", CONNECTION)
@knext.input_table("Table", "A table.", optional=True)
@knext.input_port("Unrelated", "Another kind.", UNRELATED, optional=True)
@knext.output_table("Out", "A table.")
@knext.output_port("Same", "The connection.", CONNECTION)
class Use(knext.PythonNode):
    """Runs what the test put into BODY."""

    count = knext.IntParameter("Count", "A count.", 1, min_value=0)
    new = knext.StringParameter("New", "New.", "added", since_version="1.1.0")

    def configure(self, context, spec, *_):
        return BODY["configure"](context, spec)

    def execute(self, context, connection, table, _):
        return BODY["execute"](context, connection, table)


BODY = {}


def make_table(**columns):
    import pyarrow
    return knext.Table.from_pyarrow(pyarrow.table(columns))
'''


@pytest.fixture
def extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module of a fresh copy of the extension."""
    name = f"standin_extension_{next(_numbers)}"
    (tmp_path / f"{name}.py").write_text(EXTENSION, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    Host("1.1.0", name)
    return sys.modules[name]


@pytest.fixture
def host(extension: Any) -> Host:
    """Return a host of the extension, in version 1.1.0."""
    return Host("1.1.0", extension.__name__)


@pytest.fixture
def run(extension: Any, host: Host) -> Callable[..., Any]:
    """Return a function that executes the node "use", which does and announces what it is told.

    Without being told it gives out a table and the connection.
    """

    def execute(
        do: Callable[..., Any] = lambda *_: None,
        announce: Callable[..., Any] = lambda *_: None,
        *,
        table: Any = None,
        settings: dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        def do_or_pass(context: Any, connection: Any, given: Any) -> Any:
            result = do(context, connection, given)
            return (extension.make_table(a=["x"]), connection) if result is None else result

        extension.BODY.update(configure=announce, execute=do_or_pass)
        connection = host.execute("connect").outputs[0]
        return host.execute("use", settings or {}, [connection, table], **options)

    return execute
