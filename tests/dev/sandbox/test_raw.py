# SPDX-License-Identifier: MIT
"""The server below HTTP."""

from __future__ import annotations

import socket
import threading

import httpx
import pytest

from realtime_dev.sandbox import RawServer, Step, compose_answer


def connect(server: RawServer) -> socket.socket:
    """Return a plain connection to the server."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def test_serves_literal_bytes() -> None:
    """Bytes go out as scripted and what came in is kept."""
    with RawServer([Step.READ, compose_answer(b'{"a": 1}', status="201 Made")]) as server:
        answer = httpx.post(server.url, content=b"hello", trust_env=False)
    assert (answer.status_code, answer.reason_phrase, answer.json()) == (201, "Made", {"a": 1})
    assert server.requests[0].startswith(b"POST / HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"\r\n\r\nhello")


def test_serves_scripts_in_turn() -> None:
    """Each connection gets the next script, the last one all that follow."""
    scripts = [[Step.READ, compose_answer(text)] for text in (b"1", b"2")]
    with RawServer(*scripts) as server:
        texts = [httpx.get(server.url, trust_env=False).text for _ in range(3)]
    assert texts == ["1", "2", "2"]
    assert server.connections == 3


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


def test_needs_a_script() -> None:
    """A server without any script is a mistake of the test."""
    with pytest.raises(ValueError, match="script"):
        RawServer()
