# SPDX-License-Identifier: MIT
"""The benchmark runs and prints what it promises; no test asserts how fast anything is."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Self, cast

import pytest

from realtime_dev.bench.__main__ import main
from realtime_dev.bench.clients import SESSION
from realtime_dev.bench.plan import Ratio, Size, alternate
from realtime_dev.bench.processes import Processes, locate
from realtime_dev.bench.server import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = Size(
    rounds=1,
    warm=1,
    latency=100,
    loads=((16, 32), (64, 320), (128, 320), (256, 320)),
    many=8,
    memory=(2, 4, 8),
)
SECONDS = {"node": 1.0, "httpx": 2.0, "openai": 4.0, "asyncio": 8.0}


class MadeUp:
    """Stands for `Processes`, with made-up measures: a client takes its `SECONDS` for anything."""

    plain, secure = "http://127.0.0.1:1", "https://127.0.0.1:2"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ask(self, _: str, **command: Any) -> dict[str, float]:
        """Answer for a worker: a row needs 10 MiB, if it is memory that is measured."""
        measures = {"own": 10.0 * command["count"], "output": 1.0, "building": 3.0, "parsing": 1.0}
        return measures | dict.fromkeys(
            ("wall", "cpu"), SECONDS.get(command.get("client", ""), 0.0)
        )

    def ask_new(self, **command: Any) -> dict[str, float]:
        """Answer for a worker of its own."""
        return self.ask("", **command)

    def read_server_cpu(self) -> float:
        """Answer for the server."""
        return 0.0


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[str], dict[str, Any]]:
    """Return the lines of a benchmark of made-up measures, and the JSON of the last one."""
    assert main(arguments, SIZE, cast("type[Processes]", MadeUp)) == 0
    lines = capsys.readouterr().out.splitlines()
    return lines, json.loads(lines[-1])


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("cold, http: CPU, node / openai", 0.25, "<= 0.3  met"),
        ("cold, https: CPU, node / httpx", 0.5, "<= 1.4  met"),
        ("warm, http: CPU, node / openai", 0.25, ""),
        ("warm, https: CPU, node / httpx", 0.5, "<= 0.3  MISSED"),
        ("32 rows at 100 ms, 16 in flight: node / ideal", 5.0, "<= 1.08  MISSED"),
        ("32 rows at 100 ms, 16 in flight: asyncio / ideal", 40.0, ""),
        ("320 rows at 100 ms, 64 in flight: node / openai", 0.25, "<= 0.6  met"),
        ("320 rows at 100 ms, 128 in flight: node / openai", 0.25, "<= 0.5  met"),
        ("320 rows at 100 ms, 256 in flight: node / openai", 0.25, "<= 0.5  met"),
        ("320 rows at 100 ms: node, 128 in flight / 64", 1.0, "<= 1.1  met"),
        ("320 rows at 100 ms: node, 256 in flight / 128", 1.0, "<= 1.1  met"),
        ("8 rows at 0 ms: sessions per CPU second, node / openai", 4.0, ">= 2  met"),
        ("4 to 8 rows, secret: growth in MiB", 40.0, "<= 64  met"),
        ("2 to 4 rows, structured: growth in MiB", 20.0, "<= 64  met"),
        ("table of 8 answers, secret: building / json.loads", 3.0, "<= 2  MISSED"),
        ("table of 8 answers, structured: building / json.loads", 3.0, ""),
    ],
)
def test_each_ratio_has_its_target(
    name: str, value: float, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table and the JSON have each ratio, with its value, its target and the verdict."""
    lines, summary = run(capsys)
    assert summary["ratios"][name] == value
    assert (name in summary["missed"]) is verdict.endswith("MISSED")
    (line,) = [line for line in lines if line.startswith(f"{name}  ")]
    assert line.split() == [*name.split(), f"{value:.2f}", *verdict.split()]


def test_rows_of_different_number_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """A step from one number in flight to the next is compared for the same number of rows."""
    _, summary = run(capsys, "--only", "latency")
    assert not [name for name in summary["ratios"] if "64 in flight / 16" in name]


def test_parts_and_rounds_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """Only the parts that are named are measured, as often as asked."""
    _, summary = run(capsys, "--only", "many", "table", "--rounds", "3")
    assert summary["rounds"] == 3
    assert set(summary["measured"]) == {
        "8 rows at 0 ms, node",
        "8 rows at 0 ms, openai",
        "table of 8 answers, secret",
        "table of 8 answers, structured",
    }


def test_names_the_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """The caption says on which machine and Python the figures were taken."""
    lines, summary = run(capsys, "--only", "table")
    machine = summary["machine"]
    assert machine["cores"].endswith(" cores")
    assert machine["cpu"]
    assert machine["python"] == "Python " + ".".join(map(str, sys.version_info[:3]))
    assert ", ".join(machine.values()) in lines[0]


def test_sides_are_measured_in_turn() -> None:
    """Each round measures every client once, and the medians are taken per client."""
    order: list[str] = []
    values = iter([5.0, 50.0, 1.0, 10.0, 3.0, 30.0])

    def take(name: str) -> dict[str, float]:
        order.append(name)
        return {"wall": next(values)}

    found = alternate("title", 3, {"a": lambda: take("a"), "b": lambda: take("b")})
    assert order == ["a", "b"] * 3
    assert found == {"a": {"wall": 3.0}, "b": {"wall": 30.0}}


@pytest.mark.parametrize(
    ("ratio", "met"),
    [
        (Ratio("a", 1.0, at_most=1.0), True),
        (Ratio("a", 1.1, at_most=1.0), False),
        (Ratio("a", 2.0, at_least=2.0), True),
        (Ratio("a", 1.9, at_least=2.0), False),
        (Ratio("a", 9.0), None),
    ],
)
def test_targets(ratio: Ratio, met: bool | None) -> None:  # noqa: FBT001 - an expectation
    """A value that equals its target meets it; without a target there is no verdict."""
    assert ratio.is_met is met


def test_answers_differ_and_repeat_the_instructions() -> None:
    """Each answer has a secret and an id of its own, and the instructions of its request."""
    answers = Answers(SESSION)
    texts = ['100 % "sure"\n', "{secret} %s"]
    found = [json.loads(answers.encode(number, text)) for number, text in enumerate(texts)]
    assert [answer["session"]["instructions"] for answer in found] == texts
    assert all(answer["session"]["model"] == SESSION["model"] for answer in found)
    assert len({answer["value"] for answer in found}) == 2
    assert len({answer["session"]["id"] for answer in found}) == 2


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """Start the benchmark's server; one worker serves for all clients."""
    with Processes() as started:
        yield started


@pytest.mark.parametrize(
    "command",
    [
        {"do": "single", "client": "httpx", "count": 1},
        *(
            {"do": "rows", "client": client, "count": 8, "in_flight": 4}
            for client in SECONDS
            if client != "httpx"
        ),
    ],
    ids=lambda command: f"{command['do']}-{command['client']}",
)
def test_sides_make_sessions(processes: Processes, command: dict[str, Any]) -> None:
    """Each client makes sessions with a server over TLS, which has a secret for each of them."""
    before = processes.read_server_cpu()
    measures = processes.ask("any", url=locate(processes.secure, 1), **command)
    assert measures["wall"] > 0
    assert processes.read_server_cpu() > before


def test_a_new_process_makes_a_session(processes: Processes) -> None:
    """A cold run reports what it measured."""
    url = locate(processes.plain)
    assert set(processes.ask_new(do="single", client="node", url=url, count=1)) == {"wall", "cpu"}


def test_the_table_is_measured(processes: Processes) -> None:
    """Building and parsing are measured for the same answers."""
    measures = processes.ask("any", do="table", count=8, kind="structured")
    assert measures["building"] > 0
    assert measures["parsing"] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_is_measured(processes: Processes) -> None:
    """The size of the appended columns is known apart from what the node needs."""
    url = locate(processes.plain)
    measures = processes.ask("any", do="memory", url=url, count=8, in_flight=4, kind="secret")
    assert measures["output"] * 2**20 >= 8 * len("ek_") + 8 * 32
    assert set(measures) == {"own", "output"}
