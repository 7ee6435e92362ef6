# SPDX-License-Identifier: MIT
"""The servers of the fault suite: each function returns a script, which starts one."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING

from realtime_dev.faultsuite import certificates
from realtime_dev.faultsuite.case import KEY, Server, StartServer
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from realtime_dev.sandbox import Fault, Piece


def api(*faults: Fault) -> StartServer:
    """Return the sandbox, whose next requests get these faults; later ones are answered."""

    def start(stack: ExitStack) -> Server:
        sandbox = stack.enter_context(Sandbox(api_key=KEY))
        sandbox.faults.add(*faults)
        return Server(sandbox.base_url, count=lambda: len(sandbox.calls))

    return start


def play(
    *scripts: tuple[Piece, ...], url: str = "{origin}/v1", certificate: str = ""
) -> StartServer:
    """Return a server with bytes and steps for each connection, the last ones for all later ones.

    `certificate` makes it one of https; see `certificates.make`. `url` is the address that the node
    is given. In it, and in the scripts' bytes, {origin}, {host} and {port} stand for the server's.
    """

    def start(stack: ExitStack) -> Server:
        context = certificates.make(certificate) if certificate else None
        filled = [list(script) for script in scripts]
        server = stack.enter_context(RawServer(*filled, ssl_context=context))
        host = server.url.partition("://")[2]
        known = {"origin": server.url, "host": host, "port": host.partition(":")[2]}
        for script in filled:
            script[:] = [
                _fill(piece, known) if isinstance(piece, bytes) else piece for piece in script
            ]
        address = _fill(url.encode(), known).decode()
        return Server(address, host, lambda: len(server.requests))

    return start


def _fill(text: bytes, known: Mapping[str, str]) -> bytes:
    for name, value in known.items():
        text = text.replace(f"{{{name}}}".encode(), value.encode())
    return text


def send(content: bytes) -> StartServer:
    """Return a server that sends `content`, byte by byte, to every request."""
    return play((Step.READ, content))


def reply(body: bytes, status: str = "200 OK", **headers: str) -> StartServer:
    """Return a server with a proper HTTP answer; in names of `headers`, _ stands for -."""
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return send(compose_answer(body, status=status, headers=given))


def reply_json(body: object, status: str = "200 OK") -> StartServer:
    """Return a server with a proper HTTP answer of JSON."""
    return reply(json.dumps(body).encode(), status)


def refuse(stack: ExitStack) -> Server:
    """Hold a port at which nothing listens."""
    held = stack.enter_context(socket.socket())
    held.bind(("127.0.0.1", 0))
    return Server(f"http://127.0.0.1:{held.getsockname()[1]}")


def open_full(stack: ExitStack) -> Server:
    """Listen with a queue so full that the next connection is not made."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(8):
        each = stack.enter_context(socket.socket())
        each.setblocking(False)  # noqa: FBT003 - its only argument
        each.connect_ex(listener.getsockname())
    time.sleep(0.05)
    return Server(f"http://127.0.0.1:{listener.getsockname()[1]}")
