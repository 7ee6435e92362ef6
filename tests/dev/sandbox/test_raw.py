# SPDX-License-Identifier: MIT
"""The server below HTTP."""

from __future__ import annotations

import socket
import threading

from realtime_dev.sandbox import RawServer, Step


def connect(server: RawServer) -> socket.socket:
    """Return a plain connection to the server."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def test_waits() -> None:
    """Numbers in a script are seconds of waiting."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with (
        RawServer([0.5, Step.READ, 60, b"x"], sleep=sleep) as server,
        connect(server) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(10) == b"x"
    assert slept == [0.5, 60]


def test_ends_with_connections_open() -> None:
    """Stopping the server drops held connections and leaves no thread."""
    before = threading.enumerate()
    with RawServer([Step.HOLD]) as server:
        connection = connect(server)
    with connection:
        assert connection.recv(1) == b""
    assert threading.enumerate() == before
