# SPDX-License-Identifier: MIT
"""`python -m realtime_dev.bench`: measures, and prints a table of ratios and a line of JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from typing import TYPE_CHECKING

from realtime_dev.bench.plan import FULL, PARTS, QUICK, Ratio, Size
from realtime_dev.bench.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_dev.bench.plan import Medians

_CAPTION = """\
Medians of {rounds} rounds, all sides in turn. One server on loopback in a process of its own, each
side in another one. Cold: a new process from the first import to the secret; pyarrow and KNIME's
API (stood in for) are there beforehand in all three, as in KNIME. Warm: a client made, one call,
closed. Without TLS, httpx and openai load certificates all the same and the node does not. The
node shares its certificates among the runs of a process. CPU time is compared for single sessions,
because wall time depends on what else this machine does."""


def main(arguments: Sequence[str] | None = None, size: Size | None = None) -> int:
    """Run the benchmark; return the exit code, which is 0 whatever the ratios are."""
    parser = argparse.ArgumentParser(prog="python -m realtime_dev.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, in a minute")
    options = parser.parse_args(arguments)
    size = size or (QUICK if options.quick else FULL)
    ratios: list[Ratio] = []
    measured: Medians = {}
    with Processes() as processes:
        for measure in PARTS:
            found, values = measure(processes, size)
            ratios += found
            measured |= values
    sys.stdout.write(f"{_CAPTION.format(rounds=size.rounds)}\n\n{_lay_out(ratios)}\n\n")
    sys.stdout.write(f"{json.dumps(_summarize(ratios, measured, size))}\n")
    return 0


def _lay_out(ratios: Sequence[Ratio]) -> str:
    """Return the table."""
    width = max(len(ratio.name) for ratio in ratios)
    lines = [f"{'':{width}}  {'value':>8}  {'target':>8}"]
    for ratio in ratios:
        target = ""
        if ratio.at_most is not None:
            target = f"<= {ratio.at_most:g}"
        elif ratio.at_least is not None:
            target = f">= {ratio.at_least:g}"
        verdict = {True: "met", False: "MISSED", None: ""}[ratio.is_met]
        line = f"{ratio.name:{width}}  {ratio.value:8.2f}  {target:>8}  {verdict}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def _summarize(ratios: Sequence[Ratio], measured: Medians, size: Size) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "rounds": size.rounds,
        "ratios": {ratio.name: round(ratio.value, 4) for ratio in ratios},
        "missed": [ratio.name for ratio in ratios if ratio.is_met is False],
        "measured": {
            name: {key: round(value, 5) for key, value in values.items()}
            for name, values in measured.items()
        },
    }


if __name__ == "__main__":
    sys.exit(main())
