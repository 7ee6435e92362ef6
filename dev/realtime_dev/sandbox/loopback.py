# SPDX-License-Identifier: MIT
"""The base of all servers in the sandbox: a socket on 127.0.0.1 and a thread with an event loop."""

from __future__ import annotations

import asyncio
import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

if TYPE_CHECKING:
    import ssl

_HOST = "127.0.0.1"


class LoopbackServer(ABC):
    """A context manager that serves in a thread, with TLS if there is an `ssl_context`.

    `port` is 0 for any free port. While it runs, `url` is its address without a path.
    """

    def __init__(self, *, ssl_context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.url = ""
        self.transports: WeakSet[asyncio.WriteTransport] = WeakSet()
        self._port = port
        self._ssl = ssl_context
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @abstractmethod
    async def open(self, listener: socket.socket) -> asyncio.Server:
        """Serve the connections to `listener`; add their transports to `transports`."""

    async def close(self) -> None:  # noqa: B027 - most servers have nothing more to close
        """Close what is not one of `transports`; runs at the end."""

    def __enter__(self) -> Self:
        """Start to accept connections. Raises OSError if the port is in use."""
        listener = _listen(self._port)
        scheme = "http" if self._ssl is None else "https"
        self.url = f"{scheme}://{_HOST}:{listener.getsockname()[1]}"
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(listener, ready)), name="sandbox", daemon=True
        )
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections and wait until the thread has ended."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    async def _run(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self.open(listener)
        ready.set()
        await self._stop.wait()
        await _stop_accepting(listener)
        server.close()
        await self.close()
        for transport in list(self.transports):
            transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Aborted transports close their sockets in the next iteration of the event loop.
        await asyncio.sleep(0.01)


def _listen(port: int) -> socket.socket:
    """Return a socket that listens on 127.0.0.1; port 0 means any free one."""
    # asyncio turns Nagle's algorithm off only if the socket names its protocol; with Nagle, every
    # answer takes 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


async def _stop_accepting(listener: socket.socket) -> None:
    """Accept no more connections, and wait until accepted ones have become transports."""
    # asyncio leaks a connection that is accepted but not yet passed on when its server closes.
    # Only event loops with selectors support this; skip it on others.
    with suppress(NotImplementedError):
        asyncio.get_running_loop().remove_reader(listener)
    await asyncio.sleep(0.01)
