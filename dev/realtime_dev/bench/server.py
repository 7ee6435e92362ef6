# SPDX-License-Identifier: MIT
"""The benchmark's server: one answer of the sandbox, given at once or after a set time.

The sandbox itself takes more CPU for an answer; with 64 requests in flight at 100 ms it would
be what is measured. This one takes 0.05 ms: it reads as much of HTTP as the sides here speak.

    http://127.0.0.1:PORT/<milliseconds>/v1/realtime/client_secrets
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import threading
import time
from functools import partial
from itertools import count

from realtime_dev.sandbox.answers import draft_ga, wrap_ga

_HOST = "127.0.0.1"
_SECRET = "ek_00000000000000000000000000000000"  # noqa: S105 - stands for one
_LIFETIME = 7200
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"X-Request-Id: req_0123456789abcdef\r\nContent-Length: %d\r\n\r\n"
)
_LENGTH = b"content-length:"


def compose_body(session: dict[str, object]) -> bytes:
    """Return the sandbox's answer to a request for `session`."""
    draft = draft_ga({"session": session})
    identified = {**draft.session, "id": "sess_0123456789abcdef01234"}
    return json.dumps(wrap_ga(identified, _SECRET, int(time.time()) + _LIFETIME)).encode()


def vary(body: bytes, number: int) -> bytes:
    """Return the same answer with a secret of its own."""
    return body.replace(_SECRET.encode(), b"ek_%032d" % number, 1)


class _Exchange(asyncio.Protocol):
    """A connection that stays open for one request after the other."""

    def __init__(self, body: bytes, numbers: count[int]) -> None:
        self._body = body
        self._head = _HEAD % len(body)
        self._numbers = numbers
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            return
        length = _read_length(head)
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        delay = int(head.split(b"/", 2)[1]) / 1000
        if delay:
            asyncio.get_running_loop().call_later(delay, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._head + vary(self._body, next(self._numbers)))


def _read_length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    found = (line.removeprefix(_LENGTH) for line in lines if line.startswith(_LENGTH))
    return int(next(found, b"0"))


async def _serve(certificate: str) -> None:
    loop = asyncio.get_running_loop()
    body = compose_body(json.loads(sys.stdin.readline()))
    make = partial(_Exchange, body, count())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    plain = await loop.create_server(make, _HOST, 0, backlog=512)
    secure = await loop.create_server(make, _HOST, 0, backlog=512, ssl=context)
    ports = [server.sockets[0].getsockname()[1] for server in (plain, secure)]
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    over = asyncio.Event()
    threading.Thread(target=_watch, args=(loop, over), daemon=True).start()
    await over.wait()


def _watch(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    """End the server with whoever started it."""
    sys.stdin.read()
    loop.call_soon_threadsafe(over.set)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
