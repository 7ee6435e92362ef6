# SPDX-License-Identifier: MIT
"""When the next request may start, on a clock that only the tests move."""

import heapq
import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from client.fakes import FakeClock
from openai_realtime.client.pacing import Clock, Pacer

Judge = Callable[[float], "float | None"]
"""A server: the time of a request -> None if it takes it, else the seconds to wait."""


class StillClock(FakeClock):
    """Time that stands still until a test moves `now`; nobody waits."""

    def wait(self, event: threading.Event | threading.Condition, seconds: float) -> None:
        """Return at once."""


def make(in_flight: int = 4, per_minute: float | None = None) -> tuple[Pacer, StillClock]:
    """Return a pacer and its clock."""
    clock = StillClock()
    clock.now = 1000.0
    return Pacer(in_flight, per_minute, clock), clock


def ask(pacer: Pacer) -> int | None:
    """Return a permission if there is one at this very moment."""
    looks = itertools.count()
    return pacer.acquire(lambda: next(looks) > 0)


def take_all(pacer: Pacer) -> list[int]:
    """Return all the permissions that there are at this moment."""
    found: list[int] = []
    while (permission := ask(pacer)) is not None:
        found.append(permission)
        assert len(found) < 1000
    return found


def simulate(rows: int, judge: Judge, in_flight: int = 16) -> tuple[list[float], float]:
    """Send requests; return the times of those that were refused, and that of the end.

    A request takes 0.1 s, or 0.01 s if it is refused.
    """
    pacer, clock = make(in_flight)
    start = clock.now
    refused: list[float] = []
    under_way: list[tuple[float, int, int, float | None]] = []
    numbers = itertools.count()
    open_rows = rows
    while open_rows or under_way:
        while open_rows and (permission := ask(pacer)) is not None:
            open_rows -= 1
            wait = judge(clock.now - start)
            if wait is not None:
                refused.append(clock.now - start)
            end = clock.now + (0.1 if wait is None else 0.01)
            heapq.heappush(under_way, (end, next(numbers), permission, wait))
        if under_way and (not open_rows or under_way[0][0] <= clock.now + 0.01):
            clock.now, _, permission, wait = heapq.heappop(under_way)
            open_rows += wait is not None
            pacer.release(permission, wait)
        else:
            clock.now += max(min(0.01, pacer.pause_left or 0.01), 0.001)
        assert clock.now < start + 100_000
    return refused, clock.now - start


def limit_window(limit: int, length: float, late: float = 0.0) -> Judge:
    """Return a server that takes `limit` requests in each window; the first began `late` ago."""
    taken: dict[float, int] = {}

    def judge(now: float) -> float | None:
        number = (now + late) // length
        if taken.get(number, 0) < limit:
            taken[number] = taken.get(number, 0) + 1
            return None
        return (number + 1) * length - (now + late)

    return judge


def change(before: Judge, after: Judge) -> Judge:
    """Return a server whose limit is another one after a minute."""
    return lambda now: before(now) if now < 60 else after(now)


def refuse_by_chance(share: float) -> Judge:
    """Return a server that refuses requests without a limit behind it."""
    chance = random.Random(5)  # noqa: S311 - chance, no secret
    return lambda _: 0.05 if chance.random() < share else None


def limit_bucket(size: float, per_second: float) -> Judge:
    """Return a server with a bucket of `size` tokens that is filled up steadily, as OpenAI has."""
    state = [size, 0.0]

    def judge(now: float) -> float | None:
        state[0] = min(size, state[0] + (now - state[1]) * per_second)
        state[1] = now
        if state[0] >= 1:
            state[0] -= 1
            return None
        return (1 - state[0]) / per_second

    return judge


def limit_sliding(limit: int, length: float) -> Judge:
    """Return a server that takes `limit` requests in any stretch of that length."""
    taken: list[float] = []

    def judge(now: float) -> float | None:
        recent = [at for at in taken if at > now - length]
        if len(recent) < limit:
            taken.append(now)
            return None
        return recent[-limit] + length - now

    return judge


@pytest.mark.parametrize("in_flight", [1, 3, 256])
def test_bounds_what_is_in_flight(in_flight: int) -> None:
    """No more than the set number run at a time, and a place that is given back is free at once."""
    pacer, _ = make(in_flight)
    found = take_all(pacer)
    assert len(found) == in_flight
    pacer.release(found[0])
    assert len(take_all(pacer)) == 1


@pytest.mark.parametrize("per_minute", [1, 30, 500])
def test_spreads_starts_over_the_minute(per_minute: int) -> None:
    """In no stretch of a minute do more start than allowed, and nearly as many do."""
    pacer, clock = make(256, per_minute)
    starts = []
    while clock.now < 1000 + 130:
        if (permission := ask(pacer)) is not None:
            starts.append(clock.now)
            pacer.release(permission)
        clock.now += 1 / 64
    for first, start in enumerate(starts):
        assert len([at for at in starts[first:] if at < start + 60 - 1e-6]) <= per_minute
    assert len(starts) >= 130 / 60 * per_minute * 0.8
    gaps = [later - sooner for sooner, later in itertools.pairwise(starts)]
    assert min(gaps, default=60) >= 60 / per_minute - 1e-6


def test_idleness_is_not_saved_up() -> None:
    """After a pause without requests, no burst is allowed."""
    pacer, clock = make(16, 60)
    assert len(take_all(pacer)) == 1
    clock.now += 600
    assert len(take_all(pacer)) == 1


def test_all_pause_together() -> None:
    """One 429 pauses all requests; the 429s of others under way can only make the pause longer."""
    pacer, clock = make(4)
    found = take_all(pacer)
    for permission, wait in zip(found, (10.0, 9.0, 12.0, 3.0), strict=True):
        pacer.release(permission, wait)
    assert pacer.pause_left == pytest.approx(12)
    clock.now += 11.9
    assert take_all(pacer) == []
    clock.now += 0.1
    assert len(take_all(pacer)) == 1


def test_late_429_does_not_pause_anew() -> None:
    """A 429 for a request that started before the pause does not start a second pause."""
    pacer, clock = make(4)
    found = take_all(pacer)
    pacer.release(found[0], 1.0)
    pacer.release(found[1])
    pacer.release(found[2])
    clock.now += 1.1
    (first,) = take_all(pacer)
    pacer.release(found[3], 30.0)
    assert pacer.pause_left == 0
    pacer.release(first)
    assert len(take_all(pacer)) == 2


def test_goes_on_with_care_and_finds_back() -> None:
    """After a pause one request starts, then more, up to half as many; later as many as before."""
    pacer, clock = make(16)
    found = take_all(pacer)
    for permission in found[1:]:
        pacer.release(permission)
    pacer.release(found[0], 1.0)
    clock.now += 1.0
    sizes = []
    for _ in range(100):
        found = take_all(pacer)
        sizes.append(len(found))
        for permission in found:
            pacer.release(permission)
    assert sizes[:4] == [1, 2, 4, 8]
    assert sizes[4] < 16
    assert sizes[-1] == 16


def test_server_that_names_no_time_is_left_alone() -> None:
    """If the server refuses again after its own wait, the pauses grow to 8 s."""
    pacer, clock = make(1)
    pauses = []
    for _ in range(2000):
        permission = ask(pacer)
        assert permission is not None
        pacer.release(permission, 0.0)
        pauses.append(pacer.pause_left)
        clock.now += pauses[-1]
    assert pauses[:4] == pytest.approx([0, 0.5, 1, 2])
    assert max(pauses) == pytest.approx(8)
    assert pauses[-1] == pytest.approx(8)
    assert pacer.refused_for > 1900 * 8


@pytest.mark.parametrize("in_flight", [1, 16, 64])
@pytest.mark.parametrize("late", [0.0, 50.0])
def test_learns_the_servers_window(in_flight: int, late: float) -> None:
    """With 500 requests a minute allowed, hardly any is refused after the first window."""
    refused, seconds = simulate(3000, limit_window(500, 60, late), in_flight)
    windows = Counter((at + late) // 60 for at in refused)
    assert windows.pop(0, 0) <= in_flight
    assert all(number <= 2 for number in windows.values())
    assert windows.total() <= 6
    assert seconds <= 6 * 60 + 1


SERVERS: dict[str, tuple[Callable[[], Judge], int, int, float]] = {
    "one a second": (lambda: limit_window(1, 1.0), 2000, 40, 2000 * 1.05),
    "twenty a second": (lambda: limit_window(20, 1.0), 2000, 40, 105),
    "bucket": (lambda: limit_bucket(500, 500 / 60), 2000, 40, 185),
    "quick bucket": (lambda: limit_bucket(50, 50), 2000, 120, 45),
    "sliding": (lambda: limit_sliding(500, 60), 2000, 40, 190),
    "takes more": (lambda: change(limit_window(50, 10), limit_window(500, 10)), 4000, 80, 230),
    "takes less": (lambda: change(limit_window(500, 10), limit_window(50, 10)), 3500, 70, 160),
    # Tries for more become rare where the limit has proved firm.
    "firm for long": (lambda: limit_window(500, 60), 12_000, 30, 24 * 60),
    # Nearly a third of the ideal speed is left.
    "by chance": (lambda: refuse_by_chance(0.03), 3000, 120, 3.2 * 3000 * 0.1 / 16),
}


@pytest.mark.parametrize(("start", "rows", "refused", "seconds"), SERVERS.values(), ids=SERVERS)
def test_copes_with_other_limits(
    start: Callable[[], Judge], rows: int, refused: int, seconds: float
) -> None:
    """However a server counts, few requests are refused and hardly any time is lost."""
    found, took = simulate(rows, start())
    assert len(found) <= refused
    assert took <= seconds


def test_stop_ends_waiting() -> None:
    """After the stop, all threads that wait for a permission get none."""
    pacer, stopped = Pacer(2, None, Clock()), threading.Event()
    first = pacer.acquire(lambda: False)
    assert first is not None
    pacer.release(first, 3600.0)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(pacer.acquire, stopped.is_set) for _ in range(8)]
        stopped.set()
        pacer.wake()
    assert [answer.result() for answer in answers] == [None] * 8


def test_tells_for_how_long_all_are_refused() -> None:
    """The time counts from the first refusal until a request is accepted."""
    pacer, clock = make(4)
    first, second, third, fourth = take_all(pacer)
    assert pacer.refused_for == 0
    pacer.release(first, is_refused=True)
    clock.now += 5
    pacer.release(second, 1.0)
    clock.now += 5
    assert pacer.refused_for == 10
    assert pacer.pause_left == 0
    pacer.release(third)
    assert pacer.refused_for == 0
    clock.now += 5
    pacer.release(fourth, is_refused=True)
    assert pacer.refused_for == 0
