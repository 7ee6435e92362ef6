# SPDX-License-Identifier: MIT
"""What a run gets from outside: time, randomness, the cancel switch, transports."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from openai_realtime.client.transport import httpx


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


@dataclass(frozen=True)
class RunContext:
    """What a run gets from outside.

    `jitter` returns numbers from 0 to 1, `is_canceled` is asked in the calling thread only.
    `open_transport` replaces the transports of httpx, for tests.
    """

    clock: Clock = field(default_factory=Clock)
    jitter: Callable[[], float] = random.random
    is_canceled: Callable[[], bool] = lambda: False
    open_transport: Callable[[], httpx.BaseTransport] | None = None
