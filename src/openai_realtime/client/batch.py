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

PIECE = 64
"""How many results are handed over at a time: few enough to be made cells of between two looks."""

_MOST = 256 * PIECE  # results that wait for an earlier one
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


class _Run(Generic[T]):
    """What came of the requests so far, in order; handed over by the piece."""

    def __init__(
        self,
        take: Callable[[list[T | RealtimeError]], None],
        watch: Callable[[], None],
        *,
        fail_fast: bool,
    ) -> None:
        self.results: list[T | RealtimeError | None] = []
        self.watch = watch
        self.fail_fast = fail_fast
        self._take = take
        self._taken = 0

    @property
    def is_full(self) -> bool:
        """Whether so many results wait for an earlier one that no more are to be made."""
        return len(self.results) - self._taken >= _MOST

    def hand_over(self, *, is_over: bool = False) -> bool:
        """Hand the next piece over if it is there, when all is over the last one, too.

        Return whether one was.
        """
        end = self._taken + PIECE
        there = self.results[self._taken : end]
        piece = [result for result in there if result is not None]
        if not piece or len(piece) < (len(there) if is_over else PIECE):
            return False
        self.results[self._taken : end] = [None] * len(piece)
        self._taken += len(piece)
        self._take(piece)
        return True


class Batch(Generic[T]):
    """Mints many secrets over one connection pool; a context manager.

    `digest` makes of a row's last answer what is kept of it (never None), in the worker's thread;
    what it raises is kept instead. `pool` replaces httpcore's, for tests.
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
        self._refused: tuple[RealtimeError, int] | None = None
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
        """Return what came of each request, in order, as `mint_each` hands it over."""
        found: list[T | RealtimeError] = []
        self.mint_each(requests, found.extend, fail_fast=fail_fast, watch=watch)
        return found

    def mint_each(
        self,
        requests: Iterable[SessionRequest | RealtimeError],
        take: Callable[[list[T | RealtimeError]], None],
        *,
        fail_fast: bool,
        watch: Callable[[Batch[T]], None] = lambda _: None,
    ) -> None:
        """Hand what came of the requests to `take`, in order, some at a time while others go on.

        Errors among `requests` stay what they are. With `fail_fast` the first error is raised as
        a RowError and all other requests are stopped. `take` and `watch`, which is called now and
        then, are called in this thread. Raises CanceledError on cancel.
        """
        run = _Run(take, lambda: watch(self), fail_fast=fail_fast)
        looked = time.monotonic()
        try:
            for index, request in enumerate(requests):
                if isinstance(request, RealtimeError):
                    run.results.append(request)
                    self._count(index, request)
                else:
                    run.results.append(None)
                    with self._done:
                        self._left += 1
                    self._tasks.put((index, request, run.results))
                if self._left >= self._ahead or run.is_full:
                    self._wait(self._ahead // 2, run)
                    looked = time.monotonic()
                elif time.monotonic() - looked > _POLL:
                    looked = time.monotonic()
                    self._look(run)
            self._wait(0, run)
            while run.hand_over(is_over=True):
                self._look(run)
        except BaseException:
            self._sender.stop()
            raise

    def _wait(self, left: int, run: _Run[T]) -> None:
        """Wait until no more than `left` requests are left, and until there is room for results."""
        while True:
            with self._done:
                # Where only handing over is left, nobody would wake this thread.
                if self._left > left or (run.is_full and self._left):
                    self._done.wait(_POLL)
                is_over = self._left <= left
            self._look(run)
            if is_over and not run.is_full:
                return

    def _look(self, run: _Run[T]) -> None:
        """Do what only the calling thread may do, and raise what is to end the run."""
        if self._surroundings.is_canceled():
            raise CanceledError
        if self._defect is not None:
            raise self._defect
        if run.fail_fast and self._first is not None:
            raise self._first
        now = time.monotonic()
        refused, self._refused = self._refused, None
        if refused is not None or now - self._refreshed > _REFRESH:
            self._refreshed = now
            # If that fails, the old key may still do; if not, the server says so.
            with suppress(CredentialError):
                self._sender.refresh()
        if refused is not None and refused[1] == self._sender.keys:
            # There is no other key, so it is refused to all rows.
            self._verdict = refused[0]
        run.watch()
        run.hand_over()

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
        keys = self._sender.keys
        try:
            reply = self._sender.send(request)
            is_last = reply.is_last
            return self._digest(reply)
        except RealtimeError as error:
            error = error.with_traceback(None)
            if is_last or isinstance(error, QuotaError):
                self._verdict = error
            elif isinstance(error, CredentialError) and error.status == HTTPStatus.UNAUTHORIZED:
                if keys != self._sender.keys:
                    return self._mint(request)  # it went with a key that was followed by another
                # The calling thread finds out whether there is a newer one.
                self._refused = error, keys
            return error
