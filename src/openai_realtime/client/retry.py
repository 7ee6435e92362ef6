# SPDX-License-Identifier: MIT
"""When to try again and how long to wait: pure functions.

The rules are those of OpenAI's own clients: connection errors, timeouts, 408, 409, 429 and 5xx
are tried again, `x-should-retry` is obeyed, and a wait that the server names is honoured.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus

FIRST_DELAY = 0.5  # seconds before the second attempt where the server names no wait; doubles
LONGEST_DELAY = 8.0
# Patterns are texts, because most runs need none of them compiled.
_QUOTA = (
    "insufficient_quota|credit_balance_exhausted|billing_hard_limit_reached"
    "|(organization|project)_spend_limit_exceeded|organization_usage_limit_exceeded"
)
_SECONDS = {
    **dict.fromkeys(("millisecond", "msec", "ms"), 0.001),
    **dict.fromkeys(("second", "sec", "s"), 1.0),
    **dict.fromkeys(("minute", "min", "m"), 60.0),
    **dict.fromkeys(("hour", "hr", "h"), 3600.0),
    **dict.fromkeys(("day", "d"), 86400.0),
}
# ASCII (a), because otherwise a letter such as the long s passes for an s.
_AMOUNT = rf"(\d+(?:\.\d+)?) ?({'|'.join(_SECONDS)})s?(?![a-z])"
_PART = rf"(?ai){_AMOUNT}"
_IN_MESSAGE = rf"(?ai)\b(?:try again|retry) (?:in|after) ((?:{_AMOUNT},? ?(?:and )?)+)"


def is_quota(code: str, kind: str) -> bool:
    """Return whether an error of that `code` and `type` says that waiting does not help."""
    return bool(re.fullmatch(_QUOTA, code) or re.fullmatch(_QUOTA, kind))


def parse_retry_after(headers: Mapping[str, str], message: str, now: float) -> float | None:
    """Return the seconds that the server asks to wait, or None if it names none.

    The first of these that can be read: `retry-after-ms`, `retry-after` (seconds or an HTTP
    date), the error's `message`. A date is compared with the server's own `date` header, because
    its clock may differ from ours, or else with `now`, a Unix time. Header names are lower case.
    """
    milliseconds = _parse_number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    after = headers.get("retry-after", "")
    seconds = _parse_number(after)
    if seconds is None and (moment := parse_http_date(after)) is not None:
        sent = parse_http_date(headers.get("date", ""))
        seconds = max(moment - (now if sent is None else sent), 0.0)
    if seconds is None and (found := re.search(_IN_MESSAGE, message)):
        seconds = sum(float(n) * _SECONDS[unit.lower()] for n, unit in re.findall(_PART, found[1]))
    return seconds if seconds is not None and math.isfinite(seconds) else None


def compute_backoff(attempt: int, wait: float | None, jitter: float) -> float:
    """Return the seconds to pause after `attempt` (from 1) failed.

    A `wait` named by the server is the minimum; otherwise the delay doubles up to a limit.
    `jitter`, from 0 to 1, spreads clients: it shortens our own delay and lengthens the server's.
    """
    if wait is not None:
        return wait + min(wait * 0.1, 1.0) * jitter
    # The exponent is capped, because a float overflows long before an attempt counter does.
    return min(FIRST_DELAY * 2.0 ** min(attempt - 1, 10), LONGEST_DELAY) * (1 - 0.25 * jitter)


def is_server_failure(status: int) -> bool:
    """Return whether HTTP `status` says that the server, not the request, is at fault."""
    return status in (408, 409) or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def should_retry(status: int, headers: Mapping[str, str], code: str, kind: str) -> bool:
    """Return whether an answer with HTTP `status` may be better the next time."""
    if status < HTTPStatus.BAD_REQUEST or is_quota(code, kind):
        return False
    advised = {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())
    is_temporary = is_server_failure(status) or status == HTTPStatus.TOO_MANY_REQUESTS
    return is_temporary if advised is None else advised


@lru_cache(maxsize=8)
def parse_http_date(text: str) -> float | None:
    """Return the Unix time of a header such as Date, or None; cached, because many are the same."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    # HTTP knows no other zone than UTC; Python would take the computer's.
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _parse_number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
