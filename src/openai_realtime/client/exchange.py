# SPDX-License-Identifier: MIT
"""One HTTP exchange: bounded in size and time, and stopped at once when the user says so."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx

from openai_realtime.client.redirect import CIRCLES, LIMIT, read_redirect
from openai_realtime.client.reply import Reply
from openai_realtime.errors import UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openai_realtime.client.transport import Http

POLL = 0.05
"""Seconds between two looks at the cancel switch; DESIGN allows 0.1."""

SIZE_LIMIT = 4 * 1024 * 1024
"""The largest body that is read, in bytes."""

_PIECE = 16 * 1024


@dataclass
class _Connection:
    """A connection: a duplicate of its socket, and httpx's own (None while TLS takes it over)."""

    duplicate: socket.socket
    owned: socket.socket | None

    @property
    def is_over(self) -> bool:
        return self.owned is not None and self.owned.fileno() < 0


class Sockets:
    """The sockets of a client's connections, so that another thread can wake who waits on one.

    A duplicate of each is kept, because TLS takes the socket object over while it shakes hands.
    As long as there is a duplicate, the system keeps the connection: see `tidy`.
    """

    def __init__(self) -> None:
        self._connections: list[_Connection] = []
        self._lock = threading.Lock()

    def follow(self) -> Line:
        """Return what is to follow one exchange."""
        return Line(self)

    def add(self, owned: socket.socket) -> _Connection:
        """Take note of a new connection."""
        connection = _Connection(owned.dup(), owned)
        with self._lock:
            self._connections.append(connection)
        return connection

    def shut_down(self) -> None:
        """End all connections."""
        with self._lock:
            for connection in self._connections:
                _shut_down(connection.duplicate)

    def drop(self, connection: _Connection) -> None:
        """Let go of a connection."""
        with self._lock:
            connection.duplicate.close()
            self._connections = [each for each in self._connections if each is not connection]

    def tidy(self) -> None:
        """Let go of the connections that httpx has closed."""
        with self._lock:
            left = []
            for connection in self._connections:
                # Looked at once only: another thread may close it at any time.
                if connection.is_over:
                    connection.duplicate.close()
                else:
                    left.append(connection)
            self._connections = left

    def close(self) -> None:
        """Let go of all connections."""
        with self._lock:
            for connection in self._connections:
                connection.duplicate.close()
            self._connections.clear()


class Line:
    """One exchange as httpx's `trace` extension tells of it, in the thread that works at it."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._connection: _Connection | None = None
        self._is_cut = False
        self.is_tunneled = False
        """Whether a proxy has let us through, so that TLS is from here on the server's."""

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take note of a connection; the callback for httpx's `trace` extension."""
        if event == "proxy.start_tls.started":
            self.is_tunneled = True
        if event.endswith(".connect_tcp.complete"):
            owned = info["return_value"].get_extra_info("socket")
            if owned is not None:
                self._connection = self._sockets.add(owned)
                if self._is_cut:
                    # It came too late to be cut with the others, and nobody waits for it.
                    _shut_down(owned)
                    self._sockets.drop(self._connection)
        elif self._connection is not None and event.endswith(".start_tls.started"):
            self._connection.owned = None
        elif self._connection is not None and event.endswith(".start_tls.complete"):
            self._connection.owned = info["return_value"].get_extra_info("socket")
        elif self._connection is not None and event.endswith(".start_tls.failed"):
            self._sockets.drop(self._connection)

    def cut(self) -> None:
        """Wake the exchange by ending all connections, also the one that it is still making."""
        self._is_cut = True
        self._sockets.shut_down()


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def send(client: Http, request: httpx.Request, watch: Callable[[], None] = lambda: None) -> Reply:
    """Send `request` and read the answer's body whole.

    `watch` is called for each piece of the body and may raise. A body that cannot be unpacked is
    left as it came. Raises httpx's errors, and UnexpectedAnswerError as soon as the body exceeds
    `SIZE_LIMIT`.
    """
    response = client.ask(request)
    try:
        # What a test made up is there already; a server's answer is read piece by piece.
        pieces = [response.content] if response.is_stream_consumed else response.iter_raw()
        raw = _collect(pieces, response.status_code, watch)
    finally:
        response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    if "content-encoding" not in headers:
        return Reply(response.status_code, headers, raw)
    packed = httpx.Response(
        response.status_code, headers=response.headers, stream=_Pieces(raw), request=request
    )
    try:
        content = _collect(packed.iter_bytes(), response.status_code, watch)
    except httpx.DecodingError:
        # Better as it came than not at all: the status tells something, raw output shows all.
        return Reply(response.status_code, headers, raw, is_garbled=True)
    return Reply(response.status_code, headers, content)


class _Pieces(httpx.SyncByteStream):
    """A body in pieces, so that what blows up when it is unpacked is noticed in time."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._content), _PIECE):
            yield self._content[start : start + _PIECE]


def _collect(chunks: Iterable[bytes], status: int, watch: Callable[[], None]) -> bytes:
    collected: list[bytes] = []
    size = 0
    for chunk in chunks:
        watch()
        size += len(chunk)
        if size > SIZE_LIMIT:
            raise UnexpectedAnswerError(
                f"The server's answer is larger than {SIZE_LIMIT // 1024 // 1024} MB; this is no "
                "client secret. Check the base URL.",
                status=status,
            )
        collected.append(chunk)
    return b"".join(collected)


def send_on(
    client: Http, request: httpx.Request, watch: Callable[[], None] = lambda: None
) -> Reply:
    """Send `request` as `send` does, and after it what redirects within the server ask for.

    The answer to a redirect that is not followed says why in its `detour`.
    """
    for _ in range(LIMIT + 1):
        reply = send(client, request, watch)
        location = reply.headers.get("location", "")
        redirect = read_redirect(request.method, str(request.url), reply.status, location)
        if redirect is None:
            return reply
        if redirect.problem:
            return replace(reply, detour=redirect.problem)
        request = client.build_request(
            request.method,
            redirect.url,
            content=request.content,
            headers=request.headers,
            extensions=request.extensions,
        )
    return replace(reply, detour=CIRCLES)


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
        thread.join(2 * POLL)
        raise
    thread.join()
    if failures:
        raise failures[0]
    return replies[0]
