# SPDX-License-Identifier: MIT
"""The server that sends extra responses, and the proxy that passes bytes on."""

from __future__ import annotations

import json
import socket

import pytest

from realtime_dev.sandbox import EXTRA_RESPONSES, MintingServer

BODY = {"session": {"type": "realtime", "instructions": "Hi."}}


def ask(server: MintingServer) -> bytes:
    """Send one request; return all bytes until the server closes the connection."""
    content = json.dumps(BODY).encode()
    head = b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(content)
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head + content)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def split(received: bytes) -> tuple[dict[str, object], bytes]:
    """Return the first response, and the bytes after it."""
    answer, end = json.JSONDecoder().raw_decode(received.partition(b"\r\n\r\n")[2].decode())
    return answer, received.partition(b"\r\n\r\n")[2][end:]


@pytest.mark.parametrize("kind", EXTRA_RESPONSES)
def test_every_second_response_has_an_extra_one(kind: str) -> None:
    """An extra response follows every second response, which itself is correct."""
    with MintingServer(EXTRA_RESPONSES[kind], every=2) as server:
        (first, nothing), (second, something) = split(ask(server)), split(ask(server))
    assert (nothing, bool(something), server.extra_sent) == (b"", True, 1)
    assert first["value"] != second["value"]
    for answer in (first, second):
        assert server.minted[str(answer["value"])] == BODY
        assert answer["session"]["instructions"] == "Hi."  # type: ignore[index]
