# SPDX-License-Identifier: MIT
"""What went wrong, in one line: no answer (httpx's errors), or an answer that is an error."""

from __future__ import annotations

import socket
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from openai_realtime import errors
from openai_realtime.client.retry import is_quota, is_server_failure
from openai_realtime.client.transport import httpx
from openai_realtime.errors import UnreachableError, fold
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.proxy import Proxy
    from openai_realtime.client.reply import Reply

_QUOTA, _FAILURE, _REDIRECT, _REGION = "quota", 500, 300, "unsupported_country_region_territory"

# By the error's code or the HTTP status.
_SENTENCES: dict[str | int, str] = {
    "beta_api_shape_disabled": "This server has switched the beta API off. Choose the current (GA) "
    "API in the configuration.",
    "model_not_found": "The model does not exist, or this key may not use it. Choose another one.",
    "invalid_model": "The model belongs to another API, such as the Live API, which has no client "
    "secrets. Choose another model.",
    "DeploymentNotFound": "Azure OpenAI has no such deployment. Enter the deployment's name as the "
    "model, and check the base URL.",
    "missing_required_parameter": "The server needs a setting that is not set.",
    "unknown_parameter": "This server does not know a setting that is set. Leave it unset.",
    _REGION: "The provider does not serve the country or region that this request comes from.",
    _QUOTA: "The account has no credit left or has reached a limit on spending. Waiting does not "
    "help: see the account's billing page.",
    _REDIRECT: "The server sends the request elsewhere ({status}). Check the base URL.",
    401: "The server does not accept the API key of {source} (401). Check the key, and that it "
    "belongs to this server.",
    403: "The server does not let the API key of {source} do this ({status}). Check the "
    "permissions (scopes) of the key and the rights of its project.",
    404: "The server does not know the address {url} (404). Check base URL, which often ends with "
    "/v1, and API in the configuration.",
    405: "The server takes no such requests at {url} (405). Check base URL, which often ends with "
    "/v1, and API in the configuration.",
    407: "The proxy wants a user name and a password (407): see KNIME's network preferences.",
    429: "The server takes no more requests for now (429), {spent}. Run the node again later, or "
    "send fewer requests.",
    _FAILURE: "The server failed or was overloaded ({status}), {spent}. Run the node again later.",
}
_KINDS: dict[str | int, type[errors.ServerError]] = {
    _REGION: errors.CredentialError,
    _QUOTA: errors.QuotaError,
    401: errors.CredentialError,
    403: errors.CredentialError,
    429: errors.BusyError,
    _FAILURE: errors.BusyError,
}


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
    limit = f"{configuration.deadline:g} s, which is the configuration's deadline."
    message = f"{configuration.host} did not answer within {limit}"
    return ConnectionFailedError(message, should_retry=False)


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
        "{who} broke off before the answer was complete, or did not answer in HTTP. Check whether "
        "the base URL should begin with https:// or http://.": has(httpx.RemoteProtocolError),
        "{who} cannot be reached: {why}.": True,
    }
    rules = [*hopeless.items(), *others.items()]
    sentence = next(sentence for sentence, applies in rules if applies)
    return sentence, sentence in others


def classify(reply: Reply, source: str, name_setting: Callable[[str], str]) -> errors.ServerError:
    """Return the error that a `reply` with an HTTP error status amounts to.

    `source` names the credential. `name_setting` gives the dialog's label for a path, or for a
    message that quotes one, or the empty string. The server's own reason is passed on, without
    secrets.
    """
    problem, status = reply.problem, reply.status
    about: dict[str, Any] = {
        "reason": redact(problem.message),
        "status": status,
        "code": problem.code,
        "request_id": reply.request_id,
    }
    key: str | int = status
    if problem.code in _SENTENCES:
        key = problem.code
    elif is_quota(problem.code, problem.type):
        key = _QUOTA  # whatever the status: gateways turn OpenAI's 429 into 400, 402 or 403
    elif status == HTTPStatus.UNAUTHORIZED and "missing scope" in problem.message.lower():
        key = 403  # the server knows the key
    elif is_server_failure(status):
        key = _FAILURE
    elif status < HTTPStatus.BAD_REQUEST:
        key = _REDIRECT
    tries = f"{reply.attempts} attempts" if reply.attempts > 1 else "one attempt"
    spent = f"after {tries} in {reply.seconds:.0f} s"
    what = _SENTENCES.get(key, "The server refuses the request ({status}).")
    url = redact(fold(reply.url, 120), reply.secrets)
    what = what.format(status=status, source=source, spent=spent, url=url)
    what = redact(reply.redirect_problem, reply.secrets) or what
    if (kind := _KINDS.get(key)) is not None:
        return kind(what, **about)
    label = name_setting(problem.param or problem.message)
    what += f" Setting: {label}." if label else ""
    return errors.RejectedError(what, param=problem.param, **about)
