# SPDX-License-Identifier: MIT
"""The servers of the fault suite: each function returns a function that starts one."""

import json
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack

from realtime_dev.faultsuite import certificates
from realtime_dev.faultsuite.case import KEY, Server, StartServer
from realtime_dev.sandbox import Fault, Piece, RawServer, Sandbox, Step, compose_answer


def api(*faults: Fault) -> StartServer:
    """Return the sandbox with faults for its first requests; later ones are answered."""

    def start(stack: ExitStack) -> Server:
        sandbox = stack.enter_context(Sandbox(api_key=KEY))
        sandbox.faults.add(*faults)
        return Server(sandbox.base_url, count=lambda: len(sandbox.calls))

    return start


def play(
    *scripts: tuple[Piece, ...], url: str = "{origin}/v1", certificate: str = ""
) -> StartServer:
    """Return a `RawServer` with one script per connection.

    With a `certificate` it serves https; see `certificates.create_server_context`. `url` is the
    base URL for the node. {origin}, {host} and {port} in it and in the bytes of the scripts are
    replaced by those of the server.
    """

    def start(stack: ExitStack) -> Server:
        context = certificates.create_server_context(certificate) if certificate else None
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
    """Return a server that sends exactly these bytes after every request."""
    return play((Step.READ, content))


def reply(body: bytes, status: str = "200 OK", **headers: str) -> StartServer:
    """Return a server with a valid HTTP answer; in names of `headers`, _ stands for -."""
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return send(compose_answer(body, status=status, headers=given))


def reply_json(body: object, status: str = "200 OK") -> StartServer:
    """Return a server with a valid HTTP answer of JSON."""
    return reply(json.dumps(body).encode(), status)


def refuse_connections(stack: ExitStack) -> Server:
    """Reserve a port without listening on it."""
    held = stack.enter_context(socket.socket())
    held.bind(("127.0.0.1", 0))
    return Server(f"http://127.0.0.1:{held.getsockname()[1]}")


def fill_backlog(stack: ExitStack) -> Server:
    """Listen with a full queue, so that the next connection is not accepted."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(8):
        each = stack.enter_context(socket.socket())
        each.setblocking(False)  # noqa: FBT003 - its only argument
        each.connect_ex(listener.getsockname())
    time.sleep(0.05)
    return Server(f"http://127.0.0.1:{listener.getsockname()[1]}")
