# SPDX-License-Identifier: MIT
"""Runs requests: workers, order, progress, cancel, key refresh; a single request is a run of one.

Workers are threads, each with a connection of its own. Only the calling thread talks to KNIME.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Generic, Self, TypeVar

from openai_realtime import errors
from openai_realtime.client.attempts import Attempts
from openai_realtime.client.authentication import SecretHeader, SecretHeaders, fetch_headers
from openai_realtime.client.configuration import Configuration
from openai_realtime.client.connection import Connection
from openai_realtime.client.failures import explain_deadline
from openai_realtime.client.pacing import Clock, Pacer
from openai_realtime.client.reply import Reply
from openai_realtime.client.transport import Route, httpx
from openai_realtime.errors import CanceledError, RealtimeError
from openai_realtime.redact import redact
from openai_realtime.request import SessionRequest

T = TypeVar("T")

CHUNK_SIZE = 64  # results per callback; small, so that cancel is polled in between
MAX_BUFFERED_RESULTS = 256 * CHUNK_SIZE  # that wait for an earlier one; then no requests start
POLL_INTERVAL = 0.05  # seconds between two looks at the cancel switch
_JOIN_TIMEOUT = 0.15  # seconds for workers to close their connections when a run is cut short
_REFRESH_INTERVAL = 5.0  # seconds after which the key is fetched again: a token may have expired


class Engine(Generic[T]):
    """Sends requests to one server; a context manager.

    `digest` turns the last answer to a request into its result (never None), in a worker's
    thread; if it raises a RealtimeError, that is the result. `is_canceled` is called in the
    calling thread only. Tests replace `clock` and the transports of httpx. Construction raises
    CredentialError for a key, UnreachableError for a proxy or certificates, SettingsError for a
    setting that cannot be used.
    """

    def __init__(
        self,
        configuration: Configuration,
        secret_headers: Sequence[SecretHeader],
        digest: Callable[[Reply], T],
        *,
        in_flight: int = 1,
        per_minute: float | None = None,
        is_canceled: Callable[[], bool] = lambda: False,
        clock: Clock | None = None,
        open_transport: Callable[[], httpx.BaseTransport] | None = None,
    ) -> None:
        self.done = self.failed = 0  # requests that are done, and those of them that failed
        self._configuration = configuration
        self._secret_headers = secret_headers
        self._digest = digest
        self._in_flight = in_flight
        self._is_canceled = is_canceled
        self._clock = clock = clock or Clock()
        # Fetched first, so that a key that cannot be sent fails before anything is set up.
        headers = fetch_headers(secret_headers)
        self._fetched = clock.monotonic()
        self._route = Route(configuration, open_transport)
        self.pacer = Pacer(in_flight, per_minute, clock)
        self.attempts = Attempts(self._route, headers, self.pacer, clock)
        self._idle: list[Connection] = []
        self._workers: dict[Connection, threading.Thread] = {}
        self._source: Iterator[SessionRequest | RealtimeError] = iter(())
        self._source_lock = threading.Lock()
        self._count = 0
        self._results: list[T | RealtimeError | None] = []
        self._handed_over = 0
        self._changed = threading.Condition()
        self._is_stopped = False
        self._first: RealtimeError | None = None
        self._defect: BaseException | None = None
        self._verdict: RealtimeError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Log the results, end all requests, and let the workers close their connections."""
        host, log = redact(self._configuration.host), logging.getLogger(__name__)
        log.info("%s: %d requests done, %d failed", host, self.done, self.failed)
        self.attempts.stop()
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
            workers = dict(self._workers)
        for connection in workers:
            connection.interrupt()
        end = self._clock.monotonic() + _JOIN_TIMEOUT
        for worker in workers.values():
            worker.join(max(0.0, end - self._clock.monotonic()))
        for connection in self._idle:
            connection.drop()

    def run(
        self, requests: Iterable[SessionRequest | RealtimeError], count: int, *, fail_fast: bool
    ) -> Iterator[list[T | RealtimeError]]:
        """Yield the results of `count` requests, in order and in chunks, while others run.

        Errors among `requests` stay what they are. Empty chunks come several times a second, for
        the caller to show progress. Raises CanceledError on cancel, and with `fail_fast` the first
        error, with its `row`; then the engine has to be closed.
        """
        self._source, self._count = iter(requests), count
        self._results, self._handed_over, self._first = [], 0, None
        self.attempts.is_single_run = count == 1
        while True:
            is_over = len(self._results) == count and not self._workers
            self._poll(fail_fast=fail_fast)
            chunk = self._take_chunk(is_over=is_over)
            yield chunk
            if chunk:
                continue
            if is_over:
                return
            with self._changed:
                if self._workers:  # the last one may have ended meanwhile
                    self._changed.wait(POLL_INTERVAL)

    def _poll(self, *, fail_fast: bool) -> None:
        """Do what only the calling thread may do, and raise what ends the run."""
        if self._is_canceled():
            raise CanceledError
        if self._defect is not None:
            raise self._defect
        if fail_fast and self._first is not None:
            raise self._first
        self._refresh_key()
        self._end_late_tasks()
        self._end_refused_run()
        self._start_workers()

    def _start_workers(self) -> None:
        while len(self._workers) < self._in_flight and len(self._results) < self._count:
            is_new = not self._idle
            connection = Connection(self._route, self._clock) if is_new else self._idle.pop()
            worker = threading.Thread(
                target=self._work, args=(connection,), name="openai-realtime", daemon=True
            )
            with self._changed:
                worker.start()
                self._workers[connection] = worker

    def _refresh_key(self) -> None:
        now = self._clock.monotonic()
        if now - self._fetched <= _REFRESH_INTERVAL:
            return
        # If this fails, the old key may still be valid; if not, the server says so.
        with suppress(errors.CredentialError):
            self.attempts.headers = fetch_headers(self._secret_headers)
        with self._changed:
            self._fetched = now
            self._changed.notify_all()

    def _end_late_tasks(self) -> None:
        """End requests after their deadline; replace a worker whose request cannot be ended."""
        now = self._clock.monotonic()
        for connection in list(self._workers):
            row = connection.row
            # A name lookup cannot be interrupted: its thread ends by itself, later.
            if not connection.interrupt(now) or not connection.is_connecting:
                continue
            with self._changed:
                if row is not None and connection.row == row:
                    self._settle(connection, explain_deadline(self._configuration))
                    del self._workers[connection]
                    self.pacer.release(connection.permission)

    def _end_refused_run(self) -> None:
        limit = self._configuration.longest_wait + self._configuration.deadline
        if self._verdict is None and self.pacer.refused_for > limit:
            created = len(self.attempts.confirmation.created)
            self._verdict = errors.BusyError(
                f"The server has refused all requests for {limit:g} s, so the run has ended. "
                f"Client secrets created before: {created}. Run the node again later for the "
                "others, or send fewer requests at a time."
            )
            self.attempts.stop()

    def _take_chunk(self, *, is_over: bool) -> list[T | RealtimeError]:
        """Return the next chunk if it is complete, or the rest if all is over, else nothing."""
        end = self._handed_over + CHUNK_SIZE
        chunk = [each for each in self._results[self._handed_over : end] if each is not None]
        if len(chunk) < CHUNK_SIZE and not is_over:
            return []
        with self._changed:
            self._results[self._handed_over : end] = [None] * len(chunk)
            self._handed_over += len(chunk)
            self._changed.notify_all()
        return chunk

    def _work(self, connection: Connection) -> None:
        """Send one request after the other until none is left: what a worker's thread does."""
        try:
            while (request := self._take_request(connection)) is not None:
                self._settle(connection, self._verdict or self._mint(connection, request))
        except BaseException as error:  # noqa: BLE001 - raised in the calling thread
            self._defect = error
        with self._changed:
            is_abandoned = self._workers.pop(connection, None) is None
            if is_abandoned or self._is_stopped:
                connection.drop()
            else:
                self._idle.append(connection)
            self._changed.notify_all()

    def _take_request(self, connection: Connection) -> SessionRequest | RealtimeError | None:
        """Return the next request and reserve its row; None if the worker is to end."""
        # A lock of its own, because the source may take its time, and cancel must not wait for it.
        with self._source_lock:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped or not self._is_full())
                is_abandoned = connection not in self._workers
                if is_abandoned or self._is_stopped or len(self._results) == self._count:
                    return None
                connection.row = len(self._results)
                self._results.append(None)
            return next(self._source)

    def _is_full(self) -> bool:
        return len(self._results) >= self._handed_over + MAX_BUFFERED_RESULTS

    def _settle(self, connection: Connection, result: T | RealtimeError) -> None:
        """Keep the result of the row that is under way on `connection`, unless it has one."""
        with self._changed:
            row, connection.row = connection.row, None
            if row is None:
                return
            self._results[row] = result
            self.done += 1
            if isinstance(result, RealtimeError):
                self.failed += 1
                if self._first is None:
                    result.row, self._first = row, result

    def _mint(
        self, connection: Connection, request: SessionRequest | RealtimeError
    ) -> T | RealtimeError:
        if isinstance(request, RealtimeError):
            return request
        headers = self.attempts.headers
        reply: Reply | None = None
        try:
            reply = self.attempts.send(request, connection)
            return self._digest(reply)
        except CanceledError as error:
            # The run may have ended because of an error that applies to all requests.
            return self._verdict or error.with_traceback(None)
        except RealtimeError as error:
            error = error.with_traceback(None)
            is_unauthorized = getattr(error, "status", 0) == HTTPStatus.UNAUTHORIZED
            if is_unauthorized and self._await_key(headers):
                return self._mint(connection, request)
            exceeds_limit = reply is not None and reply.wait_exceeds_limit
            if is_unauthorized or exceeds_limit or isinstance(error, errors.QuotaError):
                # All other requests would fail in the same way.
                self._verdict = self._verdict or error
            return error

    def _await_key(self, refused: SecretHeaders) -> bool:
        """Let the calling thread fetch the key again; return whether it is another one."""
        with self._changed:
            if self.attempts.headers == refused:
                self._fetched = -math.inf
            while self._fetched == -math.inf and not self._is_stopped:
                self._changed.wait(POLL_INTERVAL)
        return self.attempts.headers != refused
