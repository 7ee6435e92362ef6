# SPDX-License-Identifier: MIT
"""Servers below HTTP; `RawServer` sends literal bytes, waits, resets and falls silent as scripted.

    script = [Step.READ, b"HTTP/1.1 200 OK", 0.1, Step.RESET]
    with RawServer(script) as server:
        httpx.get(server.url)

The client of this example sees a status line, waits, and loses the connection.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING

from .loopback import LoopbackServer
from .middleware import reset_transport

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Awaitable, Callable, Mapping, Sequence

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Step(Enum):
    """What a script can do besides sending bytes (bytes) and waiting (float, seconds)."""

    READ = "wait for one whole HTTP request"
    RECEIVE = "wait for some bytes of any kind"
    RESET = "reset the connection"
    HALF_CLOSE = "end our side, leave the other open"
    HOLD = "do nothing until the client leaves or the server stops"
    CLOSE = "end the connection; what every script does at its end"


Piece = bytes | float | Step


class StreamServer(LoopbackServer):
    """Plays something on each connection; `connections` counts those that were made."""

    def __init__(self, ssl_context: ssl.SSLContext | None = None) -> None:
        super().__init__(ssl_context=ssl_context)
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def play(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve the connection of that number, from 0; it is closed at the end.

        The client may leave at any time: its ConnectionError or EOFError ends the play quietly.
        """

    async def open(self, listener: socket.socket) -> asyncio.Server:
        """Play on all connections."""
        return await asyncio.start_server(self._accept, sock=listener, ssl=self._ssl)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._play_quietly(self.connections, reader, writer))
        self.connections += 1
        self.transports.add(writer.transport)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Not in the task itself: one that is canceled before it began runs nothing at all.
        task.add_done_callback(lambda _: writer.close())

    async def _play_quietly(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError, EOFError):
            await self.play(number, reader, writer)


class RawServer(StreamServer):
    """Serves one script per connection; the last one serves all that follow.

    `requests` are what the READ steps got, byte by byte. A connection that ends while bytes of the
    client are unread is reset by the system: start scripts with READ where an orderly end matters.
    """

    def __init__(
        self,
        *scripts: Sequence[Piece],
        ssl_context: ssl.SSLContext | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        super().__init__(ssl_context)
        if not scripts:
            raise ValueError("a RawServer needs a script")
        self.requests: list[bytes] = []
        self._scripts = scripts
        self._sleep = sleep

    async def play(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Do what the connection's script says, until its end or the client's."""
        for piece in self._scripts[min(number, len(self._scripts) - 1)]:
            if not await self._do(piece, reader, writer):
                break

    async def _do(
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
    """Return the bytes of a whole HTTP/1.1 answer that ends its connection.

    `headers` replace those that are implied: type, length, `connection: close`.
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
    """Return the bytes of one whole request; a length is taken from its header only."""
    head = await reader.readuntil(_HEAD_END)
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(_LENGTH):
            length = int(line.removeprefix(_LENGTH))
    return head + await reader.readexactly(length)
