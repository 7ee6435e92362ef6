# SPDX-License-Identifier: MIT
"""Sets httpx up: trust, proxy, HTTP/2, times, and what of it may be logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import httpx

from openai_realtime.client.trust import make_empty_context, share_context
from openai_realtime.errors import SettingsError, UnreachableError

if TYPE_CHECKING:
    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.proxy import Proxy

HTTP2 = "Use HTTP/2"
"""The label of the setting."""

# KNIME's root logger takes everything, and what it takes is written to KNIME's log. At DEBUG and
# INFO these tell the headers of answers, the addresses they lead to and the reason phrases of
# servers and proxies, any of which may repeat a key or a password.
_TALKATIVE = ("httpx", "httpcore", "hpack", "h2")


class Http(httpx.Client):
    """httpx's client, with a shorter way to an answer: see `ask`."""

    def __init__(self, transport: httpx.BaseTransport, **options: Any) -> None:  # noqa: ANN401 - httpx's
        super().__init__(transport=transport, **options)
        self._direct = transport

    def ask(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to `request`, its body still to be read.

        `httpx.Client.send` would do nothing besides that is wanted: it keeps cookies, reads where
        a redirect leads (which fails for odd addresses), and takes half as long again.
        """
        if self.is_closed:
            raise RuntimeError("the client has been closed")
        response = self._direct.handle_request(request)
        response.request = request
        return response


def make_http(
    configuration: Configuration,
    proxy: Proxy | None,
    transport: httpx.BaseTransport | None = None,
    *,
    connections: int = 4,
) -> Http:
    """Return httpx's client for one server, by way of `proxy`; `transport` stands in for both.

    At most `connections` are open at a time. Raises SettingsError or UnreachableError for what
    cannot be used. Follows no redirects.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    is_secure = configuration.base_url.startswith("https:") and transport is None
    # Reading certificates takes time, so it is done only for who uses them.
    context = (
        share_context(configuration.ca_file, f"server, HTTP/2: {configuration.http2}")
        if is_secure
        else make_empty_context()
    )
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    try:
        if transport is None:
            transport = httpx.HTTPTransport(
                verify=context,
                http2=configuration.http2,
                limits=limits,
                proxy=_make_proxy(proxy, configuration.ca_file),
                # Proxy and trust are found by us: httpx's way asks certifi about a proxy's
                # certificate, and trips over passwords that are not encoded.
                trust_env=False,
            )
        return Http(
            transport,
            http2=configuration.http2,
            timeout=httpx.Timeout(
                configuration.read_timeout, connect=configuration.connect_timeout
            ),
            headers=_make_headers(configuration),
            trust_env=False,
        )
    except ImportError:
        failure: Exception = SettingsError(
            HTTP2, "this needs the Python package h2, which is not installed. Switch it off."
        )
    except (httpx.InvalidURL, ValueError):
        failure = UnreachableError(
            "The address of the proxy cannot be used. See KNIME's network preferences."
        )
    # Outside of the handlers, because httpx quotes addresses.
    raise failure


def _make_proxy(proxy: Proxy | None, ca_file: str) -> httpx.Proxy | None:
    if proxy is None:
        return None
    # A context of its own, because httpcore writes into it which protocols are offered.
    context = share_context(ca_file, "proxy") if proxy.scheme == "https" else None
    account = (proxy.user, proxy.password) if proxy.user or proxy.password else None
    return httpx.Proxy(proxy.url, auth=account, ssl_context=context)


def _make_headers(configuration: Configuration) -> httpx.Headers:
    headers = httpx.Headers({"User-Agent": "openai-realtime-knime"})
    headers.update(configuration.headers)
    if configuration.organization:
        headers["OpenAI-Organization"] = configuration.organization
    if configuration.project:
        headers["OpenAI-Project"] = configuration.project
    return headers
