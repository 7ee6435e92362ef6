# SPDX-License-Identifier: MIT
"""Cancel ends the node within 300 ms in every phase, and its connection with it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import pytest

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.faultsuite.connections import open_full
from realtime_dev.faultsuite.running import CREDENTIALS, SESSION

if TYPE_CHECKING:
    from collections.abc import Iterator

AFTER = 0.25
WITHIN = 0.3
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\nretry-after: 20\r\n\r\n{}"


class Watcher:
    """Accepts one connection, reads up to `limit` bytes, sends pieces, and notes the end.

    `ended` is when the client's end of the connection was seen to be closed.
    """

    def __init__(self, *pieces: bytes, limit: int = 65536, pause: float = 0.0) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        # Small, so that a big request fills it.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.received = b""
        self.ended = 0.0
        self._pieces, self._limit, self._pause = pieces, limit, pause
        self._release = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="watcher")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._release.set()
        self._thread.join()
        self.listener.close()

    def _serve(self) -> None:
        self.listener.settimeout(5)
        with contextlib.suppress(TimeoutError), self.listener.accept()[0] as connection:
            connection.settimeout(5)
            with contextlib.suppress(ConnectionError):
                if self._limit:
                    self.received = connection.recv(self._limit)
                for piece in self._pieces:
                    connection.sendall(piece)
                    time.sleep(self._pause)
                if not self._limit:
                    # Who reads nothing sees an end only after all that was sent.
                    self._release.wait(5)
                while connection.recv(1 << 20):
                    pass
            self.ended = time.monotonic()


def cancel(
    host: Any,
    url: str,
    session: dict[str, Any] | None = None,
    phase: str = "attempt 1",
    **settings: Any,
) -> float:
    """Run the node; press Cancel soon after the progress line tells of `phase`.

    Returns when that was, after a look at the time that the node then took.
    """
    given = {"provider": "compatible", "base_url": url, "credential": "key", "verify": False}
    first = host.execute("configuration", {**given, **settings}, [None], credentials=CREDENTIALS)
    began: list[float] = []

    def listen(_: float, message: str | None) -> None:
        if not began and phase in (message or ""):
            began.append(time.monotonic())

    with pytest.raises(NodeError, match=r"^Canceled\.$"):
        host.execute(
            "session",
            {**SESSION, **(session or {})},
            first.outputs,
            credentials=CREDENTIALS,
            canceled=lambda: bool(began) and time.monotonic() >= began[0] + AFTER,
            on_progress=listen,
        )
    clicked = began[0] + AFTER
    assert 0 <= time.monotonic() - clicked < WITHIN
    return clicked


@pytest.fixture(autouse=True)
def _warm(host: Any) -> None:
    """Import what the first run of a node imports."""
    with contextlib.suppress(NodeError):
        given = {
            "provider": "compatible",
            "base_url": "http://127.0.0.1:9",
            "credential": "key",
            "verify": False,
            "attempts": 1,
        }
        first = host.execute("configuration", given, [None], credentials=CREDENTIALS)
        host.execute("session", {}, first.outputs, credentials=CREDENTIALS)


@pytest.fixture
def full() -> Iterator[str]:
    """Hand out the address of a server whose queue is full."""
    with contextlib.ExitStack() as stack:
        yield open_full(stack)[0]


def test_while_connecting(host: Any, full: str) -> None:
    """A connection that is not made does not hold the node up."""
    cancel(host, full, connect_timeout=1.0)


@pytest.mark.parametrize(
    ("scheme", "pieces", "pause", "phase"),
    [
        pytest.param("https", (), 0.0, "attempt 1", id="TLS handshake"),
        pytest.param("http", (), 0.0, "attempt 1", id="waiting for the answer"),
        pytest.param("http", (b"HTTP/1.1 200",), 0.0, "attempt 1", id="within the status line"),
        pytest.param("http", (HEAD,), 0.0, "attempt 1", id="waiting for the body"),
        pytest.param("http", (HEAD, *[b"x"] * 60), 0.02, "attempt 1", id="reading a slow body"),
        pytest.param("http", (BUSY,), 0.0, "Waiting", id="backing off"),
    ],
)
def test_while(host: Any, scheme: str, pieces: tuple[bytes, ...], pause: float, phase: str) -> None:
    """The node ends at once, and the server sees the connection closed soon after."""
    with Watcher(*pieces, pause=pause) as server:
        clicked = cancel(host, server.url.replace("http", scheme, 1), phase=phase)
    assert server.received
    # A dripping server notices with its next drops.
    assert clicked < server.ended < clicked + WITHIN + 0.2


def test_while_sending(host: Any) -> None:
    """A server that does not read what is sent does not hold the node up."""
    session = {"instructions": "word " * 3_000_000}
    with Watcher(limit=0) as server:
        cancel(host, server.url, session)
        released = time.monotonic()
    assert released < server.ended < released + 2


def test_before_anything_is_sent(host: Any) -> None:
    """A node that was canceled before it began connects to nobody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        given = {"provider": "compatible", "base_url": url, "credential": "key", "verify": False}
        first = host.execute("configuration", given, [None], credentials=CREDENTIALS)
        with pytest.raises(NodeError, match="Canceled"):
            host.execute(
                "session", {}, first.outputs, credentials=CREDENTIALS, canceled=lambda: True
            )
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()
