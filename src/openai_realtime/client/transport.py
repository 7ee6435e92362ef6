# SPDX-License-Identifier: MIT
"""The way to one server: its connections, and what each request to it has in common.

The requests go through httpcore, the library below httpx, and not through httpx itself: that
halves the time to a first answer and takes a fifth off the CPU time of each of thousands (see
docs/performance.md). httpx reads the addresses that are of other than plain characters.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import httpcore

from openai_realtime.client.sockets import Sockets
from openai_realtime.client.trust import make_empty_context, share_context
from openai_realtime.client.tunnel import TunnelPool
from openai_realtime.errors import SettingsError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.proxy import Proxy

HTTP2 = "Use HTTP/2"
"""The label of the setting."""

# KNIME's root logger takes everything, and what it takes is written to KNIME's log. At DEBUG
# these tell the headers of answers, the addresses they lead to and the reason phrases of servers
# and proxies, any of which may repeat a key or a password.
_TALKATIVE = ("httpcore", "hpack", "h2")
# What needs neither escapes nor another spelling of the host's name, and has no /../ in it.
_ORDINARY = re.compile(r"https?://(?!.*/[.])[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?", re.ASCII)
_KEEP_ALIVE = 5.0  # seconds for which an idle connection is kept, as httpx does
_PORTS = {b"http": 80, b"https": 443}

Fields = dict[str, tuple[bytes, bytes]]
"""Headers as they are sent, by their names in lower case."""


class Pool(Protocol):
    """What httpcore's connection pools are: the way for any number of threads to any server."""

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Return the answer to `request`, its body still to be read."""

    def close(self) -> None:
        """Close all connections."""


class Transport:
    """Sends requests to one server; safe to use from many threads.

    `pool` replaces httpcore's, for tests. Construction raises SettingsError or UnreachableError
    for what cannot be used. Follows no redirects.
    """

    def __init__(
        self,
        configuration: Configuration,
        proxy: Proxy | None,
        pool: Pool | None = None,
        *,
        connections: int = 4,
    ) -> None:
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        self.sockets = Sockets()
        """The connections, for who wants to end them."""
        self._pool = pool or _make_pool(configuration, proxy, self.sockets, connections)
        self._fields = _make_fields(configuration)
        self._is_proxied = proxy is not None
        self._is_closed = False
        self._extensions = {
            "timeout": {
                "connect": configuration.connect_timeout,
                "read": configuration.read_timeout,
                "write": configuration.read_timeout,
                "pool": configuration.read_timeout,
            }
        }

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> httpcore.Response:
        """Return the answer to a request, its body still to be read.

        Raises httpcore's errors, UnicodeError for a host with an impossible name, and whatever h2
        raises for answers that break its rules.
        """
        if self._is_closed:
            raise RuntimeError("the transport has been closed")
        address, host = _read_address(url, is_proxied=self._is_proxied)
        fields = {"host": (b"Host", host), **self._fields, **_to_fields(headers)}
        if content is not None:
            fields["content-length"] = (b"Content-Length", b"%d" % len(content))
        request = httpcore.Request(
            method,
            address,
            headers=list(fields.values()),
            content=content,
            extensions=self._extensions,
        )
        return self._pool.handle_request(request)

    def close(self) -> None:
        """End all exchanges, and close all connections."""
        self._is_closed = True
        self.sockets.cut()
        self._pool.close()
        self.sockets.close()


def _to_fields(headers: Mapping[str, str]) -> Fields:
    """Return headers as they are sent."""
    return {
        name.lower(): (name.encode("ascii"), value.encode("ascii"))
        for name, value in headers.items()
    }


@lru_cache(maxsize=64)
def _read_address(url: str, *, is_proxied: bool = False) -> tuple[httpcore.URL, bytes]:
    """Return an address taken to pieces, and the Host header for it.

    Raises UnsupportedProtocol for what cannot be read.
    """
    address = _take_apart(url)
    if address is None:
        # Outside of the handler, because what is raised there quotes the address.
        raise httpcore.UnsupportedProtocol("the address cannot be read")
    host = b"[%b]" % address.host if b":" in address.host else address.host
    if is_proxied:
        # To a proxy httpcore writes the host as it is, but an IPv6 address needs its brackets.
        address.host = host
    if address.port not in (None, _PORTS.get(address.scheme)):
        host += b":%d" % address.port
    return address, host


def _take_apart(url: str) -> httpcore.URL | None:
    if _ORDINARY.fullmatch(url):
        try:
            return httpcore.URL(url)
        except ValueError:
            return None
    import httpx  # noqa: PLC0415 - slow, and seldom needed

    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    return httpcore.URL(
        scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=parts.raw_path
    )


def _make_pool(
    configuration: Configuration, proxy: Proxy | None, sockets: Sockets, connections: int
) -> httpcore.ConnectionPool:
    if configuration.http2 and importlib.util.find_spec("h2") is None:
        raise SettingsError(
            HTTP2, "this needs the Python package h2, which is not installed. Switch it off."
        )
    # Reading certificates takes time, so it is done only for who uses them.
    context = (
        share_context(configuration.ca_file, f"server, HTTP/2: {configuration.http2}")
        if urlsplit(configuration.base_url).scheme == "https"
        else make_empty_context()
    )
    make = httpcore.ConnectionPool if proxy is None else TunnelPool
    return make(
        ssl_context=context,
        proxy=_make_route(proxy, configuration.ca_file),
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=_KEEP_ALIVE,
        http2=configuration.http2,
        network_backend=sockets,
    )


def _make_route(proxy: Proxy | None, ca_file: str) -> httpcore.Proxy | None:
    if proxy is None:
        return None
    # A context of its own, because httpcore writes into it which protocols are offered.
    context = share_context(ca_file, "proxy") if proxy.scheme == "https" else None
    is_known = bool(proxy.user or proxy.password)
    # Bytes that are no UTF-8 stay what they were in the environment.
    encode = partial(str.encode, errors="surrogateescape")
    account = (encode(proxy.user), encode(proxy.password)) if is_known else None
    with contextlib.suppress(httpcore.UnsupportedProtocol, UnicodeError):
        address, _ = _read_address(proxy.url)
        return httpcore.Proxy(address, auth=account, ssl_context=context)
    raise UnreachableError(
        "The address of the proxy cannot be used. See KNIME's network preferences."
    )


def _make_fields(configuration: Configuration) -> Fields:
    headers = {
        "Accept": "*/*",
        # Answers are short, and to unpack them needs what else is not needed.
        "Accept-Encoding": "identity",
        "User-Agent": "openai-realtime-knime",
    }
    ours = {
        "OpenAI-Organization": configuration.organization,
        "OpenAI-Project": configuration.project,
    }
    given = {name: value for name, value in ours.items() if value}
    return _to_fields(headers) | _to_fields(configuration.headers) | _to_fields(given)
