# SPDX-License-Identifier: MIT
"""The fault suite: runs the real nodes against servers that fail in every way we know.

Each case is data: a server, settings, the expected outcome, the maximum time. `make faults` runs
all cases and prints a table; the tests run the same list.
"""

from realtime_dev.faultsuite import bodies, connections, echoed_secrets, networks, statuses
from realtime_dev.faultsuite.case import Case, Outcome
from realtime_dev.faultsuite.suite import Result, Suite

GROUPS = {
    module.__name__.rpartition(".")[2]: module.list_cases
    for module in (statuses, connections, bodies, networks, echoed_secrets)
}
"""Groups of cases: name -> function that returns the cases."""


def list_cases() -> list[Case]:
    """Return all cases."""
    return [case for list_group in GROUPS.values() for case in list_group()]


__all__ = ["GROUPS", "Case", "Outcome", "Result", "Suite", "list_cases"]
