# SPDX-License-Identifier: MIT
"""What went wrong, in one line: no answer (httpx's errors), or an answer that is an error."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path

from openai_realtime import errors
from openai_realtime.client.configuration import Configuration
from openai_realtime.client.proxy import Proxy
from openai_realtime.client.reply import Reply
from openai_realtime.client.retry import is_quota, is_server_failure
from openai_realtime.client.transport import httpx
from openai_realtime.errors import UnreachableError, fold
from openai_realtime.redact import redact

# Read now, because too many open files may be the failure. In "answers" by the error's code or the
# HTTP status; "permanent" and "temporary" are for failures without an answer.
_MESSAGES = json.loads(Path(__file__).with_name("messages.json").read_text("utf-8"))
_KINDS = {
    "unsupported_country_region_territory": errors.CredentialError,
    "quota": errors.QuotaError,
    "HTTP 401": errors.CredentialError,
    "HTTP 403": errors.CredentialError,
    "HTTP 429": errors.BusyError,
    "HTTP 5xx": errors.BusyError,
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
    name = _name_failure(causes)
    should_retry = name in _MESSAGES["temporary"]
    sentence = _MESSAGES["temporary" if should_retry else "permanent"][name]
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


def _name_failure(causes: list[BaseException]) -> str:
    """Return the name of the message for an error and its causes: the first one that applies."""

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    tls, lookup = has(ssl.SSLError), has(socket.gaierror)
    is_temporary = any(getattr(cause, "errno", 0) == socket.EAI_AGAIN for cause in causes)
    rules = {
        "untrusted": has(ssl.SSLCertVerificationError),
        "client_certificate": tls and "CERTIFICATE_REQUIRED" in " ".join(map(str, causes)),
        "unknown_host": lookup and not is_temporary,
        "proxy_refuses": has(httpx.ProxyError),
        "bad_address": has(httpx.UnsupportedProtocol, UnicodeError),
        "not_tls": tls and has(httpx.ConnectError),
        "lookup_failed": lookup,
        "not_connected": has(httpx.ConnectTimeout),
        "no_answer": has(httpx.TimeoutException),
        "refused": has(ConnectionRefusedError),
        "broken_off": tls or has(ConnectionResetError),
        "not_http": has(httpx.RemoteProtocolError),
    }
    return next((name for name, applies in rules.items() if applies), "unreachable")


def classify(reply: Reply, source: str, name_setting: Callable[[str], str]) -> errors.ServerError:
    """Return the error that a `reply` with an HTTP error status amounts to.

    `source` names the credential. `name_setting` gives the dialog's label for a path, or for a
    message that quotes one, or the empty string. The server's own reason is passed on, without
    secrets.
    """
    problem, status = reply.problem, reply.status
    key = f"HTTP {status}"
    if problem.code in _MESSAGES["answers"]:
        key = problem.code
    elif is_quota(problem.code, problem.type):
        key = "quota"  # whatever the status: gateways turn OpenAI's 429 into 400, 402 or 403
    elif status == HTTPStatus.UNAUTHORIZED and "missing scope" in problem.message.lower():
        key = "HTTP 403"  # the server knows the key
    elif is_server_failure(status):
        key = "HTTP 5xx"
    elif status < HTTPStatus.BAD_REQUEST:
        key = "HTTP 3xx"
    elif key not in _MESSAGES["answers"]:
        key = "HTTP 4xx"
    label = name_setting(problem.param or problem.message)
    if label and problem.param and key in ("HTTP 401", "HTTP 403"):
        key = "HTTP 4xx"  # not the API key, but a token in the request
    tries = f"{reply.attempts} attempts" if reply.attempts > 1 else "one attempt"
    spent = f"after {tries} in {reply.seconds:.0f} s"
    url = redact(fold(reply.url, 120), reply.secrets)
    # Most addresses end with /v1, so one without a path is probably incomplete.
    origin = re.match(r"(https?://[^/]+)/(realtime|models)", url)
    end = f"which may be {origin[1]}/v1" if origin else "which often ends with /v1"
    about_request = {"status": status, "source": source, "spent": spent, "url": url, "end": end}
    what = _MESSAGES["answers"][key].format_map(about_request)
    what = redact(reply.redirect_problem, reply.secrets) or what
    kind = _KINDS.get(key, errors.RejectedError)
    if label and kind is errors.RejectedError:
        what += f" Setting: {label}."
    reason = redact(problem.message)
    return kind(what, reason=reason, status=status, request_id=reply.request_id)
