# SPDX-License-Identifier: MIT
"""Details of answers: times, broken characters in lists, what the error tells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from openai_realtime.answer import read_answer, read_time
from openai_realtime.errors import UnexpectedAnswerError


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (0.5, datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        (1_790_000_000, datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
        (0, None),
        (-1, None),
        (True, None),
        ("1790000000", None),
        (None, None),
        (1e30, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_times(value: Any, time: datetime | None) -> None:
    """A Unix time is a moment in UTC; zero, what lies before it and anything else is none."""
    assert read_time(value) == time
    if time is not None:
        assert read_time(value).tzinfo is UTC  # type: ignore[union-attr]


def test_broken_characters_in_lists() -> None:
    """Half a surrogate pair within a list is replaced, and what stands beside it is kept."""
    secret = read_answer('{"value": "ek_x", "session": {"list": ["\\ud800", "a", 1, {"b": null}]}}')
    assert secret.body["session"] == {"list": ["?", "a", 1, {"b": None}]}


def test_unknown_circumstances_are_not_told() -> None:
    """Without a status and a request id the error has those of a good answer, and none."""
    with pytest.raises(UnexpectedAnswerError) as caught:
        read_answer("{}")
    assert (caught.value.status, caught.value.request_id) == (200, "")


def test_secret_beside_the_settings_is_not_preferred() -> None:
    """A secret at the top wins over one among the session's settings."""
    text = '{"value": "ek_top", "session": {"client_secret": {"value": "ek_in", "expires_at": 9}}}'
    secret = read_answer(text)
    assert secret.value == "ek_top"
    assert "expires_at" not in secret.body


def test_wide_answers_are_not_deep() -> None:
    """Many brackets beside each other are no reason to refuse an answer."""
    tools = ",".join(['{"a": [1]}'] * 1000)
    secret = read_answer(f'{{"value": "ek_x", "session": {{"tools": [{tools}]}}}}')
    assert len(secret.body["session"]["tools"]) == 1000


@pytest.mark.parametrize("text", ['["\ud800", "ü"]', '["\\ud800", "a"]'])
def test_broken_characters_written_either_way(text: str) -> None:
    """Half a surrogate pair is replaced, be it escaped or not, beside other letters or not."""
    secret = read_answer(f'{{"value": "ek_x", "session": {text}}}')
    assert secret.body["session"][0] == "?"
