# SPDX-License-Identifier: MIT
"""A forward proxy that passes all bytes on, for http and for CONNECT tunnels."""

import asyncio
from urllib.parse import urlsplit

from .raw import StreamServer


class RelayProxy(StreamServer):
    """Connects each client to the server that its first request names; a context manager."""

    async def serve_connection(
        self, _: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass bytes on in both directions until one side disconnects."""
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _rest = head.decode("latin-1").split(" ", 2)
        place = urlsplit(f"//{target}" if method == "CONNECT" else target)
        there, back = await asyncio.open_connection(place.hostname, place.port)
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                back.write(head)
            await _pipe_both((reader, back), (there, writer))
        finally:
            back.transport.abort()


async def _pipe_both(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    tasks = [asyncio.create_task(_pipe(*way)) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
