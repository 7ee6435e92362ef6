# SPDX-License-Identifier: MIT
"""What is measured: each side in turn, round by round, and the medians of that."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from realtime_dev.bench.processes import locate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from realtime_dev.bench.processes import Processes

Measures = dict[str, float]
Medians = dict[str, Measures]

LATENCY = 100
"""Milliseconds that the server takes in the second measurement."""


@dataclass(frozen=True)
class Size:
    """How much is measured: `rows` at `LATENCY`, `many` at 0 ms, `memory` for so many rows each."""

    rounds: int
    warm: int
    rows: int
    many: int
    memory: tuple[int, ...]


FULL = Size(rounds=5, warm=20, rows=1000, many=10_000, memory=(1000, 10_000, 100_000))
QUICK = Size(rounds=2, warm=5, rows=320, many=1000, memory=(1000, 2000, 5000))


@dataclass(frozen=True)
class Ratio:
    """One line of the table: a value, and what it is to be `at_most` or `at_least` (None: any)."""

    name: str
    value: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least


def alternate(title: str, rounds: int, measures: dict[str, Callable[[], Measures]]) -> Medians:
    """Take all measures in turn, so often; return the median of each by its name."""
    taken: dict[str, list[Measures]] = {name: [] for name in measures}
    for number in range(rounds):
        sys.stderr.write(f"\r{title}, round {number + 1} of {rounds}   ")
        sys.stderr.flush()
        for name, measure in measures.items():
            taken[name].append(measure())
    sys.stderr.write("\n")
    return {name: _find_medians(found) for name, found in taken.items()}


def _find_medians(found: Iterable[Measures]) -> Measures:
    found = list(found)
    return {name: median(each[name] for each in found) for name in found[0]}


def measure_single(processes: Processes, size: Size) -> tuple[list[Ratio], Medians]:
    """Measure one session, cold and warm, over http and over TLS."""
    ratios: list[Ratio] = []
    measured: Medians = {}
    for scheme, address in (("http", processes.plain), ("https", processes.secure)):
        url = locate(address)

        def run_cold(side: str, url: str = url) -> Callable[[], Measures]:
            return lambda: processes.run_cold(side, url)

        def run_warm(side: str, url: str = url) -> Callable[[], Measures]:
            return lambda: processes.ask(side, do="warm", side=side, url=url, count=size.warm)

        sides = ("node", "httpx", "openai")
        for name, make, limits in (
            ("cold", run_cold, (0.35, 1.3)),
            ("warm", run_warm, (0.5, 1.25)),
        ):
            for side in sides:
                make(side)()  # the first time, bytecode is written and caches are filled
            title = f"{name}, {scheme}"
            found = alternate(title, size.rounds, {side: make(side) for side in sides})
            measured |= {f"{title}, {side}": values for side, values in found.items()}
            for other, limit in zip(("openai", "httpx"), limits, strict=True):
                value = found["node"]["cpu"] / found[other]["cpu"]
                ratios.append(Ratio(f"{title}: CPU, node / {other}", value, at_most=limit))
                if name == "cold":
                    value = found["node"]["wall"] / found[other]["wall"]
                    ratios.append(Ratio(f"{title}: wall, node / {other}", value, at_most=limit))
    return ratios, measured


def measure_latency(processes: Processes, size: Size) -> tuple[list[Ratio], Medians]:
    """Measure many rows at `LATENCY`, against the ideal."""
    ratios: list[Ratio] = []
    measured: Medians = {}
    url = locate(processes.plain, LATENCY)
    for in_flight, limit in ((16, 1.08), (64, 1.2)):
        ideal = size.rows * LATENCY / 1000 / in_flight

        def run(side: str, in_flight: int = in_flight) -> Callable[[], Measures]:
            return lambda: processes.ask(
                side, do="rows", side=side, url=url, count=size.rows, in_flight=in_flight
            )

        title = f"{size.rows} rows at {LATENCY} ms, {in_flight} in flight"
        sides = {side: run(side) for side in ("node", "openai", "asyncio")}
        for side in sides:
            processes.ask(side, do="rows", side=side, url=url, count=in_flight, in_flight=in_flight)
        found = alternate(title, size.rounds, sides)
        measured |= {f"{title}, {side}": values for side, values in found.items()}
        for side, values in found.items():
            bound = limit if side == "node" else None
            ratios.append(Ratio(f"{title}: {side} / ideal", values["wall"] / ideal, at_most=bound))
    return ratios, measured


def measure_many(processes: Processes, size: Size) -> tuple[list[Ratio], Medians]:
    """Measure sessions per CPU second without latency."""
    url = locate(processes.plain)

    def run(side: str) -> Callable[[], Measures]:
        return lambda: processes.ask(
            side, do="rows", side=side, url=url, count=size.many, in_flight=16
        )

    title = f"{size.many} rows at 0 ms"
    found = alternate(title, size.rounds, {side: run(side) for side in ("node", "openai")})
    rates = {side: size.many / values["cpu"] for side, values in found.items()}
    ratios = [
        Ratio(
            f"{title}: sessions per CPU second, node / openai",
            rates["node"] / rates["openai"],
            at_least=2.0,
        )
    ]
    measured: Medians = {
        f"{title}, {side}": {**values, "per_cpu_second": rates[side]}
        for side, values in found.items()
    }
    return ratios, measured


def measure_memory(processes: Processes, size: Size) -> tuple[list[Ratio], Medians]:
    """Measure the memory that the node needs beside its tables, which come in one part."""
    url = locate(processes.plain)
    ratios: list[Ratio] = []
    measured: Medians = {}
    for kind, counts in (("secret", size.memory), ("structured", size.memory[:-1])):
        own: list[float] = []
        for count in counts:
            values = processes.ask_new(do="memory", url=url, count=count, in_flight=16, kind=kind)
            title = f"{count} rows, {kind}"
            measured[f"memory, {title}"] = values
            own.append(values["own"])
            ratios.append(Ratio(f"{title}: MiB at most beside input and output", values["own"]))
        name = f"{counts[-2]} to {counts[-1]} rows, {kind}: growth in MiB"
        ratios.append(Ratio(name, own[-1] - own[-2], at_most=64.0))
    return ratios, measured


def measure_table(processes: Processes, size: Size) -> tuple[list[Ratio], Medians]:
    """Measure building the output table, against parsing the bodies."""
    ratios: list[Ratio] = []
    measured: Medians = {}
    for kind, limit in (("secret", 2.0), ("structured", None)):

        def run(kind: str = kind) -> Measures:
            return processes.ask("node", do="table", count=size.many, kind=kind)

        title = f"table of {size.many} answers, {kind}"
        found = alternate(title, size.rounds, {"node": run})["node"]
        measured[title] = found
        value = found["building"] / found["parsing"]
        ratios.append(Ratio(f"{title}: building / json.loads", value, at_most=limit))
    return ratios, measured


PARTS = (measure_single, measure_latency, measure_many, measure_memory, measure_table)
