# SPDX-License-Identifier: MIT
"""Scripted faults: errors, and valid answers that arrive late or incomplete.

    sandbox.faults.add(faults.limit_rate(1.5, tell="ms"), faults.reset())

Each of the next requests to a minting route gets one fault, in this order; later requests get none.
For faults below HTTP (half-open connections, several answers at once) use `raw.RawServer`.
"""

import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from secrets import token_hex
from typing import Any, Literal

from .errors import wrap_error

WaitForm = Literal["ms", "seconds", "date", "message"]
_SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An answer that replaces the API's, or an error while the API's answer is sent.

    If `status` is None, the API answers; otherwise `status`, `headers` and `body` (bytes as they
    are, str as plain text, None for an empty body, anything else as JSON) replace its answer.
    `delay`: seconds to wait before the status line. `cut`: close the connection after this number
    of bytes of the body. `reset`: reset the connection instead of an answer.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    delay: float = 0.0
    cut: int | None = None
    reset: bool = False

    def encode(self) -> tuple[dict[str, str], bytes]:
        """Return the headers, with lower-case names, type and length, and the bytes of the body."""
        given = {name.lower(): value for name, value in self.headers.items()}
        implied: dict[str, str] = {}
        if self.body is None:
            content = b""
        elif isinstance(self.body, bytes):
            content = self.body
        elif isinstance(self.body, str):
            content = self.body.encode()
            implied = {"content-type": "text/plain; charset=utf-8"}
        else:
            content = json.dumps(self.body).encode()
            implied = {"content-type": "application/json", "x-request-id": f"req_{token_hex(16)}"}
        return {**implied, "content-length": str(len(content)), **given}, content


class Faults(deque[Fault]):
    """A queue of faults, each for one of the next requests."""

    def add(self, *faults: Fault) -> None:
        """Append faults."""
        self.extend(faults)


def limit_rate(
    seconds: float = 0.25, *, tell: WaitForm = "seconds", now: float | None = None
) -> Fault:
    """Answer 429 with the wait in a header (ms, s, HTTP date) or only in the message.

    An HTTP date is `seconds` after `now` (seconds since 1970; by default the current time), rounded
    to whole seconds.
    """
    message = "Rate limit reached for gpt-realtime-2.1-mini on requests per min (RPM)."
    headers: dict[str, str] = {}
    if tell == "message":
        message += f" Please try again in {_format_wait(seconds)}."
    elif tell == "ms":
        headers["retry-after-ms"] = f"{seconds * 1000:g}"
    elif tell == "seconds":
        headers["retry-after"] = f"{seconds:g}"
    else:
        start = time.time() if now is None else now
        headers["retry-after"] = formatdate(start + seconds, usegmt=True)
    body = wrap_error(message, type="requests", code="rate_limit_exceeded")
    return Fault(status=429, headers=headers, body=body)


def exhaust_quota() -> Fault:
    """Answer 429 for an exhausted quota, for which waiting does not help."""
    message = (
        "You have no credits remaining. Add credits to continue using the API at "
        "https://platform.openai.com/settings/organization/billing/."
    )
    body = wrap_error(message, type="insufficient_quota", code="credit_balance_exhausted")
    return Fault(status=429, body=body)


def fail_server(status: int = 500) -> Fault:
    """Answer 5xx as the API does, with the request id in the message."""
    request_id = f"req_{token_hex(16)}"
    message = (
        "The server had an error while processing your request. Sorry about that! You can retry "
        "your request, or contact us through our help center at help.openai.com if the error "
        f"persists. (Please include the request ID {request_id} in your message.)"
    )
    body = wrap_error(message, type="server_error")
    return Fault(status=status, headers={"x-request-id": request_id}, body=body)


def send_html(status: int = 502) -> Fault:
    """Answer with an HTML page, as gateways do."""
    page = f"<html><head><title>{status}</title></head><body><h1>Bad Gateway</h1></body></html>"
    return Fault(status=status, headers={"content-type": "text/html"}, body=page)


def garble_json(status: int = 200) -> Fault:
    """Answer with incomplete JSON in a complete HTTP answer."""
    return Fault(
        status=status,
        headers={"content-type": "application/json"},
        body=b'{"value": "ek_0123456789abcdef", "expires_at": 17',
    )


def reset() -> Fault:
    """Reset the connection before any answer."""
    return Fault(reset=True)


def _format_wait(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:g}ms"
    minutes, rest = divmod(seconds, _SECONDS_PER_MINUTE)
    if not minutes:
        return f"{seconds:g}s"
    return f"{minutes:g}m{round(rest, 3):g}s"
