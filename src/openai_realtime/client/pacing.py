# SPDX-License-Identifier: MIT
"""When the next of many requests may start: one judgement for all workers of a run.

A server that says *wait* is heard once: all pause together, and fewer go on at a time. After each
pause a first request goes alone, and only as it is taken do more follow. How many requests a
server took between two pauses is remembered: from there on the same care is due again. When the
same number has come twice in the same time, it is taken for the server's limit, and the next
windows end before the server has to say so. Now and then one request more is tried, in case the
server takes more by now.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_realtime.client.clock import Clock

_POLL = 0.05
_FIRST_PAUSE = 0.1
"""Seconds of the least pause where the server takes nothing although it was waited for; doubles."""
_LONGEST_PAUSE = 8.0
_LIKENESS = 0.2
"""By what share two windows may differ and still count as the same."""
_SURE = 8
"""From how many equal windows in a row on one more makes no difference."""
_TAKEN_FOR_A_TRIAL = 200
"""How many requests a server must have taken before one may be wasted on trying for more."""


@dataclass
class _Window:
    """What began after a pause: since when, how many requests started and how many were taken."""

    start: float
    started: int = 0
    taken: int = 0


class Pacer:
    """Hands out permissions to start; safe to use from many threads.

    At most `in_flight` requests run at a time, and at most `per_minute` (None: any number)
    start in a minute, evenly spread.
    """

    def __init__(self, in_flight: int, per_minute: float | None, clock: Clock) -> None:
        self._clock = clock
        self._most = self._allowed = self._careful = float(in_flight)
        self._active = self._on_stage = 0
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._next_start = -math.inf
        self._paused_until = -math.inf
        self._is_paused = False
        self._fruitless = 0
        # Permissions are numbered by stages; each pause, window and trial begins one.
        self._stage = 0
        self._first_stage = 0
        self._window = _Window(clock.monotonic())
        self._pause_ended = self._window.start
        self._rolled = 0
        self._limit: int | None = None
        self._length: float | None = None
        self._confirmed = 0
        self._trials_off = 0
        self._is_trying = False
        self._changed = threading.Condition()

    @property
    def pause_left(self) -> float:
        """The seconds for which nothing starts because the server said so; 0 if it did not."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    def acquire(self, is_stopped: Callable[[], bool]) -> int | None:
        """Wait for permission to start a request; return a number for `release`.

        None means that `is_stopped` has become true.
        """
        with self._changed:
            while not is_stopped():
                delay = self._claim(self._clock.monotonic())
                if delay <= 0:
                    return self._stage
                self._changed.wait(min(delay, _POLL))
        return None

    def release(
        self, permission: int, wait: float | None = None, *, is_refused: bool = False
    ) -> None:
        """Give a permission back; `wait` is what the server asked all to wait, in seconds.

        A request that `is_refused` was not taken, although nobody waits.
        """
        with self._changed:
            self._active -= 1
            self._on_stage -= permission == self._stage
            if wait is None:
                if not is_refused:
                    self._count_taken(permission)
            elif permission >= self._first_stage and not self._is_paused:
                self._pause(wait)
            elif self._is_paused:
                # It was under way when the pause began: the same message once more.
                self._paused_until = max(self._paused_until, self._clock.monotonic() + wait)
            self._changed.notify()

    def _claim(self, now: float) -> float:
        """Return the seconds until the next request may start; take its turn if that is 0."""
        if now < self._paused_until:
            return self._paused_until - now
        if self._is_paused:
            self._end_pause()
        delay = self._find_delay(now)
        if delay <= 0:
            self._active += 1
            self._on_stage += 1
            self._window.started += 1
            self._next_start = now + self._interval
        return delay

    def _find_delay(self, now: float) -> float:
        if self._limit is not None and self._window.started >= self._limit and not self._is_trying:
            if self._trials_off and self._length is not None:
                end = self._window.start + self._length
                if now < end:
                    return end - now
                self._trials_off -= 1
                self._rolled += 1
                self._open_window(now)
            else:
                self._is_trying = True
                self._begin_stage()
        if self._active >= max(1, int(self._allowed)) or self._on_stage >= self._careful:
            return math.inf  # until one is given back
        return self._next_start - now

    def _begin_stage(self) -> None:
        self._stage += 1
        self._on_stage = 0
        self._careful = 1.0

    def _open_window(self, now: float) -> None:
        self._begin_stage()
        self._first_stage = self._stage
        self._is_trying = False
        self._window = _Window(now)

    def _count_taken(self, permission: int) -> None:
        self._allowed = min(self._most, self._allowed + 1 / self._allowed)
        if permission == self._stage:
            self._careful = min(self._most, self._careful + 1)
        if permission >= self._first_stage:
            self._window.taken += 1
            self._fruitless = 0
        elif self._limit is not None and not self._confirmed:
            # The answer came after the pause that its window ended with.
            self._limit += 1

    def _pause(self, wait: float) -> None:
        if self._fruitless:
            wait = max(wait, min(_FIRST_PAUSE * 2.0 ** (self._fruitless - 1), _LONGEST_PAUSE))
        self._fruitless += 1
        self._is_paused = True
        self._paused_until = self._clock.monotonic() + wait
        self._allowed = max(1.0, self._allowed / 2)

    def _end_pause(self) -> None:
        """Learn from the window that the pause ended, and begin the next."""
        self._is_paused = False
        taken = self._window.taken
        # Over all the windows since the last pause, because each of ours begins a little late.
        windows = self._rolled + (taken > 0)
        length = (self._paused_until - self._pause_ended) / max(1, windows)
        if taken == 0:
            # The server's window was not over yet: it is longer than it seemed.
            self._confirmed = max(0, self._confirmed - 1)
            if self._length is not None:
                self._length = length if windows else self._length + length
        else:
            self._judge(taken, length)
        self._rolled = 0
        self._pause_ended = self._paused_until
        most = math.ceil(_TAKEN_FOR_A_TRIAL / (self._limit or 1))
        self._trials_off = min(2**self._confirmed - 1, most)
        self._open_window(self._paused_until)

    def _judge(self, taken: int, length: float) -> None:
        """Compare what a window brought with what is thought of the server's, and keep it."""
        if self._limit is None:
            # When the server's first window began is unknown, so its length is, too.
            self._limit = taken
            return
        if self._length is None or length > self._length * (1 + _LIKENESS):
            self._confirmed = 0
        elif _is_like(length, self._length) and _is_like(taken, self._limit, least=1):
            self._confirmed = min(self._confirmed + 1, _SURE)
        else:
            self._confirmed //= 2
        self._limit, self._length = taken, length


def _is_like(one: float, other: float, least: float = 0.0) -> bool:
    return abs(one - other) <= max(_LIKENESS * max(one, other), least)
