# SPDX-License-Identifier: MIT
"""Many requests at once, over real sockets."""

from __future__ import annotations

import gc
import json
import threading
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from client.batches import RefusedError, ask, find_workers, rows
from openai_realtime.api import Api
from openai_realtime.client.authentication import use_bearer
from openai_realtime.client.batch import Batch, RowError
from openai_realtime.client.client import Surroundings
from openai_realtime.client.reply import Reply
from openai_realtime.client.sender import Sender
from openai_realtime.errors import (
    CanceledError,
    CredentialError,
    RealtimeError,
    SettingsError,
)
from openai_realtime.request import SessionRequest
from realtime_dev.pool import FakePool
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer, faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HANG = [Step.READ, Step.HOLD]


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pause before a second attempt be short."""
    monkeypatch.setattr("openai_realtime.client.retry.FIRST_DELAY", 0.02)


def count_descriptors() -> int:
    """Return how many files and sockets this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize(("count", "in_flight"), [(0, 4), (1, 16), (5, 64), (300, 16), (40, 1)])
def test_order_is_kept(
    start: Callable[..., Batch[str]], key: str, count: int, in_flight: int
) -> None:
    """Each result stands where its request stood, with more rows than threads and with fewer."""
    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url, in_flight) as batch:
        found = batch.mint_all(iter(rows(count)), fail_fast=True)
    assert found == [f"row {number}" for number in range(count)]
    assert (batch.progress.done, batch.progress.failed) == (count, 0)
    assert len(sandbox.calls) == count


def test_several_parts_share_one_pool(start: Callable[..., Batch[str]], key: str) -> None:
    """A table that comes in parts is minted over the connections of its first part."""
    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url, 4) as batch:
        before = count_descriptors()
        for _ in range(5):
            assert len(batch.mint_all(rows(40), fail_fast=True)) == 40
        assert count_descriptors() - before <= 3 * 4
    assert batch.progress.done == 200


def test_same_rows_are_minted_once_each(start: Callable[..., Batch[str]], key: str) -> None:
    """Equal rows get a secret each, by one request each."""
    with (
        Sandbox(api_key=key) as sandbox,
        start(sandbox.base_url, digest=lambda reply: json.loads(reply.text)["value"]) as batch,
    ):
        found = batch.mint_all([ask(0)] * 50, fail_fast=True)
    assert len(set(found)) == len(sandbox.calls) == 50


def test_first_error_stops_the_others(start: Callable[..., Batch[str]], key: str) -> None:
    """With fail fast the first error is raised with its index, and hardly a request follows."""
    wanted = rows(400)
    wanted[20] = SessionRequest(Api.GA, "realtime/client_secrets", {"session": {"type": "no"}})
    with Sandbox(api_key=key, latency=0.02) as sandbox, start(sandbox.base_url) as batch:
        with pytest.raises(RowError, match="400 after 1") as caught:
            batch.mint_all(wanted, fail_fast=True)
        seen = len(sandbox.calls)
    assert caught.value.index == 20
    assert isinstance(caught.value.error, RefusedError)
    assert 21 <= seen <= 21 + 5 * 8


def test_wrong_row_stops_the_others(start: Callable[..., Batch[str]], key: str) -> None:
    """A row whose values were wrong is an error like one of the server's."""
    wanted: list[SessionRequest | RealtimeError] = [*rows(30), SettingsError("Voice", "no.")]
    with (
        Sandbox(api_key=key, latency=0.5) as sandbox,
        start(sandbox.base_url) as batch,
        pytest.raises(RowError, match="Voice: no") as caught,
    ):
        batch.mint_all(wanted, fail_fast=True)
    assert caught.value.index == 30


def test_carries_on(start: Callable[..., Batch[str]], key: str) -> None:
    """Without fail fast each error stands in its row's place."""
    wanted: list[SessionRequest | RealtimeError] = [*rows(60)]
    wanted[7] = SettingsError("Voice", "no.")
    wanted[30] = SessionRequest(Api.GA, "realtime/client_secrets", {"session": {"type": "no"}})
    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url) as batch:
        found = batch.mint_all(wanted, fail_fast=False)
        again = batch.mint_all(rows(3), fail_fast=False)
    assert [index for index, row in enumerate(found) if isinstance(row, RealtimeError)] == [7, 30]
    assert [row for row in found if isinstance(row, str)] == [
        f"row {number}" for number in range(60) if number not in (7, 30)
    ]
    assert (batch.progress.done, batch.progress.failed) == (63, 2)
    assert again == ["row 0", "row 1", "row 2"]


@pytest.mark.parametrize("in_flight", [1, 16, 128])
def test_cancel_ends_everything_at_once(start: Callable[..., Batch[str]], in_flight: int) -> None:
    """Cancel ends hanging requests within 300 ms, closes their connections, leaves no thread."""
    pressed = threading.Event()
    with RawServer(HANG) as server:
        before = count_descriptors()
        batch = start(server.url, in_flight, surroundings=Surroundings(is_canceled=pressed.is_set))
        with pytest.raises(CanceledError), batch:  # noqa: PT012 - the time of its end counts
            timer = threading.Timer(0.4, pressed.set)
            timer.start()
            began = time.monotonic()
            batch.mint_all(rows(500), fail_fast=True)
        took = time.monotonic() - began - 0.4
        timer.join()
        end = time.monotonic() + 2
        while (count_descriptors() > before or find_workers()) and time.monotonic() < end:
            time.sleep(0.01)
        assert server.connections == in_flight
        assert count_descriptors() <= before
    assert took < 0.3


@pytest.mark.parametrize("what", ["pause", "retry", "rows"])
def test_cancel_while_nothing_is_sent(
    start: Callable[..., Batch[str]], key: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Cancel is heard during a pause, before a second attempt, and while rows are made slowly."""
    monkeypatch.setattr("openai_realtime.client.retry.FIRST_DELAY", 8.0)
    pressed = threading.Event()
    surroundings = Surroundings(is_canceled=pressed.is_set)
    timer = threading.Timer(0.3, pressed.set)

    def make_slowly() -> Iterator[SessionRequest]:
        for number in range(1000):
            time.sleep(0.01 if what == "rows" else 0)
            yield ask(number)

    with Sandbox(api_key=key) as sandbox:
        fault = faults.limit_rate(50) if what == "pause" else faults.fail_server()
        sandbox.faults.add(*[fault] * (0 if what == "rows" else 100))
        began = time.monotonic()
        with (  # noqa: PT012 - the time of its end counts
            pytest.raises(CanceledError),
            start(sandbox.base_url, surroundings=surroundings) as batch,
        ):
            timer.start()
            batch.mint_all(make_slowly(), fail_fast=False)
        took = time.monotonic() - began - 0.3
    timer.join()
    assert took < 0.3


def test_token_is_fetched_anew(
    start: Callable[..., Batch[str]], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """During a long run the key is asked for again, by the calling thread only."""
    monkeypatch.setattr("openai_realtime.client.batch._REFRESH", 0.1)
    threads, keys = set(), iter([key, *["sk-another-0123456789"] * 100])

    def fetch() -> str:
        threads.add(threading.current_thread())
        return next(keys)

    authentication = use_bearer("the credential port", fetch)
    with (
        Sandbox(api_key=key, latency=0.1) as sandbox,
        start(sandbox.base_url, 2, authentication=authentication) as batch,
    ):
        found = batch.mint_all(rows(16), fail_fast=False)
        used = [call.headers["authorization"] for call in sandbox.calls]
    assert threads == {threading.current_thread()}
    assert used[0] == "Bearer <known>"
    assert used[-1] == "Bearer <unknown>"
    assert isinstance(found[-1], RefusedError)


def test_token_that_cannot_be_fetched_anew(
    start: Callable[..., Batch[str]], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the old key does, a new one that cannot be had spoils nothing."""
    monkeypatch.setattr("openai_realtime.client.batch._REFRESH", 0.05)
    keys = iter([key])

    def fetch() -> str:
        try:
            return next(keys)
        except StopIteration:
            raise CredentialError("The credential port has no token.") from None

    authentication = use_bearer("the credential port", fetch)
    with (
        Sandbox(api_key=key, latency=0.05) as sandbox,
        start(sandbox.base_url, 2, authentication=authentication) as batch,
    ):
        assert batch.mint_all(rows(16), fail_fast=True) == [f"row {n}" for n in range(16)]


def test_mistake_in_digest_is_no_hang(start: Callable[..., Batch[str]], key: str) -> None:
    """What nobody foresaw in a worker is raised in the calling thread."""

    def stumble(reply: Reply) -> str:
        raise KeyError(reply.status)

    with (
        Sandbox(api_key=key) as sandbox,
        pytest.raises(KeyError, match="200"),
        start(sandbox.base_url, digest=stumble) as batch,
    ):
        batch.mint_all(rows(20), fail_fast=False)


def test_one_pause_for_all(start: Callable[..., Batch[str]], key: str) -> None:
    """While the server says wait nothing is sent, and `pause_left` tells for how long."""
    seen = []
    with Sandbox(api_key=key, latency=0.05) as sandbox, start(sandbox.base_url, 4) as batch:
        sandbox.faults.add(faults.limit_rate(0.6, tell="ms"))
        found = batch.mint_all(
            rows(40), fail_fast=True, watch=lambda batch: seen.append(batch.pause_left)
        )
        times = [call.at - sandbox.calls[0].at for call in sandbox.calls]
    assert len(found) == 40
    assert 0.3 < max(seen) <= 0.66  # chance adds up to a tenth
    assert not [at for at in times if 0.12 < at < 0.6]


def test_server_that_keeps_no_connection(start: Callable[..., Batch[str]]) -> None:
    """Connections that the server ends after each answer do not pile up."""
    body = json.dumps({"session": {"instructions": "x"}}).encode()
    with RawServer([Step.READ, compose_answer(body)]) as server:
        before = count_descriptors()
        with start(server.url, 8) as batch:
            most = 0
            for _ in range(10):
                batch.mint_all(rows(50), fail_fast=True)
                most = max(most, count_descriptors() - before)
        assert server.connections == 500
    assert most <= 100


def test_limit_per_minute(start: Callable[..., Batch[str]], key: str) -> None:
    """A limit of our own spreads the requests evenly."""
    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url, per_minute=1200) as batch:
        batch.mint_all(rows(12), fail_fast=True)
        times = [call.at for call in sandbox.calls]
    assert 0.5 < times[-1] - times[0] < 1.0


def test_memory_is_bounded(
    start: Callable[..., Batch[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 2,000 rows to 20,000, of 4 KB each, the batch's own use grows by less than 1 MiB."""
    body = json.dumps({"session": {"instructions": "x" * 4000}}).encode()
    monkeypatch.setattr(Sender, "_exchange", lambda *_: Reply(200, {}, body))
    peaks = []
    for count in (2000, 20_000):
        with start("http://127.0.0.1/v1", 16, digest=lambda _: "") as batch:
            batch.mint_all(rows(50), fail_fast=True)
            gc.collect()
            tracemalloc.start()
            try:
                wanted = (ask(number, f"{number}{'x' * 4000}") for number in range(count))
                found = batch.mint_all(wanted, fail_fast=True)
                peaks.append(tracemalloc.get_traced_memory()[1])
            finally:
                tracemalloc.stop()
            assert len(found) == count
    assert peaks[1] - peaks[0] < 2**20


def test_hides_what_servers_repeat(start: Callable[..., Batch[str]], key: str) -> None:
    """Neither the key nor a token of the request's own is to be seen, should a server repeat it."""
    token = "tok-4nLsR8yCf3Hq7Vd2m"
    session = {"type": "realtime", "tools": [{"type": "mcp", "authorization": token}]}
    request = SessionRequest(Api.GA, "realtime/client_secrets", {"session": session})

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=f"{request.headers['authorization']} {token}")

    with start("http://a.example", 1, pool=FakePool(answer), digest=lambda r: r.text) as batch:
        assert batch.mint_all([request], fail_fast=True) == ["Bearer *** ***"]
    assert key not in "Bearer *** ***"


def test_results_are_handed_over_as_they_come(
    start: Callable[..., Batch[str]], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came of the first rows is handed over in order while others are under way."""
    monkeypatch.setattr("openai_realtime.client.batch.PIECE", 10)
    pieces: list[list[Any]] = []
    asked: list[int] = []
    with Sandbox(api_key=key, latency=0.02) as sandbox, start(sandbox.base_url, 4) as batch:

        def take(piece: list[Any]) -> None:
            pieces.append(piece)
            asked.append(len(sandbox.calls))

        requests = [*rows(5), RealtimeError("wrong"), *rows(102)]
        batch.mint_each(requests, take, fail_fast=False)
    assert [len(piece) for piece in pieces] == [10] * 10 + [8]
    assert [str(row) for piece in pieces for row in piece] == [
        *(f"row {number}" for number in range(5)),
        "wrong",
        *(f"row {number}" for number in range(102)),
    ]
    assert asked[0] < 107


def test_a_slow_row_holds_only_so_many(
    start: Callable[..., Batch[str]], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one row takes long, results wait for it, but not without limit."""
    monkeypatch.setattr("openai_realtime.client.batch.PIECE", 5)
    monkeypatch.setattr("openai_realtime.client.batch._MOST", 20)
    waiting: list[int] = []
    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url, 2) as batch:
        sandbox.faults.add(faults.Fault(delay=0.5))

        def make() -> Iterator[SessionRequest]:
            for request in rows(60):
                waiting.append(batch.progress.done)
                yield request

        found = batch.mint_all(make(), fail_fast=True)
        assert found == [f"row {number}" for number in range(60)]
    assert len(waiting) == 60
    assert sum(done == 0 for done in waiting) <= 21
    assert not [done for made, done in enumerate(waiting) if made - 21 > done]
