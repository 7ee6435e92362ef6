# SPDX-License-Identifier: MIT
"""The fault suite: the real nodes in front of servers that fail in every way we know.

Each entry is data: a server, settings, the expected outcome, the longest time. `make faults` runs
all of them and prints a table; the tests run the same list.
"""

from realtime_dev.faultsuite import bodies, connections, echoes, networks, statuses
from realtime_dev.faultsuite.entry import Entry, Outcome
from realtime_dev.faultsuite.running import Result, Suite

GROUPS = {
    module.__name__.rpartition(".")[2]: module.list_entries
    for module in (statuses, connections, bodies, networks, echoes)
}
"""The kinds of faults: a function from nothing to entries, by name."""


def list_entries() -> list[Entry]:
    """Return all entries."""
    return [entry for list_group in GROUPS.values() for entry in list_group()]


__all__ = ["GROUPS", "Entry", "Outcome", "Result", "Suite", "list_entries"]
