# SPDX-License-Identifier: MIT
"""When the next of many requests may start: the server's rate limit, learned for all workers.

When the server asks to wait, all workers pause together, and fewer requests run at a time. After
each pause one request goes alone, and more follow as requests are accepted. After as many requests
as were accepted between two pauses, requests start slowly again. When the same number was accepted
twice in the same time, it counts as the server's limit, and later windows end before the server
refuses anything. From time to time one more request is tried, in case the limit has been raised.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from itertools import count

from openai_realtime.client.retry import compute_backoff

_LONGEST_SLEEP = 1.0  # seconds after which a worker looks again, should nobody have woken it
_TOLERANCE = 0.2  # share by which two windows may differ and still count as equal
_MAX_CONFIDENCE = 8  # equal windows in a row, above which one more makes no difference
_REQUESTS_PER_PROBE = 200  # accepted requests for each that may be refused when more is tried


class Clock:
    """The real time; tests replace it by one that they move."""

    def monotonic(self) -> float:
        """Return seconds since some moment; never goes back."""
        return time.monotonic()

    def time(self) -> float:
        """Return the Unix time in seconds."""
        return time.time()

    def wait(self, event: threading.Event | threading.Condition, seconds: float) -> None:
        """Wait for `event`, at most so many seconds (inf: without limit)."""
        event.wait(None if seconds == math.inf else seconds)


class Pacer:
    """Hands out permissions to start; safe to use from many threads.

    At most `in_flight` requests run at a time, and at most `per_minute` (None: any number)
    start in a minute, evenly spread.
    """

    def __init__(self, in_flight: int, per_minute: float | None, clock: Clock) -> None:
        self._clock = clock
        self._max_in_flight = self._in_flight_limit = self._slow_start_window = float(in_flight)
        self._numbers = count()
        self._epochs: dict[int | None, int] = {}  # of the permissions that are out
        self._in_flight_in_epoch = 0
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._next_start = -math.inf
        self._paused_until = -math.inf
        self._is_paused = False
        self._consecutive_refusals = 0
        # Each pause, window and probe begins an epoch.
        self._epoch = 0
        self._first_epoch = 0
        # The window: the time since a pause, and what was started and accepted in it.
        self._window_start = self._pause_ended = clock.monotonic()
        self._started = self._accepted = 0
        # The estimate of the server's window.
        self._limit: int | None = None
        self._length: float | None = None
        self._confidence = self._windows_without_pause = self._windows_until_probe = 0
        self._is_probing = False
        self._refused_since: float | None = None
        self._changed = threading.Condition()

    @property
    def pause_left(self) -> float:
        """The seconds for which nothing starts because the server said so; 0 if it did not."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    @property
    def refused_for(self) -> float:
        """The seconds for which the server has refused all requests; 0 if it accepts them."""
        since = self._refused_since
        return 0.0 if since is None else self._clock.monotonic() - since

    def acquire(self, is_stopped: Callable[[], bool]) -> int | None:
        """Wait for permission to start a request; return a number for `release`.

        None means that `is_stopped` has become true; call `wake` when it has.
        """
        with self._changed:
            while not is_stopped():
                delay = self._claim(self._clock.monotonic())
                if delay <= 0:
                    permission = next(self._numbers)
                    self._epochs[permission] = self._epoch
                    return permission
                self._clock.wait(self._changed, min(delay, _LONGEST_SLEEP))
        return None

    def wake(self) -> None:
        """Let all workers that wait for permission look whether they are stopped."""
        with self._changed:
            self._changed.notify_all()

    def release(
        self, permission: int | None, wait: float | None = None, *, is_refused: bool = False
    ) -> None:
        """Give a permission back; the second time, and for None, nothing happens.

        `wait` is the pause that the server asked for, in seconds. `is_refused`: the request was not
        accepted, which a `wait` implies.
        """
        with self._changed:
            epoch = self._epochs.pop(permission, None)
            if epoch is None:
                return
            self._in_flight_in_epoch -= epoch == self._epoch
            now = self._clock.monotonic()
            if wait is None and not is_refused:
                self._refused_since = None
                self._count_accepted(epoch)
            elif self._refused_since is None:
                self._refused_since = now
            if wait is not None and epoch >= self._first_epoch and not self._is_paused:
                self._pause(now, wait)
            elif wait is not None and self._is_paused:
                # It was under way when the pause began: the same message once more.
                self._paused_until = max(self._paused_until, now + wait)
            # One for the place that is free, one for the place that slow start may add.
            self._changed.notify(2)

    def _claim(self, now: float) -> float:
        """Return the seconds until the next request may start; take its turn if that is 0."""
        if now < self._paused_until:
            return self._paused_until - now
        if self._is_paused:
            self._end_pause()
        delay = self._compute_delay(now)
        if delay <= 0:
            self._in_flight_in_epoch += 1
            self._started += 1
            self._next_start = now + self._interval
        return delay

    def _compute_delay(self, now: float) -> float:
        if self._limit is not None and self._started >= self._limit and not self._is_probing:
            if self._windows_until_probe and self._length is not None:
                end = self._window_start + self._length
                if now < end:
                    return end - now
                self._windows_until_probe -= 1
                self._windows_without_pause += 1
                self._open_window(now)
            else:
                self._is_probing = True
                self._begin_epoch()
        if (
            len(self._epochs) >= max(1, int(self._in_flight_limit))
            or self._in_flight_in_epoch >= self._slow_start_window
        ):
            return math.inf  # until one is given back
        return self._next_start - now

    def _begin_epoch(self) -> None:
        self._epoch += 1
        self._in_flight_in_epoch = 0
        self._slow_start_window = 1.0

    def _open_window(self, now: float) -> None:
        self._begin_epoch()
        self._first_epoch = self._epoch
        self._is_probing = False
        self._window_start, self._started, self._accepted = now, 0, 0

    def _count_accepted(self, epoch: int) -> None:
        self._in_flight_limit = min(
            self._max_in_flight, self._in_flight_limit + 1 / self._in_flight_limit
        )
        if epoch == self._epoch:
            self._slow_start_window = min(self._max_in_flight, self._slow_start_window + 1)
        if epoch >= self._first_epoch:
            self._accepted += 1
            self._consecutive_refusals = 0
        elif self._limit is not None and not self._confidence:
            # The answer came after the pause that its window ended with.
            self._limit += 1

    def _pause(self, now: float, wait: float) -> None:
        if self._consecutive_refusals:
            wait = max(wait, compute_backoff(self._consecutive_refusals, None, 0.0))
        self._consecutive_refusals += 1
        self._is_paused = True
        self._paused_until = now + wait
        self._in_flight_limit = max(1.0, self._in_flight_limit / 2)

    def _end_pause(self) -> None:
        """Learn from the window that the pause ended, and open the next one."""
        self._is_paused = False
        accepted = self._accepted
        # Over all windows since the last pause, because each of ours begins a little late.
        windows = self._windows_without_pause + (accepted > 0)
        length = (self._paused_until - self._pause_ended) / max(1, windows)
        if accepted == 0:
            # The server's window was not over yet: it is longer than estimated.
            self._confidence = max(0, self._confidence - 1)
            if self._length is not None:
                self._length = length if windows else self._length + length
        else:
            self._learn(accepted, length)
        self._windows_without_pause = 0
        self._pause_ended = self._paused_until
        windows = math.ceil(_REQUESTS_PER_PROBE / (self._limit or 1))
        self._windows_until_probe = min(2**self._confidence - 1, windows)
        self._open_window(self._paused_until)

    def _learn(self, accepted: int, length: float) -> None:
        """Compare a window with the estimate of the server's, and make it the new estimate."""
        if self._limit is None:
            # When the server's first window began is unknown, so its length is, too.
            self._limit = accepted
            return
        if self._length is None or length > self._length * (1 + _TOLERANCE):
            self._confidence = 0
        elif _is_close(length, self._length) and _is_close(accepted, self._limit, least=1):
            self._confidence = min(self._confidence + 1, _MAX_CONFIDENCE)
        else:
            self._confidence //= 2
        self._limit, self._length = accepted, length


def _is_close(one: float, other: float, least: float = 0.0) -> bool:
    return abs(one - other) <= max(_TOLERANCE * max(one, other), least)
