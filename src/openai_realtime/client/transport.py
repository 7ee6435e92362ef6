# SPDX-License-Identifier: MIT
"""httpx transports and requests for one server; the only module that imports httpx.

To use httpx2, its continuation, change the import: `import httpx2 as httpx`. `make test-httpx2`
runs the tests that way.
"""

from __future__ import annotations

import contextlib
import json
import logging
import ssl
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from urllib.parse import urlsplit

import httpx

from openai_realtime.client.configuration import Configuration
from openai_realtime.client.proxy import resolve_proxy
from openai_realtime.client.trust import share_context
from openai_realtime.errors import UnreachableError
from openai_realtime.request import SessionRequest

__all__ = ["TRANSPORT_ERRORS", "Route", "httpx"]

# What sending a request may raise: UnicodeError is for a host that the resolver cannot encode,
# OSError for too many open files.
TRANSPORT_ERRORS = (httpx.TransportError, UnicodeError, OSError)

# KNIME writes everything from DEBUG on to its log. At DEBUG these log response headers, addresses
# and reason phrases, any of which may repeat a key or a password.
_VERBOSE_LOGGERS = ("httpcore", "httpcore2")
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
_CLIENT = ssl.PROTOCOL_TLS_CLIENT
_ENCODER = json.JSONEncoder(ensure_ascii=False)  # json.dumps would create one each time
# A run sends thousands of requests to one address, and parsing it takes long.
_parse_url = lru_cache(maxsize=16)(httpx.URL)


class Route:
    """The way to a server: opens transports, and builds requests with the headers they share.

    `open_transport` replaces the transports of httpx, for tests. Construction raises
    SettingsError or UnreachableError for certificates, UnreachableError for a proxy that cannot
    be used.
    """

    def __init__(
        self,
        configuration: Configuration,
        open_transport: Callable[[], httpx.BaseTransport] | None = None,
    ) -> None:
        for name in _VERBOSE_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)
        self.configuration = configuration
        self.proxy = None if open_transport else resolve_proxy(configuration.base_url)
        # Loading certificates takes 20 ms, so it is left out where they are not needed.
        is_https = urlsplit(configuration.base_url).scheme == "https"
        ca_file = configuration.ca_file
        verify = share_context(ca_file, "server") if is_https else ssl.SSLContext(_CLIENT)
        via = self._describe_proxy()
        self.open_transport = open_transport or partial(
            httpx.HTTPTransport, verify=verify, limits=_LIMITS, proxy=via
        )
        self._headers = httpx.Headers({"Accept": "*/*", "User-Agent": "openai-realtime-knime"})
        # Answers are small, and decompression would have to be bounded.
        self._headers["Accept-Encoding"] = "identity"
        own = {"OpenAI-Organization": configuration.organization}
        own["OpenAI-Project"] = configuration.project
        for name, text in {**configuration.headers, **own}.items():
            if text:
                self._headers[name] = text

    def build_request(
        self, request: SessionRequest, url: str, headers: Mapping[str, str]
    ) -> httpx.Request:
        """Return `request` to `url`, with `headers` besides its own.

        Raises UnsupportedProtocol for an address that cannot be used.
        """
        merged = self._headers.copy()
        merged.update({**request.headers, **headers})
        with contextlib.suppress(httpx.InvalidURL):
            parsed = _parse_url(url)
            if request.method == "GET":
                return httpx.Request("GET", parsed, headers=merged)
            # Half a surrogate pair cannot be UTF-8; Python escapes it in the same way as JSON.
            body = _ENCODER.encode(request.body).encode(errors="backslashreplace")
            # As a stream, and with all headers, because httpx takes five times as long otherwise.
            merged.update({"Content-Type": "application/json", "Content-Length": str(len(body))})
            merged.setdefault("Host", parsed.netloc.decode("ascii"))
            return httpx.Request("POST", parsed, headers=merged, stream=httpx.ByteStream(body))
        # Outside of the handler, because what is raised there quotes the address.
        raise httpx.UnsupportedProtocol("the address cannot be used")

    def _describe_proxy(self) -> httpx.Proxy | None:
        proxy = self.proxy
        if proxy is None:
            return None
        # A context of its own, because httpx writes into it which protocols are offered.
        is_https = proxy.url.startswith("https:")
        context = share_context(self.configuration.ca_file, "proxy") if is_https else None
        # Not httpx's `auth`, which fails for bytes that are not UTF-8.
        headers = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else None
        with contextlib.suppress(httpx.InvalidURL, ValueError):
            return httpx.Proxy(proxy.url, headers=headers, ssl_context=context)
        raise UnreachableError(
            "The address of the proxy cannot be used. Check KNIME's network preferences."
        )
