# SPDX-License-Identifier: MIT
"""Runs the benchmark; prints a table of ratios and a line of JSON."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from realtime_dev.bench.plan import FULL, PARTS, QUICK, Medians, Ratio, Size
from realtime_dev.bench.processes import Processes

_CPU_INFO = Path("/proc/cpuinfo")

_CAPTION = """\
Medians of {rounds} rounds, all clients in turn. {machine}.
The server on loopback and each client run in separate processes. Ideal: rows * latency / requests
in flight. openai: a thread pool over one client of the official package; asyncio: its asyncio
client. Cold: a new process, from the first import to the secret; pyarrow and the stand-in for
KNIME's API are imported before. Warm: a client is created, used once and closed. "CPU" compares
CPU time, because wall time depends on other programs on the machine."""


def main(
    arguments: Sequence[str] | None = None,
    size: Size | None = None,
    start: Callable[[], Processes] = Processes,
) -> int:
    """Run the benchmark; return the exit code, which is 0 for any ratios."""
    parser = argparse.ArgumentParser(prog="python -m realtime_dev.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, help="number of measurements per client")
    options = parser.parse_args(arguments)
    size = size or (QUICK if options.quick else FULL)
    size = replace(size, rounds=options.rounds or size.rounds)
    machine = _describe_machine()
    ratios: list[Ratio] = []
    measured: Medians = {}
    with start() as processes:
        for part in options.only or PARTS:
            found, values = PARTS[part](processes, size)
            ratios += found
            measured |= values
    caption = _CAPTION.format(rounds=size.rounds, machine=", ".join(machine.values()))
    summary = {"machine": machine, **_summarize(ratios, measured, size)}
    sys.stdout.write(f"{caption}\n\n{_format_table(ratios)}\n\n{json.dumps(summary)}\n")
    return 0


def _describe_machine() -> dict[str, str]:
    """Return what the figures depend on, including the load before the start."""
    model = platform.processor() or platform.machine()
    with suppress(OSError):
        lines = _CPU_INFO.read_text("utf-8").splitlines()
        names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        model = next(names, model)
    machine = {
        "cores": f"{os.cpu_count()} cores",
        "cpu": model,
        "python": f"Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in ("httpx", "openai")),
    }
    if hasattr(os, "getloadavg"):
        machine["load"] = f"load average before the start {os.getloadavg()[0]:.2f}"
    return machine


def _format_table(ratios: Sequence[Ratio]) -> str:
    """Return the table of ratios and targets."""
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
