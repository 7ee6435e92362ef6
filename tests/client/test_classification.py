# SPDX-License-Identifier: MIT
"""What the user is told about an HTTP error. The fault suite has a sentence for each status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client.conftest import check, write_error
from openai_realtime.client.failures import classify
from openai_realtime.client.reply import Reply
from openai_realtime.errors import BusyError, QuotaError, RejectedError, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

CREDIT = "The account has no credit left or has reached a limit on spending."


def explain(reply: Reply, name_setting: Callable[[str], str] = lambda _: "") -> ServerError:
    """Return the error that a reply amounts to, after a look at it."""
    error = classify(reply, "the credential 'key'", name_setting)
    check(error)
    return error


@pytest.mark.parametrize(
    ("status", "code", "type_", "kind", "start"),
    [
        *[
            (status, "credit_balance_exhausted", "", QuotaError, CREDIT)
            for status in (400, 401, 402, 403, 429, 503)
        ],
        (403, None, "insufficient_quota", QuotaError, CREDIT),
        (429, "rate_limit_exceeded", "tokens", BusyError, "The server takes no more requests"),
        (409, None, "", BusyError, "The server failed or was overloaded (409)"),
        (499, None, "", RejectedError, "The server refuses the request (499)."),
        (301, None, "", RejectedError, "The server sends the request elsewhere (301)."),
    ],
)
def test_tells_kinds_apart(
    status: int, code: str | None, type_: str, kind: type[ServerError], start: str
) -> None:
    """An exhausted account is one whatever the status, and the server's fault no fault of ours."""
    error = explain(Reply(status, {}, write_error(code, type_)))
    assert type(error) is kind
    assert str(error).startswith(start)
    assert str(error).endswith(" The server says: Because.")


def test_knows_what_support_asks_for() -> None:
    """The error keeps status, code, param, the server's reason and the request's id."""
    reply = Reply(400, {"x-request-id": "req_42"}, write_error("c", param="session.voice"))
    error = explain(reply)
    assert isinstance(error, RejectedError)
    found = (error.status, error.code, error.param, error.reason, error.request_id)
    assert found == (400, "c", "session.voice", "Because.", "req_42")
    assert str(error).endswith(" The server says: Because. (request id req_42)")


@pytest.mark.parametrize(
    ("param", "label", "is_named"), [("p", "Voice", True), ("p", "", False), ("", "Voice", False)]
)
@pytest.mark.parametrize("code", ["unknown_parameter", "invalid_value", None])
def test_names_the_setting(code: str | None, param: str, label: str, *, is_named: bool) -> None:
    """The path that the server complains about is shown as the dialog's label, if it has one."""
    error = explain(Reply(400, {}, write_error(code, param=param)), lambda path: path and label)
    assert (" Setting: Voice. The server says: Because." in str(error)) is is_named
    assert ("Setting:" in str(error)) is is_named


@pytest.mark.parametrize(
    ("status", "attempts", "said"),
    [
        (503, 3, "(503), after 3 attempts in 12 s. Run the node again later."),
        (429, 1, "(429), after one attempt in 12 s."),
    ],
)
def test_counts_attempts(status: int, attempts: int, said: str) -> None:
    """After several attempts the error says how many there were and how long they took."""
    reply = Reply(status, {}, write_error(None), attempts=attempts, seconds=12.4)
    assert said in str(explain(reply))


@pytest.mark.parametrize("status", [301, 400, 401, 407, 429, 500])
def test_stays_one_short_line(status: int) -> None:
    """However much the server says, one line of 300 characters keeps our words and its id."""
    said = "line\r\n\tbreak \x1b[31m\u2028\x00 " * 5_000
    reply = Reply(status, {"x-request-id": "r" * 500 + "\n"}, write_error(None, message=said))
    error = explain(reply, lambda _: "Label")
    assert str(error).endswith("\u2026)")
    assert " The server says: line break" in str(error)


@pytest.mark.parametrize(
    "shown",
    [
        "sk-proj-...sQoA",
        "sk-proj-****************sQoA",
        "sk_live_Hq8sLw2zPm",
        "ek_Hq8sLw2zPm",
        "Bearer Hq8sLw2zPm/+=7",
        "https://user:Hq8sLw2zPm@proxy",
    ],
)
def test_masks_keys(shown: str) -> None:
    """Keys that the server repeats are masked in every part of the error, half-masked ones too."""
    said = f"Incorrect key: {shown}. See https://platform.openai.com/account."
    error = explain(Reply(401, {"x-request-id": shown}, write_error(None, message=said)))
    assert "sQoA" not in f"{error}{vars(error)}"
    assert "Incorrect key: " in str(error)
    assert "***" in str(error)
    assert "https://platform.openai.com/account" in str(error)
