# SPDX-License-Identifier: MIT
"""One of many requests on its way: when it may go, whether it goes again, over which connection."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx

from openai_realtime.client.client import Surroundings, encode_body, is_key
from openai_realtime.client.exchange import Sockets, send_on
from openai_realtime.client.network import ConnectionFailedError, explain
from openai_realtime.client.pacing import Pacer
from openai_realtime.client.proxy import find_proxy
from openai_realtime.client.retry import compute_delay, is_quota, is_worth_retrying, read_wait
from openai_realtime.client.transport import make_http
from openai_realtime.errors import CanceledError, RealtimeError

if TYPE_CHECKING:
    from openai_realtime.client.authentication import Authentication
    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.exchange import Line
    from openai_realtime.client.network import Failure
    from openai_realtime.client.reply import Reply
    from openai_realtime.request import SessionRequest

_TIDY = 64  # requests after which connections are let go of that the server has closed
_PATIENCE = 20  # how often a row waits because the server says so, before that counts as failing


class Sender:
    """Sends requests for many threads over one connection pool; they share its `pacer`.

    Construction raises what that of a `Client` does.
    """

    def __init__(
        self,
        configuration: Configuration,
        authentication: Authentication,
        surroundings: Surroundings,
        in_flight: int,
        per_minute: float | None,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self.pacer = Pacer(in_flight, per_minute, surroundings.clock)
        self._configuration = configuration
        self._authentication = authentication
        self._surroundings = surroundings
        self._sockets = Sockets()
        # The key is checked before anything is set up, so that nothing is sent for a wrong one.
        self._header = authentication.make_header()
        self._proxy = None if transport is not None else find_proxy(configuration.base_url)
        self._http = make_http(configuration, self._proxy, transport, connections=in_flight)
        self._exchanges = 0
        self._stopped = threading.Event()

    def refresh(self) -> None:
        """Fetch the key anew: a token may have expired. For the thread that may talk to KNIME."""
        self._header = self._authentication.make_header()

    def stop(self) -> None:
        """End all requests, those that wait as well; every `send` raises from now on."""
        self._stopped.set()
        self._sockets.shut_down()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()
        self._sockets.close()

    def send(self, request: SessionRequest) -> Reply:
        """Return the last answer to `request`.

        Raises our error if none came, CanceledError once all is stopped.
        """
        content = encode_body(request)
        clock = self._surroundings.clock
        start = clock.monotonic()
        attempt = patience = 0
        while True:
            permission = self.pacer.acquire(self._stopped.is_set)
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
                self.pacer.release(permission, wait)
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

        def trace(event: str, info: dict[str, Any]) -> None:
            line.trace(event, info)
            if self._stopped.is_set():
                # A connection that is made now was not there when the others were shut down.
                line.cut()

        headers = {"Content-Type": "application/json", **request.headers, name: secret}
        url = f"{self._configuration.base_url}/{request.endpoint}"
        try:
            built = self._http.build_request(
                "POST", url, content=content, headers=headers, extensions={"trace": trace}
            )
            reply = send_on(self._http, built, watch)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            failure: RealtimeError = self._explain(error, line)
            self._sockets.tidy()
        else:
            self._exchanges += 1
            if self._exchanges % _TIDY == 0:
                self._sockets.tidy()
            key = secret.removeprefix(self._authentication.prefix)
            return replace(reply, secrets=tuple(filter(is_key, [key, *request.secrets])))
        if self._stopped.is_set():
            failure = CanceledError()
        # Outside of the handler: httpx's exception holds the request with its headers.
        raise failure

    def _explain(self, error: Failure, line: Line) -> ConnectionFailedError:
        host = self._configuration.host
        if self._proxy is None:
            return explain(error, host)
        certified = "" if line.is_tunneled else self._proxy.place
        return explain(error, host, self._proxy.place, certified)

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
