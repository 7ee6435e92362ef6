# SPDX-License-Identifier: MIT
"""Sends requests: with the key, again where that helps, and not a moment longer than wanted."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import httpx

from openai_realtime.client.clock import Clock, SystemClock
from openai_realtime.client.exchange import Sockets, run_watched, send
from openai_realtime.client.network import ConnectionFailedError, explain
from openai_realtime.client.retry import compute_delay, is_worth_retrying, read_wait
from openai_realtime.errors import CanceledError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from openai_realtime.client.authentication import Authentication
    from openai_realtime.client.configuration import Configuration
    from openai_realtime.client.reply import Reply
    from openai_realtime.request import SessionRequest

_PAUSE_STEP = 0.05
_SHORTEST_KEY = 8  # characters; below that it is no key but a word such as "none"


@dataclass(frozen=True)
class Surroundings:
    """What a client has from outside: time, chance, the cancel switch, the progress line."""

    clock: Clock = field(default_factory=SystemClock)
    chance: Callable[[], float] = random.random
    is_canceled: Callable[[], bool] = lambda: False
    report: Callable[[str], None] = lambda _: None


class Client:
    """A connection to one server; a context manager.

    `transport` replaces httpx's own, for tests. Construction raises CredentialError for a key
    that cannot be sent, UnreachableError for settings of proxy or certificates that cannot be
    used. The methods raise these, too: UnreachableError if no answer comes; and
    UnexpectedAnswerError for one without end, CanceledError on cancel.
    """

    def __init__(
        self,
        configuration: Configuration,
        authentication: Authentication,
        surroundings: Surroundings | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._configuration = configuration
        self._authentication = authentication
        self._surroundings = surroundings or Surroundings()
        self._sockets = Sockets()
        # The key is checked before anything is set up, so that nothing is sent for a wrong one.
        authentication.make_header()
        self._http = _make_http(configuration, transport)

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
        self._http.close()
        self._sockets.close()

    def mint(self, request: SessionRequest) -> Reply:
        """Send `request` and return the last answer, also if it is an HTTP error."""
        # Half a surrogate pair has no UTF-8; Python's escape for it is JSON's as well.
        content = json.dumps(request.body, ensure_ascii=False).encode(errors="backslashreplace")
        headers = {"Content-Type": "application/json", **request.headers}
        reply = self._send("POST", request.endpoint, headers, content)
        return replace(reply, secrets=(*reply.secrets, *filter(_is_long, request.secrets)))

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
            except ConnectionFailedError as error:
                failure = error
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

        line = self._sockets.follow()
        # Here and not in the worker, because a token is fetched from KNIME.
        name, secret = self._authentication.make_header()

        def work() -> Reply:
            request = self._http.build_request(
                method,
                url,
                content=content,
                headers={**headers, name: secret},
                extensions={"trace": line.trace},
            )
            return send(self._http, request)

        def watch() -> None:
            if self._surroundings.is_canceled():
                raise CanceledError
            if self._surroundings.clock.monotonic() >= end:
                raise ConnectionFailedError(
                    f"{host} did not answer within {self._configuration.deadline:g} s, which is "
                    "all the time that the configuration gives it.",
                    worth_retrying=False,
                )

        try:
            reply = run_watched(work, watch, line.cut)
            key = secret.removeprefix(self._authentication.prefix)
            return replace(reply, secrets=tuple(filter(_is_long, [key])))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            failure = explain(error, host, self._find_proxy(line.peer))
        finally:
            self._sockets.tidy()
        # Raised here, outside of the handler, so that httpx's exception, which holds the
        # request with its headers, is no part of the chain that KNIME logs.
        raise failure

    def _find_proxy(self, peer: tuple[str, int] | None) -> str:
        """Return host and port of the proxy, if that is what was connected to; else nothing."""
        url = urlsplit(self._configuration.base_url)
        port = url.port or (443 if url.scheme == "https" else 80)
        if peer is None or (peer[0].strip("[]"), peer[1]) == (url.hostname, port):
            return ""
        return f"{peer[0]}:{peer[1]}"

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
            f"Waiting {delay:.1f} s, attempt {attempt + 1} of {self._configuration.attempts}, "
            f"{reason}"
        )
        while (left := end - clock.monotonic()) > 0:
            if self._surroundings.is_canceled():
                raise CanceledError
            clock.sleep(min(left, _PAUSE_STEP))


def _is_long(secret: str) -> bool:
    return len(secret) >= _SHORTEST_KEY


def _make_http(configuration: Configuration, transport: httpx.BaseTransport | None) -> httpx.Client:
    headers = _make_headers(configuration)
    timeout = httpx.Timeout(configuration.read_timeout, connect=configuration.connect_timeout)
    try:
        return httpx.Client(transport=transport, timeout=timeout, headers=headers)
    except ImportError:
        problem = "The proxy is one for SOCKS, but only HTTP proxies can be used."
    except OSError:
        problem = "The certificates that SSL_CERT_FILE names cannot be read."
    except (httpx.InvalidURL, ValueError):
        problem = "The address of the proxy, or of an exception from it, cannot be used."
    # Outside of the handlers, because httpx quotes the address, which may hold a password.
    raise UnreachableError(f"{problem} See KNIME's network preferences.")


def _make_headers(configuration: Configuration) -> httpx.Headers:
    headers = httpx.Headers({"User-Agent": "openai-realtime-knime"})
    headers.update(configuration.headers)
    if configuration.organization:
        headers["OpenAI-Organization"] = configuration.organization
    if configuration.project:
        headers["OpenAI-Project"] = configuration.project
    return headers


def _describe_attempts(
    failure: ConnectionFailedError | None, attempts: int, seconds: float
) -> UnreachableError:
    what = "" if failure is None else str(failure)
    return UnreachableError(
        f"{what} ({attempts} attempts in {seconds:.0f} s)" if attempts > 1 else what
    )
