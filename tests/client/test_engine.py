# SPDX-License-Identifier: MIT
"""Many requests at once: order, errors, cancel, keys, and what ends a run."""

from __future__ import annotations

import json
import math
import threading
import weakref
from typing import TYPE_CHECKING, Any, Self

import pytest

from client.batches import (
    RefusedError,
    Server,
    ask,
    find_workers,
    get_row,
    mint,
    respond,
    rows,
    run,
)
from client.conftest import FakeClock, await_end
from openai_realtime.client.attempts import MAX_SERVER_WAITS
from openai_realtime.client.authentication import Authentication
from openai_realtime.client.clock import Clock
from openai_realtime.client.connection import Connection
from openai_realtime.client.engine import CHUNK_SIZE
from openai_realtime.client.transport import httpx
from openai_realtime.errors import (
    BusyError,
    CanceledError,
    CredentialError,
    QuotaError,
    RealtimeError,
    RejectedError,
    SettingsError,
    UnreachableError,
)
from openai_realtime.request import SessionRequest
from realtime_dev.sandbox import RawServer, Sandbox, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai_realtime.client.reply import Reply

Start = "Callable[..., Engine[str]]"
PATIENCE = 30.0
"""Seconds that one thread waits for another; only a test that fails waits so long."""


def expect(count: int) -> list[str]:
    """Return the results of so many rows."""
    return [f"row {number}" for number in range(count)]


def refuse_row(number: int) -> Callable[[httpx.Request], httpx.Response]:
    """Return a server that refuses one row's request."""
    return lambda request: respond(400) if get_row(request) == number else mint(request)


@pytest.mark.parametrize(("count", "in_flight"), [(0, 4), (1, 16), (5, 64), (300, 16), (40, 1)])
def test_order_is_kept(start: Start, count: int, in_flight: int) -> None:
    """Each result stands where its request stood, with more rows than threads and with fewer."""
    server = Server(mint)
    with start(server, in_flight) as engine:
        assert run(engine, rows(count), fail_fast=True) == expect(count)
    assert (engine.done, engine.failed, engine.attempts.confirmation.repeated) == (count, 0, 0)
    assert len(server.requests) == count


def test_works_with_the_api(start: Start, key: str, count_files: Callable[[], int]) -> None:
    """A table that comes in parts is minted over the connections of its first part."""
    with Sandbox(api_key=key) as sandbox:
        before = count_files()
        with start(sandbox.base_url, 4, digest=lambda reply: reply.client_secret.value) as engine:
            found = [each for _ in range(5) for each in run(engine, rows(40), fail_fast=True)]
            # Two of the client's, for each of the server's one.
            assert count_files() - before <= 3 * 4
        assert len(set(found)) == len(sandbox.calls) == engine.done == 200
        await_end(lambda: count_files() <= before)


def test_one_connection_for_each_worker(start: Start) -> None:
    """Connections are used again as long as answers are clean."""
    opened: list[httpx.BaseTransport] = []

    def open_transport() -> httpx.BaseTransport:
        opened.append(httpx.MockTransport(mint))
        return opened[-1]

    with start("https://api.example.com/v1", 4, open_transport=open_transport) as engine:
        assert run(engine, rows(200), fail_fast=True) == expect(200)
    assert 1 <= len(opened) <= 4


def test_a_secret_for_two_is_counted(start: Start) -> None:
    """A server that gives one secret to several requests is believed, and counted."""

    def answer(request: httpx.Request) -> httpx.Response:
        return respond(200, {"value": "ek_abc123", **json.loads(request.content)})

    with start(answer, 1) as engine:
        assert run(engine, rows(3), fail_fast=True) == expect(3)
    assert engine.attempts.confirmation.repeated == 2


class Watch:
    """Counts how often the engine has looked at what only the calling thread may do."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> None:
        """Count; the engine calls it after it has looked."""
        self.looks += 1

    def await_look(self) -> None:
        """Wait, in another thread, until a look has begun and ended."""
        seen = self.looks
        await_end(lambda: self.looks > seen + 1)


class Gate:
    """A server that holds some rows' requests back until it is opened."""

    def __init__(
        self, first: int, answer: Callable[[httpx.Request], httpx.Response] = mint
    ) -> None:
        self.opened = threading.Event()
        self.held: list[int] = []
        self._first, self._answer = first, answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if get_row(request) >= self._first:
            self.held.append(get_row(request))
            assert self.opened.wait(PATIENCE)
        return self._answer(request)


def test_first_error_stops_the_others(start: Start) -> None:
    """With fail fast the first error is raised with its index, and no other request follows."""
    with Gate(21, refuse_row(20)) as server:
        engine = start(server)
        with pytest.raises(RealtimeError, match="400 after 1") as caught, engine:
            run(engine, rows(400), fail_fast=True)
        server.opened.set()
        await_end(lambda: not find_workers())
    assert caught.value.row == 20
    assert isinstance(caught.value, RefusedError)
    assert len(server.held) <= 8


def test_wrong_row_stops_the_others(start: Start) -> None:
    """A row whose values were wrong is an error like one of the server's."""
    wanted: list[SessionRequest | RealtimeError] = [*rows(400)]
    wanted[30] = SettingsError("Voice", "no.")
    with Gate(31) as server:
        with pytest.raises(RealtimeError, match="Voice: no") as caught, start(server) as engine:
            run(engine, wanted, fail_fast=True)
        assert len(server.held) <= 8
    assert caught.value.row == 30


def test_carries_on(start: Start) -> None:
    """Without fail fast each error stands in its row's place."""
    wanted: list[SessionRequest | RealtimeError] = [*rows(60)]
    wanted[7] = SettingsError("Voice", "no.")
    with start(refuse_row(30)) as engine:
        found = run(engine, wanted, fail_fast=False)
        again = run(engine, rows(3), fail_fast=True)
    assert [index for index, row in enumerate(found) if isinstance(row, RealtimeError)] == [7, 30]
    assert [row for row in found if isinstance(row, str)] == [
        row for number, row in enumerate(expect(60)) if number not in (7, 30)
    ]
    assert (engine.done, engine.failed, again) == (63, 2, expect(3))


def test_asks_knime_in_its_own_thread(start: Start, key: str) -> None:
    """Cancel switch, credential and results are used in the caller's thread only."""
    threads: list[threading.Thread] = []

    def note(*_: object) -> bool:
        threads.append(threading.current_thread())
        return False

    authentication = Authentication("it", lambda: note() or key)
    with start(mint, authentication=authentication, is_canceled=note) as engine:
        run(engine, rows(200), fail_fast=True, watch=note)
    assert len(threads) > 6
    assert set(threads) == {threading.current_thread()}


@pytest.mark.parametrize("in_flight", [1, 16, 64])
def test_cancel_ends_hanging_requests(
    start: Start, count_files: Callable[[], int], in_flight: int
) -> None:
    """Cancel ends requests that hang, closes their connections, and leaves no thread."""
    with RawServer([Step.READ, Step.HOLD]) as server:
        before = count_files()
        with (
            pytest.raises(CanceledError),
            start(
                server.url, in_flight, is_canceled=lambda: len(server.requests) == in_flight
            ) as engine,
        ):
            run(engine, rows(500), fail_fast=True)
        # The server's end as well: it has seen the connection closed.
        await_end(lambda: count_files() <= before)
        assert server.connections == in_flight


@pytest.mark.parametrize("phase", ["before", "pause", "retry", "rows", "take"])
def test_cancel_while_nothing_is_sent(start: Start, phase: str) -> None:
    """Cancel is heard before the start, during pauses, while rows are made, and between chunks."""
    answers: dict[str, Callable[[httpx.Request], httpx.Response]] = {
        "pause": lambda _: respond(429, retry_after="60"),
        "retry": lambda _: respond(503),
    }
    server, released = Server(answers.get(phase, mint)), threading.Event()
    made: list[int] = []
    taken: list[Any] = []
    switches: dict[str, Callable[[], bool]] = {
        "before": lambda: True,
        "rows": lambda: len(made) > 5,
        "take": lambda: bool(taken),
    }

    def make() -> Iterator[SessionRequest]:
        for number in range(1000):
            made.append(number)
            if phase == "rows" and number == 5:
                assert released.wait(PATIENCE)
            yield ask(number)

    is_canceled = switches.get(phase, lambda: bool(server.requests))
    with (
        pytest.raises(CanceledError),
        start(server, 1, is_canceled=is_canceled, clock=Clock()) as engine,
    ):
        taken.extend(chunk[0] for chunk in engine.run(make(), 1000, fail_fast=False) if chunk)
    released.set()
    await_end(lambda: not find_workers())
    assert len(made) < 1000
    assert len(taken) == (phase == "take")
    if phase != "take":
        assert len(server.requests) == {"before": 0, "rows": 5}.get(phase, 1)


@pytest.mark.parametrize("is_replaced", [True, False])
def test_key_is_fetched_again(start: Start, key: str, *, is_replaced: bool) -> None:
    """Every 5 s the key is asked for again; as long as the old one serves, none needs to come."""
    clock, keys, watch = FakeClock(), iter([key]), Watch()

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
    authentication = Authentication("the credential port", fetch)
    with start(server, 1, authentication, clock=clock) as engine:
        assert run(engine, rows(5), fail_fast=True, watch=watch) == expect(5)
    used = [request.headers["authorization"] for request in server.requests]
    last = "another-token" if is_replaced else key
    assert used == [*[f"Bearer {key}"] * 3, *[f"Bearer {last}"] * 2]


def reject(reply: Reply) -> str:
    """Return what was minted; raise the error of a key that is refused."""
    if reply.status == 401:
        raise CredentialError("no", status=401)
    return "minted"


def test_a_key_that_has_run_out_is_replaced(start: Start, key: str) -> None:
    """A key that is refused is fetched again at once, and its row is sent with the new one."""
    keys, watch = iter(["old-token"]), Watch()

    def answer(request: httpx.Request) -> httpx.Response:
        if "old-token" not in request.headers["authorization"]:
            return mint(request)
        if get_row(request) > 0:
            watch.await_look()
        return respond(401)

    server = Server(answer)
    authentication = Authentication("the credential port", lambda: next(keys, key))
    with start(server, 1, authentication, digest=reject) as engine:
        found = run(engine, rows(20), fail_fast=False, watch=watch)
    assert found == ["minted"] * 20
    assert len(server.requests) == 21


def test_mistake_in_digest_is_no_hang(start: Start) -> None:
    """An unforeseen error in a worker is raised in the calling thread."""

    def stumble(reply: Reply) -> str:
        raise KeyError(reply.status)

    with pytest.raises(KeyError, match="200"), start(mint, digest=stumble) as engine:
        run(engine, rows(20), fail_fast=False)


def test_pause_is_told(start: Start) -> None:
    """While the server says wait, `pause_left` tells for how long; then all goes on."""
    seen: list[float] = []
    server = Server(lambda _: respond(429, retry_after_ms="300"), mint)
    with start(server, 1) as engine:
        found = run(
            engine, rows(40), fail_fast=True, watch=lambda: seen.append(engine.pacer.pause_left)
        )
    assert found == expect(40)
    assert 0 < max(seen) <= 0.33  # jitter adds up to a tenth
    assert seen[-1] == 0


def test_activity_is_told(start: Start) -> None:
    """For a run of one request the engine tells what is being done."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        await_end(lambda: "Asking api.example.com, attempt 2 of 3" in seen)
        return mint(request)

    with start(Server(503, answer), 1, clock=FakeClock()) as engine:
        assert engine.attempts.activity == ""
        assert run(
            engine, rows(1), fail_fast=True, watch=lambda: seen.append(engine.attempts.activity)
        ) == expect(1)


@pytest.mark.parametrize(("count", "requests"), [(1, 2), (2, 2 * (MAX_SERVER_WAITS + 2))])
def test_the_only_request_has_its_attempts(start: Start, count: int, requests: int) -> None:
    """Being told to wait counts as an attempt for a single request, not for one of several."""
    server = Server(lambda _: respond(429, retry_after_ms="1"))
    with start(server, 1, attempts=2, longest_wait=1e4, clock=FakeClock()) as engine:
        found = run(engine, rows(count), fail_fast=False)
    assert [type(row) for row in found] == [RefusedError] * count
    assert len(server.requests) == requests


def test_requests_do_not_pile_up(start: Start) -> None:
    """However many rows there are, only so many requests wait and none is kept afterwards."""
    alive: weakref.WeakSet[SessionRequest] = weakref.WeakSet()
    most: list[int] = []

    def make() -> Iterator[SessionRequest]:
        for number in range(3000):
            request = Row(ask(number).api, "realtime/client_secrets", ask(number).body)
            alive.add(request)
            most.append(len(alive))
            yield request

    with start(mint, 4, digest=lambda _: "") as engine:
        assert len(run(engine, make(), 3000, fail_fast=True)) == 3000
    # One of each worker, the next one, and what was answered just now.
    assert max(most) <= 3 * 4 + 1


class Row(SessionRequest):
    """A request that can be found in a set."""

    __hash__ = object.__hash__


def test_results_are_handed_over_as_they_come(start: Start) -> None:
    """What came of the first rows is handed over, in order, before the last ones are answered."""
    chunks: list[list[Any]] = []
    count = 3 * CHUNK_SIZE + 8
    with Gate(2 * CHUNK_SIZE) as server, start(server, 4) as engine:
        requests = [*rows(5), RealtimeError("wrong"), *rows(count)[6:]]
        for chunk in engine.run(requests, count, fail_fast=False):
            if chunk:
                chunks.append(chunk)
                server.opened.set()
    assert [len(chunk) for chunk in chunks] == [CHUNK_SIZE] * 3 + [8]
    assert [str(row) for chunk in chunks for row in chunk] == [
        *expect(5),
        "wrong",
        *expect(count)[6:],
    ]


def test_a_slow_row_holds_only_so_many(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one row takes long, results wait for it, but not without limit."""
    monkeypatch.setattr("openai_realtime.client.engine.CHUNK_SIZE", 5)
    monkeypatch.setattr("openai_realtime.client.engine.MAX_BUFFERED_RESULTS", 20)
    made: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if get_row(request) == 0:
            await_end(lambda: engine.done == 19)
            asked.append(len(made))
        return mint(request)

    def make() -> Iterator[SessionRequest]:
        for number in range(60):
            made.append(number)
            yield ask(number)

    asked: list[int] = []
    with start(answer, 2) as engine:
        assert run(engine, make(), 60, fail_fast=True) == expect(60)
    assert asked == [20]


def test_wrong_rows_need_no_server(start: Start) -> None:
    """Rows that are never sent are handed over in order, however many there are."""
    wrong = [RealtimeError(str(number)) for number in range(20_000)]
    with start("http://127.0.0.1:9", 2) as engine:
        assert run(engine, wrong, fail_fast=False) == wrong
    assert (engine.done, engine.failed) == (20_000, 20_000)


@pytest.mark.parametrize(
    "verdict", [CredentialError("no", status=401), QuotaError("no")], ids=["key", "credit"]
)
def test_what_holds_for_all_is_asked_once(start: Start, verdict: RealtimeError) -> None:
    """A key that is refused, or an account without credit, spares the other rows their request."""
    watch = Watch()

    def answer(request: httpx.Request) -> httpx.Response:
        watch.await_look()
        return mint(request)

    def refuse(_: Reply) -> str:
        raise verdict

    server = Server(answer)
    with start(server, 2, digest=refuse) as engine:
        found = run(engine, rows(100), fail_fast=False, watch=watch)
    assert found == [verdict] * 100
    assert len(server.requests) <= 4


def test_a_wait_too_long_is_one_for_all(start: Start) -> None:
    """A server that wants nothing for an hour is not asked for the other rows."""
    server = Server(lambda _: respond(429, retry_after="3600"))
    with start(server, 2) as engine:
        found = run(engine, rows(100), fail_fast=False)
    assert len(server.requests) <= 2
    assert {str(row) for row in found} == {"429 after 1"}


@pytest.mark.parametrize("error", [CredentialError("no", status=403), RejectedError("no")])
def test_what_holds_for_one_is_asked_again(start: Start, error: RealtimeError) -> None:
    """What may be right for another row is tried for each."""
    server = Server(mint)

    def refuse(_: Reply) -> str:
        raise error

    with start(server, 2, digest=refuse) as engine:
        run(engine, rows(10), fail_fast=False)
    assert len(server.requests) == 10


def test_a_run_that_is_refused_for_too_long_ends(start: Start) -> None:
    """Where the server takes nothing any more, the rows that are left share one error."""
    clock, looked = FakeClock(), []
    gate = Gate(5, lambda _: respond(429, x_should_retry="false"))

    def answer(request: httpx.Request) -> httpx.Response:
        if get_row(request) < 2:
            return mint(request)
        clock.now += 40
        return gate(request)

    def watch() -> None:
        # Called after the engine has looked.
        looked.append(bool(gate.held))
        if sum(looked) > 1:
            gate.opened.set()

    with start(answer, 1, deadline=100.0, longest_wait=0.0, clock=clock) as engine:
        found = run(engine, rows(50), fail_fast=False, watch=watch)
    assert found[:2] == expect(2)
    assert {str(row) for row in found[2:6]} == {"429 after 1"}
    assert {type(row) for row in found[6:]} == {BusyError}
    assert str(found[6]).startswith("The server has refused all requests for 100 s")
    assert "Client secrets created before: 2." in str(found[6])
    assert gate.held == [5]


def test_nobody_answers(start: Start) -> None:
    """Where nothing listens each row says so, after all attempts, with no other error behind it."""
    with RawServer([Step.CLOSE]) as server:
        url = server.url
    with start(url) as engine:
        found = run(engine, rows(10), fail_fast=False)
    assert all(isinstance(row, UnreachableError) for row in found)
    assert all("refuses the connection" in str(row) for row in found)
    assert not [row for row in found if isinstance(row, BaseException) and row.__context__]


HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPPING = [Step.READ, HEAD, *[piece for _ in range(500) for piece in (b"x", 0.1)]]
LENGTHLESS = [Step.READ, HEAD + b"\r\n", 0.3, b"{", Step.HOLD]


@pytest.mark.parametrize("attempts", [1, 9])
@pytest.mark.parametrize(
    "script", [DRIPPING, LENGTHLESS, [Step.READ, Step.HOLD]], ids=["drips", "half", "hangs"]
)
def test_deadline_is_that_of_all_attempts(start: Start, script: Any, attempts: int) -> None:
    """A row ends at its deadline, however slowly the server drips or how often it is asked."""
    options = {"deadline": 0.5, "attempts": attempts}
    with RawServer(script) as server, start(server.url, 2, **options) as engine:
        found = run(engine, rows(2), fail_fast=False)
    for row in found:
        assert "did not answer within 0.5 s" in str(row)


def test_a_stuck_lookup_is_left_behind(start: Start) -> None:
    """A row whose name lookup hangs ends at its deadline, and another worker takes the next."""
    with Gate(0) as lookup:

        def answer(request: httpx.Request) -> httpx.Response:
            if get_row(request) == 0:
                request.extensions["trace"]("connection.connect_tcp.started", {})
                lookup(request)
            return mint(request)

        with start(answer, 1, deadline=0.2) as engine:
            first, second, third = run(engine, rows(3), fail_fast=False)
        assert lookup.held == [0]
        assert not lookup.opened.is_set()
    assert (second, third) == ("row 1", "row 2")
    assert "did not answer within 0.2 s" in str(first)
    assert (engine.done, engine.failed) == (3, 1)


def test_the_next_row_is_not_blamed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that begins while the calling thread looks at a late one keeps its own deadline."""
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
        first, second = run(engine, rows(2), fail_fast=False, watch=watch)
    assert isinstance(first, RealtimeError)
    assert second == "row 1"


def test_a_wrong_key_is_found_first(start: Start, world: Any) -> None:
    """A key that cannot be sent is refused before there is a connection."""
    for secret in ("", " ", "a\nb", "a b", "\xe4"):
        authentication = Authentication("it", lambda secret=secret: secret)
        world.fail(CredentialError, start, mint, 1, authentication)
