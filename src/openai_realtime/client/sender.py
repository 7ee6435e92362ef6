# SPDX-License-Identifier: MIT
"""One of many requests on its way: when it may go, whether it goes again, over which connection."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from openai_realtime.client.exchange import Call, encode_body, is_key, list_secrets, send
from openai_realtime.client.network import (
    FAILURES,
    ConnectionFailedError,
    explain_deadline,
    explain_failure,
)
from openai_realtime.client.pacing import Pacer
from openai_realtime.client.proxy import find_proxy
from openai_realtime.client.retry import compute_delay, is_worth_retrying, read_wait
from openai_realtime.client.transport import Transport
from openai_realtime.errors import CanceledError, RealtimeError

if TYPE_CHECKING:
    from openai_realtime.client.authentication import Authentication
    from openai_realtime.client.client import Surroundings
    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.reply import Reply
    from openai_realtime.client.transport import Pool
    from openai_realtime.request import SessionRequest

_PATIENCE = 20  # how often a row waits because the server says so, before that counts as failing


class _Verdict(NamedTuple):
    """What an answer means for all requests: how long they pause, if at all.

    `is_named`: the server named the time. `is_refused`: it takes no more for now; `is_last`: for
    longer than anybody waits.
    """

    pause: float | None = None
    is_named: bool = False
    is_refused: bool = False
    is_last: bool = False


_NOTHING = _Verdict()


class Sender:
    """Sends requests for many threads over one connection pool; they share its `pacer`.

    Construction raises what that of a `Client` does.
    """

    def __init__(
        self,
        configuration: Configuration,
        authentication: Authentication,
        surroundings: Surroundings,
        *,
        in_flight: int,
        per_minute: float | None = None,
        pool: Pool | None = None,
    ) -> None:
        self.pacer = Pacer(in_flight, per_minute, surroundings.clock)
        self._configuration = configuration
        self._authentication = authentication
        self._surroundings = surroundings
        # The key is checked before anything is set up, so that nothing is sent for a wrong one.
        self._header = authentication.make_header()
        self.keys = 1
        """How many keys there were so far."""
        self._proxy = None if pool is not None else find_proxy(configuration.base_url)
        # httpcore's HTTP/2 lets threads wait for each other for good when a server lowers the
        # number of streams, and connections there are enough.
        plain = replace(configuration, http2=False)
        self._transport = Transport(plain, self._proxy, pool, connections=in_flight)
        self._term = self._transport.sockets.begin()
        self._stopped = threading.Event()

    def refresh(self) -> None:
        """Fetch the key anew: a token may have expired. For the thread that may talk to KNIME."""
        header = self._authentication.make_header()
        is_new = header != self._header
        # Counted last: who reads the count before it sends must never take an old key for the new.
        self._header = header
        self.keys += is_new

    def stop(self) -> None:
        """End all requests, those that wait as well; every `send` raises from now on."""
        self._stopped.set()
        self._transport.sockets.cut()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def send(self, request: SessionRequest) -> Reply:
        """Return the last answer to `request`.

        The time for which the server has all requests wait is not counted as the request's own.
        Raises our error if no answer came, CanceledError once all is stopped.
        """
        content = encode_body(request)
        clock = self._surroundings.clock
        start = clock.monotonic()
        left = self._configuration.deadline
        sent = attempt = patience = 0
        while True:
            permission = self.pacer.acquire(self._stopped.is_set)
            if permission is None:
                raise CanceledError
            sent += 1
            attempt += 1
            begun = time.monotonic()
            verdict = _NOTHING
            reply: Reply | None = None
            failure: RealtimeError | None = None
            try:
                reply = self._exchange(request, content, begun + left)
                verdict = self._judge(reply, attempt)
            except ConnectionFailedError as error:
                failure = error.with_traceback(None)
            finally:
                self.pacer.release(permission, verdict.pause, is_refused=verdict.is_refused)
            left -= time.monotonic() - begun
            if verdict.is_named and patience < _PATIENCE:
                # To be told to wait is no failure of this request.
                patience += 1
                attempt -= 1
            elif attempt >= self._configuration.attempts or not self._is_retryable(reply, failure):
                break
            elif verdict.pause is None:
                delay = compute_delay(attempt, None, self._surroundings.chance())
                if delay >= left:
                    break
                self._sleep(delay)
                left -= delay
            if left <= 0:
                break
        if reply is None:
            raise failure if failure is not None else CanceledError
        seconds = clock.monotonic() - start
        return replace(reply, attempts=sent, seconds=seconds, is_last=verdict.is_last)

    def _judge(self, reply: Reply, attempt: int) -> _Verdict:
        """Return what an answer means for all requests."""
        if reply.is_success:
            return _NOTHING
        is_refused = reply.status == HTTPStatus.TOO_MANY_REQUESTS
        wait = self._read_wait(reply)
        if not self._is_retryable(reply, None):
            is_last = is_refused and (wait or 0.0) > self._configuration.longest_wait
            return _Verdict(is_refused=is_refused, is_last=is_last)
        chance = self._surroundings.chance()
        if wait is not None:
            return _Verdict(compute_delay(attempt, wait, chance), is_named=True, is_refused=True)
        if is_refused:
            return _Verdict(compute_delay(attempt, None, chance), is_refused=True)
        return _NOTHING

    def _read_wait(self, reply: Reply) -> float | None:
        now = self._surroundings.clock.time()
        return read_wait(reply.headers, reply.problem.message, now)

    def _is_retryable(self, reply: Reply | None, failure: RealtimeError | None) -> bool:
        if isinstance(failure, ConnectionFailedError):
            return failure.worth_retrying
        if reply is None or reply.is_success:
            return False
        problem = reply.problem
        if not is_worth_retrying(reply.status, reply.headers, problem.code, problem.type):
            return False
        return (self._read_wait(reply) or 0.0) <= self._configuration.longest_wait

    def _exchange(self, request: SessionRequest, content: bytes, end: float) -> Reply:
        name, secret = self._header
        self._transport.sockets.attend(self._term._replace(end=end))
        key = secret.removeprefix(self._authentication.prefix)
        secrets = (*list_secrets(key, self._proxy), *filter(is_key, request.secrets))
        url = f"{self._configuration.base_url}/{request.endpoint}"
        headers = {"Content-Type": "application/json", **request.headers, name: secret}
        call = Call("POST", url, headers, content, secrets, self._watch)
        try:
            return send(self._transport, call)
        except FAILURES as error:
            failure: RealtimeError = explain_failure(
                error, self._configuration.host, self._proxy, secrets
            )
        self._watch()
        if time.monotonic() >= end:
            failure = explain_deadline(self._configuration.host, self._configuration.deadline)
        # Outside of the handler: httpcore's exception may quote an address with a password.
        raise failure

    def _watch(self) -> None:
        if self._stopped.is_set():
            raise CanceledError

    def _sleep(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise CanceledError
