# SPDX-License-Identifier: MIT
"""Random failures: `Sandbox(failing=0.1, seed=7)`.

Like scripted faults they apply to the minting routes only; scripted faults come first.
"""

import random

from . import faults
from .faults import Fault

_SHORT_WAIT = 0.02


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
