# SPDX-License-Identifier: MIT
"""When the client tries again, and when not."""

import math
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_realtime.client.retry import (
    FIRST_DELAY,
    LONGEST_DELAY,
    compute_backoff,
    is_quota,
    is_server_failure,
    parse_retry_after,
    should_retry,
)

NOW = 1_445_412_480.0  # Wed, 21 Oct 2015 07:28:00 GMT
QUOTA_CODES = (
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
)


@pytest.fixture
def _far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the computer into a time zone far from Greenwich."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 3 ", 3.0),
        ("1e2", 100.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("", None),
        ("soon", None),
        ("2 s", None),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2015 07:28:30", 30.0),
        ("Wed, 21 Oct 2015 09:28:30 +0200", 30.0),
        ("Wednesday, 21-Oct-15 07:29:00 GMT", 60.0),
        ("Wed Oct 21 07:28:05 2015", 5.0),
        ("Mon, 19 Oct 2015 07:28:00 GMT", 0.0),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 251_956_974_659.0),
        ("Wed, 32 Oct 2015 07:28:30 GMT", None),
        ("Wed, 21 Oct 20150 07:28:30 GMT", None),
        ("Wed, 21 Oct 2015 07:28:30 +999999999999", None),
        (f"Wed, {'9' * 30} Oct 2015 07:28:30 GMT", None),
        (f"Wed, {'9' * 5000} Oct 2015 07:28:30 GMT", None),
    ],
)
@pytest.mark.usefixtures("_far_away")
def test_reads_retry_after(text: str, expected: float | None) -> None:
    """The header counts seconds or names a moment, whatever the computer's own time zone."""
    assert parse_retry_after({"retry-after": text}, "", NOW) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Please try again in 250ms.", 0.25),
        ("Please try again in 25.992s. Visit", 25.992),
        ("Please try again in 1m26.4s. Visit", 86.4),
        ("Please try again in 1h2m3s.", 3723.0),
        ("PLEASE TRY AGAIN IN 2S", 2.0),
        ("Please try again in a moment.", None),
        ("Limit reached, retry after 2s", 2.0),
        ("Try again in 2 seconds.", 2.0),
        ("Please try again in 1 second", 1.0),
        ("Please try again in 250 milliseconds.", 0.25),
        ("Please try again in 2d or 250 msecs.", 172800.0),
        ("Please try again in 250 msecs.", 0.25),
        ("Please try again in 5 minutes.", 300.0),
        ("Retry in 1 minute 5 seconds.", 65.0),
        ("Try again in 1 hour, 2 minutes and 3 seconds.", 3723.0),
        ("Try again after 3 hrs 2 min.", 10920.0),
        ("Please retry after 1 day.", 86400.0),
        ("Please retry after 20 secs, 3 requests are left.", 20.0),
        ("Please retry after 5 stories.", None),
        ("Please retry after 1m5 metres.", 60.0),
        ("Unretry after 5s", None),
        ("Please try again in 5", None),
        ("Please try again in -5s", None),
        ("Please try again in 5\u017f", None),
        ("Please try again in \u0665s", None),
        (f"Please try again in {'9' * 400}s", None),
        ("", None),
    ],
)
def test_reads_the_message(message: str, expected: float | None) -> None:
    """Where no header tells the wait, the message's own words may."""
    found = parse_retry_after({}, message, NOW)
    assert found == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("milliseconds", "seconds", "expected"),
    [
        ("250", "7", 0.25),
        ("0", "7", 0.0),
        *[(unusable, "7", 7.0) for unusable in ("-250", "nan", "1e400", "", "soon")],
        ("Wed, 21 Oct 2015 07:28:30 GMT", "7", 7.0),
        ("soon", "0", 0.0),
        ("-1", "-1", 3.0),
    ],
)
def test_prefers_the_exact_source(milliseconds: str, seconds: str, expected: float) -> None:
    """Milliseconds come before seconds, both before the message; unusable ones are passed over."""
    headers = {"retry-after-ms": milliseconds, "retry-after": seconds}
    assert parse_retry_after(headers, "Please try again in 3s.", NOW) == expected
    assert parse_retry_after({}, "Please try again in 3s.", NOW) == 3.0


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("Wed, 21 Oct 2015 08:00:00 GMT", 30.0),
        ("Wed, 21 Oct 2015 08:01:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:59:00 GMT", 90.0),
        ("soon", 1950.0),
    ],
)
def test_dates_are_read_by_the_servers_clock(sent: str, expected: float) -> None:
    """A date is compared with the answer's own, so that a wrong clock of ours does not matter."""
    headers = {"retry-after": "Wed, 21 Oct 2015 08:00:30 GMT", "date": sent}
    assert parse_retry_after(headers, "", NOW) == expected
    assert parse_retry_after({**headers, "retry-after": "7"}, "", NOW) == 7.0


@given(st.text(), st.text(), st.text())
def test_reads_whatever_comes(milliseconds: str, seconds: str, message: str) -> None:
    """No header and no message makes reading fail or yields a wait that is no wait."""
    headers = {"retry-after-ms": milliseconds, "retry-after": seconds}
    wait = parse_retry_after(headers, f"try again in {message}", NOW)
    assert wait is None or (wait >= 0 and math.isfinite(wait))


@pytest.mark.parametrize(
    ("attempt", "least", "most"),
    [
        (1, 0.375, 0.5),
        (2, 0.75, 1.0),
        (3, 1.5, 2.0),
        (5, 6.0, 8.0),
        (6, 6.0, 8.0),
        (10**400, 6.0, 8.0),
    ],
)
def test_doubles_up_to_a_limit(attempt: int, least: float, most: float) -> None:
    """The delay doubles to 8 s; jitter takes off a quarter at most."""
    assert compute_backoff(attempt, None, 0.0) == most
    assert compute_backoff(attempt, None, 1.0) == least
    assert least < compute_backoff(attempt, None, 0.5) < most


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_delays_stay_in_bounds(attempt: int, jitter: float) -> None:
    """A delay is never negative, never above the limit and never shorter than the one before."""
    delay = compute_backoff(attempt, None, jitter)
    assert 0.75 * FIRST_DELAY <= delay <= LONGEST_DELAY
    assert delay <= compute_backoff(attempt + 1, None, jitter)


@given(st.floats(0, 1e9), st.floats(0, 1), st.integers(1, 100))
def test_honours_the_servers_wait(wait: float, jitter: float, attempt: int) -> None:
    """A wait of the server is never cut short, and lengthened by a second at most."""
    delay = compute_backoff(attempt, wait, jitter)
    assert wait <= delay <= wait + min(1.0, wait * 0.1) + 1e-6


@pytest.mark.parametrize(
    ("status", "advice", "expected"),
    [
        *[(status, "", False) for status in (400, 401, 403, 404, 407, 413, 422, 428, 430, 499)],
        *[(status, "", True) for status in (408, 409, 429, 500, 502, 503, 504, 529, 599)],
        (400, "perhaps", False),
        (503, "perhaps", True),
        (400, " TRUE ", True),
        (429, "false", False),
        (503, "False", False),
        # Success and redirection are not repeated, whatever the server advises.
        (200, "true", False),
        (302, "true", False),
        (399, "true", False),
    ],
)
def test_decides_by_status_and_advice(status: int, advice: str, *, expected: bool) -> None:
    """The server's own failures and rate limits are repeated, the request's faults are not."""
    headers = {"x-should-retry": advice} if advice else {}
    assert should_retry(status, headers, "rate_limit_exceeded", "requests") is expected


@pytest.mark.parametrize("code", QUOTA_CODES)
def test_does_not_wait_for_money(code: str) -> None:
    """An exhausted account is not asked again, whether code or type says so."""
    assert is_quota(code, "")
    assert is_quota("", code)
    assert not is_quota(f"{code}s", f"not_{code}")
    assert not should_retry(429, {}, code, "")
    assert not should_retry(429, {"x-should-retry": "true"}, "", code)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, False), (408, True), (409, True), (429, False), (499, False), (500, True)],
)
def test_knows_the_servers_fault(status: int, *, expected: bool) -> None:
    """A failure is what the server, not the request, is to blame for."""
    assert is_server_failure(status) is expected
