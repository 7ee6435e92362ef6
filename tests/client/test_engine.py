# SPDX-License-Identifier: MIT
"""Many requests at once: order, errors, cancel, keys, and what ends a run."""

import math
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from client.conftest import KEY, count_files
from client.fakes import (
    PATIENCE,
    FakeClock,
    Gate,
    Server,
    Watch,
    ask,
    await_end,
    expect,
    find_workers,
    get_row,
    mint,
    respond,
    rows,
    run,
)
from openai_realtime.client.connection import Connection
from openai_realtime.client.engine import CHUNK_SIZE
from openai_realtime.client.pacing import Clock
from openai_realtime.client.reply import Reply
from openai_realtime.client.transport import httpx
from openai_realtime.errors import (
    CanceledError,
    CredentialError,
    QuotaError,
    RealtimeError,
    RejectedError,
    SettingsError,
)
from openai_realtime.request import SessionRequest
from realtime_dev.sandbox import RawServer, Step

Start = "Callable[..., Engine[str]]"


@pytest.mark.parametrize("place", ["server", "row"])
def test_first_error_stops_the_others(start: Start, place: str) -> None:
    """With fail fast the first error is raised with its index, and no other request follows."""
    wanted: list[SessionRequest | RealtimeError] = [*rows(400)]
    if place == "row":
        wanted[20] = SettingsError("Voice", "no.")

    def answer(request: httpx.Request) -> httpx.Response:
        return respond(400) if get_row(request) == 20 else mint(request)

    message = {"server": "400 after 1", "row": "Voice: no"}[place]
    with Gate(21, answer) as server:
        with pytest.raises(RealtimeError, match=message) as caught, start(server) as engine:
            run(engine, wanted, fail_fast=True)
        assert len(server.held) <= 8
    assert caught.value.row == 20


def test_asks_knime_in_its_own_thread(start: Start) -> None:
    """Cancel switch, credential and results are used in the caller's thread only."""
    threads: list[threading.Thread] = []

    def note(*_: object) -> bool:
        threads.append(threading.current_thread())
        return False

    with start(mint, fetch_key=lambda: note() or KEY, is_canceled=note) as engine:
        run(engine, rows(200), watch=note)
    assert len(threads) > 6
    assert set(threads) == {threading.current_thread()}


def test_cancel_ends_hanging_requests(start: Start) -> None:
    """Cancel ends requests that hang, closes their connections, and leaves no thread."""
    with RawServer([Step.READ, Step.HOLD]) as server:
        before = count_files()
        with (
            pytest.raises(CanceledError),
            start(server.url, 64, is_canceled=lambda: len(server.requests) == 64) as engine,
        ):
            run(engine, rows(500))
        # The server's end as well: it has seen the connection closed.
        await_end(lambda: count_files() <= before)
        assert server.connections == 64


@pytest.mark.parametrize("phase", ["rows", "take"])
def test_cancel_while_nothing_is_sent(start: Start, phase: str) -> None:
    """Cancel is heard while rows are made, and between chunks."""
    server, released = Server(mint), threading.Event()
    made: list[int] = []
    taken: list[Any] = []
    switches: dict[str, Callable[[], bool]] = {
        "rows": lambda: len(made) > 5,
        "take": lambda: bool(taken),
    }

    def make() -> Iterator[SessionRequest]:
        for number in range(1000):
            made.append(number)
            if phase == "rows" and number == 5:
                assert released.wait(PATIENCE)
            yield ask(number)

    with (
        pytest.raises(CanceledError),
        start(server, 1, is_canceled=switches[phase], clock=Clock()) as engine,
    ):
        taken.extend(chunk[0] for chunk in engine.run(make(), 1000, fail_fast=False) if chunk)
    released.set()
    await_end(lambda: not find_workers())
    assert len(made) < 1000
    assert len(taken) == (phase == "take")
    if phase == "rows":
        assert len(server.requests) == 5


@pytest.mark.parametrize("is_replaced", [True, False])
def test_key_is_fetched_again(start: Start, *, is_replaced: bool) -> None:
    """The key is fetched again every 5 s; if that fails, the old one is used."""
    clock, keys, watch = FakeClock(), iter([KEY]), Watch()

    def fetch() -> str:
        fetched = next(keys, "")
        if fetched or is_replaced:
            return fetched or "another-token"
        raise CredentialError("The credential port has no token.")

    def answer(request: httpx.Request) -> httpx.Response:
        clock.now += 2.0
        watch.await_look()
        return mint(request)

    server = Server(answer)
    with start(server, 1, fetch_key=fetch, clock=clock) as engine:
        assert run(engine, rows(5), watch=watch) == expect(5)
    used = [request.headers["authorization"] for request in server.requests]
    last = "another-token" if is_replaced else KEY
    assert used == [*[f"Bearer {KEY}"] * 3, *[f"Bearer {last}"] * 2]


def test_a_key_that_has_run_out_is_replaced(start: Start) -> None:
    """A key that is refused is fetched again at once, and its row is sent with the new one."""
    keys, watch = iter(["old-token"]), Watch()

    def answer(request: httpx.Request) -> httpx.Response:
        if "old-token" not in request.headers["authorization"]:
            return mint(request)
        if get_row(request) > 0:
            watch.await_look()
        return respond(401)

    def reject(reply: Reply) -> str:
        if reply.status == 401:
            raise CredentialError("no", status=401)
        return "minted"

    server = Server(answer)
    with start(server, 1, fetch_key=lambda: next(keys, KEY), digest=reject) as engine:
        assert run(engine, rows(20), watch=watch) == ["minted"] * 20
    assert len(server.requests) == 21


def test_mistake_in_digest_is_no_hang(start: Start) -> None:
    """An unforeseen error in a worker is raised in the calling thread."""

    def stumble(reply: Reply) -> str:
        raise KeyError(reply.status)

    with pytest.raises(KeyError, match="200"), start(mint, digest=stumble) as engine:
        run(engine, rows(20))


class Body(dict[str, Any]):
    """A body that a weak set can hold."""

    __hash__ = object.__hash__  # type: ignore[assignment] # unlike other dicts


def test_requests_do_not_pile_up(start: Start) -> None:
    """Requests are read one by one, and none is kept afterwards."""
    alive: weakref.WeakSet[Body] = weakref.WeakSet()
    most: list[int] = []

    def make() -> Iterator[SessionRequest]:
        for number in range(3000):
            body = Body(ask(number).body)
            alive.add(body)
            most.append(len(alive))
            yield ask(number)._replace(body=body)

    with start(mint, 4, digest=lambda _: "") as engine:
        assert len(run(engine, make(), 3000)) == 3000
    # One of each worker, the next one, and what was answered just now.
    assert max(most) <= 3 * 4 + 1


def test_results_are_handed_over_as_they_come(start: Start) -> None:
    """Results of the first rows are returned, in order, before the last ones are answered."""
    chunks: list[list[Any]] = []
    count = 3 * CHUNK_SIZE + 8
    with Gate(2 * CHUNK_SIZE) as server, start(server, 4) as engine:
        requests = [*rows(5), RealtimeError("wrong"), *rows(count)[6:]]
        for chunk in engine.run(requests, count, fail_fast=False):
            if chunk:
                chunks.append(chunk)
                server.opened.set()
    assert [len(chunk) for chunk in chunks] == [CHUNK_SIZE] * 3 + [8]
    found = [str(row) for chunk in chunks for row in chunk]
    assert found == [*expect(5), "wrong", *expect(count)[6:]]


@pytest.mark.parametrize("is_canceled", [False, True])
def test_a_slow_row_holds_only_so_many(
    start: Start, monkeypatch: pytest.MonkeyPatch, *, is_canceled: bool
) -> None:
    """While one row takes long, results are buffered up to a limit; cancel ends the wait for it."""
    monkeypatch.setattr("openai_realtime.client.engine.CHUNK_SIZE", 5)
    monkeypatch.setattr("openai_realtime.client.engine.MAX_BUFFERED_RESULTS", 20)
    made: list[int] = []
    asked: list[int] = []
    released = threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        if get_row(request) == 0:
            await_end(lambda: engine.done == 19)
            assert not is_canceled or released.wait(PATIENCE)
            asked.append(len(made))
        return mint(request)

    def make() -> Iterator[SessionRequest]:
        for number in range(60):
            made.append(number)
            yield ask(number)

    with start(answer, 2, is_canceled=lambda: is_canceled and engine.done == 19) as engine:
        if is_canceled:
            with pytest.raises(CanceledError):
                run(engine, make(), 60)
        else:
            assert run(engine, make(), 60) == expect(60)
    released.set()
    await_end(lambda: not find_workers())
    assert asked == [20]


@pytest.mark.parametrize(
    ("error", "most"),
    [
        (CredentialError("no", status=401), 4),
        (QuotaError("no"), 4),
        (CredentialError("no", status=403), 12),
        (RejectedError("no"), 12),
    ],
)
def test_what_holds_for_all_is_asked_once(start: Start, error: RealtimeError, most: int) -> None:
    """A refused key or an empty account spares other rows their request; no other error does."""
    watch = Watch()

    def answer(request: httpx.Request) -> httpx.Response:
        # Until the engine has looked at what the first answer means.
        watch.await_look()
        return mint(request)

    def refuse(_: Reply) -> str:
        raise error

    server = Server(answer)
    with start(server, 2, digest=refuse) as engine:
        assert run(engine, rows(12), watch=watch) == [error] * 12
    assert len(server.requests) <= most
    assert (len(server.requests) == 12) is (most == 12)


def test_a_wait_too_long_is_one_for_all(start: Start) -> None:
    """If a server asks to wait for an hour, the other rows are not sent."""
    server = Server(lambda _: respond(429, retry_after="3600"))
    with start(server, 2) as engine:
        found = run(engine, rows(100))
    assert len(server.requests) <= 2
    assert {str(row) for row in found} == {"429 after 1"}


def test_the_next_row_is_not_blamed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that starts while the calling thread ends a late one keeps its own deadline."""
    clock, asked = FakeClock(), []
    gates = threading.Event(), threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        number, trace = get_row(request), request.extensions["trace"]
        trace("connection.connect_tcp.started", {})
        asked.append(number)
        clock.now += 0 if number else 200
        assert gates[number].wait(PATIENCE)
        trace("connection.connect_tcp.failed", {})
        return mint(request) if number else respond(503)

    interrupt = Connection.interrupt

    def interrupt_slowly(connection: Connection, now: float = math.inf) -> bool:
        is_late = interrupt(connection, now)
        if is_late and not gates[0].is_set():
            gates[0].set()
            await_end(lambda: asked[-1] == 1)
        return is_late

    def watch() -> None:
        if gates[0].is_set():
            gates[1].set()

    monkeypatch.setattr(Connection, "interrupt", interrupt_slowly)
    with start(answer, 1, clock=clock, attempts=1) as engine:
        first, second = run(engine, rows(2), watch=watch)
    assert isinstance(first, RealtimeError)
    assert second == "row 1"
