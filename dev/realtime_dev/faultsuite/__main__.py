# SPDX-License-Identifier: MIT
"""Runs all cases, one group, or those whose name contains an argument; prints a table."""
# ruff: noqa: T201 - a command line prints

import argparse
import sys
import time
from collections.abc import Sequence

from realtime_dev.faultsuite import GROUPS, Result, Suite

_COLUMN_WIDTHS = (44, 24, 24, 7)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 if all cases are as expected, else 1."""
    parser = argparse.ArgumentParser(prog="python -m realtime_dev.faultsuite", description=__doc__)
    parser.add_argument("part", nargs="?", default="", help="a group, or part of a case's name")
    parser.add_argument(
        "--failed", action="store_true", help="print only cases that are not as expected"
    )
    parser.add_argument("--timed", action="store_true", help="also check the time of each case")
    options = parser.parse_args(arguments)
    cases = [
        case
        for group, list_group in GROUPS.items()
        for case in list_group()
        if options.part == group or options.part in case.name
    ]
    start = time.monotonic()
    with Suite() as suite:
        results = [future.result() for future in suite.start(cases).values()]
    _print_row("fault", "expected", "got", "seconds")
    problems = [_describe(result, timed=options.timed) for result in results]
    for result, problem in zip(results, problems, strict=True):
        if problem or not options.failed:
            _print_result(result, problem)
    return _print_summary(results, sum(map(bool, problems)), time.monotonic() - start)


def _describe(result: Result, *, timed: bool) -> str:
    found = [result.problem, result.delay if timed else ""]
    return "; ".join(filter(None, found))


def _print_row(*cells: str) -> None:
    shown = [_cut(cell, width) for cell, width in zip(cells, _COLUMN_WIDTHS, strict=True)]
    print("  ".join(shown).rstrip())


def _cut(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def _print_result(result: Result, problem: str) -> None:
    case = result.case
    _print_row(case.name, case.expected, result.outcome, f"{result.seconds:7.2f}")
    if problem:
        print(f"    NOT AS EXPECTED: {problem}\n    message: {result.text[:300]}")


def _print_summary(results: list[Result], failed: int, seconds: float) -> int:
    slowest = max(results, key=lambda result: result.seconds, default=None)
    print(f"\n{len(results)} faults in {seconds:.1f} s, {failed} not as expected", end="")
    if slowest is not None:
        print(f"; the slowest: {slowest.case.name}, {slowest.seconds:.2f} s", end="")
    print(".")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
