# SPDX-License-Identifier: MIT
"""What the table node keeps of answers, without a server."""

from __future__ import annotations

import datetime as dt
import time
from email.utils import format_datetime
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
    parts = []
    for rows in ([good], [RealtimeError("No luck.")], []):
        results.add(rows)
        parts.append(results.append_to(data.slice(0, len(rows))))
    parts.append(results.append_to(data.slice(0, 0)))
    assert len({str(part.schema) for part in parts}) == 1
    assert parts[1].column("Error").to_pylist() == ["No luck."]
    assert parts[0].column("Error").to_pylist() == [None]


def test_pieces_become_one() -> None:
    """Rows that were read in pieces are one column, in order."""
    data = pa.table({"<RowID>": pa.array(["a", "b", "c"])})
    results = make("structured")
    rows = [results.digest(Reply(200, {}, BODY.replace(b"ek_1", name))) for name in (b"x", b"y")]
    results.add(rows)
    results.add([RealtimeError("no")])
    table = results.append_to(data)
    assert table.column("Client Secret").to_pylist() == ["x", "y", None]
    assert table.column("Client Secret").num_chunks == 1


def tell_time(moment: dt.datetime) -> dict[str, str]:
    """Return the header that tells the server's time."""
    return {"date": format_datetime(moment, usegmt=True)}


@pytest.mark.parametrize("kind", ["secret", "structured", "raw"])
@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3600, ""), (-60, ""), (0.2, "expire just as"), (30, "expired 30 s before")],
)
def test_warns_of_what_has_expired(kind: str, seconds: float, said: str) -> None:
    """What counts is the first secret's end by the server's clock, whatever time ours shows."""
    results = make(kind)
    now = time.monotonic()
    long = BODY.replace(b"%d" % EXPIRY.timestamp(), b"%d" % (EXPIRY.timestamp() + 9999))
    for body in (long, BODY, long):
        results.digest(Reply(200, tell_time(EXPIRY - dt.timedelta(seconds=600)), body))
    doubts = results.list_doubts(now + 600 + seconds)
    assert [doubt.startswith(f"The first secrets {said}") for doubt in doubts] == [True] * bool(
        said
    )


@pytest.mark.parametrize("date", ["", "no date", "Thu, 01 Jan 1970"])
def test_takes_our_clock_where_the_server_has_none(date: str) -> None:
    """A server that does not tell the time is taken to have ours."""
    results = make()
    body = b'{"value": "ek_1", "expires_at": %d}' % (time.time() + 600)
    results.digest(Reply(200, {"date": date}, body))
    assert results.list_doubts(time.monotonic() + 590) == []
    assert results.list_doubts(time.monotonic() + 610) != []


def test_nothing_to_warn_of() -> None:
    """Rows without an expiry, or none at all, are no reason for a warning."""
    results = make()
    assert results.list_doubts(1e12) == []
    results.digest(Reply(200, {}, b'{"value": "x"}'))
    make("raw").digest(Reply(200, {}, b"tea"))
    assert results.list_doubts(1e12) == []
