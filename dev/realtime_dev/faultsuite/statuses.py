# SPDX-License-Identifier: MIT
"""Answers with an HTTP error: each status, each code of OpenAI's, envelopes of other kinds."""

from __future__ import annotations

import json
from typing import Any

from realtime_dev.faultsuite.entry import Entry, Outcome, as_raw, send_body, suffer
from realtime_dev.sandbox import Fault, faults

_SPEED = "session.audio.output.speed"
_FORMAT = "session.audio.input.format.rate"


def _refuse(status: int, code: str | None, param: str | None = None, kind: str = "") -> Fault:
    error = {"message": "Because of that.", "type": kind, "param": param, "code": code}
    return Fault(status=status, body={"error": error})


_CODES: tuple[tuple[int, str, str | None, Outcome, str], ...] = (
    (400, "invalid_type", _SPEED, Outcome.REJECTED, "Setting: Speed"),
    (400, "unknown_parameter", "session.temperature", Outcome.REJECTED, "does not know a setting"),
    (400, "invalid_value", "session.audio.output.voice", Outcome.REJECTED, "Setting: Voice"),
    (400, "missing_required_parameter", _FORMAT, Outcome.REJECTED, "needs a setting"),
    (400, "integer_below_min_value", "expires_after.seconds", Outcome.REJECTED, "Setting: "),
    (400, "integer_above_max_value", "session.max_output_tokens", Outcome.REJECTED, "Setting: "),
    (400, "decimal_above_max_value", _SPEED, Outcome.REJECTED, "Setting: Speed"),
    (400, "string_above_max_length", "session.instructions", Outcome.REJECTED, "Setting: Instru"),
    (400, "beta_api_shape_disabled", None, Outcome.REJECTED, "switched the beta API off"),
    (400, "model_not_found", "session.model", Outcome.REJECTED, "The model does not exist"),
    (403, "model_not_found", None, Outcome.REJECTED, "The model does not exist"),
    (404, "model_not_found", None, Outcome.REJECTED, "The model does not exist"),
    (401, "invalid_api_key", None, Outcome.CREDENTIAL, "does not accept the API key"),
    (403, "unsupported_country_region_territory", None, Outcome.CREDENTIAL, "country or region"),
    (404, "DeploymentNotFound", None, Outcome.REJECTED, "Azure OpenAI has no such deployment"),
)

_PLAIN: tuple[tuple[int, Outcome, str], ...] = (
    (400, Outcome.REJECTED, "refuses the request (400)"),
    (401, Outcome.CREDENTIAL, "of the credential 'key' (401)"),
    (402, Outcome.REJECTED, "(402)"),
    (403, Outcome.CREDENTIAL, "of the credential 'key' do this (403)"),
    (404, Outcome.REJECTED, "does not know this address (404)"),
    (405, Outcome.REJECTED, "(405)"),
    (407, Outcome.REJECTED, "proxy wants a user name and a password (407)"),
    (413, Outcome.REJECTED, "(413)"),
    (415, Outcome.REJECTED, "(415)"),
    (418, Outcome.REJECTED, "(418)"),
    (422, Outcome.REJECTED, "(422)"),
    (431, Outcome.REJECTED, "(431)"),
    (451, Outcome.REJECTED, "(451)"),
)

_QUOTA = (
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
)
_RETRIED = (408, 409, 500, 502, 503, 504, 520, 529, 599)
_SOON = {"retry-after-ms": "10"}

_PAGE = b"<html><head><title>Blocked</title><style>p{}</style></head><body><p>No.</p></body></html>"
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


def list_entries() -> list[Entry]:
    """Return the entries of this kind."""
    soon = {"attempts": 2}
    return [
        *(
            suffer(f"{status} {code}", expected, says, _refuse(status, code, param), asked=1)
            for status, code, param, expected, says in _CODES
        ),
        *(
            suffer(f"{status} with nothing", expected, says, Fault(status=status), asked=1)
            for status, expected, says in _PLAIN
        ),
        *(
            suffer(f"429 {code}", Outcome.QUOTA, "no credit left", _refuse(429, code), asked=1)
            for code in _QUOTA
        ),
        suffer(
            "429 of type insufficient_quota",
            Outcome.QUOTA,
            "no credit left",
            _refuse(429, None, kind="insufficient_quota"),
            asked=1,
        ),
        *(
            suffer(
                f"{status} twice",
                Outcome.BUSY,
                f"({status}), after 2 attempts",
                *[Fault(status=status, headers=_SOON)] * 2,
                asked=2,
                **soon,
            )
            for status in _RETRIED
        ),
        *_list_pages(),
    ]


def _list_pages() -> list[Entry]:
    refused = "400 Bad Request"
    page = send_body("403 with a web page", Outcome.CREDENTIAL, "Blocked", _PAGE, "403 Forbidden")
    azure = (
        b'{"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}'
    )
    return [
        page,
        as_raw(page, "403 with a web page, raw", "<style>p{}</style>"),
        as_raw(
            suffer("", Outcome.BUSY, "", faults.fail_server(), attempts=1),
            "500, raw",
            "server_error",
        ),
        suffer("502 with a web page", Outcome.BUSY, "(502)", faults.send_html(), attempts=1),
        send_body("401 of Azure", Outcome.CREDENTIAL, "Access denied", azure, "401 No"),
        *(
            send_body(f"400: {name}", Outcome.REJECTED, says, json.dumps(body).encode(), refused)
            for name, body, says in _ODD
        ),
        send_body("400 with broken JSON", Outcome.REJECTED, "(400)", b'{"error": {"mess', refused),
        send_body("400 nested deeply", Outcome.REJECTED, "(400)", b"[" * 200_000, refused),
        send_body("204 with nothing", Outcome.UNEXPECTED, "empty", b"", "204 No Content"),
        send_body("304", Outcome.REJECTED, "(304)", b"", "304 Not Modified"),
        send_body("999", Outcome.BUSY, "(999)", b"", "999 What"),
    ]
