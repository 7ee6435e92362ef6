# SPDX-License-Identifier: MIT
"""The server that sends extra responses, and the proxy that passes bytes on."""

from __future__ import annotations

import json
import socket
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from realtime_dev.faultsuite import certificates
from realtime_dev.sandbox import EXTRA_RESPONSES, MintingServer, RelayProxy

if TYPE_CHECKING:
    from pathlib import Path

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


def test_connections_are_kept() -> None:
    """One connection serves many requests; with `close` each request has its own connection."""
    with MintingServer() as server, httpx.Client(trust_env=False) as client:
        values = {client.post(server.url, json=BODY).json()["value"] for _ in range(3)}
    assert (len(values), server.connections) == (3, 1)
    with MintingServer(value="ek", close=True) as server, httpx.Client(trust_env=False) as client:
        values = {client.post(server.url, json=BODY).json()["value"] for _ in range(3)}
    assert (values, server.connections) == ({"ek"}, 3)


def test_refuses() -> None:
    """Refused requests get the given bytes."""
    refusal = b"HTTP/1.1 429 No\r\ncontent-length: 0\r\n\r\n"
    with MintingServer(refuse=lambda number: refusal if number == 2 else None) as server:
        received = [ask(server) for _ in range(3)]
    assert [each == refusal for each in received] == [False, True, False]
    assert len(server.minted) == 2


@pytest.mark.parametrize("secure", [False, True])
def test_relay(tmp_path: Path, *, secure: bool) -> None:
    """The proxy passes requests on, over http and through a tunnel."""
    authority = str(certificates.write_authority(tmp_path))
    context = certificates.create_server_context("good") if secure else None
    trust = ssl.create_default_context(cafile=authority)
    with (
        MintingServer(ssl_context=context) as server,
        RelayProxy() as relay,
        httpx.Client(trust_env=False, proxy=relay.url, verify=trust) as client,
    ):
        statuses = [client.post(server.url, json=BODY).status_code for _ in range(2)]
    assert (statuses, relay.connections, server.connections) == ([200, 200], 1, 1)
