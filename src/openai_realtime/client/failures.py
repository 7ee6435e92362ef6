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
    hop = "" if proxy is None or is_inner else proxy.place
    causes = list(_chain(error))
    what, worth_retrying = _explain_cause(causes) or _explain_error(error, causes)
    if hop and what.startswith("{who}"):
        what += " The request was for {host}."
    elif proxy is not None and is_inner:
        what += f" The proxy {proxy.place} is in between."
    untrusted = (each for each in causes if isinstance(each, ssl.SSLCertVerificationError))
    quoted = next(untrusted, error)
    # Only OpenSSL's own errors have the attribute. Masked first, because half a secret is not
    # found any more.
    why = fold(redact(getattr(quoted, "verify_message", "") or str(quoted), secrets), 100)
    what = what.format(
        host=host,
        hop=hop,
        who=f"The proxy {hop}" if hop else host,
        name=f"proxy {hop} for {host}" if hop else f"host {host}",
        # TLS with a proxy comes first, and only where its address says so.
        peer=hop if hop and failed_handshake == "connection" else host,
        why=why,
        # The proxy's own words are not repeated: some contain the password.
        status=f" ({why[:3]})" if why[:3].isdecimal() else "",
    )
    return ConnectionFailedError(what, worth_retrying=worth_retrying)


def explain_deadline(host: str, seconds: float) -> ConnectionFailedError:
    """Return our error for a request that `host` did not answer within its deadline."""
    return ConnectionFailedError(
        f"{host} did not answer within {seconds:g} s, which is the configuration's deadline.",
        worth_retrying=False,
    )


def _explain_cause(causes: list[BaseException]) -> tuple[str, bool] | None:
    """Return the sentence for one of `causes`, with names to fill in, and whether to retry."""
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                "The certificate of {peer} is not trusted: {why}. If your company inspects "
                "traffic, its certificate must be known to KNIME or be entered as CA file in the "
                "configuration."
            ), False
        if isinstance(cause, ssl.SSLError) and "CERTIFICATE_REQUIRED" in str(cause):
            return (
                "{peer} wants a client certificate (mutual TLS), which these nodes cannot send. "
                "Use an address of the server that needs none."
            ), False
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
            return (
                "The address of the {name} cannot be looked up right now. Check the network, or "
                "try again."
            ), True
        if isinstance(cause, socket.gaierror):
            return (
                "The {name} is unknown. Check the base URL, the network and the proxy in KNIME's "
                "preferences."
            ), False
    return None


def _explain_error(error: Exception, causes: list[BaseException]) -> tuple[str, bool]:
    """Return the same for the error itself."""
    is_tls = any(isinstance(cause, ssl.SSLError) for cause in causes)
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if isinstance(error, httpx.ProxyError):
        return (
            "The proxy {hop} refuses to connect to {host}{status}. Check the proxy, its user "
            "name and password in KNIME's network preferences."
        ), False
    if isinstance(error, (httpx.UnsupportedProtocol, UnicodeError)):
        return "{who} has an address that cannot be used. Check base URL and proxy.", False
    if isinstance(error, httpx.ConnectTimeout):
        return "{who} could not be connected to in time. Check the network and the proxy.", True
    if isinstance(error, httpx.TimeoutException):
        return "{who} did not answer in time. A longer read timeout may help.", True
    if is_tls and isinstance(error, httpx.ConnectError):
        return (
            "{who} does not speak TLS as expected. Check whether the base URL should begin "
            "with https:// or http://, and the port."
        ), False
    if errno.ECONNREFUSED in numbers:
        return "{who} refuses the connection: nothing listens there. Check host and port.", True
    if is_tls or errno.ECONNRESET in numbers:
        return "{who} broke the connection off before it had answered.", True
    if isinstance(error, httpx.RemoteProtocolError):
        return (
            "{who} broke off before the answer was complete, or answers in no HTTP. Check "
            "whether the base URL should begin with https:// or http://."
        ), True
    return "{who} cannot be reached: {why}.", True


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
