# SPDX-License-Identifier: MIT
"""Faults that are not scripted: a rate limit, and random failures.

    Sandbox(limit=500, window=2.0)
    Sandbox(failing=0.1, seed=7)

Like scripted faults they apply to the minting routes only; scripted faults come first.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from . import faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from .faults import Fault

_SHORT_WAIT = 0.02


class RateLimit:
    """Accepts `limit` requests per `window` of seconds and refuses all others in that window.

    The first window begins with the first request; the next ones follow without a gap.
    """

    def __init__(self, limit: int, window: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._end = float("-inf")
        self._taken = 0

    def next_fault(self) -> Fault | None:
        """Return a 429 with the time until the end of the window, or None within the limit."""
        now = self._clock()
        if now >= self._end:
            late = (now - self._end) % self._window if self._taken else 0.0
            self._end = now - late + self._window
            self._taken = 0
        if self._taken < self._limit:
            self._taken += 1
            return None
        return faults.limit_rate(self._end - now, tell="ms")


class RandomFaults:
    """Makes a share of the requests fail at random: reset, 500, or 429 with a short wait."""

    def __init__(self, share: float, seed: int) -> None:
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 - not for cryptography

    def next_fault(self) -> Fault | None:
        """Return one of the three faults, or None."""
        if self._random.random() >= self._share:
            return None
        return self._random.choice(
            [faults.reset(), faults.fail_server(), faults.limit_rate(_SHORT_WAIT, tell="ms")]
        )
