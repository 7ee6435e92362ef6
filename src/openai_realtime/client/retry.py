# SPDX-License-Identifier: MIT
"""When to try again and how long to wait: pure functions.

The rules are those of OpenAI's own clients: connection errors, timeouts, 408, 409, 429 and 5xx
are tried again, `x-should-retry` is obeyed, and a wait that the server names is honoured.
"""

from __future__ import annotations

import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_DELAY = 0.5
"""Seconds before the second attempt where the server names no wait; doubles each time."""

LONGEST_DELAY = 8.0
"""The most that doubling leads to, in seconds."""

_FAILURES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT})
_HOPELESS_CODES = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
    }
)
# ASCII, because otherwise a letter such as the long s passes for an s.
_FLAGS = re.IGNORECASE | re.ASCII
_IN_MESSAGE = re.compile(r"try again in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)", _FLAGS)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)", _FLAGS)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def is_quota(code: str, kind: str) -> bool:
    """Return whether an error of that `code` and `type` says that waiting does not help."""
    return code in _HOPELESS_CODES or kind in _HOPELESS_CODES


def read_wait(headers: Mapping[str, str], message: str, now: float) -> float | None:
    """Return the seconds that the server asks to wait, or None if it names none.

    Looked at in this order: `retry-after-ms`, `retry-after` (seconds or an HTTP date, compared
    with `now`, a Unix time), the error's `message`. Header names are lower case. What is
    negative, not finite or unreadable counts as not there.
    """
    milliseconds = _read_number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    after = headers.get("retry-after")
    seconds = _read_number(after)
    if seconds is None and after:
        moment = read_date(after)
        seconds = None if moment is None else max(moment - now, 0.0)
    return seconds if seconds is not None else _read_message(message)


def compute_delay(attempt: int, wait: float | None, chance: float) -> float:
    """Return the seconds to pause after `attempt` (from 1) failed.

    A `wait` named by the server is the least; where there is none, the delay doubles from
    `FIRST_DELAY` up to `LONGEST_DELAY`. `chance`, from 0 to 1, spreads clients: up to a quarter
    is taken off a delay of our own, up to a tenth (at most a second) added to the server's.
    """
    if wait is not None:
        return wait + min(wait * 0.1, 1.0) * chance
    return min(FIRST_DELAY * 2.0 ** min(attempt - 1, 10), LONGEST_DELAY) * (1 - 0.25 * chance)


def is_failure(status: int) -> bool:
    """Return whether HTTP `status` says that the server, not the request, is at fault."""
    return status in _FAILURES or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def is_worth_retrying(status: int, headers: Mapping[str, str], code: str, kind: str) -> bool:
    """Return whether an answer with HTTP `status` may be better the next time."""
    advice = headers.get("x-should-retry", "").strip().lower()
    if status < HTTPStatus.BAD_REQUEST or is_quota(code, kind):
        return False
    if advice in ("true", "false"):
        return advice == "true"
    return is_failure(status) or status == HTTPStatus.TOO_MANY_REQUESTS


def _read_number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def read_date(text: str) -> float | None:
    """Return the Unix time that a header such as Date tells, or None for none."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if date.tzinfo is None:
        # HTTP knows no other zone; Python would take the computer's.
        date = date.replace(tzinfo=UTC)
    return date.timestamp()


def _read_message(message: str) -> float | None:
    found = _IN_MESSAGE.search(message)
    if not found:
        return None
    wait = sum(float(n) * _SECONDS[unit.lower()] for n, unit in _PART.findall(found[1]))
    return wait if math.isfinite(wait) else None
