# SPDX-License-Identifier: MIT
"""One worker's connection to the server: bounded in size and time, cut from any thread.

A connection is used again only after a success. The socket comes from the `trace` extension that
httpx documents; another thread can shut a duplicate of it down at any time, also during the TLS
handshake, which wakes the thread that waits on it.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import zlib
from collections.abc import Mapping
from typing import Any

from openai_realtime.client.authentication import SecretHeaders
from openai_realtime.client.configuration import DEFAULT_PORTS
from openai_realtime.client.failures import ConnectionFailedError as Failure
from openai_realtime.client.failures import explain_failure
from openai_realtime.client.pacing import Clock
from openai_realtime.client.reply import Reply
from openai_realtime.client.transport import TRANSPORT_ERRORS, Route, httpx
from openai_realtime.errors import CanceledError, UnexpectedAnswerError, fold
from openai_realtime.request import SessionRequest

SIZE_LIMIT = 4 * 1024 * 1024  # bytes of a body
MAX_REDIRECTS = 5
_MAX_IDLE = 4.0  # seconds; many servers close a connection after 5
# For zlib; what is called deflate comes with a zlib header or without.
_WINDOW_BITS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
_REDIRECTS = {301: False, 302: False, 303: False, 307: True, 308: True}  # is the body sent again?


class Connection:
    """At most one open connection to a server; only `interrupt` is safe from other threads."""

    def __init__(self, route: Route, clock: Clock) -> None:
        self.is_fresh = True  # the last call opened a new connection
        self.is_connecting = False  # a name is looked up or an address tried: not interruptible
        self._handshake = ""  # whose TLS is negotiated: "connection" or, in a tunnel, "proxy"
        self.row: int | None = None  # the row of the request under way, for the engine
        self.permission: int | None = None  # the pacer's, for the call under way
        self.last_request: SessionRequest | None = None  # what was sent last
        self._route = route
        self._clock = clock
        self._transport: httpx.BaseTransport | None = None
        self._stream: object = None  # that of the last answer
        self._idle_since = 0.0
        self._socket: socket.socket | None = None
        self._end = math.inf
        self._is_stopped = False
        self._lock = threading.Lock()

    def send(self, request: SessionRequest, headers: SecretHeaders, end: float) -> Reply | Failure:
        """Send a request, and what redirects within the server ask for; return the answer.

        `end` is the time of the clock at which the call is interrupted. Raises
        UnexpectedAnswerError for a body above `SIZE_LIMIT`, CanceledError once the connection has
        been stopped.
        """
        configuration, proxy = self._route.configuration, self._route.proxy
        # Masked in all texts, because servers and proxies repeat them at times.
        secrets = (*headers.secrets, proxy.password if proxy else "", *request.secrets)
        method, url = request.method, f"{configuration.base_url}/{request.endpoint}"
        with self._lock:
            if self._is_stopped:
                raise CanceledError
            self._end = end
        try:
            for _ in range(MAX_REDIRECTS + 1):
                built = self._route.build_request(request, url, headers.values)
                reply = self._exchange(built, secrets, end)
                reply.url = url
                if reply.is_success:
                    return reply
                # After an error, a connection may contain unexpected data.
                self.drop()
                location = reply.headers.get("location", "")
                url, reply.redirect_problem = resolve_redirect(method, url, reply.status, location)
                if not url:
                    return reply
        except TRANSPORT_ERRORS as error:
            self.drop()
            return explain_failure(error, configuration.host, proxy, secrets, self._handshake)
        except BaseException:
            self.drop()
            raise
        finally:
            self._end = math.inf
        reply.redirect_problem = (
            f"The server redirects the request more than {MAX_REDIRECTS} times. Check the base URL."
        )
        return reply

    def interrupt(self, now: float = math.inf) -> bool:
        """Shut the connection down if its call should have ended by `now`; return whether it is.

        Without `now` it is stopped for good, with whatever call is under way. For any thread.
        """
        with self._lock:
            self._is_stopped = self._is_stopped or now == math.inf
            is_late = now >= self._end
            if is_late or self._is_stopped:
                self._shut_down()
            return is_late

    def drop(self) -> None:
        """Close the connection; the next call opens another one."""
        transport, self._transport = self._transport, None
        self._stream = None
        self._hold(None)
        if transport is not None:
            transport.close()

    def _exchange(self, request: httpx.Request, secrets: tuple[str, ...], end: float) -> Reply:
        now = self._clock.monotonic()
        # Otherwise httpx would replace a connection that the server has closed by one that is not
        # traced, and so cannot be interrupted.
        kept: Any = self._stream
        if now - self._idle_since > _MAX_IDLE or (kept and kept.get_extra_info("is_readable")):
            self.drop()
        left = max(end - now, 0.001)  # httpx takes 0 as "do not wait"
        connect = min(self._route.configuration.connect_timeout, left)
        read = min(self._route.configuration.read_timeout, left)
        timeouts = {"connect": connect, "read": read, "write": read, "pool": read}
        request.extensions = {"timeout": timeouts}
        self.is_fresh = self._transport is None
        if self._transport is None:
            # Traced only here, because it takes a tenth of the time of a whole request.
            request.extensions["trace"] = self._trace
            self._transport = self._route.open_transport()
        violation = ""
        try:
            response = self._transport.handle_request(request)
            try:
                raw = self._read_body(response, end)
            finally:
                response.close()
        except TRANSPORT_ERRORS:
            raise
        except Exception as error:
            # httpx does not translate every error of h11 for an invalid answer.
            if not (isinstance(error, ValueError) or type(error).__module__.startswith("h11")):
                raise
            violation = type(error).__name__
        if violation:
            # Outside of the handler, because such errors may quote secrets.
            raise httpx.RemoteProtocolError(violation)
        self._keep(response)
        status, headers = response.status_code, response.headers
        content = _decompress(raw, status, headers.get("content-encoding", ""))
        # Kept as received otherwise: the status is still useful, and raw output shows the body.
        reply = Reply(status, headers, raw if content is None else content, secrets)
        reply.is_undecodable = content is None
        return reply

    def _keep(self, response: httpx.Response) -> None:
        """Keep the connection if it is still open."""
        stream = response.extensions.get("network_stream")
        used = None if stream is None else stream.get_extra_info("socket")
        if used is None or used.fileno() < 0:
            self.drop()
        elif stream is not self._stream and not self.is_fresh:
            # httpx opened another connection by itself, because the last one was closed.
            self.is_fresh = True
            self._hold(used)
        self._stream, self._idle_since = stream, self._clock.monotonic()

    def _read_body(self, response: httpx.Response, end: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            _check_size(len(body), response.status_code)
            if self._clock.monotonic() >= end:
                break
        # Also after the last chunk: a body that ends with the connection may have been cut off by
        # the deadline.
        if self._clock.monotonic() >= end:
            raise httpx.ReadTimeout("the deadline has passed")
        return bytes(body)

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        layer, _, name = event.partition(".")
        self.is_connecting = name == "connect_tcp.started"
        if self.is_connecting:
            self.is_fresh, self._handshake = True, ""
        elif name == "connect_tcp.complete":
            self._hold(info["return_value"].get_extra_info("socket"))
        elif name == "start_tls.started":
            self._handshake = layer
        elif name == "start_tls.complete" and layer == "connection":
            self._handshake = ""

    def _hold(self, used: socket.socket | None) -> None:
        """Keep a duplicate of the socket in use in place of the last one."""
        # Not its own dup(), which a socket with TLS does not have.
        duplicate = used and socket.fromfd(used.fileno(), used.family, used.type)
        with self._lock:
            previous, self._socket = self._socket, duplicate
            if self._is_stopped or self._clock.monotonic() >= self._end:
                self._shut_down()
        if previous is not None:
            previous.close()

    def _shut_down(self) -> None:
        """Wake whoever waits on the socket; the lock is held."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def resolve_redirect(method: str, url: str, status: int, location: str) -> tuple[str, str]:
    """Return where to send a request to `url` again, and why not; at least one of them is empty.

    Redirects are followed only to the same origin (scheme, host, port), because the key goes
    along. `location` is the header of that name.
    """
    if status not in _REDIRECTS:
        return "", ""
    said = f"The server sends the request elsewhere ({status})"
    here, there = httpx.URL(url), httpx.URL()
    # Some programs read a backslash as a slash, others as part of a name.
    if location and "\\" not in location:
        with contextlib.suppress(httpx.InvalidURL, ValueError):
            there = here.join(location)
    if not there.host or there.scheme not in DEFAULT_PORTS:
        return "", f"{said}, but does not say where. Check the base URL."
    is_same = (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port)
    # A user name in the address would replace our key.
    if not is_same or there.userinfo:
        host = fold(there.host, 80)
        if here.host == there.host:
            host = f"{there.scheme}://{host}:{there.port or DEFAULT_PORTS[there.scheme]}"
        return "", (
            f"The server sends the request to {host} ({status}). It is not sent there, because "
            "the key is for one server only. If that one is right, enter it as the base URL."
        )
    if method != "GET" and not _REDIRECTS[status]:
        return "", f"{said}, without what is sent to it. Check the base URL."
    return str(there.copy_with(fragment=None)), ""


def _decompress(raw: bytes, status: int, encoding: str) -> bytes | None:
    """Return a body without its compression; None if it is not in its declared encoding.

    Compression is not asked for. A proxy on the way may compress all the same.
    """
    for coding in reversed(encoding.lower().replace(",", " ").split()):
        inflated = _inflate(raw, coding)
        if inflated is None:
            return None
        _check_size(len(inflated), status)
        raw = inflated
    return raw


def _inflate(raw: bytes, coding: str) -> bytes | None:
    if not raw or coding == "identity":
        return raw
    for bits in _WINDOW_BITS.get(coding, ()):
        with contextlib.suppress(zlib.error):
            # One byte more than allowed: a few bytes can become gigabytes.
            return zlib.decompressobj(bits).decompress(raw, SIZE_LIMIT + 1)
    if coding not in _WINDOW_BITS:
        with contextlib.suppress(UnicodeDecodeError):
            raw.decode()
            return raw  # a text with a wrong header
    return None


def _check_size(size: int, status: int) -> None:
    if size > SIZE_LIMIT:
        raise UnexpectedAnswerError(
            f"The server's answer is larger than {SIZE_LIMIT // 1024 // 1024} MB; this is not a "
            "client secret. Check the base URL.",
            status=status,
        )
