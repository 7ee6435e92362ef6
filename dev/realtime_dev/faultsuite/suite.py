# SPDX-License-Identifier: MIT
"""Runs the two nodes, chained, against the server of each case."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from unittest.mock import patch

from realtime_dev.faultsuite import certificates
from realtime_dev.faultsuite.case import (
    KEY,
    TOKEN,
    Case,
    Outcome,
    Server,
    expect,
)
from realtime_dev.faultsuite.error_classes import ErrorClassRecorder
from realtime_dev.faultsuite.servers import api
from realtime_dev.host import Execution, Host

TOLERANCE = 0.3
"""Seconds that a node may exceed the maximum time."""

_WORKERS = 16
CREDENTIALS = {"key": ("", KEY), "token": ("", TOKEN)}
SESSION: Mapping[str, Any] = {
    "tools.mcp_servers": [
        {"server_label": "a", "server_url": "https://mcp.example.com", "credential": "token"}
    ]
}
"""Settings of the session node; its request contains a second secret besides the key."""


@dataclass(frozen=True)
class Result:
    """The result of a case; `seconds` is the time of the session node.

    `text` is the message of a failure or the table's row, `progress` the progress messages,
    `executions` the results of the configuration node and, unless it failed, the session node.
    """

    case: Case
    outcome: str
    text: str = field(repr=False)
    seconds: float
    asked: int
    progress: list[str]
    failure: Exception | None = field(repr=False)
    executions: list[Execution] = field(repr=False)

    @property
    def problem(self) -> str:
        """The difference from the expected result, without the time; empty if there is none."""
        case = self.case
        found = []
        if self.outcome != case.expected:
            found.append(f"{self.outcome} instead of {case.expected}")
        if case.says not in self.text:
            found.append(f"'{case.says}' is missing")
        if case.asked is not None and self.asked != case.asked:
            found.append(f"{self.asked} requests instead of {case.asked}")
        return "; ".join(found)

    @property
    def delay(self) -> str:
        """The message about a case that took too long (also on a busy machine), or empty."""
        limit = min(self.case.deadline, self.case.quick)
        if self.seconds <= limit + TOLERANCE:
            return ""
        return f"took {self.seconds:.2f} s instead of {limit:g} s at most"


class Suite:
    """A context manager that runs cases, without the proxy variables of this machine."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._host = Host()
        self._classes = ErrorClassRecorder()

    def __enter__(self) -> Self:
        """Set up the environment; run the nodes once, so that all imports are done."""
        folder = Path(self._stack.enter_context(TemporaryDirectory()))
        self._authority = certificates.write_authority(folder)
        self._stack.enter_context(self._classes)
        names = [name for name in os.environ if name.lower().endswith("_proxy")]
        self._stack.enter_context(change_environment(dict.fromkeys(names)))
        self.run(expect("warm up", Outcome.SUCCESS, "", api()))
        return self

    def __exit__(self, *_: object) -> None:
        """Restore the environment."""
        self._stack.close()

    def start(self, cases: Iterable[Case]) -> dict[str, Future[Result]]:
        """Run all cases, several in parallel; return their results by name when all have ended."""
        futures: dict[str, Future[Result]] = {}
        alone = []
        listed = list(cases)
        with ThreadPoolExecutor(_WORKERS) as pool:
            for case in listed:
                if case.environment:
                    alone.append(case)
                else:
                    futures[case.name] = pool.submit(self.run, case)
        with ThreadPoolExecutor(1) as pool:
            futures |= {case.name: pool.submit(self.run, case) for case in alone}
        return {case.name: futures[case.name] for case in listed}

    def run(self, case: Case) -> Result:
        """Run one case."""
        with ExitStack() as stack:
            server = case.start_server(stack)
            given = expand_environment(case, server, self._authority)
            if given:
                stack.enter_context(change_environment(given))
            return self._execute(case, server)

    def _execute(self, case: Case, server: Server) -> Result:
        progress: list[str] = []
        settings = {
            "provider": "compatible",
            "base_url": server.url,
            "credential": "key",
            "verify": False,
            "deadline": case.deadline,
            **case.settings,
        }
        first = self._host.execute("configuration", settings, [None], credentials=CREDENTIALS)
        executions = [first]
        failure: Exception | None = None
        start = time.monotonic()
        try:
            second = self._host.execute(
                "session",
                {**SESSION, **case.session},
                [first.outputs[0]],
                credentials=CREDENTIALS,
                on_progress=lambda _, message: progress.append(message or ""),
            )
            executions.append(second)
        except Exception as error:  # noqa: BLE001 - the result of the case
            failure = error
        seconds = time.monotonic() - start
        return Result(
            case=case,
            outcome="success" if failure is None else self._classes.find(failure),
            text=_show_row(executions[-1]) if failure is None else str(failure),
            seconds=seconds,
            asked=server.count(),
            progress=progress,
            failure=failure,
            executions=executions,
        )


def expand_environment(case: Case, server: Server, authority: Path) -> dict[str, str]:
    """Return the environment variables of a case with the address of the server."""
    return {
        name: value.format(host=server.host, ca=authority)
        for name, value in case.environment.items()
    }


def _show_row(execution: Execution) -> str:
    table: Any = execution.outputs[0]
    row = table.to_pandas().iloc[0].to_dict()
    if "body" in row:
        return f"{row['status']} {row['body']}"
    return f"{row['Client Secret']} {row}"


@contextmanager
def change_environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables, or unset those whose value is None; restore them at the end."""
    with patch.dict(os.environ):
        for name, value in values.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        yield
