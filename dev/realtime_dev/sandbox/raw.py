# SPDX-License-Identifier: MIT
"""Servers below HTTP; `RawServer` sends bytes, waits, resets or stays silent, by a script.

    script = [Step.READ, b"HTTP/1.1 200 OK", 0.1, Step.RESET]
    with RawServer(script) as server:
        httpx.get(server.url)

In this example the client gets a status line, then the connection is reset.
"""

import asyncio
import socket
import ssl
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum

from .loopback import LoopbackServer
from .middleware import reset_transport

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Step(Enum):
    """The steps of a script besides sending bytes (bytes) and waiting (float, seconds)."""

    READ = "wait for one whole HTTP request"
    RECEIVE = "wait for some bytes of any kind"
    RESET = "reset the connection"
    HALF_CLOSE = "close our side of the connection only"
    HOLD = "do nothing until the client disconnects or the server stops"
    CLOSE = "close the connection, as at the end of every script"


Piece = bytes | float | Step
"""One entry of a script: bytes to send, seconds to wait, or another step."""


class StreamServer(LoopbackServer):
    """Calls `serve_connection` for each connection; `connections` is their number."""

    def __init__(self, ssl_context: ssl.SSLContext | None = None) -> None:
        super().__init__(ssl_context=ssl_context)
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def serve_connection(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a connection; `number` counts from 0. The connection is closed at the end.

        ConnectionError and EOFError are ignored: the client may disconnect at any time.
        """

    async def open(self, listener: socket.socket) -> asyncio.Server:
        """Accept connections."""
        return await asyncio.start_server(self._accept, sock=listener, ssl=self._ssl)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve_until_disconnect(self.connections, reader, writer))
        self.connections += 1
        self.transports.add(writer.transport)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Not in the task itself, which never runs if it is canceled before its start.
        task.add_done_callback(lambda _: writer.close())

    async def _serve_until_disconnect(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError, EOFError):
            await self.serve_connection(number, reader, writer)


class RawServer(StreamServer):
    """Runs one script per connection; the last script also serves all later connections.

    `requests` are the raw requests of the READ steps. The operating system resets a connection that
    is closed before all bytes of the client are read: start a script with READ to prevent that.
    """

    def __init__(
        self,
        *scripts: Sequence[Piece],
        ssl_context: ssl.SSLContext | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        super().__init__(ssl_context)
        if not scripts:
            raise ValueError("RawServer needs at least one script")
        self.requests: list[bytes] = []
        self._scripts = scripts
        self._sleep = sleep

    async def serve_connection(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Run the script of the connection."""
        for piece in self._scripts[min(number, len(self._scripts) - 1)]:
            if not await self._run_step(piece, reader, writer):
                break

    async def _run_step(
        self, piece: Piece, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if isinstance(piece, bytes):
            writer.write(piece)
            await writer.drain()
        elif isinstance(piece, int | float):
            await self._sleep(piece)
        elif piece is Step.READ:
            self.requests.append(await read_request(reader))
        elif piece is Step.RECEIVE:
            await reader.read(65536)
        elif piece is Step.HALF_CLOSE:
            writer.write_eof()
        elif piece is Step.HOLD:
            await reader.read()
        elif piece is Step.RESET:
            reset_transport(writer.transport)
        return piece not in (Step.RESET, Step.CLOSE)


def compose_answer(
    body: bytes, *, status: str = "200 OK", headers: Mapping[str, str] | None = None
) -> bytes:
    """Return the bytes of a complete HTTP/1.1 answer that closes its connection.

    `headers` replace the default ones: type, length, `connection: close`.
    """
    implied = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
    }
    given = {name.lower(): value for name, value in (headers or {}).items()}
    lines = [f"{name}: {value}" for name, value in (implied | given).items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines])
    return head.encode("latin-1") + _HEAD_END + body


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Return the bytes of one complete request with a Content-Length."""
    head = await reader.readuntil(_HEAD_END)
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(_LENGTH):
            length = int(line.removeprefix(_LENGTH))
    return head + await reader.readexactly(length)
