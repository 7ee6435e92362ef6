# SPDX-License-Identifier: MIT
"""Cancel on KNIME's real Python backend, in each phase of a run."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from realtime_dev.faultsuite.case import KEY, TOKEN
from realtime_dev.faultsuite.servers import fill_backlog
from realtime_dev.faultsuite.suite import CREDENTIALS, SESSION
from realtime_dev.sandbox import Piece, RawServer, Sandbox, Step


@dataclass(frozen=True)
class Phase:
    """A run that is in one phase when Cancel is pressed, `after` so many seconds.

    `open` starts a server and returns its address. No run ends by itself before Cancel is pressed,
    however fast the machine is.
    """

    open: Callable[[ExitStack], str]
    node: str = "session"
    settings: dict[str, Any] = field(default_factory=dict)
    after: float = 0.6


def serve(*script: Piece, scheme: str = "http") -> Callable[[ExitStack], str]:
    """Return what starts a server that plays `script` on each connection."""
    return lambda stack: stack.enter_context(RawServer(script)).url.replace("http", scheme, 1)


def serve_sandbox(stack: ExitStack) -> str:
    """Start a server that answers after 20 ms; return its address."""
    return stack.enter_context(Sandbox(api_key=KEY, checks=False, latency=0.02)).base_url


BUSY = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nretry-after: 30\r\n\r\n"
ROWS = 10_000
# At 20 ms each, 10,000 rows take 3 s at least with 64 in flight, 12 s with 16.
PHASES = {
    "connecting": Phase(lambda stack: fill_backlog(stack).url),
    "TLS handshake": Phase(serve(Step.HOLD, scheme="https")),
    "waiting for the answer": Phase(serve(Step.READ, Step.HOLD)),
    "within the body": Phase(
        serve(Step.READ, b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n", Step.HOLD)
    ),
    "backing off": Phase(serve(Step.READ, BUSY, Step.HOLD)),
    "table: 64 requests hang": Phase(
        serve(Step.READ, Step.HOLD), "sessions", {"in_flight": 64}, after=0.8
    ),
    "table: sending": Phase(serve_sandbox, "sessions", {"in_flight": 16}, after=1.0),
    "table: making cells": Phase(
        serve_sandbox, "sessions", {"in_flight": 64, "result_format": "structured"}, after=2.0
    ),
}


@pytest.fixture
def cancel(knime: Any, tool: Any, connect: Callable[..., Any]) -> Callable[[str], Any]:
    """Hand out what runs a node and presses Cancel; it gives what KNIME learns of the end."""
    return lambda name: run_and_cancel(knime, tool, connect, PHASES[name])


def run_and_cancel(knime: Any, tool: Any, connect: Callable[..., Any], phase: Phase) -> Any:
    """Run the node and press Cancel; return what KNIME learns of the end."""
    with ExitStack() as stack:
        inputs = [connect(phase.open(stack))]
        settings = {**SESSION, **phase.settings}
        if phase.node == "sessions":
            names = [f"agent {number}" for number in range(ROWS)]
            inputs.append(pd.DataFrame({"words": pd.array(names, "string")}))
            settings["instructions_column"] = "words"
        with pytest.raises(tool.KnimeNodeFailure) as caught:
            knime.execute(phase.node, settings, inputs, CREDENTIALS, cancel_after=phase.after)
    return caught.value


@pytest.mark.parametrize("name", PHASES)
def test_cancel_ends_the_node(tool: Any, cancel: Callable[[str], Any], name: str) -> None:
    """Cancel ends the run in each phase, and nothing that KNIME stores or shows holds a secret."""
    failure = cancel(name)
    assert failure.kind == "canceled"
    assert [tool.find_secret(failure, secret) for secret in (KEY, TOKEN)] == [[], []]


@pytest.mark.clock
@pytest.mark.parametrize("name", PHASES)
def test_cancel_ends_the_node_soon(cancel: Callable[[str], Any], name: str) -> None:
    """Cancel ends the run within 300 ms on a machine that is idle otherwise."""
    cancel("waiting for the answer")  # what the first run imports takes its time
    assert cancel(name).call.seconds_after_cancel < 0.3
