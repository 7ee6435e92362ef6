# SPDX-License-Identifier: MIT
"""Our nodes on a host, in front of a sandbox or of literal answers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from realtime_dev.host import Execution, Host
from realtime_dev.knime_standin.install import install
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer

KEY = "sk-test-0123456789abcdef"
RESPONSES = Path(__file__).parents[1] / "data" / "responses"

install()


class Chain:
    """Runs *OpenAI Realtime Configuration* and another node after it, in front of one server."""

    def __init__(self, host: Host, base_url: str, key: str = KEY) -> None:
        self.host = host
        self.base_url = base_url
        self.credentials: dict[str, tuple[str, str]] = {"key": ("", key)}

    def connect(self, settings: dict[str, Any] | None = None, token: Any = None) -> Execution:
        """Execute the configuration node; it does not verify unless told to."""
        given = {
            "provider": "compatible",
            "base_url": self.base_url,
            "credential": "key",
            "verify": False,
            "attempts": 1,
            **(settings or {}),
        }
        return self.host.execute("configuration", given, [token], credentials=self.credentials)

    def run(
        self,
        settings: dict[str, Any] | None = None,
        configuration: dict[str, Any] | None = None,
        *,
        node: str = "session",
        rows: pd.DataFrame | int | None = None,
        **options: Any,
    ) -> Execution:
        """Execute both nodes, the second with a table (or one of so many rows) if it takes one."""
        inputs = self.connect(configuration).outputs
        if rows is not None:
            inputs = [*inputs, self.host.table(make_rows(rows) if isinstance(rows, int) else rows)]
        return self.host.execute(
            node, settings or {}, inputs, credentials=self.credentials, **options
        )

    def row(
        self,
        settings: dict[str, Any] | None = None,
        configuration: dict[str, Any] | None = None,
        node: str = "session",
    ) -> dict[str, Any]:
        """Execute both nodes; return the table's only row."""
        frame = self.run(settings, configuration, node=node).outputs[0].to_pandas()
        assert len(frame) == 1
        return dict(frame.iloc[0])


def make_rows(count: int) -> pd.DataFrame:
    """Return a table of agents, each with words of their own."""
    names = [f"agent {number}" for number in range(count)]
    index = [f"Row{number}" for number in range(count)]
    return pd.DataFrame({"words": pd.array(names, "string")}, index=index)


@pytest.fixture(scope="session")
def host() -> Host:
    """Hand out the host with our extension loaded."""
    return Host()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Hand out a running sandbox."""
    with Sandbox(api_key=KEY) as sandbox:
        yield sandbox


@pytest.fixture
def chain(host: Host, sandbox: Sandbox) -> Chain:
    """Hand out the nodes in front of the sandbox."""
    return Chain(host, sandbox.base_url)


@pytest.fixture
def serve(host: Host) -> Iterator[Callable[..., Chain]]:
    """Hand out a function that puts the nodes in front of one literal answer."""
    with ExitStack() as stack:

        def start(status: str, body: bytes) -> Chain:
            headers = {"content-type": "application/json", "x-request-id": "req_42"}
            answer = compose_answer(body, status=status, headers=headers)
            server = stack.enter_context(RawServer([Step.READ, answer]))
            return Chain(host, server.url + "/v1")

        yield start
