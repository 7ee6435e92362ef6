# SPDX-License-Identifier: MIT
"""Many requests at once: one connection pool, one pacer, threads that share both.

Threads, because they reach the ideal where httpx's asynchronous client collapses (measured:
64 in flight take it 5.8 times as long). Only the calling thread talks to KNIME.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from openai_realtime.client.client import Surroundings
from openai_realtime.client.sender import Sender
from openai_realtime.errors import CanceledError, CredentialError, QuotaError, RealtimeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from openai_realtime.client.authentication import Authentication
    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.reply import Reply
    from openai_realtime.client.transport import Pool
    from openai_realtime.request import SessionRequest

T = TypeVar("T")

_POLL = 0.05
_FAREWELL = 0.15  # seconds for threads to close what they hold when the run is cut short
_REFRESH = 5.0  # seconds after which the key is asked for anew: a token may have expired


class RowError(RealtimeError):
    """What went wrong with one of many requests: its `index`, and the `error` itself."""

    def __init__(self, index: int, error: RealtimeError) -> None:
        super().__init__(str(error))
        self.index = index
        self.error = error


class Progress:
    """How far a run is: rows `done`, and `failed` among them; written by the workers."""

    def __init__(self) -> None:
        self.done = 0
        self.failed = 0
        self._lock = threading.Lock()

    def count(self, *, failed: bool) -> None:
        """Count one row."""
        with self._lock:
            self.done += 1
            self.failed += failed


class Batch(Generic[T]):
    """Mints many secrets over one connection pool; a context manager.

    `digest` makes of a row's last answer what is kept of it, in the worker's thread; what it
    raises is kept instead. `pool` replaces httpcore's, for tests.
    """

    def __init__(
        self,
        configuration: Configuration,
        authentication: Authentication,
        digest: Callable[[Reply], T],
        *,
        in_flight: int,
        per_minute: float | None = None,
        surroundings: Surroundings | None = None,
        pool: Pool | None = None,
    ) -> None:
        self.progress = Progress()
        self._digest = digest
        self._surroundings = surroundings or Surroundings()
        self._sender = Sender(
            configuration,
            authentication,
            self._surroundings,
            in_flight=in_flight,
            per_minute=per_minute,
            pool=pool,
        )
        self._refreshed = time.monotonic()
        self._tasks: queue.SimpleQueue[tuple[int, SessionRequest, list[T | RealtimeError | None]]]
        self._tasks = queue.SimpleQueue()
        # So many requests are made ahead; workers report when half of them are left.
        self._ahead = 4 * in_flight + 64
        self._left = 0
        self._done = threading.Condition()
        self._first: RowError | None = None
        self._defect: BaseException | None = None
        self._verdict: RealtimeError | None = None
        self._threads = [
            threading.Thread(target=self._work, name=f"openai-realtime-{n}", daemon=True)
            for n in range(in_flight)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sender.stop()
        for _ in self._threads:
            self._tasks.put((-1, None, []))  # type: ignore[arg-type]  # the end of a thread
        end = time.monotonic() + _FAREWELL
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()) if kind is not None else 1.0)
        self._sender.close()

    def mint_all(
        self,
        requests: Iterable[SessionRequest | RealtimeError],
        *,
        fail_fast: bool,
        watch: Callable[[Batch[T]], None] = lambda _: None,
    ) -> list[T | RealtimeError]:
        """Return what came of each request, in order; errors among `requests` stay what they are.

        With `fail_fast` the first error is raised as a RowError and all other requests are
        stopped. `watch` is called now and then in the calling thread. Raises CanceledError on
        cancel.
        """
        results: list[T | RealtimeError | None] = []
        looked = time.monotonic()
        try:
            for index, request in enumerate(requests):
                if isinstance(request, RealtimeError):
                    results.append(request)
                    self._count(index, request)
                else:
                    results.append(None)
                    with self._done:
                        self._left += 1
                    self._tasks.put((index, request, results))
                if self._left >= self._ahead:
                    self._wait(self._ahead // 2, watch, fail_fast=fail_fast)
                    looked = time.monotonic()
                elif time.monotonic() - looked > _POLL:
                    looked = time.monotonic()
                    self._look(watch, fail_fast=fail_fast)
            self._wait(0, watch, fail_fast=fail_fast)
        except BaseException:
            self._sender.stop()
            raise
        return [result for result in results if result is not None]

    def _wait(self, left: int, watch: Callable[[Batch[T]], None], *, fail_fast: bool) -> None:
        """Wait until no more than `left` requests are left."""
        while True:
            with self._done:
                if self._left > left:
                    self._done.wait(_POLL)
                is_over = self._left <= left
            self._look(watch, fail_fast=fail_fast)
            if is_over:
                return

    def _look(self, watch: Callable[[Batch[T]], None], *, fail_fast: bool) -> None:
        """Do what only the calling thread may do, and raise what is to end the run."""
        if self._surroundings.is_canceled():
            raise CanceledError
        if self._defect is not None:
            raise self._defect
        if fail_fast and self._first is not None:
            raise self._first
        now = time.monotonic()
        if now - self._refreshed > _REFRESH:
            self._refreshed = now
            # If that fails, the old key may still do; if not, the server says so.
            with suppress(CredentialError):
                self._sender.refresh()
        watch(self)

    @property
    def pause_left(self) -> float:
        """The seconds for which all requests wait because the server said so."""
        return self._sender.pacer.pause_left

    def _count(self, index: int, result: T | RealtimeError) -> bool:
        """Count a row; return whether it is the first that failed."""
        failed = isinstance(result, RealtimeError)
        self.progress.count(failed=failed)
        if not isinstance(result, RealtimeError) or self._first is not None:
            return False
        self._first = RowError(index, result)
        return True

    def _work(self) -> None:
        while True:
            index, request, results = self._tasks.get()
            if index < 0:
                return
            is_news = True
            try:
                results[index] = result = self._mint(request)
                is_news = self._count(index, result)
            except BaseException as error:  # noqa: BLE001 - raised in the calling thread
                self._defect = error
            with self._done:
                self._left -= 1
                if is_news or self._left in (0, self._ahead // 2):
                    self._done.notify()

    def _mint(self, request: SessionRequest) -> T | RealtimeError:
        if self._verdict is not None:
            return self._verdict
        is_last = False
        try:
            reply = self._sender.send(request)
            is_last = reply.is_last
            return self._digest(reply)
        except RealtimeError as error:
            if is_last or _holds_for_all(error):
                self._verdict = error.with_traceback(None)
            return error.with_traceback(None)


def _holds_for_all(error: RealtimeError) -> bool:
    """Return whether what the server says of one request is true of every other."""
    is_refused = isinstance(error, CredentialError) and error.status == HTTPStatus.UNAUTHORIZED
    return is_refused or isinstance(error, QuotaError)
