# SPDX-License-Identifier: MIT
"""Errors: one line, short, with the request id."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_realtime.errors import (
    MESSAGE_LIMIT,
    BusyError,
    CredentialError,
    QuotaError,
    RejectedError,
    ServerError,
    UnexpectedAnswerError,
    fold,
)

WITH_ANSWER = [CredentialError, RejectedError, QuotaError, BusyError, UnexpectedAnswerError]


@given(st.text(), st.integers(1, 400))
def test_folded_texts_are_one_short_line(text: str, limit: int) -> None:
    """Whatever a server sends becomes one line of printable characters, within the limit."""
    line = fold(text, limit)
    assert len(line) <= limit
    assert line.isprintable()
    assert line == " ".join(line.split())


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("", 300, ""),
        ("abcdef", 6, "abcdef"),
        ("abc defg", 5, "abc…"),
        (" a \r\n\tb ", 300, "a b"),
        ("a\x00b\x1b[31m\x7f", 300, "ab[31m"),
        ("a \x00 b", 300, "a b"),
        ("a\u2028b\u200bc\u202ed", 300, "a bcd"),
        ("\ud800x", 300, "x"),
        ("größer 日本 🙂", 300, "größer 日本 🙂"),
    ],
)
def test_what_folding_removes(text: str, limit: int, line: str) -> None:
    """Line breaks become spaces, control characters go, letters stay, and a cut shows."""
    assert fold(text, limit) == line


@pytest.mark.parametrize("error", WITH_ANSWER)
@pytest.mark.parametrize("length", [0, 10, 5000])
def test_the_request_id_is_kept(error: type[ServerError], length: int) -> None:
    """However long the server's reason is, the request id stands whole at the end."""
    request_id = "req_0123456789abcdef0123456789abcdef"
    message = str(error("It failed.", reason="x\n" * length, request_id=request_id))
    assert message.startswith("It failed.")
    assert message.endswith(f" (request id {request_id})")
    assert len(message) <= MESSAGE_LIMIT
    assert message.isprintable()


def test_a_hostile_request_id() -> None:
    """A request id of any length and kind cannot push out our own sentence."""
    message = str(BusyError("Too busy.", reason="r" * 999, request_id="\x1b\n" + "i" * 999))
    assert message.startswith("Too busy. The server says: rrr")
    assert message.endswith("…)")
    assert len(message) <= MESSAGE_LIMIT
    assert str(BusyError("Too busy.", request_id="\n")) == "Too busy."
