# SPDX-License-Identifier: MIT
"""The process of one client: reads commands as lines of JSON, and answers with measurements."""

import contextlib
import gc
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

from realtime_dev.bench import clients

Measures = dict[str, float]
_STATUS = Path("/proc/self/status")
_PEAK_RESET = Path("/proc/self/clear_refs")


def measure_single(client: str, url: str, count: int) -> Measures:
    """Create `count` sessions one after the other, each with a new client.

    The first one in a process includes all imports.
    """
    mint = clients.MINT[client]
    with _Stopwatch() as stopwatch:
        for _ in range(count):
            mint(url)
    return {name: value / count for name, value in stopwatch.measures.items()}


def measure_rows(client: str, url: str, count: int, in_flight: int) -> Measures:
    """Create `count` sessions with several requests in flight."""
    if client == "node":
        run = partial(clients.run_rows_by_node, url, clients.make_rows(count), in_flight)
    elif client == "openai":
        run = partial(clients.run_rows_by_openai, url, count, in_flight)
    else:
        run = partial(clients.run_rows_by_asyncio, url, count, in_flight)
    with _Stopwatch() as stopwatch:
        run()
    return stopwatch.measures


def measure_memory(url: str, count: int, in_flight: int, kind: str) -> Measures:
    """Return the peak memory in MiB for `count` rows, without input and output table."""
    import pyarrow as pa  # noqa: PLC0415 - as KNIME does, see clients.prepare

    clients.run_rows_by_node(url, clients.make_rows(in_flight), in_flight, kind)
    rows = clients.make_rows(count)
    gc.collect()
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(OSError):
        _PEAK_RESET.write_text("5", "ascii")
    before = _read_status("VmRSS")
    table = clients.run_rows_by_node(url, rows, in_flight, kind)
    peak = _read_status("VmHWM")
    # The columns of the input are the same in both tables.
    output = sum(column.nbytes for column in table.data.columns[rows.data.num_columns :])
    return {"own": (peak - before - output) / 2**20, "output": output / 2**20}


def measure_table(count: int, kind: str) -> Measures:
    """Compare building the output table of `count` answers with parsing their bodies."""
    import extension  # noqa: F401, PLC0415 - as KNIME does
    from openai_realtime.client.reply import Reply  # noqa: PLC0415 - the same
    from openai_realtime.nodes.results import Results  # noqa: PLC0415 - the same
    from realtime_dev.bench.server import Answers  # noqa: PLC0415 - slow

    answers = Answers(clients.SESSION)
    bodies = [answers.encode(index, clients.INSTRUCTIONS) for index in range(count)]
    headers = {"content-type": "application/json"}
    data = clients.make_rows(count).data
    with _Stopwatch() as parsing:
        for body in bodies:
            json.loads(body)
    with _Stopwatch() as building:
        results = Results(kind, "session")
        # Created one by one, as in a run, so that the garbage collector has no more to do.
        replies = (Reply(200, headers, body, secrets=(clients.KEY,)) for body in bodies)
        results.add([results.digest(reply) for reply in replies])
        results.append_to(data)
    return {"parsing": parsing.measures["cpu"], "building": building.measures["cpu"]}


class _Stopwatch:
    """Measures wall time and the CPU time of this process, in seconds."""

    def __enter__(self) -> Self:
        gc.collect()
        self._start = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        wall, cpu = self._start
        self.measures = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def _read_status(name: str) -> int:
    """Return a memory size of this process in bytes, from Linux."""
    lines = _STATUS.read_text("ascii").splitlines()
    found = next(line for line in lines if line.startswith(f"{name}:"))
    return int(found.split()[1]) * 1024


_COMMANDS: dict[str, Callable[..., Measures]] = {
    "single": measure_single,
    "rows": measure_rows,
    "memory": measure_memory,
    "table": measure_table,
}


def _serve() -> None:
    clients.prepare()
    for line in sys.stdin:
        command: dict[str, Any] = json.loads(line)
        sys.stdout.write(json.dumps(_COMMANDS[command.pop("do")](**command)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
