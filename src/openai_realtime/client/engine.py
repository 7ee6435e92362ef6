# SPDX-License-Identifier: MIT
"""Runs requests: workers, order, progress, cancel, key refresh; a single request is a run of one.

Workers are threads, each with a connection of its own. Only the calling thread talks to KNIME.
"""

from __future__ import annotations

import math
import queue
import threading
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, NamedTuple, Self, TypeVar

from openai_realtime.client.attempts import Attempts
from openai_realtime.client.context import RunContext
from openai_realtime.client.failures import explain_deadline
from openai_realtime.client.pacing import Pacer
from openai_realtime.errors import (
    BusyError,
    CanceledError,
    CredentialError,
    QuotaError,
    RealtimeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from openai_realtime.client.authentication import Authentication, SecretHeaders
    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.connection import Connection
    from openai_realtime.client.reply import Reply
    from openai_realtime.request import SessionRequest

T = TypeVar("T")

CHUNK_SIZE = 64
"""Results per callback; small, so that cancel is polled in between."""

MAX_BUFFERED_RESULTS = 256 * CHUNK_SIZE
"""Results that may wait for an earlier one before no more requests are started."""

POLL_INTERVAL = 0.05
"""Seconds between two looks at the cancel switch."""

_JOIN_TIMEOUT = 0.15  # seconds for workers to close their connections when a run is cut short
_REFRESH_INTERVAL = 5.0  # seconds after which the key is fetched again: a token may have expired


class RowError(RealtimeError):
    """What went wrong with one of many requests: its `index`, and the `error` itself."""

    def __init__(self, index: int, error: RealtimeError) -> None:
        super().__init__(str(error))
        self.index = index
        self.error = error


class _Task(NamedTuple):
    place: int
    request: SessionRequest


class _Worker(threading.Thread):
    """A thread that takes tasks one after the other; `task` is the one under way."""

    def __init__(self, work: Callable[[_Worker], None], connection: Connection) -> None:
        super().__init__(name="openai-realtime", args=(self,), target=work, daemon=True)
        self.connection = connection
        self.activity = ""
        self.task: _Task | None = None
        self.is_abandoned = False

    def report(self, activity: str) -> None:
        """Keep a line about the task for the calling thread."""
        self.activity = activity


class Engine(Generic[T]):
    """Sends requests to one server; a context manager.

    `digest` makes of a request's last answer what is kept of it (never None), in a worker's
    thread; a RealtimeError that it raises is kept instead. Construction raises CredentialError
    for a key that cannot be sent, UnreachableError for a proxy or certificates that cannot be
    used, SettingsError for a setting that cannot.
    """

    def __init__(
        self,
        configuration: Configuration,
        authentication: Authentication,
        digest: Callable[[Reply], T],
        *,
        in_flight: int = 1,
        per_minute: float | None = None,
        context: RunContext | None = None,
    ) -> None:
        self.done = self.failed = 0
        """How many requests are done, and how many of these failed."""
        self._configuration = configuration
        self._authentication = authentication
        self._digest = digest
        self._context = context or RunContext()
        # Fetched before anything else is set up, so that nothing is sent for a wrong key.
        headers = authentication.fetch_headers()
        self._pacer = Pacer(in_flight, per_minute, self._context.clock)
        self._attempts = Attempts(
            configuration,
            headers,
            self._context,
            self._pacer,
            lambda: self._is_complete and self.done + self._left == 1,
        )
        self._fetched = self._context.clock.monotonic()
        self._in_flight = in_flight
        # So many requests are queued ahead; workers report when half of them are left.
        self._ahead = 4 * in_flight + CHUNK_SIZE
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._workers: list[_Worker] = []
        self._left = 0
        self._is_complete = False
        self._results: list[T | RealtimeError | None] = []
        self._handed_over = 0
        self._changed = threading.Condition()
        self._first: tuple[int, RealtimeError] | None = None
        self._defect: BaseException | None = None
        self._verdict: RealtimeError | None = None
        self._unauthorized: tuple[RealtimeError, SecretHeaders] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop all workers and close their connections."""
        self._stop()
        for _ in self._workers:
            self._tasks.put(None)
        clock = self._context.clock
        end = clock.monotonic() + (1.0 if kind is None else _JOIN_TIMEOUT)
        for worker in self._workers:
            worker.join(max(0.0, end - clock.monotonic()))

    @property
    def pause_left(self) -> float:
        """The seconds for which all requests wait because the server said so."""
        return self._pacer.pause_left

    @property
    def repeated(self) -> int:
        """How many secrets the server gave to more than one request."""
        return self._attempts.confirmation.repeated

    @property
    def activity(self) -> str:
        """What the first worker does, for a run of one request."""
        return self._workers[0].activity if self._workers else ""

    def run(
        self,
        requests: Iterable[SessionRequest | RealtimeError],
        *,
        fail_fast: bool,
        watch: Callable[[], None] = lambda: None,
    ) -> list[T | RealtimeError]:
        """Return what came of each request, in order, as `run_each` hands it over."""
        results: list[T | RealtimeError] = []
        self.run_each(requests, results.extend, fail_fast=fail_fast, watch=watch)
        return results

    def run_each(
        self,
        requests: Iterable[SessionRequest | RealtimeError],
        take: Callable[[list[T | RealtimeError]], None],
        *,
        fail_fast: bool,
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        """Hand the results of the requests to `take`, in order and in chunks, while others run.

        Errors among `requests` stay what they are. With `fail_fast` the first error is raised as
        a RowError and all other requests are stopped. `take` and `watch`, which is called every
        few milliseconds, are called in this thread. Raises CanceledError on cancel.
        """
        clock = self._context.clock
        self._results, self._handed_over, self._first = [], 0, None
        self._is_complete = False

        def poll() -> None:
            self._poll(fail_fast=fail_fast)
            watch()
            self._hand_over(take)

        try:
            poll()
            polled = clock.monotonic()
            for index, request in enumerate(requests):
                self._add(index, request)
                if self._left >= self._ahead or self._is_full:
                    self._wait(self._ahead // 2, poll)
                elif clock.monotonic() - polled <= POLL_INTERVAL:
                    continue
                else:
                    poll()
                polled = clock.monotonic()
            self._is_complete = True
            self._wait(0, poll)
            while self._hand_over(take, is_over=True):
                poll()
        except BaseException:
            self._stop()
            raise

    # --- in the calling thread ------------------------------------------------------------

    @property
    def _is_full(self) -> bool:
        return len(self._results) - self._handed_over >= MAX_BUFFERED_RESULTS

    def _add(self, index: int, request: SessionRequest | RealtimeError) -> None:
        if isinstance(request, RealtimeError):
            self._results.append(request)
            with self._changed:
                self._count(index, request)
            return
        self._results.append(None)
        with self._changed:
            self._left += 1
        self._tasks.put(_Task(index, request))
        if len(self._workers) < self._in_flight:
            self._start_worker()

    def _start_worker(self) -> None:
        worker = _Worker(self._work, self._attempts.open_connection())
        self._workers.append(worker)
        worker.start()

    def _wait(self, left: int, poll: Callable[[], None]) -> None:
        """Wait until no more than `left` requests are left, and until there is room for results."""
        while True:
            with self._changed:
                # Where only handing over is left, no worker would notify this thread.
                if self._left > left or (self._is_full and self._left):
                    self._changed.wait(POLL_INTERVAL)
                is_over = self._left <= left
            poll()
            if is_over and not self._is_full:
                return

    def _poll(self, *, fail_fast: bool) -> None:
        """Do what only the calling thread may do, and raise what ends the run."""
        if self._context.is_canceled():
            raise CanceledError
        if self._defect is not None:
            raise self._defect
        if fail_fast and self._first is not None:
            raise RowError(*self._first)
        self._refresh_key()
        self._end_late_tasks()
        limit = self._configuration.longest_wait + self._configuration.deadline
        if self._verdict is None and self._pacer.refused_for > limit:
            minted = self.done - self.failed
            self._verdict = BusyError(
                f"The server has refused all requests for {limit:g} s, so the run has ended. "
                f"{minted} client secrets were created before. Run the node again later for the "
                "others, or send fewer requests at a time."
            )
            self._attempts.stop()

    def _refresh_key(self) -> None:
        now = self._context.clock.monotonic()
        refused, self._unauthorized = self._unauthorized, None
        if refused is None and now - self._fetched <= _REFRESH_INTERVAL:
            return
        self._fetched = now
        # If this fails, the old key may still be valid; if not, the server says so.
        with suppress(CredentialError):
            self._attempts.headers = self._authentication.fetch_headers()
        if refused is not None and refused[1] == self._attempts.headers:
            # There is no other key, so no request will be accepted.
            self._verdict = refused[0]

    def _end_late_tasks(self) -> None:
        """Cut what has passed its deadline; where that is not possible, replace the worker."""
        now = self._context.clock.monotonic()
        for worker in list(self._workers):
            # A name lookup cannot be woken: its thread is left to end by itself.
            is_stuck = worker.connection.interrupt(now) and worker.connection.is_connecting
            task = worker.task
            if not is_stuck or task is None:
                continue
            configuration = self._configuration
            error = explain_deadline(configuration.host, configuration.deadline)
            if self._settle(worker, task, error):
                worker.is_abandoned = True
                self._attempts.release(worker.connection)
                self._workers.remove(worker)
                self._start_worker()

    def _hand_over(
        self, take: Callable[[list[T | RealtimeError]], None], *, is_over: bool = False
    ) -> bool:
        """Hand over the next chunk if it is complete, or the rest if all is over.

        Return whether there was one.
        """
        end = self._handed_over + CHUNK_SIZE
        results = self._results[self._handed_over : end]
        chunk = [result for result in results if result is not None]
        if not chunk or len(chunk) < (len(results) if is_over else CHUNK_SIZE):
            return False
        self._results[self._handed_over : end] = [None] * len(chunk)
        self._handed_over += len(chunk)
        take(chunk)
        return True

    def _stop(self) -> None:
        self._attempts.stop()
        for worker in self._workers:
            worker.connection.interrupt(math.inf)

    # --- in the workers' threads ----------------------------------------------------------

    def _work(self, worker: _Worker) -> None:
        """Carry out one task after the other."""
        try:
            while not worker.is_abandoned and (task := self._tasks.get()) is not None:
                worker.task = task
                result: T | RealtimeError = CanceledError()
                try:
                    result = self._verdict or self._mint(worker, task)
                except BaseException as error:  # noqa: BLE001 - raised in the calling thread
                    self._defect = error
                self._settle(worker, task, result)
        finally:
            worker.connection.drop()

    def _settle(self, worker: _Worker, task: _Task, result: T | RealtimeError) -> bool:
        """Keep the result of a task, unless it has one; return whether it was kept."""
        with self._changed:
            if worker.task is not task:
                return False
            worker.task = None
            self._results[task.place] = result
            is_first = self._count(task.place, result)
            self._left -= 1
            if is_first or self._left in (0, self._ahead // 2):
                self._changed.notify()
        return True

    def _count(self, index: int, result: T | RealtimeError) -> bool:
        """Count a result; return whether it is the first that failed. The lock is held."""
        self.done += 1
        if not isinstance(result, RealtimeError):
            return False
        self.failed += 1
        if self._first is not None:
            return False
        self._first = index, result
        return True

    def _mint(self, worker: _Worker, task: _Task) -> T | RealtimeError:
        wait_exceeds_limit = False
        headers = self._attempts.headers
        try:
            reply = self._attempts.send(task.request, worker.connection, worker.report)
            wait_exceeds_limit = reply.wait_exceeds_limit
            return self._digest(reply)
        except CanceledError as error:
            # Perhaps not the user ended the run, but what holds for all requests.
            return self._verdict or error.with_traceback(None)
        except RealtimeError as error:
            error = error.with_traceback(None)
            if wait_exceeds_limit or isinstance(error, QuotaError):
                self._verdict = error
            elif isinstance(error, CredentialError) and error.status == HTTPStatus.UNAUTHORIZED:
                if headers != self._attempts.headers:
                    return self._mint(worker, task)  # the key was replaced meanwhile
                # The calling thread finds out whether there is a newer one.
                self._unauthorized = error, headers
            return error
