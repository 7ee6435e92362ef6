# SPDX-License-Identifier: MIT
"""429 and 5xx that name a wait, in each form, and good answers after bad ones."""

from __future__ import annotations

from realtime_dev.faultsuite.entry import (
    CLIENT_SECRET,
    GOOD_ANSWER,
    Entry,
    Outcome,
    play,
    suffer,
)
from realtime_dev.sandbox import Fault, Step, compose_answer, faults

_BUSY_BODY = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}


def _limit(**headers: str) -> Fault:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status=429, headers=given, body=_BUSY_BODY)


def list_entries() -> list[Entry]:
    """Return the entries of this kind."""
    return [*_list_honoured(), *_list_given_up(), *_list_recovered(), *_list_kept_alive()]


def _list_honoured() -> list[Entry]:
    """Return entries with a wait that is honoured; then comes the secret."""
    won = Outcome.SUCCESS
    limit = faults.limit_rate
    waits = {
        "429 retry-after-ms": limit(0.05, tell="ms"),
        "429 retry-after in seconds": limit(1, tell="seconds"),
        "429 retry-after with a fraction": limit(0.05, tell="seconds"),
        "429 retry-after as a date": limit(1, tell="date"),
        "429 retry-after as a date that is past": limit(-60, tell="date"),
        "429 wait in the message": limit(0.25, tell="message"),
        "429 without a wait": limit(0, tell="message"),
        "429 retry-after 0": _limit(retry_after="0"),
        "429 retry-after nan": _limit(retry_after="nan"),
        "429 retry-after inf": _limit(retry_after="inf"),
        "429 retry-after negative": _limit(retry_after="-5"),
        "429 retry-after overflow": _limit(retry_after="9" * 400),
        "429 retry-after empty": _limit(retry_after=""),
        "429 retry-after a word": _limit(retry_after="soon"),
        "429 retry-after a date of the year 99999": _limit(
            retry_after="Fri, 31 Dec 99999 23:59:59 GMT"
        ),
        "429 both headers": _limit(retry_after="60", retry_after_ms="20"),
        "429 retry-after-ms broken, retry-after good": _limit(
            retry_after="0.05", retry_after_ms="x"
        ),
        "400 x-should-retry: true": Fault(
            status=400, headers={"x-should-retry": "true", "retry-after-ms": "10"}, body=_BUSY_BODY
        ),
    }
    return [suffer(name, won, "ek_", fault, asked=2) for name, fault in waits.items()]


def _list_given_up() -> list[Entry]:
    """Return entries where trying again is no use, or would take too long."""
    limit = faults.limit_rate
    no = {"x-should-retry": "false"}
    busy = "takes no more requests for now (429), after one attempt"
    return [
        suffer("429 retry-after 3600", Outcome.BUSY, busy, _limit(retry_after="3600"), asked=1),
        suffer("429 wait of 25.992s in the message", Outcome.BUSY, busy,
               limit(25.992, tell="message"), asked=1),
        suffer("429 wait of 1m26.4s in the message", Outcome.BUSY, busy,
               limit(86.4, tell="message"), asked=1),
        suffer("429 wait above the longest one", Outcome.BUSY, busy,
               limit(0.5, tell="ms"), asked=1, longest_wait=0.4),
        suffer("503 retry-after beyond the deadline", Outcome.BUSY, "(503), after one attempt",
               Fault(status=503, headers={"retry-after": "30"}), asked=1),
        suffer("503 x-should-retry: false", Outcome.BUSY, "(503), after one attempt",
               Fault(status=503, headers=no), asked=1),
        suffer("429 without end", Outcome.BUSY, "(429), after 4 attempts",
               *[limit(0.02, tell="ms")] * 9, asked=4, attempts=4),
        suffer("quota, whatever x-should-retry says", Outcome.QUOTA, "no credit left",
               Fault(status=429, headers={"x-should-retry": "true"},
                     body={"error": {"code": "insufficient_quota"}}), asked=1),
    ]  # fmt: skip


def _list_recovered() -> list[Entry]:
    """Return entries with good answers after bad ones."""
    soon = {"retry-after-ms": "10"}
    busy = Fault(status=503, headers=soon)
    won = Outcome.SUCCESS
    return [
        suffer("503, 503, then good", won, "ek_", busy, busy, asked=3),
        suffer("503, reset, then good", won, "ek_", busy, faults.reset(), asked=3),
        suffer("reset, then good", won, "ek_", faults.reset(), asked=2),
        suffer("cut off, then good", won, "ek_", Fault(cut=20), asked=2),
        suffer(
            "408, 409, 500, 502, 504, then good",
            won,
            "ek_",
            *[Fault(status=status, headers=soon) for status in (408, 409, 500, 502, 504)],
            asked=6,
            attempts=6,
        ),
        suffer(
            "503 with a cookie that is no ASCII, then good",
            won,
            "ek_",
            Fault(status=503, headers={**soon, "set-cookie": "a=\xfc"}),
            asked=2,
        ),
        suffer("503, then 401", Outcome.CREDENTIAL, "(401)", busy, Fault(status=401), asked=2),
        suffer("slow, then good", won, "ek_", Fault(delay=30), asked=2, read_timeout=2.0),
    ]


def _list_kept_alive() -> list[Entry]:
    """Return entries whose first connection may be of no use for the second attempt."""
    alive = {"connection": "keep-alive", "retry-after-ms": "200"}
    busy = compose_answer(b"{}", status="503 Busy", headers=alive)
    won, good = Outcome.SUCCESS, (Step.READ, GOOD_ANSWER)
    kept: dict[str, tuple[bytes | float | Step, ...]] = {
        "closed between requests": (Step.READ, busy, 0.05, Step.CLOSE),
        "reset between requests": (Step.READ, busy, 0.05, Step.RESET),
        "closed at the next request": (Step.READ, busy, Step.READ, Step.CLOSE),
        "reset at the next request": (Step.READ, busy, Step.READ, Step.RESET),
        "half closed between requests": (Step.READ, busy, 0.05, Step.HALF_CLOSE, Step.HOLD),
        "a second answer nobody asked for": (Step.READ, busy, 0.05, busy, Step.HOLD),
        "kept open": (Step.READ, busy, Step.READ, GOOD_ANSWER),
    }
    return [
        play(f"keep-alive, {name}", won, CLIENT_SECRET, script, good)
        for name, script in kept.items()
    ]
