# SPDX-License-Identifier: MIT
"""The sockets below httpcore, so that another thread can wake whoever waits on one."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    from collections.abc import Iterable


class HandshakeError(httpcore.ConnectError):
    """TLS could not be agreed upon; `is_inner` if within TLS, which is spoken with a proxy."""

    def __init__(self, message: str, *, is_inner: bool) -> None:
        super().__init__(message)
        self.is_inner = is_inner


class Sockets(httpcore.NetworkBackend):
    """Opens connections as httpcore does, and knows those that are open; `cut` ends them all."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()
        self._streams: set[_Stream] = set()
        self._thread = threading.local()
        self.lock = threading.Lock()
        self.cuts = 0
        """How often `cut` was called: an exchange that began before is one too many."""

    def attend(self, cuts: int) -> None:
        """Let this thread work for an exchange that began after so many cuts; 0 if never called."""
        self._thread.cuts = cuts

    def cut(self) -> None:
        """End all connections, also those that exchanges under way are still making."""
        with self.lock:
            self.cuts += 1
            for stream in self._streams:
                stream.shut_down()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a new connection, as httpcore asks for it."""
        made = self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        stream = _Stream(self, made, getattr(self._thread, "cuts", 0))
        with self.lock:
            self._streams.add(stream)
            stream.catch_up()
        return stream

    def forget(self, stream: _Stream) -> None:
        """Take note that a connection is closed."""
        with self.lock:
            self._streams.discard(stream)

    def close(self) -> None:
        """Close what is left open."""
        with self.lock:
            left = list(self._streams)
        for stream in left:
            stream.close()


class _Stream(httpcore.NetworkStream):
    """A connection of an exchange that began after so many `cuts`."""

    def __init__(self, sockets: Sockets, stream: httpcore.NetworkStream, cuts: int) -> None:
        self._sockets = sockets
        self._stream = stream
        self._cuts = cuts
        self._duplicate: socket.socket | None = None
        # httpcore's own stream sets the timeout anew for each read and write: a system call each,
        # and a chance for other threads to take over. It is asked only for TLS within TLS.
        self._socket: socket.socket | None = stream.get_extra_info("socket")
        self._timeout: float | None = -1

    def shut_down(self) -> None:
        """Wake whoever waits on the connection; the sockets' lock is held."""
        for each in (self._duplicate, self._stream.get_extra_info("socket")):
            if each is not None:
                with contextlib.suppress(OSError):
                    # Not an SSLSocket's own way, which would take its TLS off under a reader.
                    socket.socket.shutdown(each, socket.SHUT_RDWR)

    def catch_up(self) -> None:
        """End a connection that came too late to be cut with the others; the lock is held."""
        if self._cuts < self._sockets.cuts:
            self.shut_down()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what came, nothing at the end."""
        if self._socket is None:
            return self._stream.read(max_bytes, timeout)
        try:
            self._set_timeout(timeout)
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`."""
        if self._socket is None:
            self._stream.write(buffer, timeout)
            return
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
        if self._socket is not None and timeout != self._timeout:
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
        """Go on with TLS. Raises HandshakeError if that fails, ConnectTimeout if it takes long."""
        # TLS takes the socket over, so that only a duplicate is in reach until it is done. It
        # does so once: TLS within TLS, as with a proxy, leaves the socket where it is.
        outer = self._stream.get_extra_info("socket")
        is_inner = isinstance(outer, ssl.SSLSocket)
        with self._sockets.lock:
            self._duplicate = None if is_inner else outer.dup()
            self.catch_up()
        secured: httpcore.NetworkStream | None = None
        try:
            secured = self._stream.start_tls(ssl_context, server_hostname, timeout)
        except httpcore.ConnectError as error:
            raise HandshakeError(str(error), is_inner=is_inner) from error
        finally:
            self._end_handshake(secured, is_inner=is_inner)
        return self

    def _end_handshake(self, secured: httpcore.NetworkStream | None, *, is_inner: bool) -> None:
        with self._sockets.lock:
            if self._duplicate is not None:
                self._duplicate.close()
                self._duplicate = None
            if secured is not None:
                self._stream = secured
                self._socket = None if is_inner else secured.get_extra_info("socket")
                self._timeout = -1
                self.catch_up()
        if secured is None:
            # httpcore lets go of the connection without closing it.
            self.close()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's
        """Return what httpcore's own stream knows."""
        return self._stream.get_extra_info(info)
