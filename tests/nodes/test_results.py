# SPDX-License-Identifier: MIT
"""What the table node keeps of answers, without a server."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from openai_realtime.client.reply import Reply
from openai_realtime.errors import RealtimeError, RejectedError, UnexpectedAnswerError
from openai_realtime.nodes.results import Results, make_unique

EXPIRY = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
BODY = b'{"value": "ek_1", "expires_at": %d, "session": {}}' % EXPIRY.timestamp()

NAMES = [
    ([], "A"),
    (["B"], "A"),
    (["A"], "A (#1)"),
    (["A", "A (#1)", "A (#3)"], "A (#2)"),
    (["a"], "A"),
]


@pytest.mark.parametrize(("taken", "expected"), NAMES)
def test_unique_names(taken: list[str], expected: str) -> None:
    """A name that is taken gets the lowest free number."""
    assert make_unique("A", taken) == expected


def make(kind: str = "secret", taken: list[str] | None = None, *, errors: bool = True) -> Results:
    """Return the results of the session node."""
    return Results(kind, taken or [], "session", with_errors=errors)


def test_values_of_a_row() -> None:
    """Each kind of result keeps of an answer what its columns show, and no more."""
    reply = Reply(200, {}, BODY)
    assert make().digest(reply) == {"Client Secret": "ek_1", "Expires At": EXPIRY}
    assert make("raw").digest(reply) == {"body": BODY.decode(), "status": 200}
    assert make("structured").digest(reply)["Client Secret"] == "ek_1"


@pytest.mark.parametrize("kind", ["secret", "structured"])
def test_answers_that_are_errors(kind: str) -> None:
    """An HTTP error, and an answer that is none, are that row's error."""
    with pytest.raises(RejectedError):
        make(kind).digest(Reply(400, {}, b'{"error": {"message": "no"}}'))
    with pytest.raises(UnexpectedAnswerError):
        make(kind).digest(Reply(200, {}, b"<html>"))


@pytest.mark.parametrize("kind", ["secret", "structured", "raw"])
def test_types_do_not_depend_on_values(kind: str) -> None:
    """A part with errors only, one without rows and one with values have the same columns."""
    data = pa.table({"<RowID>": pa.array(["a"]), "x": pa.array([1])})
    results = make(kind, ["x"])
    good: dict[str, Any] = results.digest(Reply(200, {}, BODY))
    parts = [
        results.append_to(data, [good]),
        results.append_to(data, [RealtimeError("No luck.")]),
        results.append_to(data.slice(0, 0), []),
    ]
    assert len({str(part.schema) for part in parts}) == 1
    assert parts[1].column("Error").to_pylist() == ["No luck."]
    assert parts[0].column("Error").to_pylist() == [None]


@pytest.mark.parametrize(("seconds", "count"), [(-3600, 0), (-60, 0), (0, 1), (1, 1), (3600, 1)])
def test_warns_of_what_has_expired(seconds: int, count: int) -> None:
    """Only the end of the run counts, seen from the secret that expires first."""
    results = make()
    data = pa.table({"<RowID>": pa.array(["a", "b"])})
    late = {"Client Secret": "x", "Expires At": EXPIRY + dt.timedelta(days=1)}
    early = {"Client Secret": "y", "Expires At": EXPIRY}
    results.append_to(data, [late, RealtimeError("no")])
    results.append_to(data, [early, late])
    doubts = results.list_doubts(EXPIRY.timestamp() + seconds)
    assert len(doubts) == count
    assert all("03:04:05 UTC" in doubt for doubt in doubts)


def test_nothing_to_warn_of() -> None:
    """Rows without an expiry, or none at all, are no reason for a warning."""
    results = make()
    data = pa.table({"<RowID>": pa.array(["a"])})
    results.append_to(data, [{"Client Secret": "x", "Expires At": None}])
    assert results.list_doubts(1e12) == []
