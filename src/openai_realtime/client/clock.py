# SPDX-License-Identifier: MIT
"""Time: what it is, and how to wait."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading


class Clock:
    """The real time; tests replace it by one that they move."""

    def monotonic(self) -> float:
        """Return seconds since some moment; never goes back."""
        return time.monotonic()

    def time(self) -> float:
        """Return the Unix time in seconds."""
        return time.time()

    def process_time(self) -> float:
        """Return the CPU seconds that this process has used."""
        return time.process_time()

    def wait(self, event: threading.Event | threading.Condition, seconds: float) -> None:
        """Wait for `event`, at most so many seconds (inf: without limit)."""
        event.wait(None if seconds == math.inf else seconds)
