# SPDX-License-Identifier: MIT
"""Runs end: what one row may take, and what a server may ask of all, has a limit."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from faults.table_runs import Rows, connect, judge, make_rows, read, run_node, run_table
from openai_realtime.nodes.boundary import NodeError
from realtime_dev.faultsuite.servers import fill_backlog
from realtime_dev.host import Execution, Host
from realtime_dev.sandbox import MintingServer, compose_answer

Addresses = list[tuple[Any, ...]]

HOST = "slow.example"
SHORT = {"longest_wait": 0.0, "deadline": 1.5}
"""Limits after which a run ends soon, and within which a request is answered on a busy machine."""


@pytest.fixture(scope="module", autouse=True)
def _warm(host: Host) -> None:
    """Import what the first run of a node imports, so that no row's time goes to that."""
    with MintingServer() as server:
        run_table(host, server.url, make_rows(1), {})


def say_wait(**headers: str) -> bytes:
    """Return an answer 429 that asks to wait, on a connection that is kept."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b'{"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}'
    kept = {"connection": "keep-alive", **given}
    return compose_answer(body, status="429 Too Many Requests", headers=kept)


AT_ONCE = say_wait(retry_after="0")
SOON = say_wait(retry_after_ms="20")


# --- a server that says "wait" -------------------------------------------------------------


def list_errors(execution: Execution) -> dict[int, str]:
    """Return the error of each row that has one, by the row's number."""
    errors = list(read(execution)["Error"])
    return {row: error for row, error in enumerate(errors) if isinstance(error, str)}


@pytest.mark.parametrize("attempts", [1, 3])
@pytest.mark.parametrize("node", ["session", "sessions"])
def test_wait_for_ever(host: Host, node: str, attempts: int) -> None:
    """A single row or session that is always told to wait ends after its attempts."""
    with MintingServer(refuse=lambda _: AT_ONCE) as server:
        inputs = [connect(host, server.url, attempts=attempts, deadline=5.0)]
        inputs += [host.table(make_rows(1))] if node == "sessions" else []
        with pytest.raises(NodeError, match="429"):
            run_node(host, node, {}, *inputs)
    assert len(server.bodies) == attempts


@pytest.mark.parametrize(("in_flight", "attempts"), [(1, 1), (8, 3)])
def test_keeps_what_was_minted(host: Host, in_flight: int, attempts: int) -> None:
    """With *Continue*, rows minted before the server refuses all others keep their secrets."""
    settings = {"on_error": "continue", "in_flight": in_flight}
    with MintingServer(refuse=lambda number: AT_ONCE if number > 5 else None) as server:
        execution = run_table(host, server.url, make_rows(40), settings, attempts=attempts, **SHORT)
    assert judge(execution, server) == Rows(right=5, wrong=0, failed=35)
    assert len(list_errors(execution)) == 35


def test_says_how_many_were_minted(host: Host) -> None:
    """With *Stop*, the error says for how long the server refused, and what was minted before."""
    with (
        MintingServer(refuse=lambda number: AT_ONCE if number > 5 else None) as server,
        pytest.raises(NodeError) as caught,
    ):
        run_table(host, server.url, make_rows(40), {"in_flight": 8}, **SHORT)
    assert "refused all requests for 1.5 s" in str(caught.value)
    assert "created before: 5." in str(caught.value)
    assert str(caught.value).isprintable()


REFUSALS: dict[str, Callable[[int], bytes | None]] = {
    "the first": lambda number: SOON if number <= 6 else None,
    "every other one": lambda number: SOON if number % 2 else None,
    "two of three": lambda number: SOON if number % 3 else None,
}


@pytest.mark.parametrize("refused", REFUSALS)
@pytest.mark.parametrize("on_error", ["fail", "continue"])
def test_waiting_is_no_failure(host: Host, refused: str, on_error: str) -> None:
    """A server's wait is no failed attempt as long as the server accepts other requests."""
    settings = {"on_error": on_error, "in_flight": 4}
    with MintingServer(refuse=REFUSALS[refused]) as server:
        execution = run_table(host, server.url, make_rows(12), settings, deadline=20.0)
    assert judge(execution, server) == Rows(right=12, wrong=0, failed=0)


# --- a name that is not found, addresses that are silent -----------------------------------


class Lookup:
    """Takes the place of `socket.getaddrinfo`: the first question about HOST gets `first`.

    All others get the server's own address, and what is not about HOST the real answer.
    """

    def __init__(self, server: MintingServer, first: Callable[[], Addresses]) -> None:
        self._real = socket.getaddrinfo
        self._url, self._first = server.url, first
        self._asked = 0
        self._lock = threading.Lock()

    def __call__(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Addresses:
        """Answer as the first time or as later."""
        if host not in (HOST, HOST.encode()):
            return list(self._real(host, port, *args, **kwargs))
        with self._lock:
            self._asked += 1
            is_first = self._asked == 1
        return self._first() if is_first else resolve(self._url)


def resolve(*urls: str) -> Addresses:
    """Return the addresses of these servers as `socket.getaddrinfo` does."""
    ports = [int(url.rpartition(":")[2]) for url in urls]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]


@contextmanager
def hang() -> Iterator[Callable[[], Addresses]]:
    """Yield a lookup that finds nothing before the end of the test."""
    released = threading.Event()

    def wait() -> Addresses:
        released.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    try:
        yield wait
    finally:
        released.set()


@contextmanager
def be_silent() -> Iterator[Callable[[], Addresses]]:
    """Yield a lookup that finds very many addresses, at which nobody accepts."""
    with ExitStack() as stack:
        url = fill_backlog(stack).url
        yield lambda: resolve(*[url] * 300)


PATIENT = {"attempts": 3, "deadline": 2.0, "connect_timeout": 1.0}


@contextmanager
def serve(
    monkeypatch: pytest.MonkeyPatch, first: Callable[[], Any]
) -> Iterator[tuple[MintingServer, str]]:
    """Yield a server and its address at HOST, whose first lookup does what `first` says."""
    with MintingServer() as server, first() as lookup:
        monkeypatch.setattr(socket, "getaddrinfo", Lookup(server, lookup))
        yield server, server.url.replace("127.0.0.1", HOST)


@pytest.mark.parametrize(("first", "in_flight"), [(hang, 1), (hang, 4), (be_silent, 4)])
def test_deadline_of_a_row(
    host: Host, monkeypatch: pytest.MonkeyPatch, first: Callable[[], Any], in_flight: int
) -> None:
    """A row that cannot be connected gets its error, and the others are minted meanwhile."""
    settings = {"on_error": "continue", "in_flight": in_flight}
    with serve(monkeypatch, first) as (server, url):
        execution = run_table(host, url, make_rows(12), settings, **PATIENT)
        # The first lookup has not ended yet.
        assert judge(execution, server) == Rows(right=11, wrong=0, failed=1)
        assert len(server.bodies) == 11
    ((row, error),) = list_errors(execution).items()
    assert HOST in error
    if in_flight == 1:
        assert row == 0


@pytest.mark.parametrize("node", ["session", "sessions"])
@pytest.mark.parametrize("first", [hang, be_silent])
def test_deadline_of_the_node(
    host: Host, monkeypatch: pytest.MonkeyPatch, first: Callable[[], Any], node: str
) -> None:
    """With *Stop*, and with one session, such an error ends the node and names the host."""
    with serve(monkeypatch, first) as (_, url):
        inputs = [connect(host, url, **(PATIENT | {"deadline": 1.0}))]
        inputs += [host.table(make_rows(1))] if node == "sessions" else []
        with pytest.raises(NodeError, match=HOST):
            run_node(host, node, {}, *inputs)


def test_dead_first_address(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a host's first address does not answer, the second one or the next lookup serves."""
    with ExitStack() as stack:
        silent = fill_backlog(stack).url
        server = stack.enter_context(MintingServer())
        lookup = Lookup(server, lambda: resolve(silent, server.url))
        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        url = server.url.replace("127.0.0.1", HOST)
        limits = {"connect_timeout": 0.2, "attempts": 2}
        execution = run_table(host, url, make_rows(4), {"in_flight": 1}, **limits)
    assert judge(execution, server) == Rows(right=4, wrong=0, failed=0)
