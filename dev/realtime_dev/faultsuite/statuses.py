# SPDX-License-Identifier: MIT
"""HTTP errors: all statuses and codes, other error bodies, waits, and success after retries."""

from typing import Any

from realtime_dev.faultsuite.case import (
    CLIENT_SECRET,
    GOOD_ANSWER,
    Case,
    Outcome,
    StartServer,
    as_raw,
    expect,
    expect_alike,
)
from realtime_dev.faultsuite.servers import api, play, reply, reply_json
from realtime_dev.sandbox import Fault, Piece, Step, compose_answer, faults

_SUCCESS, _REJECTED, _BUSY = Outcome.SUCCESS, Outcome.REJECTED, Outcome.BUSY
_CREDENTIAL, _QUOTA = Outcome.CREDENTIAL, Outcome.QUOTA
_SPEED = "session.audio.output.speed"
_FORMAT = "session.audio.input.format.rate"

_CODES: tuple[tuple[int, str, str | None, Outcome, str], ...] = (
    (400, "invalid_type", _SPEED, _REJECTED, "Setting: Speed"),
    (400, "unknown_parameter", "session.temperature", _REJECTED, "does not know a setting"),
    (400, "invalid_value", "session.audio.output.voice", _REJECTED, "Setting: Voice"),
    (400, "missing_required_parameter", _FORMAT, _REJECTED, "needs a setting"),
    (400, "integer_below_min_value", "expires_after.seconds", _REJECTED, "Setting: "),
    (400, "integer_above_max_value", "session.max_output_tokens", _REJECTED, "Setting: "),
    (400, "decimal_above_max_value", _SPEED, _REJECTED, "Setting: Speed"),
    (400, "string_above_max_length", "session.instructions", _REJECTED, "Setting: Instru"),
    (400, "beta_api_shape_disabled", None, _REJECTED, "switched the beta API off"),
    (400, "model_not_found", "session.model", _REJECTED, "The model does not exist"),
    (403, "model_not_found", None, _REJECTED, "The model does not exist"),
    (404, "model_not_found", None, _REJECTED, "The model does not exist"),
    (401, "invalid_api_key", None, _CREDENTIAL, "does not accept the API key"),
    (403, "unsupported_country_region_territory", None, _CREDENTIAL, "country or region"),
    (400, "invalid_model", None, _REJECTED, "belongs to another API, such as the Live API"),
    (404, "DeploymentNotFound", None, _REJECTED, "Azure OpenAI has no such deployment"),
    (429, "insufficient_quota", None, _QUOTA, "no credit left"),
    (503, "credit_balance_exhausted", None, _QUOTA, "no credit left"),
    (400, "organization_spend_limit_exceeded", None, _QUOTA, "no credit left"),
    (401, "project_spend_limit_exceeded", None, _QUOTA, "no credit left"),
    (402, "organization_usage_limit_exceeded", None, _QUOTA, "no credit left"),
    (403, "billing_hard_limit_reached", None, _QUOTA, "no credit left"),
)

_PLAIN: tuple[tuple[int, Outcome, str], ...] = (
    (400, _REJECTED, "refuses the request (400)"),
    (401, _CREDENTIAL, "of the credential 'key' (401)"),
    (402, _REJECTED, "(402)"),
    (403, _CREDENTIAL, "of the credential 'key' do this (403)"),
    (404, _REJECTED, "does not know the address http"),
    (405, _REJECTED, "does not accept such requests at http"),
    (407, _REJECTED, "proxy wants a user name and a password (407)"),
    (413, _REJECTED, "(413)"),
    (415, _REJECTED, "(415)"),
    (418, _REJECTED, "(418)"),
    (422, _REJECTED, "(422)"),
    (431, _REJECTED, "(431)"),
    (451, _REJECTED, "(451)"),
)

_RETRIED = (408, 409, 500, 502, 503, 504, 520, 529, 599)

_PAGE = b"<html><head><title>Blocked</title><style>p{}</style></head><body><p>No.</p></body></html>"
_AZURE = {"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}
_ODD: tuple[tuple[str, Any, str], ...] = (
    ("error is a string", {"error": "No such thing."}, "No such thing."),
    ("error is a list", {"error": ["a", 1]}, "(400)"),
    ("error is null", {"error": None}, "(400)"),
    ("message is an object", {"error": {"message": {"a": "b"}}}, "(400)"),
    ("code is a list", {"error": {"message": "No.", "code": ["x"]}}, "No."),
    ("code is a number", {"error": {"message": "No.", "code": 400}}, "No."),
    ("param is a number", {"error": {"message": "No.", "param": 7}}, "No."),
    ("detail of a framework", {"detail": [{"loc": ["body"], "msg": "bad"}]}, "bad"),
    ("a list", ["no"], "(400)"),
    ("a number", 5, "(400)"),
    ("control characters", {"error": {"message": "a\n\x1b[31mb\u202ec\x00d"}}, "a [31mbcd"),
    ("10,000 characters", {"error": {"message": "long " * 2000}}, "long long"),
)

_SOON = {"retry-after-ms": "10"}
_BUSY_BODY = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}


def list_cases() -> list[Case]:
    """Return the cases of this group."""
    return [
        *_list_refused(),
        *_list_pages(),
        *_list_honoured(),
        *_list_given_up(),
        *_list_recovered(),
        *_list_kept_alive(),
    ]


def _refuse(status: int, code: str | None, param: str | None = None, kind: str = "") -> StartServer:
    error = {"message": "Because of that.", "type": kind, "param": param, "code": code}
    return api(Fault(status=status, body={"error": error}))


def _list_refused() -> list[Case]:
    by_type = _refuse(403, None, kind="insufficient_quota")
    return [
        *(
            expect(f"{status} {code}", expected, says, _refuse(status, code, param), asked=1)
            for status, code, param, expected, says in _CODES
        ),
        *(
            expect(f"{status} without a body", expected, says, api(Fault(status=status)), asked=1)
            for status, expected, says in _PLAIN
        ),
        expect("403 of type insufficient_quota", _QUOTA, "no credit left", by_type, asked=1),
        *(
            expect(f"{status} twice", _BUSY, f"({status}), after 2 attempts",
                   api(*[Fault(status=status, headers=_SOON)] * 2), asked=2, attempts=2)
            for status in _RETRIED
        ),
    ]  # fmt: skip


def _list_pages() -> list[Case]:
    refused = "400 Bad Request"
    page = expect("403 with a web page", _CREDENTIAL, "Blocked", reply(_PAGE, "403 Forbidden"))
    failed = expect("", _BUSY, "", api(faults.fail_server()), attempts=1)
    return [
        page,
        as_raw(page, "403 with a web page, raw", "<style>p{}</style>"),
        as_raw(failed, "500, raw", "server_error"),
        expect("502 with a web page", _BUSY, "(502)", api(faults.send_html()), attempts=1),
        expect("401 of Azure", _CREDENTIAL, "Access denied", reply_json(_AZURE, "401 No")),
        *(
            expect(f"400: {name}", _REJECTED, says, reply_json(body, refused))
            for name, body, says in _ODD
        ),
        expect("400 with broken JSON", _REJECTED, "(400)", reply(b'{"error": {"mess', refused)),
        expect("400 nested deeply", _REJECTED, "(400)", reply(b"[" * 200_000, refused)),
        expect("204 without a body", Outcome.UNEXPECTED, "empty", reply(b"", "204 No Content")),
        expect("304", _REJECTED, "(304)", reply(b"", "304 Not Modified")),
        expect("999", _BUSY, "(999)", reply(b"", "999 What")),
    ]


def _limit(**headers: str) -> Fault:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status=429, headers=given, body=_BUSY_BODY)


def _list_honoured() -> list[Case]:
    """Return the cases whose second request succeeds after the wait that the server asked for."""
    limit = faults.limit_rate
    retry = {"x-should-retry": "true", **_SOON}
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
        "400 x-should-retry: true": Fault(status=400, headers=retry, body=_BUSY_BODY),
    }
    servers = {name: api(fault) for name, fault in waits.items()}
    return expect_alike(_SUCCESS, "ek_", servers, asked=2)


def _list_given_up() -> list[Case]:
    """Return the cases in which a retry does not help or would take too long."""
    limit = faults.limit_rate
    refused = "accepts no more requests for now (429), after one attempt"
    limits = {
        "429 retry-after 3600": api(_limit(retry_after="3600")),
        "429 wait of 25.992s in the message": api(limit(25.992, tell="message")),
        "429 wait of 1m26.4s in the message": api(limit(86.4, tell="message")),
    }
    failures = {
        "503 retry-after beyond the deadline": {"retry-after": "30"},
        "503 x-should-retry: false": {"x-should-retry": "false"},
    }
    no_credit = Fault(
        status=429,
        headers={"x-should-retry": "true"},
        body={"error": {"code": "insufficient_quota"}},
    )
    return [
        *expect_alike(_BUSY, refused, limits, asked=1),
        expect("429 wait above the longest one", _BUSY, refused, api(limit(0.5, tell="ms")),
               asked=1, longest_wait=0.4),
        *(
            expect(name, _BUSY, "(503), after one attempt",
                   api(Fault(status=503, headers=headers)), asked=1)
            for name, headers in failures.items()
        ),
        expect("429 to every attempt", _BUSY, "(429), after 4 attempts",
               api(*[limit(0.02, tell="ms")] * 9), asked=4, attempts=4),
        expect("quota, with x-should-retry: true", _QUOTA, "no credit left",
               api(no_credit), asked=1),
    ]  # fmt: skip


def _list_recovered() -> list[Case]:
    """Return the cases with a valid answer after errors."""
    busy = Fault(status=503, headers=_SOON)
    several = [Fault(status=status, headers=_SOON) for status in (408, 409, 500, 502, 504)]
    twice = {
        "reset, then good": api(faults.reset()),
        "cut off, then good": api(Fault(cut=20)),
        "503 with a cookie that is not ASCII, then good": api(
            Fault(status=503, headers={**_SOON, "set-cookie": "a=\xfc"})
        ),
    }
    return [
        *expect_alike(_SUCCESS, "ek_", twice, asked=2),
        expect("503, 503, then good", _SUCCESS, "ek_", api(busy, busy), asked=3),
        expect("503, reset, then good", _SUCCESS, "ek_", api(busy, faults.reset()), asked=3),
        expect("408, 409, 500, 502, 504, then good", _SUCCESS, "ek_", api(*several),
               asked=6, attempts=6),
        expect("503, then 401", _CREDENTIAL, "(401)", api(busy, Fault(status=401)), asked=2),
        expect("slow, then good", _SUCCESS, "ek_", api(Fault(delay=30)), asked=2, read_timeout=2.0),
    ]  # fmt: skip


def _list_kept_alive() -> list[Case]:
    """Return the cases whose first connection may not be usable for the second attempt."""
    alive = {"connection": "keep-alive", "retry-after-ms": "200"}
    busy = compose_answer(b"{}", status="503 Busy", headers=alive)
    kept: dict[str, tuple[Piece, ...]] = {
        "closed between requests": (0.05, Step.CLOSE),
        "reset between requests": (0.05, Step.RESET),
        "closed at the next request": (Step.READ, Step.CLOSE),
        "reset at the next request": (Step.READ, Step.RESET),
        "half closed between requests": (0.05, Step.HALF_CLOSE, Step.HOLD),
        "a second answer without a request": (0.05, busy, Step.HOLD),
        "kept open": (Step.READ, GOOD_ANSWER),
    }
    good = (Step.READ, GOOD_ANSWER)
    servers = {name: play((Step.READ, busy, *then), good) for name, then in kept.items()}
    return expect_alike(_SUCCESS, CLIENT_SECRET, servers, "keep-alive, ")
