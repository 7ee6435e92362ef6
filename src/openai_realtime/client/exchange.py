# SPDX-License-Identifier: MIT
"""One HTTP exchange: bounded in size and time, and stopped at once when the user says so."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

from openai_realtime.client.reply import Reply
from openai_realtime.errors import UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

POLL = 0.05
"""Seconds between two looks at the cancel switch; DESIGN allows 0.1."""

SIZE_LIMIT = 4 * 1024 * 1024
"""The largest body that is read, in bytes."""


class Sockets:
    """The sockets of a client's connections, so that another thread can wake who waits on one.

    httpx tells of each new connection through its `trace` extension. A duplicate of the socket
    is kept, because TLS takes the socket object over while it shakes hands.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._shut = False

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take note of a connection; the callback for httpx's `trace` extension."""
        if event.endswith(".connect_tcp.complete"):
            connection = info["return_value"].get_extra_info("socket")
            if connection is not None:
                with self._lock:
                    self._sockets.append(connection.dup())
                    shut = self._shut
                if shut:
                    self.shut_down()

    def shut_down(self) -> None:
        """End all connections, now and those that are still being made."""
        with self._lock:
            self._shut = True
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the duplicates."""
        with self._lock:
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()


def send(client: httpx.Client, request: httpx.Request) -> Reply:
    """Send `request` and read the answer's body whole.

    Raises httpx's errors, and UnexpectedAnswerError as soon as the body exceeds `SIZE_LIMIT`.
    """
    response = client.send(request, stream=True)
    try:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > SIZE_LIMIT:
                raise UnexpectedAnswerError(
                    f"The server's answer is larger than {SIZE_LIMIT // 1024 // 1024} MB; this is "
                    "no client secret. Check the base URL.",
                    status=response.status_code,
                )
            chunks.append(chunk)
    finally:
        response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, headers, b"".join(chunks))


def run_watched(
    work: Callable[[], Reply], watch: Callable[[], None], interrupt: Callable[[], None]
) -> Reply:
    """Return what `work` returns, run in a thread of its own; raise what it raises.

    `watch` is called every `POLL` seconds in the calling thread, which alone may talk to KNIME.
    When it raises, `interrupt` is to wake the worker, and the exception is passed on at once.
    """
    replies: list[Reply] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            replies.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failures.append(error)
        finally:
            done.set()

    watch()
    thread = threading.Thread(target=run, name="openai-realtime-exchange", daemon=True)
    thread.start()
    try:
        while not done.wait(POLL):
            watch()
    except BaseException:
        interrupt()
        thread.join(POLL)
        raise
    thread.join()
    if failures:
        raise failures[0]
    return replies[0]
