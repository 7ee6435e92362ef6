# SPDX-License-Identifier: MIT
"""When the next of many requests may start: one judgement for all workers of a run.

A server that says *wait* is heard once: all pause together, fewer go on at a time, and how many
requests it took in its window is remembered, so that the next window ends before it has to say
so again. From time to time one request more is tried, in case the server takes more by now.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_realtime.client.clock import Clock

_POLL = 0.05
_GROWTH = 1.25
"""How much more is tried in a window after one in which the server had no objection."""


class Pacer:
    """Hands out permissions to start; safe to use from many threads.

    At most `in_flight` requests run at a time, and at most `per_minute` (None: any number)
    start in a minute, evenly spread.
    """

    def __init__(self, in_flight: int, per_minute: float | None, clock: Clock) -> None:
        self._clock = clock
        self._most = float(in_flight)
        self._allowed = float(in_flight)
        self._active = 0
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._next_start = 0.0
        self._paused_until = 0.0
        self._pauses = 0
        self._window_start = clock.monotonic()
        self._window_length = 0.0
        self._started = 0
        self._taken: int | None = None
        self._budget = 0
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
                delay = self._find_delay(self._clock.monotonic())
                if delay <= 0:
                    self._active += 1
                    self._started += 1
                    return self._pauses
                self._changed.wait(min(delay, _POLL))
        return None

    def release(self, permission: int, wait: float | None = None) -> None:
        """Give a permission back; `wait` is what the server asked all to wait, in seconds."""
        with self._changed:
            self._active -= 1
            if wait is None:
                self._allowed = min(self._most, self._allowed + 1 / self._allowed)
            elif permission == self._pauses:
                self._pause(wait)
            else:
                # It was under way when the pause began: the same message once more.
                self._paused_until = max(self._paused_until, self._clock.monotonic() + wait)
            self._changed.notify()

    def _find_delay(self, now: float) -> float:
        """Return the seconds until the next request may start; take its turn if that is 0."""
        if now < self._paused_until:
            return self._paused_until - now
        if self._active >= max(1, int(self._allowed)):
            return _POLL
        if self._taken is not None:
            self._roll_window(now)
            if self._started >= self._budget:
                return self._window_start + self._window_length - now
            if self._started >= self._taken and self._active:
                return _POLL
        if self._interval:
            if now < self._next_start:
                return self._next_start - now
            self._next_start = max(self._next_start + self._interval, now)
        return 0.0

    def _roll_window(self, now: float) -> None:
        if now < self._window_start + self._window_length or self._taken is None:
            return
        if self._started >= self._budget:
            self._taken = self._budget
            self._budget = max(self._budget + 1, int(self._budget * _GROWTH))
        self._window_start = now
        self._started = 0

    def _pause(self, wait: float) -> None:
        now = self._clock.monotonic()
        self._pauses += 1
        self._paused_until = max(self._paused_until, now + wait)
        self._allowed = max(1.0, self._allowed / 2)
        # All that started since the window began were taken, but for those still under way
        # and this one.
        self._taken = max(1, self._started - self._active - 1)
        self._budget = self._taken
        self._window_length = self._paused_until - self._window_start
        self._window_start = self._paused_until
        self._started = 0
