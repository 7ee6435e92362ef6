# SPDX-License-Identifier: MIT
"""What goes wrong with some of many requests, or with all of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from client.batches import rows
from openai_realtime.client.authentication import use_bearer
from openai_realtime.errors import (
    CredentialError,
    QuotaError,
    RealtimeError,
    RejectedError,
    UnreachableError,
)
from realtime_dev.pool import FakePool
from realtime_dev.sandbox import Piece, RawServer, Sandbox, Step, faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_realtime.client.batch import Batch
    from openai_realtime.client.reply import Reply

HANG = [Step.READ, Step.HOLD]


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pause before a second attempt be short."""
    monkeypatch.setattr("openai_realtime.client.retry.FIRST_DELAY", 0.02)


RETRIES = [
    ("reset", faults.reset(), 2, 2),
    ("500", faults.fail_server(), 2, 2),
    ("page", faults.send_html(503), 2, 2),
    ("429 with a wait", faults.limit_rate(0.02, tell="ms"), 4, 1),
    ("429 without", faults.Fault(status=429), 2, 3),
]


@pytest.mark.parametrize(("fault", "times"), [c[1:3] for c in RETRIES], ids=[c[0] for c in RETRIES])
def test_tries_again(
    start: Callable[..., Batch[str]], key: str, fault: faults.Fault, times: int
) -> None:
    """What may go better goes again; to be told to wait counts as no attempt."""
    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url, 1) as batch:
        sandbox.faults.add(*[fault] * times)
        assert batch.mint_all(rows(2), fail_fast=True) == ["row 0", "row 1"]
        assert len(sandbox.calls) == times + 2


HOPELESS = [
    ("quota", faults.exhaust_quota(), 1),
    ("400", faults.Fault(status=400, body={"error": {"message": "no"}}), 1),
    ("401", faults.Fault(status=401), 1),
    ("500 for ever", faults.fail_server(), 3),
    ("429 for ever", faults.Fault(status=429), 3),
]


@pytest.mark.parametrize(
    ("fault", "times"), [case[1:] for case in HOPELESS], ids=[case[0] for case in HOPELESS]
)
def test_gives_up(
    start: Callable[..., Batch[str]], key: str, fault: faults.Fault, times: int
) -> None:
    """What waiting does not help is asked once, everything else as often as is set."""
    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url, 1) as batch:
        sandbox.faults.add(*[fault] * times)
        first, second = batch.mint_all(rows(2), fail_fast=False)
        assert len(sandbox.calls) == times + 1
    assert str(first) == f"{fault.status} after {times}"
    assert second == "row 1"


def test_a_wait_too_long_is_one_for_all(start: Callable[..., Batch[str]], key: str) -> None:
    """A server that wants nothing for an hour is not asked for the other rows."""
    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url, 2) as batch:
        sandbox.faults.add(*[faults.limit_rate(3600)] * 100)
        found = batch.mint_all(rows(100), fail_fast=False)
        assert len(sandbox.calls) <= 4
    assert {str(row) for row in found} == {"429 after 1"}


@pytest.mark.parametrize(
    "verdict", [CredentialError("no", status=401), QuotaError("no")], ids=["key", "credit"]
)
def test_what_holds_for_all_is_asked_once(
    start: Callable[..., Batch[str]], key: str, verdict: RealtimeError
) -> None:
    """A key that is refused, or an account without credit, spares the other rows their request."""

    def refuse(_: Reply) -> str:
        raise verdict

    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url, 2, digest=refuse) as batch:
        assert batch.mint_all(rows(100), fail_fast=False) == [verdict] * 100
        assert len(sandbox.calls) <= 4


@pytest.mark.parametrize("error", [CredentialError("no", status=403), RejectedError("no")])
def test_what_holds_for_one_is_asked_again(
    start: Callable[..., Batch[str]], key: str, error: RealtimeError
) -> None:
    """What may be right for another row is tried for each."""

    def refuse(_: Reply) -> str:
        raise error

    with Sandbox(api_key=key) as sandbox, start(sandbox.base_url, 2, digest=refuse) as batch:
        batch.mint_all(rows(10), fail_fast=False)
        assert len(sandbox.calls) == 10


def test_nobody_answers(start: Callable[..., Batch[str]]) -> None:
    """Where nothing listens each row says so, after all attempts."""
    with RawServer([Step.CLOSE]) as server:
        url = server.url
    with start(url) as batch:
        found = batch.mint_all(rows(10), fail_fast=False)
    assert all(isinstance(row, UnreachableError) for row in found)
    assert all("refuses the connection" in str(row) for row in found)
    assert not [row for row in found if isinstance(row, BaseException) and row.__context__]


DRIPPING = [Step.READ, b"HTTP/1.1 200 OK\r\n", *[piece for _ in range(99) for piece in (b"x", 0.1)]]


@pytest.mark.parametrize(("script", "attempts"), [(DRIPPING, 1), (HANG, 1), (HANG, 9)])
def test_deadline_is_that_of_all_attempts(
    start: Callable[..., Batch[str]], script: list[Piece], attempts: int
) -> None:
    """A row ends at its deadline, however slowly the server drips or how often it is asked."""
    settings = {"deadline": 0.5, "read_timeout": 0.2, "attempts": attempts}
    begun = time.monotonic()
    with RawServer(script) as server, start(server.url, 2, settings=settings) as batch:
        found = batch.mint_all(rows(2), fail_fast=False)
        assert time.monotonic() - begun < 1.0
    for row in found:
        assert "did not answer" in str(row)


def test_strange_answers_are_a_rows_own(start: Callable[..., Batch[str]]) -> None:
    """An answer that trips a parser up is that row's error, and the others go on."""

    def answer(request: httpx.Request) -> httpx.Response:
        if b'"row 1"' in request.content:
            raise ValueError("invalid literal for int(): 'ek_abc123'")
        return httpx.Response(200, content=request.content)

    with start("http://api.example.com", 2, pool=FakePool(answer)) as batch:
        first, second, third = batch.mint_all(rows(3), fail_fast=False)
    assert (first, third) == ("row 0", "row 2")
    assert "answers in no HTTP" in str(second)
    assert "ek_" not in str(second)


def test_a_key_that_has_run_out_is_replaced(start: Callable[..., Batch[str]], key: str) -> None:
    """A key that is refused is asked for anew at once, and only the rows in between have failed."""
    keys = iter(["tok-0123456789-old"])

    def digest(reply: Reply) -> str:
        if reply.status == 401:
            raise CredentialError("no", status=401)
        return "minted"

    authentication = use_bearer("the credential port", lambda: next(keys, key))
    with (
        Sandbox(api_key=key, latency=0.01) as sandbox,
        start(sandbox.base_url, 2, authentication=authentication, digest=digest) as batch,
    ):
        found = batch.mint_all(rows(100), fail_fast=False)
    assert found[-50:] == ["minted"] * 50
    assert 1 <= sum(isinstance(row, CredentialError) for row in found) < 50


def test_wrong_rows_are_no_wait(
    start: Callable[..., Batch[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are never sent are handed over as fast as they are told to be wrong."""
    monkeypatch.setattr("openai_realtime.client.batch.PIECE", 10)
    monkeypatch.setattr("openai_realtime.client.batch._MOST", 20)
    wrong = [RealtimeError(str(number)) for number in range(2000)]
    begun = time.monotonic()
    with start("http://127.0.0.1:9", 2) as batch:
        assert batch.mint_all(iter(wrong), fail_fast=False) == wrong
    assert time.monotonic() - begun < 5
