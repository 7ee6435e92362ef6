# SPDX-License-Identifier: MIT
"""Cancel on KNIME's real Python backend, in each phase of a run."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from realtime_dev.faultsuite.entry import KEY, TOKEN
from realtime_dev.faultsuite.running import CREDENTIALS, SESSION
from realtime_dev.faultsuite.servers import open_full
from realtime_dev.sandbox import RawServer, Sandbox, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_dev.sandbox import Piece


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
    "connecting": Phase(lambda stack: open_full(stack).url),
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
        serve_sandbox, "sessions", {"in_flight": 64, "result": "structured"}, after=2.0
    ),
}


def cancel(knime: Any, tool: Any, phase: Phase) -> Any:
    """Run the node and press Cancel; return what KNIME learns of the end."""
    with ExitStack() as stack:
        given = {
            "provider": "compatible",
            "base_url": phase.open(stack),
            "credential": "key",
            "verify": False,
        }
        inputs = [knime.execute("configuration", given, [None], CREDENTIALS)[0]]
        settings = {**SESSION, **phase.settings}
        if phase.node == "sessions":
            names = [f"agent {number}" for number in range(ROWS)]
            inputs.append(pd.DataFrame({"words": pd.array(names, "string")}))
            settings["columns"] = {"instructions": "words"}
        with pytest.raises(tool.KnimeNodeFailure) as caught:
            knime.execute(phase.node, settings, inputs, CREDENTIALS, cancel_after=phase.after)
    return caught.value


@pytest.mark.parametrize("name", PHASES)
def test_cancel_ends_the_node(knime: Any, tool: Any, name: str) -> None:
    """Cancel ends the run in each phase, and nothing that KNIME stores or shows holds a secret."""
    failure = cancel(knime, tool, PHASES[name])
    assert failure.kind == "canceled"
    assert [tool.find_secret(failure, secret) for secret in (KEY, TOKEN)] == [[], []]


@pytest.fixture(scope="module")
def _warm(knime: Any, tool: Any) -> None:
    """Import what the first run imports."""
    cancel(knime, tool, PHASES["waiting for the answer"])


@pytest.mark.clock
@pytest.mark.usefixtures("_warm")
@pytest.mark.parametrize("name", PHASES)
def test_cancel_ends_the_node_soon(knime: Any, tool: Any, name: str) -> None:
    """Cancel ends the run within 300 ms on a machine that is idle otherwise."""
    assert cancel(knime, tool, PHASES[name]).call.seconds_after_cancel < 0.3
