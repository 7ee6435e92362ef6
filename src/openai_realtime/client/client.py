# SPDX-License-Identifier: MIT
"""Sends requests: with the key, again where that helps, and not a moment longer than wanted."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from openai_realtime.client.clock import Clock, SystemClock
from openai_realtime.client.exchange import (
    Call,
    encode_body,
    is_key,
    list_secrets,
    run_watched,
    send,
)
from openai_realtime.client.network import (
    FAILURES,
    ConnectionFailedError,
    explain_deadline,
    explain_failure,
)
from openai_realtime.client.proxy import find_proxy
from openai_realtime.client.retry import compute_delay, is_worth_retrying, read_wait
from openai_realtime.client.transport import Transport
from openai_realtime.errors import CanceledError, UnreachableError
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from openai_realtime.client.authentication import Authentication
    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.reply import Reply
    from openai_realtime.client.transport import Pool
    from openai_realtime.request import SessionRequest

_LOG = logging.getLogger(__name__)
_PAUSE_STEP = 0.05
_EXACT = 10  # seconds; below that, tenths are shown


@dataclass(frozen=True)
class Surroundings:
    """What a client has from outside: time, chance, the cancel switch, the progress line."""

    clock: Clock = field(default_factory=SystemClock)
    chance: Callable[[], float] = random.random
    is_canceled: Callable[[], bool] = lambda: False
    report: Callable[[str], None] = lambda _: None


class Client:
    """A connection to one server; a context manager.

    `pool` replaces httpcore's, for tests. Construction raises CredentialError for a key
    that cannot be sent, UnreachableError for a proxy or certificates of the surroundings that
    cannot be used, SettingsError for a setting that cannot. The methods raise these, too:
    UnreachableError if no answer comes; and UnexpectedAnswerError for one without end,
    CanceledError on cancel. A redirect that is not followed is returned as any other answer.
    """

    def __init__(
        self,
        configuration: Configuration,
        authentication: Authentication,
        surroundings: Surroundings | None = None,
        pool: Pool | None = None,
    ) -> None:
        self._configuration = configuration
        self._authentication = authentication
        self._surroundings = surroundings or Surroundings()
        # The key is checked before anything is set up, so that nothing is sent for a wrong one.
        authentication.make_header()
        self._proxy = None if pool is not None else find_proxy(configuration.base_url)
        self._transport = Transport(configuration, self._proxy, pool)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def mint(self, request: SessionRequest) -> Reply:
        """Send `request` and return the last answer, also if it is an HTTP error."""
        content = encode_body(request)
        headers = {"Content-Type": "application/json", **request.headers}
        reply = self._send("POST", request.endpoint, headers, content)
        return replace(reply, secrets=(*reply.secrets, *filter(is_key, request.secrets)))

    def list_models(self) -> Reply:
        """Return the answer to `GET models`, which costs nothing and needs a valid key."""
        return self._send("GET", "models", {}, None)

    def _send(
        self, method: str, endpoint: str, headers: Mapping[str, str], content: bytes | None
    ) -> Reply:
        url = f"{self._configuration.base_url}/{endpoint}"
        clock = self._surroundings.clock
        start = clock.monotonic()
        end = start + self._configuration.deadline
        attempt = 0
        last: Reply | None = None
        while True:
            attempt += 1
            self._surroundings.report(
                f"Asking {self._configuration.host}, attempt {attempt} of "
                f"{self._configuration.attempts}"
            )
            reply: Reply | None = None
            failure: ConnectionFailedError | None = None
            try:
                reply = self._exchange(method, url, headers, content, end)
                reply = replace(reply, attempts=attempt, seconds=clock.monotonic() - start)
                _LOG.info("%s %s: %d", method, redact(url), reply.status)
                last = reply
            except ConnectionFailedError as error:
                failure = error
                if last is not None and clock.monotonic() >= end:
                    # The last answer says more than that there was no time for another one.
                    return replace(last, attempts=attempt, seconds=clock.monotonic() - start)
            delay = self._choose_delay(attempt, reply, failure, end)
            if delay is None:
                if reply is not None:
                    return reply
                raise _describe_attempts(failure, attempt, clock.monotonic() - start)
            self._pause(delay, attempt, reply)

    def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        end: float,
    ) -> Reply:
        host = self._configuration.host
        # Here and not in the worker, because a token is fetched from KNIME.
        name, secret = self._authentication.make_header()
        secrets = list_secrets(secret.removeprefix(self._authentication.prefix), self._proxy)
        call = Call(method, url, {**headers, name: secret}, content, secrets)
        sockets = self._transport.sockets
        term = sockets.begin()

        def work() -> Reply:
            sockets.attend(term)
            return send(self._transport, call)

        def watch() -> None:
            if self._surroundings.is_canceled():
                raise CanceledError
            if self._surroundings.clock.monotonic() >= end:
                raise explain_deadline(host, self._configuration.deadline)

        try:
            return run_watched(work, watch, sockets.cut)
        except FAILURES as error:
            failure = explain_failure(error, host, self._proxy, secrets)
        # Raised here, outside of the handler, so that httpcore's exception, whose words may
        # hold an address with a password, is no part of the chain that KNIME logs.
        raise failure

    def _choose_delay(
        self, attempt: int, reply: Reply | None, failure: ConnectionFailedError | None, end: float
    ) -> float | None:
        """Return the pause before the next attempt, or None if there is to be none."""
        wait: float | None = None
        if failure is not None:
            again = failure.worth_retrying
        elif reply is not None:
            problem = reply.problem if not reply.is_success else None
            again = problem is not None and is_worth_retrying(
                reply.status, reply.headers, problem.code, problem.type
            )
            if again and problem is not None:
                now = self._surroundings.clock.time()
                wait = read_wait(reply.headers, problem.message, now)
        if not again or attempt >= self._configuration.attempts:
            return None
        if wait is not None and wait > self._configuration.longest_wait:
            return None
        delay = compute_delay(attempt, wait, self._surroundings.chance())
        return delay if self._surroundings.clock.monotonic() + delay < end else None

    def _pause(self, delay: float, attempt: int, reply: Reply | None) -> None:
        reason = "no answer" if reply is None else "server busy"
        clock = self._surroundings.clock
        end = clock.monotonic() + delay
        self._surroundings.report(
            f"Waiting {_round(delay)} s, attempt {attempt + 1} of {self._configuration.attempts}, "
            f"{reason}"
        )
        while (left := end - clock.monotonic()) > 0:
            if self._surroundings.is_canceled():
                raise CanceledError
            clock.sleep(min(left, _PAUSE_STEP))


def _round(seconds: float) -> str:
    """Return seconds for the eye: 0.5, 1, 12."""
    return f"{seconds:.0f}" if seconds >= _EXACT else f"{seconds:.1f}".removesuffix(".0")


def _describe_attempts(
    failure: ConnectionFailedError | None, attempts: int, seconds: float
) -> UnreachableError:
    what = "" if failure is None else str(failure)
    return UnreachableError(
        f"{what} ({attempts} attempts in {seconds:.0f} s)" if attempts > 1 else what
    )
