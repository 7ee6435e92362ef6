# SPDX-License-Identifier: MIT
"""Many requests at once: one connection pool, one pacer, threads that share both.

Threads, because they reach the ideal where httpx's asynchronous client collapses (measured:
64 in flight take it 5.8 times as long). Only the calling thread talks to KNIME.
"""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import httpx

from openai_realtime.client.client import Surroundings, encode_body, is_key
from openai_realtime.client.exchange import Sockets, send
from openai_realtime.client.network import ConnectionFailedError, explain
from openai_realtime.client.pacing import Pacer
from openai_realtime.client.proxy import find_proxy
from openai_realtime.client.retry import compute_delay, is_quota, is_worth_retrying, read_wait
from openai_realtime.client.transport import make_http
from openai_realtime.errors import CanceledError, RealtimeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from openai_realtime.client.authentication import Authentication
    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.reply import Reply
    from openai_realtime.request import SessionRequest

T = TypeVar("T")

_POLL = 0.05
_REFRESH = 5.0  # seconds after which the key is asked for anew: a token may have expired
_PATIENCE = 20  # how often a row waits because the server says so, before that counts as failing


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
    raises is kept instead. `transport` replaces httpx's own, for tests.
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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.progress = Progress()
        self._configuration = configuration
        self._authentication = authentication
        self._digest = digest
        self._surroundings = surroundings or Surroundings()
        self._pacer = Pacer(in_flight, per_minute, self._surroundings.clock)
        self._sockets = Sockets()
        self._header = authentication.make_header()
        self._refreshed = time.monotonic()
        proxy = None if transport is not None else find_proxy(configuration.base_url)
        self._http = make_http(configuration, proxy, transport, connections=in_flight)
        self._tasks: queue.SimpleQueue[tuple[int, SessionRequest, list[T | RealtimeError | None]]]
        self._tasks = queue.SimpleQueue()
        self._left = 0
        self._stopped = threading.Event()
        self._done = threading.Condition()
        self._first: RowError | None = None
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
        self._stop()
        for _ in self._threads:
            self._tasks.put((-1, None, []))  # type: ignore[arg-type]  # the end of a thread
        end = time.monotonic() + _POLL
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()) if kind is not None else 1.0)
        self._http.close()
        self._sockets.close()

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
        for index, request in enumerate(requests):
            if fail_fast and self._first is not None:
                break
            if isinstance(request, RealtimeError):
                results.append(request)
                self._count(index, request)
            else:
                results.append(None)
                with self._done:
                    self._left += 1
                self._tasks.put((index, request, results))
        try:
            self._wait(watch, fail_fast=fail_fast)
        except BaseException:
            self._stop()
            raise
        return [result for result in results if result is not None]

    def _wait(self, watch: Callable[[Batch[T]], None], *, fail_fast: bool) -> None:
        while True:
            with self._done:
                if self._left:
                    self._done.wait(_POLL)
                left = self._left
            if self._surroundings.is_canceled():
                raise CanceledError
            if fail_fast and self._first is not None:
                raise self._first
            if not left:
                return
            now = time.monotonic()
            if now - self._refreshed > _REFRESH:
                self._refreshed = now
                self._header = self._authentication.make_header()
            watch(self)

    @property
    def pause_left(self) -> float:
        """The seconds for which all requests wait because the server said so."""
        return self._pacer.pause_left

    def _stop(self) -> None:
        self._stopped.set()
        self._sockets.shut_down()

    def _count(self, index: int, result: T | RealtimeError) -> None:
        failed = isinstance(result, RealtimeError)
        self.progress.count(failed=failed)
        if isinstance(result, RealtimeError) and self._first is None:
            self._first = RowError(index, result)

    def _work(self) -> None:
        while True:
            index, request, results = self._tasks.get()
            if index < 0:
                return
            if self._stopped.is_set():
                results[index] = CanceledError()
            else:
                results[index] = result = self._mint(request)
                self._count(index, result)
            with self._done:
                self._left -= 1
                if not self._left or self._first is not None:
                    self._done.notify()

    def _mint(self, request: SessionRequest) -> T | RealtimeError:
        try:
            return self._digest(self._exchange_patiently(request))
        except RealtimeError as error:
            return error.with_traceback(None)

    def _exchange_patiently(self, request: SessionRequest) -> Reply:
        """Return the last answer to `request`; raise our error if none came."""
        content = encode_body(request)
        clock = self._surroundings.clock
        start = clock.monotonic()
        attempt = patience = 0
        while True:
            permission = self._pacer.acquire(self._stopped.is_set)
            if permission is None:
                raise CanceledError
            attempt += 1
            wait: float | None = None
            reply: Reply | None = None
            failure: RealtimeError | None = None
            try:
                reply = self._exchange(request, content)
                wait = self._read_pause(reply)
            except ConnectionFailedError as error:
                failure = error.with_traceback(None)
            finally:
                self._pacer.release(permission, wait)
            if wait is not None and patience < _PATIENCE:
                patience += 1
                attempt -= 1
                continue
            if attempt >= self._configuration.attempts or not _is_retryable(reply, failure):
                break
            self._sleep(compute_delay(attempt, None, self._surroundings.chance()))
        if reply is None:
            raise failure if failure is not None else CanceledError
        return replace(reply, attempts=attempt, seconds=clock.monotonic() - start)

    def _read_pause(self, reply: Reply) -> float | None:
        """Return how long the server asks all to wait, if it does and that is not too long."""
        if reply.is_success or reply.status not in (429, 503):
            return None
        problem = reply.problem
        if is_quota(problem.code, problem.type):
            return None
        if not is_worth_retrying(reply.status, reply.headers, problem.code, problem.type):
            return None
        wait = read_wait(reply.headers, problem.message, self._surroundings.clock.time())
        return wait if wait is not None and wait <= self._configuration.longest_wait else None

    def _exchange(self, request: SessionRequest, content: bytes) -> Reply:
        line = self._sockets.follow()
        name, secret = self._header
        end = time.monotonic() + self._configuration.deadline

        def watch() -> None:
            if self._stopped.is_set():
                raise CanceledError
            if time.monotonic() > end:
                raise ConnectionFailedError(
                    f"{self._configuration.host} did not answer within "
                    f"{self._configuration.deadline:g} s.",
                    worth_retrying=False,
                )

        headers = {"Content-Type": "application/json", **request.headers, name: secret}
        url = f"{self._configuration.base_url}/{request.endpoint}"
        try:
            built = self._http.build_request(
                "POST", url, content=content, headers=headers, extensions={"trace": line.trace}
            )
            reply = send(self._http, built, watch)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            failure: RealtimeError = explain(error, self._configuration.host)
        else:
            key = secret.removeprefix(self._authentication.prefix)
            return replace(reply, secrets=tuple(filter(is_key, [key, *request.secrets])))
        if self._stopped.is_set():
            failure = CanceledError()
        # Outside of the handler: httpx's exception holds the request with its headers.
        raise failure

    def _sleep(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise CanceledError


def _is_retryable(reply: Reply | None, failure: RealtimeError | None) -> bool:
    if isinstance(failure, ConnectionFailedError):
        return failure.worth_retrying
    if reply is None or reply.is_success:
        return False
    problem = reply.problem
    return is_worth_retrying(reply.status, reply.headers, problem.code, problem.type)
