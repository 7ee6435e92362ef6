# SPDX-License-Identifier: MIT
"""The columns that come of replies, without a server and at a time of the test's own."""

import datetime as dt
from email.utils import format_datetime
from typing import Any

import pyarrow as pa
import pytest

from openai_realtime.client.pacing import Clock
from openai_realtime.client.reply import Reply
from openai_realtime.errors import RealtimeError
from openai_realtime.nodes.results import RAW, SECRET_AND_EXPIRY, STRUCTURED, Results, make_unique

EXPIRY = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
LIFETIME = 600.0
BODY = b'{"value": "ek_1", "expires_at": %d, "session": {}}' % EXPIRY.timestamp()
LATER = BODY.replace(b"%d" % EXPIRY.timestamp(), b"%d" % (EXPIRY.timestamp() + 9999))

FORMATS = (SECRET_AND_EXPIRY, STRUCTURED, RAW)


class FixedClock(Clock):
    """A clock that the test sets: seconds since a client secret was made that expires in 600 s.

    Its Unix time is `ahead` seconds ahead of the server's.
    """

    def __init__(self, ahead: float = 0.0) -> None:
        self.now = 0.0
        self.ahead = ahead

    def monotonic(self) -> float:
        """Return seconds since the secret was made."""
        return self.now

    def time(self) -> float:
        """Return the Unix time."""
        return EXPIRY.timestamp() - LIFETIME + self.now + self.ahead


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], "A"),
        (["B"], "A"),
        (["A"], "A (#1)"),
        (["A", "A (#1)", "A (#3)"], "A (#2)"),
        (["a"], "A"),
    ],
)
def test_unique_names(taken: list[str], expected: str) -> None:
    """A name that is taken gets the lowest free number."""
    assert make_unique("A", taken) == expected


@pytest.mark.parametrize("kind", FORMATS)
def test_types_do_not_depend_on_values(kind: str) -> None:
    """Parts with values, with errors only and without rows have the same columns, in one chunk."""
    data = pa.table({"<RowID>": pa.array(["a", "b", "c"]), "x": pa.array([1, 2, 3])})
    results = Results(kind, "session", ["x"], with_errors=True)
    good = results.digest(Reply(200, {}, BODY))
    bad = RealtimeError("No luck.")
    parts = []
    for pieces in ([[good, good], [bad]], [[bad]], [[]], []):
        for rows in pieces:
            results.add(rows)
        parts.append(results.append_to(data.slice(0, sum(map(len, pieces)))))
    assert len({str(part.schema) for part in parts}) == 1
    assert [part.column("Error").to_pylist() for part in parts] == [
        [None, None, "No luck."],
        ["No luck."],
        [],
        [],
    ]
    assert all(column.num_chunks <= 1 for part in parts for column in part.columns)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("ahead", [0.0, 1e6])
@pytest.mark.parametrize(
    ("late", "told"),
    [(-600, ""), (-60, ""), (0.2, "expired at the moment when"), (30, "expired 30 s before")],
)
def test_warns_of_expired_secrets(kind: str, ahead: float, late: float, told: str) -> None:
    """The first secret to expire counts, by the server's clock, whatever time ours shows."""
    clock = FixedClock(ahead)
    results = Results(kind, "session", clock=clock)
    sent = format_datetime(EXPIRY - dt.timedelta(seconds=LIFETIME), usegmt=True)
    for body in (LATER, BODY, LATER):
        results.digest(Reply(200, {"date": sent}, body))
    clock.now = LIFETIME + late
    warnings = results.list_warnings()
    assert len(warnings) == bool(told)
    assert all(line.startswith(f"The first secrets {told} ") for line in warnings)


@pytest.mark.parametrize("date", ["", "no date"])
def test_a_server_without_a_clock_has_ours(date: str) -> None:
    """A server that does not tell the time is taken to have ours."""
    clock = FixedClock()
    results = Results("secret", "session", clock=clock)
    results.digest(Reply(200, {"date": date}, BODY))
    for clock.now, count in ((LIFETIME - 2, 0), (LIFETIME, 1)):
        assert len(results.list_warnings()) == count


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        ("secret", Reply(200, {}, b'{"value": "x"}')),
        ("raw", Reply(200, {}, b"tea")),
        ("raw", Reply(401, {}, BODY)),
    ],
)
def test_nothing_to_warn_of(kind: str, reply: Reply) -> None:
    """Rows without an expiry, or without a client secret, are no reason for a warning."""
    clock: Any = FixedClock()
    results = Results(kind, "session", clock=clock)
    results.digest(reply)
    clock.now = 1e12
    assert results.list_warnings() == []
