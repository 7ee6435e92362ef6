# SPDX-License-Identifier: MIT
"""The sockets below httpcore: another thread can end them, and they know when time is up."""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpcore

if TYPE_CHECKING:
    from collections.abc import Iterable


class HandshakeError(httpcore.ConnectError):
    """TLS could not be agreed upon; `is_inner` if within TLS, which is spoken with a proxy."""

    def __init__(self, message: str, *, is_inner: bool) -> None:
        super().__init__(message)
        self.is_inner = is_inner


class HandshakeTimeoutError(httpcore.ConnectTimeout):
    """TLS was not agreed upon in time; `is_inner` as above."""

    def __init__(self, message: str, *, is_inner: bool) -> None:
        super().__init__(message)
        self.is_inner = is_inner


class Term(NamedTuple):
    """The life of an exchange: it began after so many `cuts`, and ends by `time.monotonic()`."""

    cuts: int = 0
    end: float = math.inf


class Sockets(httpcore.NetworkBackend):
    """Opens connections as httpcore does, and knows those that are open; `cut` ends them all."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()
        self._streams: set[_Stream] = set()
        self._thread = threading.local()
        self._cuts = 0
        self.lock = threading.Lock()
        """Held by whoever ends connections, and by whoever changes what is to be ended."""

    def begin(self) -> Term:
        """Return the term of an exchange that begins now, for the thread that works at it."""
        return Term(self._cuts)

    def attend(self, term: Term) -> None:
        """Let this thread work at the exchange with that term."""
        self._thread.term = term

    def cut(self) -> None:
        """End all connections, also those that exchanges under way are still making."""
        with self.lock:
            self._cuts += 1
            for stream in self._streams:
                stream.shut_down()

    def is_cut(self, term: Term) -> bool:
        """Return whether an exchange has been cut."""
        return term.cuts < self._cuts

    def bound(self, timeout: float | None) -> float | None:
        """Return `timeout`, or what is left to this thread's exchange if that is less.

        Raises TimeoutError if nothing is.
        """
        end = self._term.end
        if end == math.inf:
            return timeout
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time of the exchange is up")
        return left if timeout is None or left < timeout else timeout

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a new connection, as httpcore asks for it."""
        try:
            timeout = self.bound(timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        made = self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        stream = _Stream(self, made, self._term)
        with self.lock:
            self._streams.add(stream)
        stream.hold(made.get_extra_info("socket"))
        return stream

    def forget(self, stream: _Stream) -> None:
        """Take note that a connection is about to be closed."""
        with self.lock:
            self._streams.discard(stream)

    def close(self) -> None:
        """Close what is left open."""
        with self.lock:
            left = list(self._streams)
        for stream in left:
            stream.close()

    @property
    def _term(self) -> Term:
        # A thread that never attended to anything counts as one from the beginning.
        term: Term = getattr(self._thread, "term", _WHOLE)
        return term


_WHOLE = Term()


class _Stream(httpcore.NetworkStream):
    """A connection, with TLS or without.

    It reads and writes by itself: httpcore's own streams set the timeout anew each time, which is
    a system call, and a chance for other threads to take over.
    """

    def __init__(self, sockets: Sockets, stream: httpcore.NetworkStream, term: Term) -> None:
        self._sockets = sockets
        self._stream = stream
        self._term = term
        self._socket: socket.socket = stream.get_extra_info("socket")
        self._timeout: float | None = -1  # not known
        self._held: tuple[socket.socket, ...] = ()

    def hold(self, *held: socket.socket) -> None:
        """Let `held` be what is ended with the connection, and end it if it has been cut."""
        with self._sockets.lock:
            self._held = held
            if self._sockets.is_cut(self._term):
                self.shut_down()

    def shut_down(self) -> None:
        """Wake whoever waits on the connection; the sockets' lock is held."""
        for each in self._held:
            with contextlib.suppress(OSError):
                # Not an SSLSocket's own way, which would take its TLS off under a reader.
                socket.socket.shutdown(each, socket.SHUT_RDWR)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what came, nothing at the end."""
        try:
            self._set_timeout(timeout)
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`."""
        if not buffer:
            # As httpcore ends each request; to send nothing would swallow the news of a reset.
            return
        try:
            self._set_timeout(timeout)
            self._socket.sendall(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def _set_timeout(self, timeout: float | None) -> None:
        timeout = self._sockets.bound(timeout)
        if timeout != self._timeout:
            self._socket.settimeout(timeout)
            self._timeout = timeout

    def close(self) -> None:
        """Close the connection."""
        self._sockets.forget(self)
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on with TLS.

        Raises HandshakeError or HandshakeTimeoutError, and the connection is closed.
        """
        is_inner = isinstance(self._socket, ssl.SSLSocket)
        duplicate: socket.socket | None = None
        secured: httpcore.NetworkStream | None = None
        try:
            if not is_inner:
                # TLS takes the socket over, so that only a duplicate is in reach until it is done.
                duplicate = self._socket.dup()
                self.hold(self._socket, duplicate)
            secured = self._stream.start_tls(
                ssl_context, _strip(server_hostname), self._sockets.bound(timeout)
            )
            if not is_inner:
                self._stream, self._timeout = secured, -1
                self._socket = secured.get_extra_info("socket")
                self.hold(self._socket)
        except (TimeoutError, httpcore.ConnectTimeout) as error:
            raise HandshakeTimeoutError(str(error), is_inner=is_inner) from error
        except (OSError, httpcore.ConnectError) as error:
            raise HandshakeError(str(error), is_inner=is_inner) from error
        finally:
            if secured is None:
                self.close()
            if duplicate is not None:
                duplicate.close()
        return _InnerStream(self, secured, self._sockets) if is_inner else self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's
        """Return what httpcore's own stream knows."""
        return self._stream.get_extra_info(info)


class _InnerStream(httpcore.NetworkStream):
    """TLS with a server, within that with a proxy; `outer` is the connection itself."""

    def __init__(self, outer: _Stream, stream: httpcore.NetworkStream, sockets: Sockets) -> None:
        self._outer = outer
        self._stream = stream
        self._sockets = sockets

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what came, nothing at the end."""
        try:
            timeout = self._sockets.bound(timeout)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`."""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._outer.close()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's
        """Return what httpcore's own stream knows."""
        return self._stream.get_extra_info(info)


def _strip(host: str | None) -> str | None:
    """Return a host without the brackets that an IPv6 address has where a proxy reads it."""
    return host.strip("[]") if host is not None else None
