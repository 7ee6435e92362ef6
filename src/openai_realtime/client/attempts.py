# SPDX-License-Identifier: MIT
"""Sends one request, with authentication, retries, deadline and cancel."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from itertools import count

from openai_realtime import errors
from openai_realtime.client.authentication import SecretHeaders
from openai_realtime.client.connection import Connection
from openai_realtime.client.failures import ConnectionFailedError as Failure
from openai_realtime.client.failures import explain_deadline
from openai_realtime.client.pacing import Clock, Pacer
from openai_realtime.client.reply import Reply
from openai_realtime.client.retry import compute_backoff, parse_retry_after, should_retry
from openai_realtime.client.transport import Route
from openai_realtime.request import SessionRequest

MAX_SERVER_WAITS = 20  # after so many, being told to wait counts as an attempt
Path = tuple[str | int, ...]
_MISSING = object()


class Attempts:
    """The retry loop for the requests of a run; safe to use from many threads.

    `headers` are those with secrets; they may be replaced while requests run. `is_single_run`:
    there is only one request. `jitter` returns numbers from 0 to 1.
    """

    def __init__(
        self,
        route: Route,
        headers: SecretHeaders,
        pacer: Pacer,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.headers = headers
        self.is_single_run = False
        self.confirmation = Confirmation()
        self.activity = ""  # the last line about a step, for the progress of a single request
        self._route = route
        self._configuration = route.configuration
        self._pacer = pacer
        self._clock = clock
        self._jitter = jitter
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End all pauses; every `send` raises from now on."""
        self._stopped.set()
        self._pacer.wake()

    def send(self, request: SessionRequest, connection: Connection) -> Reply:
        """Return the last answer to `request`, also if it is an HTTP error.

        When the server makes all requests of a run wait, this costs a single one neither time nor
        attempts, unless it is the only one. Raises our error if no answer came, CanceledError once
        all is stopped.
        """
        clock, attempts = self._clock, self._configuration.attempts
        start, left = clock.monotonic(), self._configuration.deadline
        attempt = sent = waits = 0
        answered: Reply | None = None
        while True:
            attempt, sent = attempt + 1, sent + 1
            connection.permission = self._pacer.acquire(self._stopped.is_set)
            if connection.permission is None:
                raise errors.CanceledError
            self.activity = f"Asking {self._configuration.host}, attempt {attempt} of {attempts}"
            begin = clock.monotonic()
            result, pause = self._send_paced(request, connection, begin + left, attempt)
            left -= clock.monotonic() - begin
            answered = result if isinstance(result, Reply) else answered
            if not result.should_retry or left <= 0:
                break
            if result.is_refused and waits < MAX_SERVER_WAITS and not self.is_single_run:
                attempt, waits = attempt - 1, waits + 1
                continue
            if attempt >= attempts or pause >= left:
                break
            left -= pause
            reason = "server busy" if isinstance(result, Reply) else "no answer"
            seconds = f"{pause:.1f}".removesuffix(".0")
            self.activity = f"Waiting {seconds} s, attempt {attempt + 1} of {attempts}, {reason}"
            clock.wait(self._stopped, pause)
        took = clock.monotonic() - start
        if isinstance(result, Failure):
            if answered is None or left > 0:
                spent = f" ({sent} attempts in {took:.0f} s)" if sent > 1 else ""
                raise errors.UnreachableError(f"{result}{spent}")
            # If time ran out, the last answer is more helpful than an error about the deadline.
            result = answered
        result.attempts, result.seconds, result.origin = sent, took, request.origin
        return result

    def _send_paced(
        self, request: SessionRequest, connection: Connection, end: float, attempt: int
    ) -> tuple[Reply | Failure, float]:
        """Return the result, and the pause before another attempt; give the permission back."""
        try:
            result = self._send_confirmed(request, connection, end)
        except BaseException:
            self._pacer.release(connection.permission)
            raise
        pause = compute_backoff(attempt, result.wait, self._jitter())
        is_shared = result.is_refused and result.should_retry
        wait = pause if is_shared else None
        self._pacer.release(connection.permission, wait, is_refused=result.is_refused)
        # The pacer waits longer if the wait that the server named did not help.
        return result, max(pause, self._pacer.pause_left) if is_shared else pause

    def _send_confirmed(
        self, request: SessionRequest, connection: Connection, end: float
    ) -> Reply | Failure:
        """Send `request`; again on a new connection where the answer may be another request's."""
        last, connection.last_request = connection.last_request, request
        if last is not None and last.headers != request.headers and last.body == request.body:
            # Answers repeat the body only, so that these two cannot be told apart.
            connection.drop()
        try:
            result = self._exchange(request, connection, end)
            if self._confirm(request, connection, result):
                return result
        except errors.UnexpectedAnswerError:  # larger than allowed
            if connection.is_fresh:
                raise
        connection.drop()
        if self._clock.monotonic() >= end:
            return explain_deadline(self._configuration)
        result = self._exchange(request, connection, end)
        self._confirm(request, connection, result)
        return result

    def _confirm(
        self, request: SessionRequest, connection: Connection, result: Reply | Failure
    ) -> bool:
        is_fresh = connection.is_fresh
        if isinstance(result, Failure):
            return is_fresh
        if result.is_success and request.method == "POST":
            return self.confirmation.confirm(result, request.body, is_fresh=is_fresh)
        # On a used connection, which only a first attempt can have, errors count where another
        # attempt follows: overload.
        is_overload = result.is_refused or result.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        is_repeated = result.should_retry and self._configuration.attempts > 1
        return is_fresh or (is_overload and is_repeated)

    def _exchange(
        self, request: SessionRequest, connection: Connection, end: float
    ) -> Reply | Failure:
        """Send `request`; write into a reply what it means for further attempts."""
        result = connection.send(request, self.headers, end)
        if isinstance(result, Failure):
            if self._stopped.is_set():
                raise errors.CanceledError
            is_late = self._clock.monotonic() >= end
            return explain_deadline(self._configuration) if is_late else result
        if not result.is_success:
            problem, headers = result.problem, result.headers
            wait = parse_retry_after(headers, problem.message, self._clock.time())
            if wait is not None and wait > self._configuration.longest_wait:
                result.wait_exceeds_limit = result.status == HTTPStatus.TOO_MANY_REQUESTS
            elif should_retry(result.status, headers, problem.code, problem.type):
                result.should_retry, result.wait = True, wait
        return result


class Confirmation:
    """Whether an answer belongs to its request, so that no row gets another row's secret.

    A server or proxy that sends one answer too many on a kept connection shifts all later ones. So
    on a used connection an answer counts only if its secret is new in this run, and if it repeats
    all settings of the request, except those that this server does not repeat.
    """

    def __init__(self) -> None:
        self.repeated = 0  # secrets given to a second request, each on a new connection
        self.created: set[int] = set()  # the hashes of all secrets that were received
        self._not_repeated: set[Path] = set()
        self._lock = threading.Lock()

    def confirm(self, reply: Reply, body: Mapping[str, object], *, is_fresh: bool) -> bool:
        """Return whether a success is the answer to a request with that `body`; remember it if so.

        On a fresh connection every answer is. Settings that the server leaves out there, or
        changes, such as a model's alias, are not compared from then on.
        """
        try:
            secret = reply.client_secret
        except errors.RealtimeError:
            return is_fresh
        differences = set(find_differences(body, secret.body))
        number = hash(secret.value)
        with self._lock:
            is_new = number not in self.created
            if is_fresh:
                self._not_repeated |= differences
                self.repeated += not is_new
            elif not is_new or not differences <= self._not_repeated:
                return False
            self.created.add(number)
        return True


def find_differences(sent: object, answered: object, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of values in `sent` that are missing or different in `answered`.

    Additional values in `answered` do not count.
    """
    members: Iterable[tuple[str | int, object, object]]
    if isinstance(sent, Mapping) and isinstance(answered, Mapping):
        members = ((name, value, answered.get(name, _MISSING)) for name, value in sent.items())
    elif isinstance(sent, list) and isinstance(answered, list) and len(sent) == len(answered):
        members = zip(count(), sent, answered, strict=False)
    else:
        if sent != answered:
            yield path
        return
    for key, one, other in members:
        yield from find_differences(one, other, (*path, key))
