# SPDX-License-Identifier: MIT
"""The measurements, and the comparison of their medians with the targets."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import median
from typing import Final

from realtime_dev.bench.processes import Measures, Processes, locate

Medians = dict[str, Measures]

MAX_OF_IDEAL: Final = {16: 1.08}
"""Targets by requests in flight: the node's time, divided by the time without any overhead."""

MAX_OF_OPENAI: Final = {64: 0.6, 128: 0.5, 256: 0.5}
"""Targets by requests in flight: the node's time, divided by that of the openai thread pool."""

MAX_OF_FEWER: Final = 1.1
"""Target: the node's time, divided by its time with fewer requests in flight."""

_WARM_UP_ROWS: Final = 16


@dataclass(frozen=True)
class Size:
    """The size of the benchmark.

    `loads` are pairs of requests in flight and rows, for a server that takes `latency`
    milliseconds. `many` is the number of rows without latency and in the table. Memory is measured
    for each number of rows in `memory`.
    """

    rounds: int
    warm: int
    latency: int
    loads: tuple[tuple[int, int], ...]
    many: int
    memory: tuple[int, ...]


FULL = Size(
    rounds=5,
    warm=20,
    latency=100,
    loads=((16, 1000), (64, 3000), (128, 3000), (256, 3000)),
    many=10_000,
    memory=(1000, 10_000, 100_000),
)
QUICK = Size(
    rounds=2,
    warm=5,
    latency=100,
    loads=((16, 160), (64, 1280), (128, 1280), (256, 1280)),
    many=1000,
    memory=(1000, 2000, 5000),
)


@dataclass(frozen=True)
class Ratio:
    """One line of the table: a value and its target, if any."""

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


Found = tuple[list[Ratio], Medians]


def alternate(title: str, rounds: int, measures: Mapping[str, Callable[[], Measures]]) -> Medians:
    """Run all measurements in turn, `rounds` times; return the medians."""
    taken: dict[str, list[Measures]] = {name: [] for name in measures}
    for number in range(rounds):
        for name, measure in measures.items():
            sys.stderr.write(f"\r\033[K{title}, round {number + 1} of {rounds}: {name}")
            sys.stderr.flush()
            taken[name].append(measure())
    sys.stderr.write("\n")
    return {name: _compute_medians(found) for name, found in taken.items()}


def _compute_medians(found: Iterable[Measures]) -> Measures:
    found = list(found)
    return {name: median(each[name] for each in found) for name in found[0]}


# --- one session ---------------------------------------------------------------------------


_SINGLE_TARGETS: Final[dict[str, dict[str, float | None]]] = {
    "cold": {"openai": 0.3, "httpx": 1.25},
    "warm": {"openai": None, "httpx": 0.3},
}


def measure_single(kind: str, processes: Processes, size: Size) -> Found:
    """Measure one session: `cold` in a new process, `warm` in one that has run before."""

    def run(client: str, url: str) -> Measures:
        command = {"do": "single", "client": client, "url": url}
        if kind == "cold":
            return processes.ask_new(**command, count=1)
        return processes.ask(client, **command, count=size.warm)

    addresses = {"http": processes.plain, "https": processes.secure}
    runs = {
        f"{kind}, {scheme}, {client}": partial(run, client, locate(address))
        for scheme, address in addresses.items()
        for client in ("node", "httpx", "openai")
    }
    for warm_up in runs.values():
        warm_up()  # the first run writes bytecode and fills caches
    found = alternate(kind, size.rounds, runs)
    ratios = [
        Ratio(
            f"{kind}, {scheme}: CPU, node / {other}",
            found[f"{kind}, {scheme}, node"]["cpu"] / found[f"{kind}, {scheme}, {other}"]["cpu"],
            at_most=target,
        )
        for scheme in addresses
        for other, target in _SINGLE_TARGETS[kind].items()
    ]
    return ratios, found


# --- many ----------------------------------------------------------------------------------


def measure_latency(processes: Processes, size: Size) -> Found:
    """Measure many rows over TLS with a slow server, for each number of requests in flight."""
    url = locate(processes.secure, size.latency)
    clients = ("node", "openai", "asyncio")
    for client in clients:
        _run_rows(processes, client, locate(processes.secure), _WARM_UP_ROWS, _WARM_UP_ROWS)
    titles = {
        in_flight: f"{rows} rows at {size.latency} ms, {in_flight} in flight"
        for in_flight, rows in size.loads
    }
    runs = {
        f"{titles[in_flight]}, {client}": partial(
            _run_rows, processes, client, url, rows, in_flight
        )
        for in_flight, rows in size.loads
        for client in clients
    }
    found = alternate("latency", size.rounds, runs)
    ratios: list[Ratio] = []
    for in_flight, rows in size.loads:
        title = titles[in_flight]
        ideal = rows * size.latency / 1000 / in_flight
        times = {client: found[f"{title}, {client}"]["wall"] for client in clients}
        for client, time in times.items():
            target = MAX_OF_IDEAL.get(in_flight) if client == "node" else None
            ratios.append(Ratio(f"{title}: {client} / ideal", time / ideal, at_most=target))
        value, target = times["node"] / times["openai"], MAX_OF_OPENAI.get(in_flight)
        ratios.append(Ratio(f"{title}: node / openai", value, at_most=target))
        server = found[f"{title}, node"]["server"]
        ratios.append(Ratio(f"{title}: server's CPU / time, node", server))
    return ratios + _compare_steps(found, titles, size), found


def _compare_steps(found: Medians, titles: dict[int, str], size: Size) -> list[Ratio]:
    """Compare the node's time with its time for the same rows with fewer requests in flight."""
    return [
        Ratio(
            f"{rows} rows at {size.latency} ms: node, {more} in flight / {fewer}",
            found[f"{titles[more]}, node"]["wall"] / found[f"{titles[fewer]}, node"]["wall"],
            at_most=MAX_OF_FEWER,
        )
        for (fewer, rows), (more, same) in pairwise(size.loads)
        if rows == same
    ]


def _run_rows(processes: Processes, client: str, url: str, count: int, in_flight: int) -> Measures:
    """Let a client create `count` sessions; add the share of one core that the server used."""
    before = processes.read_server_cpu()
    found = processes.ask(
        client, do="rows", client=client, url=url, count=count, in_flight=in_flight
    )
    return {**found, "server": (processes.read_server_cpu() - before) / found["wall"]}


def measure_many(processes: Processes, size: Size) -> Found:
    """Measure sessions per CPU second with a server without latency and TLS."""
    title = f"{size.many} rows at 0 ms"
    url = locate(processes.plain)
    runs = {
        f"{title}, {client}": partial(_run_rows, processes, client, url, size.many, 16)
        for client in ("node", "openai")
    }
    found = alternate("many", size.rounds, runs)
    for values in found.values():
        values["per_cpu_second"] = size.many / values["cpu"]
    rates = [values["per_cpu_second"] for values in found.values()]
    name = f"{title}: sessions per CPU second, node / openai"
    return [Ratio(name, rates[0] / rates[1], at_least=2.0)], found


# --- memory and table ----------------------------------------------------------------------


def measure_memory(processes: Processes, size: Size) -> Found:
    """Measure the memory that the node needs in addition to its input and output table."""
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
            ratios.append(Ratio(f"{title}: peak MiB without input and output", values["own"]))
        name = f"{counts[-2]} to {counts[-1]} rows, {kind}: growth in MiB"
        ratios.append(Ratio(name, own[-1] - own[-2], at_most=64.0))
    return ratios, measured


def measure_table(processes: Processes, size: Size) -> Found:
    """Measure the time to build the output table, compared with json.loads of the bodies."""
    targets: dict[str, float | None] = {"secret": 2.0, "structured": None}
    titles = {kind: f"table of {size.many} answers, {kind}" for kind in targets}
    runs = {
        title: partial(processes.ask, "node", do="table", count=size.many, kind=kind)
        for kind, title in titles.items()
    }
    found = alternate("table", size.rounds, runs)
    ratios = [
        Ratio(
            f"{titles[kind]}: building / json.loads",
            found[titles[kind]]["building"] / found[titles[kind]]["parsing"],
            at_most=target,
        )
        for kind, target in targets.items()
    ]
    return ratios, found


PARTS: Final[Mapping[str, Callable[[Processes, Size], Found]]] = {
    "cold": partial(measure_single, "cold"),
    "warm": partial(measure_single, "warm"),
    "latency": measure_latency,
    "many": measure_many,
    "memory": measure_memory,
    "table": measure_table,
}
