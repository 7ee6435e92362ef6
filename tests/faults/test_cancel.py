# SPDX-License-Identifier: MIT
"""Cancel ends the node in every phase, and its connection with it."""

import asyncio
import contextlib
import socket
import threading
import time
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass
from typing import Any

import pytest

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.faultsuite.servers import fill_backlog
from realtime_dev.faultsuite.suite import CREDENTIALS, SESSION
from realtime_dev.sandbox.raw import StreamServer

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\nretry-after: 50\r\n\r\n{}"
# No node waits as long as that for a server: what ends earlier was ended by Cancel.
HANG = 120.0
PATIENT = {
    "provider": "compatible",
    "credential": "key",
    "verify": False,
    "network.read_timeout": HANG,
}


@dataclass(frozen=True)
class Phase:
    """What a server does until Cancel is pressed; with `drips`, again and again from then on.

    `line` is a part of the progress line that has to be told before.
    """

    scheme: str = "http"
    sent: bytes = b""
    drips: bytes = b""
    line: str = "attempt 1"


PHASES = {
    "TLS handshake": Phase("https"),
    "waiting for the answer": Phase(),
    "within the status line": Phase(sent=b"HTTP/1.1 200"),
    "waiting for the body": Phase(sent=HEAD),
    "reading a slow body": Phase(sent=HEAD, drips=b"x"),
    "backing off": Phase(sent=BUSY, line="Waiting"),
    "pausing for the server": Phase(sent=BUSY.replace(b"503", b"429"), line="Waiting"),
}


class Watcher(StreamServer):
    """Does on its connection what a phase says, and waits for the client's end of it.

    `reached` is set when all is sent, `closed` when the client has closed the connection. A server
    that is not `reading` leaves the request where it is until `release`.
    """

    def __init__(self, phase: Phase, *, reading: bool = True) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.release = threading.Event()
        self.closed = threading.Event()
        self._phase = phase
        if reading:
            self.release.set()

    async def serve_connection(self, _: int, reader: StreamReader, writer: StreamWriter) -> None:
        """Talk to the client until it leaves."""
        with contextlib.suppress(ConnectionError):
            if self.release.is_set():
                assert await reader.read(65536)
            writer.write(self._phase.sent)
            self.reached.set()
            # Who reads nothing sees an end only after all that was sent.
            while not self.release.is_set():  # noqa: ASYNC110 - another thread sets it
                await asyncio.sleep(0.01)
            while self._phase.drips:
                writer.write(self._phase.drips)
                await writer.drain()
                await asyncio.sleep(0.01)
            while await reader.read(1 << 20):
                pass
        self.closed.set()


class Button:
    """Cancel, pressed as soon as the server and the progress line have come to a phase."""

    def __init__(self, line: str, reached: threading.Event | None = None) -> None:
        self.pressed: float | None = None
        self._line, self._reached = line, reached
        self._is_told = False

    def listen(self, _: float, message: str | None) -> None:
        """Hear a progress line."""
        self._is_told = self._is_told or self._line in (message or "")

    def is_pressed(self) -> bool:
        """Return what the node is told when it asks whether it was canceled."""
        if self._is_told and (self._reached is None or self._reached.is_set()):
            self.pressed = self.pressed or time.monotonic()
        return self.pressed is not None


def cancel(host: Any, url: str, button: Button, session: dict[str, Any] | None = None) -> float:
    """Run the node until the button is pressed; return the seconds from then to its end."""
    given = {**PATIENT, "base_url": url, "network.connect_timeout": 2.0}
    first = host.execute("configuration", given, [None], credentials=CREDENTIALS)
    with pytest.raises(NodeError, match=r"^Canceled\.$"):
        host.execute(
            "session",
            {**SESSION, **(session or {})},
            first.outputs,
            credentials=CREDENTIALS,
            canceled=button.is_pressed,
            on_progress=button.listen,
        )
    assert button.pressed is not None
    return time.monotonic() - button.pressed


def test_while_connecting(host: Any) -> None:
    """A connection that is not made does not hold the node up."""
    with contextlib.ExitStack() as stack:
        # The server's queue is full.
        cancel(host, fill_backlog(stack).url, Button("attempt 1"))


@pytest.mark.parametrize("name", PHASES)
def test_while(host: Any, name: str) -> None:
    """The node ends as canceled, and the server sees the connection closed."""
    phase = PHASES[name]
    with Watcher(phase) as server:
        url = server.url.replace("http", phase.scheme)
        cancel(host, url, Button(phase.line, server.reached))
        assert server.closed.wait(HANG)


def test_while_sending(host: Any) -> None:
    """A server that does not read what is sent does not hold the node up."""
    with Watcher(Phase(), reading=False) as server:
        button = Button("attempt 1", server.reached)
        cancel(host, server.url, button, {"instructions": "word " * 3_000_000})
        server.release.set()
        assert server.closed.wait(HANG)


def test_before_anything_is_sent(host: Any) -> None:
    """A node that was canceled before it started opens no connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        button = Button("")
        button.pressed = time.monotonic()
        cancel(host, f"http://127.0.0.1:{listener.getsockname()[1]}", button)
        listener.setblocking(False)  # noqa: FBT003 - its only argument
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.clock
def test_takes_no_time(host: Any) -> None:
    """In every phase the node has ended a second after Cancel; it is meant to in 300 ms."""
    took = {}
    for name, phase in {"first of all, imports": PHASES["TLS handshake"], **PHASES}.items():
        with Watcher(phase) as server:
            url = server.url.replace("http", phase.scheme)
            took[name] = cancel(host, url, Button(phase.line, server.reached))
    assert {name: seconds for name, seconds in took.items() if seconds > 1} == {}
