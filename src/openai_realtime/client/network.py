# SPDX-License-Identifier: MIT
"""httpcore's errors -> one line that names the host and the cause."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING

import httpcore

from openai_realtime.client.sockets import HandshakeError, HandshakeTimeoutError
from openai_realtime.errors import UnreachableError, fold
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_realtime.client.proxy import Proxy


FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    UnicodeError,
)
"""What an exchange may end with.

All are httpcore's but the last, which is for a host's name that the system's resolver cannot
write down.
"""


class ConnectionFailedError(UnreachableError):
    """No answer came; `worth_retrying` tells whether the next attempt may go better."""

    def __init__(self, message: str, *, worth_retrying: bool) -> None:
        super().__init__(message)
        self.worth_retrying = worth_retrying


def explain(
    error: Exception,
    host: str,
    proxy: str = "",
    certified: str = "",
    secrets: Iterable[str] = (),
) -> ConnectionFailedError:
    """Return our error for one of `FAILURES` that came of talking to `host`.

    `proxy` names the proxy in between, if there is one. `certified` names whose certificate was
    under examination, if not that of `host`. `secrets` are masked in what httpcore says.
    """
    causes = list(_chain(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            # Only OpenSSL's own errors have the attribute.
            why = _quote(getattr(cause, "verify_message", "") or str(cause), secrets)
            return ConnectionFailedError(
                f"The certificate of {certified or host} is not trusted: {why}. If your company "
                "inspects traffic, its certificate must be known to KNIME or be entered as CA "
                "file in the configuration.",
                worth_retrying=False,
            )
        if isinstance(cause, socket.gaierror):
            return _explain_name(cause, host, proxy)
    if isinstance(error, httpcore.ProxyError):
        # The proxy's own words are not repeated: some repeat the password in them.
        status = str(error)[:3]
        said = f" ({status})" if status.isdecimal() else ""
        return ConnectionFailedError(
            f"{_name_proxy(proxy)} refuses to connect to {host}{said}. Check the proxy, its user "
            "name and password in KNIME's network preferences.",
            worth_retrying=False,
        )
    who = _name_proxy(proxy) if proxy else host
    what, worth_retrying = _explain_other(error, causes, who, secrets)
    if proxy:
        what += f" The request was for {host}."
    return ConnectionFailedError(what, worth_retrying=worth_retrying)


def explain_failure(
    error: Exception, host: str, proxy: Proxy | None, secrets: tuple[str, ...]
) -> ConnectionFailedError:
    """Return our error for what went wrong on the way to `host`, by way of `proxy`."""
    if proxy is None:
        return explain(error, host, secrets=secrets)
    if not isinstance(error, (HandshakeError, HandshakeTimeoutError)):
        return explain(error, host, proxy.place, secrets=secrets)
    # With a proxy TLS is spoken first, and only where its address says so.
    if proxy.scheme == "https" and not error.is_inner:
        return explain(error, host, proxy.place, proxy.place, secrets)
    failure = explain(error, host, secrets=secrets)
    return ConnectionFailedError(
        f"{failure} The proxy {proxy.place} is in between.", worth_retrying=failure.worth_retrying
    )


def explain_deadline(host: str, seconds: float) -> ConnectionFailedError:
    """Return our error for an exchange that `host` did not end in so many seconds."""
    return ConnectionFailedError(
        f"{host} did not answer within {seconds:g} s, which is all the time that the "
        "configuration gives it.",
        worth_retrying=False,
    )


def _name_proxy(proxy: str) -> str:
    return f"The proxy {proxy}" if proxy else "The proxy"


def _explain_name(error: socket.gaierror, host: str, proxy: str) -> ConnectionFailedError:
    what = f"proxy {proxy} for {host}" if proxy else f"host {host}"
    if error.errno == socket.EAI_AGAIN:
        return ConnectionFailedError(
            f"The address of the {what} cannot be looked up right now. Check the network, or try "
            "again.",
            worth_retrying=True,
        )
    return ConnectionFailedError(
        f"The {what} is unknown. Check the base URL, the network and the proxy in KNIME's "
        "preferences.",
        worth_retrying=False,
    )


def _quote(text: str, secrets: Iterable[str]) -> str:
    # First redacted, because half a secret is not found any more.
    return fold(redact(text, secrets), 100)


def _explain_other(
    error: Exception, causes: list[BaseException], host: str, secrets: Iterable[str]
) -> tuple[str, bool]:
    if isinstance(error, (httpcore.UnsupportedProtocol, UnicodeError)):
        return f"{host} has an address that cannot be used. Check base URL and proxy.", False
    if isinstance(error, httpcore.ConnectTimeout):
        return f"{host} could not be connected to in time. Check the network and the proxy.", True
    if isinstance(error, httpcore.TimeoutException):
        return f"{host} did not answer in time. A longer read timeout may help.", True
    is_broken = any(isinstance(cause, ssl.SSLError) for cause in causes)
    if is_broken and isinstance(error, httpcore.ConnectError):
        return (
            f"{host} does not speak TLS as expected. Check whether the base URL should begin "
            "with https:// or http://, and the port."
        ), False
    if any(_errno(cause) == errno.ECONNREFUSED for cause in causes):
        return (
            f"{host} refuses the connection: nothing listens there. Check host and port.",
            True,
        )
    if is_broken or any(_errno(cause) == errno.ECONNRESET for cause in causes):
        return f"{host} broke the connection off before it had answered.", True
    if isinstance(error, httpcore.RemoteProtocolError):
        return (
            f"{host} broke off before the answer was complete, or answers in no HTTP. Check "
            "whether the base URL should begin with https:// or http://."
        ), True
    return f"{host} cannot be reached: {_quote(str(error), secrets)}.", True


def _errno(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
