# SPDX-License-Identifier: MIT
"""httpx's errors -> one line that names the host and the cause."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING

from openai_realtime.client.transport import httpx
from openai_realtime.errors import UnreachableError, fold
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_realtime.client.proxy import Proxy


class ConnectionFailedError(UnreachableError):
    """No answer came; `worth_retrying` tells whether the next attempt may go better."""

    def __init__(self, message: str, *, worth_retrying: bool) -> None:
        super().__init__(message)
        self.worth_retrying = worth_retrying


def explain_failure(
    error: Exception,
    host: str,
    proxy: Proxy | None,
    secrets: Iterable[str],
    failed_handshake: str = "",
) -> ConnectionFailedError:
    """Return our error for one of TRANSPORT_ERRORS on the way to `host`, perhaps through `proxy`.

    `failed_handshake` is that of the connection. `secrets` are masked in what is quoted.
    """
    is_inner = failed_handshake == "proxy"
    place = "" if proxy is None or is_inner else proxy.place
    # TLS with a proxy comes first, and only where its address says so.
    peer = place if failed_handshake == "connection" and place else host
    what, worth_retrying = _explain_cause(error, host, place, peer, secrets)
    if proxy is not None and is_inner:
        what += f" The proxy {proxy.place} is in between."
    return ConnectionFailedError(what, worth_retrying=worth_retrying)


def explain_deadline(host: str, seconds: float) -> ConnectionFailedError:
    """Return our error for a request that `host` did not answer within its deadline."""
    return ConnectionFailedError(
        f"{host} did not answer within {seconds:g} s, which is the configuration's deadline.",
        worth_retrying=False,
    )


def _explain_cause(
    error: Exception, host: str, proxy: str, peer: str, secrets: Iterable[str]
) -> tuple[str, bool]:
    """Return the sentence, and whether to retry; `peer` is the end of the TLS connection."""
    causes = list(_chain(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            # Only OpenSSL's own errors have the attribute.
            why = _quote(getattr(cause, "verify_message", "") or str(cause), secrets)
            return (
                f"The certificate of {peer} is not trusted: {why}. If your company inspects "
                "traffic, its certificate must be known to KNIME or be entered as CA file in the "
                "configuration."
            ), False
        if isinstance(cause, ssl.SSLError) and "CERTIFICATE_REQUIRED" in (cause.reason or ""):
            return (
                f"{peer} wants a client certificate (mutual TLS), which these nodes cannot send. "
                "Use an address of the server that needs none."
            ), False
        if isinstance(cause, socket.gaierror):
            return _explain_name(cause, host, proxy)
    if isinstance(error, httpx.ProxyError):
        # The proxy's own words are not repeated: some contain the password.
        status = str(error)[:3]
        said = f" ({status})" if status.isdecimal() else ""
        return (
            f"The proxy {proxy} refuses to connect to {host}{said}. Check the proxy, its user "
            "name and password in KNIME's network preferences."
        ), False
    what, worth_retrying = _explain_other(
        error, causes, f"The proxy {proxy}" if proxy else host, secrets
    )
    return f"{what} The request was for {host}." if proxy else what, worth_retrying


def _explain_name(error: socket.gaierror, host: str, proxy: str) -> tuple[str, bool]:
    what = f"proxy {proxy} for {host}" if proxy else f"host {host}"
    if error.errno == socket.EAI_AGAIN:
        return (
            f"The address of the {what} cannot be looked up right now. Check the network, or try "
            "again."
        ), True
    return (
        f"The {what} is unknown. Check the base URL, the network and the proxy in KNIME's "
        "preferences."
    ), False


def _quote(text: str, secrets: Iterable[str]) -> str:
    # Masked first, because half a secret is not found any more.
    return fold(redact(text, secrets), 100)


def _explain_other(
    error: Exception, causes: list[BaseException], who: str, secrets: Iterable[str]
) -> tuple[str, bool]:
    if isinstance(error, (httpx.UnsupportedProtocol, UnicodeError)):
        return f"{who} has an address that cannot be used. Check base URL and proxy.", False
    if isinstance(error, httpx.ConnectTimeout):
        return f"{who} could not be connected to in time. Check the network and the proxy.", True
    if isinstance(error, httpx.TimeoutException):
        return f"{who} did not answer in time. A longer read timeout may help.", True
    is_tls = any(isinstance(cause, ssl.SSLError) for cause in causes)
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if is_tls and isinstance(error, httpx.ConnectError):
        return (
            f"{who} does not speak TLS as expected. Check whether the base URL should begin "
            "with https:// or http://, and the port."
        ), False
    if errno.ECONNREFUSED in numbers:
        return f"{who} refuses the connection: nothing listens there. Check host and port.", True
    if is_tls or errno.ECONNRESET in numbers:
        return f"{who} broke the connection off before it had answered.", True
    if isinstance(error, httpx.RemoteProtocolError):
        return (
            f"{who} broke off before the answer was complete, or answers in no HTTP. Check "
            "whether the base URL should begin with https:// or http://."
        ), True
    return f"{who} cannot be reached: {_quote(str(error), secrets)}.", True


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
