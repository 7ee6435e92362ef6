# SPDX-License-Identifier: MIT
"""Cancel, and the fault suite's secrets, on KNIME's real Python backend."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from realtime_dev.faultsuite import Entry, Outcome, certificates, list_entries
from realtime_dev.faultsuite.entry import CLIENT_SECRET, KEY, PROXY_PASSWORD, TOKEN
from realtime_dev.faultsuite.running import (
    CREDENTIALS,
    SESSION,
    change_environment,
    expand_environment,
    open_server,
)
from realtime_dev.sandbox import RawServer, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILURES = {entry.name: entry for entry in list_entries() if entry.expected is not Outcome.SUCCESS}


@pytest.fixture(scope="module")
def authority() -> Iterator[Path]:
    """Hand out the file with the certificate of the suite's authority."""
    with TemporaryDirectory() as folder:
        yield certificates.write_authority(Path(folder))


def connect(knime: Any, url: str, **settings: Any) -> Any:
    """Execute the configuration node; return its output."""
    given = {
        "provider": "compatible",
        "base_url": url,
        "credential": "key",
        "verify": False,
        **settings,
    }
    return knime.execute("configuration", given, [None], CREDENTIALS)[0]


HANGS: dict[str, tuple[str, Any]] = {
    "waiting for the answer": ("http", [Step.READ, 30.0]),
    "within the body": (
        "http",
        [Step.READ, b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n", 30.0],
    ),
    "TLS handshake": ("https", [30.0]),
    "backing off": (
        "http",
        [Step.READ, b"HTTP/1.1 503 B\r\ncontent-length: 0\r\nretry-after: 30\r\n\r\n", 30.0],
    ),
}


@pytest.mark.parametrize("name", HANGS)
def test_cancel_ends_a_hang(knime: Any, tool: Any, name: str) -> None:
    """Cancel during a hang of 30 s ends the node within 300 ms."""
    scheme, script = HANGS[name]
    with RawServer(script) as server:
        port = connect(knime, server.url.replace("http", scheme, 1))
        with pytest.raises(tool.KnimeNodeFailure) as caught:
            knime.execute("session", SESSION, [port], CREDENTIALS, cancel_after=0.6, timeout=20)
    assert caught.value.kind == "canceled"
    assert caught.value.call.seconds_after_cancel < 0.3
    assert list(find_secrets(tool, caught.value)) == []


@pytest.mark.parametrize("name", FAILURES)
def test_failures_keep_secrets(knime: Any, tool: Any, authority: Path, name: str) -> None:
    """After every kind of failure, nothing that KNIME stores or shows holds a secret."""
    entry: Entry = FAILURES[name]
    with ExitStack() as stack:
        server = open_server(entry, stack)
        stack.enter_context(change_environment(expand_environment(entry, server, authority)))
        port = connect(knime, server.url, deadline=entry.deadline, **entry.settings)
        with pytest.raises(tool.KnimeNodeFailure) as caught:
            knime.execute("session", SESSION, [port], CREDENTIALS, timeout=20)
    assert entry.says in caught.value.user_message
    assert "\n" not in caught.value.user_message
    assert caught.value.call.logs
    assert list(find_secrets(tool, caught.value)) == []


def find_secrets(tool: Any, result: Any) -> Iterator[str]:
    """Yield where a secret shows up in what KNIME would store or show."""
    for secret in (KEY, TOKEN, PROXY_PASSWORD, CLIENT_SECRET):
        yield from tool.find_secret(result, secret)
