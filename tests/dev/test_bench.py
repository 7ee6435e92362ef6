# SPDX-License-Identifier: MIT
"""The benchmark runs and prints what it promises; no test asserts how fast anything is."""

import json
import sys
from collections.abc import Iterator
from typing import Any, Self, cast

import pytest

from realtime_dev.bench.__main__ import main
from realtime_dev.bench.clients import SESSION
from realtime_dev.bench.plan import Size, alternate
from realtime_dev.bench.processes import Processes, locate
from realtime_dev.bench.server import Answers

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
        ("cold, https: CPU, node / httpx", 0.5, "<= 1.25  met"),
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


def test_only_what_is_asked_for_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """Only the parts that are named run, as often as asked, and the caption names the machine."""
    lines, summary = run(capsys, "--only", "many", "latency", "--rounds", "3")
    machine = summary["machine"]
    assert machine["cores"].endswith(" cores")
    assert machine["python"] == "Python " + ".".join(map(str, sys.version_info[:3]))
    assert ", ".join(machine.values()) in lines[0]
    assert summary["rounds"] == 3
    measured = [name for name in summary["measured"] if "100 ms" not in name]
    assert measured == ["8 rows at 0 ms, node", "8 rows at 0 ms, openai"]
    # Steps of different numbers of rows are not compared.
    assert not [name for name in summary["ratios"] if "64 in flight / 16" in name]


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


@pytest.mark.parametrize("client", SECONDS)
def test_clients_make_sessions(processes: Processes, client: str) -> None:
    """Each client makes sessions with a server over TLS, which has a secret for each of them."""
    size: dict[str, Any] = {"do": "rows", "count": 8, "in_flight": 4}
    if client == "httpx":
        size = {"do": "single", "count": 1}
    before = processes.read_server_cpu()
    url = locate(processes.secure, 1)
    measures = processes.ask("any", url=url, client=client, **size)
    assert measures["wall"] > 0
    assert processes.read_server_cpu() > before


MEASURES: list[tuple[str, dict[str, Any]]] = [
    ("building parsing", {"do": "table", "count": 8, "kind": "structured"}),
    ("wall cpu", {"do": "single", "client": "node", "count": 1}),
]
if sys.platform == "linux":  # memory is read from /proc
    MEASURES.append(("own output", {"do": "memory", "count": 8, "in_flight": 4, "kind": "secret"}))


@pytest.mark.parametrize(("names", "command"), MEASURES)
def test_other_measures(processes: Processes, names: str, command: dict[str, Any]) -> None:
    """A new process measures a table, a cold session or memory, each by its own names."""
    url = {} if command["do"] == "table" else {"url": locate(processes.plain)}
    measures = processes.ask_new(**command, **url)
    assert measures.keys() == set(names.split())
    assert any(value > 0 for value in measures.values())
