# SPDX-License-Identifier: MIT
"""Time as the client sees it, so that a test can let it pass."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that pass, the time of day, and waiting."""

    def monotonic(self) -> float:
        """Return seconds since some moment; never goes back."""
        ...

    def time(self) -> float:
        """Return the Unix time in seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The real time."""

    def monotonic(self) -> float:
        """Return seconds since some moment; never goes back."""
        return time.monotonic()

    def time(self) -> float:
        """Return the Unix time in seconds."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
