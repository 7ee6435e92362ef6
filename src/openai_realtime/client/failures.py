# SPDX-License-Identifier: MIT
"""httpx's errors -> one line that names the host and the cause."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from openai_realtime.client.transport import httpx
from openai_realtime.errors import UnreachableError, fold
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.proxy import Proxy


class ConnectionFailedError(UnreachableError):
    """No answer came; `should_retry` tells whether the next attempt may go better."""

    wait = None
    is_refused = False

    def __init__(self, message: str, *, should_retry: bool) -> None:
        super().__init__(message)
        self.should_retry = should_retry


def explain_failure(
    error: Exception, host: str, proxy: Proxy | None, secrets: Iterable[str], handshake: str = ""
) -> ConnectionFailedError:
    """Return our error for one of TRANSPORT_ERRORS on the way to `host`, perhaps through `proxy`.

    `secrets` are masked in what is quoted. `handshake` is the connection's.
    """
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    sentence, should_retry = _choose_sentence(causes)
    is_inner = handshake == "proxy"
    hop = "" if proxy is None or is_inner else proxy.place
    if hop and sentence.startswith("{who}"):
        sentence += " The request was for {host}."
    elif proxy is not None and is_inner:
        sentence += f" The proxy {proxy.place} is in between."
    said = str(error)
    # Only OpenSSL's own errors have the attribute.
    why = next((each.verify_message for each in causes if hasattr(each, "verify_message")), said)
    what = sentence.format(
        host=host,
        hop=hop,
        who=f"The proxy {hop}" if hop else host,
        name=f"proxy {hop} for {host}" if hop else f"host {host}",
        # TLS with a proxy comes first, and only where its address says so.
        peer=hop if hop and handshake == "connection" else host,
        # Masked first, because half a secret is not found any more.
        why=fold(redact(why, secrets), 100),
        # The proxy's other words are not repeated: some contain the password.
        status=f" ({said[:3]})" if said[:3].isdecimal() else "",
    )
    return ConnectionFailedError(what, should_retry=should_retry)


def explain_deadline(configuration: Configuration) -> ConnectionFailedError:
    """Return our error for a request that was not answered within its deadline."""
    seconds = f"{configuration.deadline:g} s, which is the configuration's deadline."
    what = f"{configuration.host} did not answer within {seconds}"
    return ConnectionFailedError(what, should_retry=False)


def _choose_sentence(causes: list[BaseException]) -> tuple[str, bool]:
    """Return the sentence for an error and its causes, and whether to retry."""

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    tls, untrusted = has(ssl.SSLError), has(ssl.SSLCertVerificationError)
    lookup, refused = has(socket.gaierror), has(ConnectionRefusedError)
    is_temporary = any(getattr(cause, "errno", 0) == socket.EAI_AGAIN for cause in causes)
    certificate_wanted = tls and "CERTIFICATE_REQUIRED" in " ".join(map(str, causes))
    bad_address = has(httpx.UnsupportedProtocol, UnicodeError)
    no_connection, no_answer = has(httpx.ConnectTimeout), has(httpx.TimeoutException)
    hopeless = {
        "The certificate of {peer} is not trusted: {why}. If your company inspects traffic, its "
        "certificate must be known to KNIME or be entered as CA file in the "
        "configuration.": untrusted,
        "{peer} wants a client certificate (mutual TLS), which these nodes cannot send. Use an "
        "address of the server that needs none.": certificate_wanted,
        "The {name} is unknown. Check the base URL, the network and the proxy in KNIME's "
        "preferences.": lookup and not is_temporary,
        "The proxy {hop} refuses to connect to {host}{status}. Check the proxy, its user name and "
        "password in KNIME's network preferences.": has(httpx.ProxyError),
        "{who} has an address that cannot be used. Check base URL and proxy.": bad_address,
        "{who} does not speak TLS as expected. Check whether the base URL should begin with "
        "https:// or http://, and the port.": tls and has(httpx.ConnectError),
    }
    others = {
        "The address of the {name} cannot be looked up right now. Check the network, or try "
        "again.": lookup,
        "{who} could not be connected to in time. Check the network and the proxy.": no_connection,
        "{who} did not answer in time. A longer read timeout may help.": no_answer,
        "{who} refuses the connection: nothing listens there. Check host and port.": refused,
        "{who} broke the connection off before it had answered.": tls or has(ConnectionResetError),
        "{who} broke off before the answer was complete, or answers in no HTTP. Check whether the "
        "base URL should begin with https:// or http://.": has(httpx.RemoteProtocolError),
        "{who} cannot be reached: {why}.": True,
    }
    rules = [*hopeless.items(), *others.items()]
    sentence = next(sentence for sentence, applies in rules if applies)
    return sentence, sentence in others
