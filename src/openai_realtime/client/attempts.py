# SPDX-License-Identifier: MIT
"""Sends one request, with authentication, retries, deadline and cancel."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from openai_realtime.client.confirmation import Confirmation
from openai_realtime.client.connection import Connection
from openai_realtime.client.failures import ConnectionFailedError as Failure
from openai_realtime.client.failures import explain_deadline, explain_failure
from openai_realtime.client.reply import Reply
from openai_realtime.client.retry import compute_backoff, parse_retry_after, should_retry
from openai_realtime.client.transport import TRANSPORT_ERRORS, Route
from openai_realtime.errors import CanceledError, UnexpectedAnswerError, UnreachableError

if TYPE_CHECKING:
    from openai_realtime.client.authentication import SecretHeaders
    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.context import RunContext
    from openai_realtime.client.pacing import Pacer
    from openai_realtime.request import SessionRequest

MAX_SERVER_WAITS = 20
"""How often a request may be told to wait before that counts as an attempt."""

_ENCODER = json.JSONEncoder(ensure_ascii=False)  # json.dumps would create one each time


@dataclass
class _Attempt:
    """What an attempt ended with, and the `pause` before the next one, in seconds.

    `wait` is the pause that the server asked for; `seconds` is what the attempt took.
    """

    result: Reply | Failure
    should_retry: bool
    wait: float | None = None
    pause: float = 0.0
    seconds: float = 0.0

    @property
    def is_refused(self) -> bool:
        """Whether the server takes no request for now."""
        return self.wait is not None or (
            isinstance(self.result, Reply) and self.result.status == HTTPStatus.TOO_MANY_REQUESTS
        )


class Attempts:
    """The retry loop for the requests of a run; safe to use from many threads.

    `headers` are those with secrets; they may be replaced while requests run. `is_single_run`:
    there is only one request.
    """

    def __init__(
        self,
        configuration: Configuration,
        headers: SecretHeaders,
        context: RunContext,
        pacer: Pacer,
    ) -> None:
        self.headers = headers
        self.is_single_run = False
        self.confirmation = Confirmation()
        self.activity = ""  # the last line about a step, for the progress of a single request
        self._configuration = configuration
        self._context = context
        self._pacer = pacer
        self._route = Route(configuration, context.open_transport)
        self._stopped = threading.Event()

    def open_connection(self) -> Connection:
        """Return a connection for one worker; nothing is opened before it is used."""
        return Connection(self._route, self._context.clock)

    def stop(self) -> None:
        """End all pauses; every `send` raises from now on."""
        self._stopped.set()
        self._pacer.wake()

    def release(
        self, connection: Connection, wait: float | None = None, *, is_refused: bool = False
    ) -> None:
        """Give back the permission of the request on `connection`, as `Pacer.release`, only once.

        The engine does it for a worker that cannot be woken.
        """
        permission, connection.permission = connection.permission, None
        if permission is not None:
            self._pacer.release(permission, wait, is_refused=is_refused)

    def send(self, request: SessionRequest, connection: Connection) -> Reply:
        """Return the last answer to `request`, also if it is an HTTP error.

        When the server makes all requests of a run wait, this costs a single one neither time nor
        attempts, unless it is the only one. Raises our error if no answer came, CanceledError once
        all is stopped.
        """
        clock, attempts = self._context.clock, self._configuration.attempts
        start, left = clock.monotonic(), self._configuration.deadline
        attempt = sent = waits = 0
        answered: Reply | None = None
        while True:
            attempt, sent = attempt + 1, sent + 1
            tried = self._try_once(request, connection, left, attempt)
            left -= tried.seconds
            result = tried.result
            answered = result if isinstance(result, Reply) else answered
            if not tried.should_retry or left <= 0:
                break
            if tried.is_refused and waits < MAX_SERVER_WAITS and not self.is_single_run:
                attempt, waits = attempt - 1, waits + 1
                continue
            if attempt >= attempts or tried.pause >= left:
                break
            left -= tried.pause
            reason = "server busy" if isinstance(result, Reply) else "no answer"
            pause = f"{tried.pause:.1f}".removesuffix(".0")
            self.activity = f"Waiting {pause} s, attempt {attempt + 1} of {attempts}, {reason}"
            if not tried.is_refused:
                clock.wait(self._stopped, tried.pause)
        seconds = clock.monotonic() - start
        if isinstance(result, Failure):
            if answered is None or left > 0:
                raise _count_attempts(result, sent, seconds)
            # After the deadline the last answer says more than that there was no time for another.
            result = answered
        result.attempts, result.seconds = sent, seconds
        return result

    def _try_once(
        self, request: SessionRequest, connection: Connection, left: float, attempt: int
    ) -> _Attempt:
        """Wait for permission, and send; `left` are the seconds to the deadline."""
        clock, configuration = self._context.clock, self._configuration
        connection.permission = self._pacer.acquire(self._stopped.is_set)
        if connection.permission is None:
            raise CanceledError
        self.activity = (
            f"Asking {configuration.host}, attempt {attempt} of {configuration.attempts}"
        )
        start = clock.monotonic()
        is_last = attempt >= configuration.attempts
        try:
            tried = self._send_confirmed(request, connection, start + left, is_last=is_last)
        except BaseException:
            self.release(connection)
            raise
        tried.pause = compute_backoff(attempt, tried.wait, self._context.jitter())
        shared = tried.pause if tried.is_refused and tried.should_retry else None
        self.release(connection, shared, is_refused=tried.is_refused)
        if shared is not None:
            # The pacer waits longer where waiting as told did not help.
            tried.pause = max(tried.pause, self._pacer.pause_left)
        tried.seconds = clock.monotonic() - start
        return tried

    def _send_confirmed(
        self, request: SessionRequest, connection: Connection, end: float, *, is_last: bool
    ) -> _Attempt:
        """Send `request`; again on a new connection where the answer may be another request's."""
        last, connection.last_request = connection.last_request, request
        if last is not None and last.headers != request.headers and last.body == request.body:
            # Answers repeat the body only, so that these two cannot be told apart.
            connection.drop()
        try:
            tried = self._exchange(request, connection, end)
            if self._confirm(request, connection, tried, is_last=is_last):
                return tried
        except UnexpectedAnswerError:  # larger than allowed
            if connection.is_fresh:
                raise
        connection.drop()
        if self._context.clock.monotonic() >= end:
            return _Attempt(explain_deadline(self._configuration), should_retry=False)
        tried = self._exchange(request, connection, end)
        self._confirm(request, connection, tried, is_last=is_last)
        return tried

    def _confirm(
        self, request: SessionRequest, connection: Connection, tried: _Attempt, *, is_last: bool
    ) -> bool:
        reply, is_fresh = tried.result, connection.is_fresh
        if isinstance(reply, Reply) and reply.is_success and request.method == "POST":
            return self.confirmation.confirm(reply, request.body, is_fresh=is_fresh)
        # On a used connection errors count only where the retry asks again: overload.
        is_overload = isinstance(reply, Reply) and (
            tried.is_refused or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        )
        is_repeated = not is_last or (tried.is_refused and not self.is_single_run)
        return is_fresh or (is_overload and tried.should_retry and is_repeated)

    def _exchange(self, request: SessionRequest, connection: Connection, end: float) -> _Attempt:
        headers, host, proxy = self.headers, self._configuration.host, self._route.proxy
        secrets = (*headers.secrets, *(proxy.secrets if proxy else ()), *request.secrets)
        sent = {**request.headers, **headers.values}
        url = f"{self._configuration.base_url}/{request.endpoint}"
        try:
            content = encode_body(request)
            built = self._route.build_request(request.method, url, sent, content)
            return self._judge(connection.send(built, secrets, end))
        except TRANSPORT_ERRORS as error:
            failure = explain_failure(error, host, proxy, secrets, connection.handshake)
        if self._stopped.is_set():
            raise CanceledError
        if self._context.clock.monotonic() >= end:
            failure = explain_deadline(self._configuration)
        return _Attempt(failure, failure.worth_retrying)

    def _judge(self, reply: Reply) -> _Attempt:
        """Return what an answer means for further attempts."""
        if reply.is_success:
            return _Attempt(reply, should_retry=False)
        problem = reply.problem
        again = should_retry(reply.status, reply.headers, problem.code, problem.type)
        now = self._context.clock.time()
        wait = parse_retry_after(reply.headers, problem.message, now)
        if wait is not None and wait > self._configuration.longest_wait:
            reply.wait_exceeds_limit = reply.status == HTTPStatus.TOO_MANY_REQUESTS
            return _Attempt(reply, should_retry=False)
        return _Attempt(reply, again, wait if again else None)


def _count_attempts(failure: Failure, attempts: int, seconds: float) -> UnreachableError:
    if attempts == 1:
        return failure
    return UnreachableError(f"{failure} ({attempts} attempts in {seconds:.0f} s)")


def encode_body(request: SessionRequest) -> bytes | None:
    """Return the body as it is sent."""
    if request.method == "GET":
        return None
    # Half a surrogate pair has no UTF-8; Python's escape for it is JSON's as well.
    return _ENCODER.encode(request.body).encode(errors="backslashreplace")
