# SPDX-License-Identifier: MIT
"""Time that tests move, fake servers, and many requests with what is kept of their answers."""

import itertools
import json
import math
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Self

from openai_realtime.api import Api
from openai_realtime.client.engine import Engine
from openai_realtime.client.pacing import Clock
from openai_realtime.client.reply import Reply
from openai_realtime.client.transport import httpx
from openai_realtime.errors import RealtimeError
from openai_realtime.request import SessionRequest

PATIENCE = 30.0
"""Seconds that one thread waits for another; only a test that fails waits so long."""


class FakeClock(Clock):
    """Time that passes only by waiting, or when a test moves `now`."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.waited = 0.0

    def monotonic(self) -> float:
        """Return the present."""
        return self.now

    def time(self) -> float:
        """Return the present as well."""
        return self.now

    def wait(self, event: threading.Event | threading.Condition, seconds: float) -> None:
        """Let time pass; other threads get a real moment."""
        if seconds < math.inf:
            self.waited += seconds
            self.now += seconds
        event.wait(0.001)


class QuickClock(Clock):
    """The real time, of which waits take a moment only."""

    def wait(self, event: threading.Event | threading.Condition, seconds: float) -> None:
        """Wait a moment."""
        event.wait(min(seconds, 0.01))


def await_end(is_over: Callable[[], bool]) -> None:
    """Wait until something has ended in other threads; fail if it does not."""
    for _ in range(int(PATIENCE * 100)):
        if is_over():
            return
        time.sleep(0.01)
    assert is_over()


def find_workers() -> list[threading.Thread]:
    """Return the engine's threads that still run."""
    return [each for each in threading.enumerate() if each.name.startswith("openai-realtime")]


class RefusedError(RealtimeError):
    """What `digest` makes of an HTTP error."""


def digest(reply: Reply) -> str:
    """Return the session's instructions, which tell the rows apart."""
    if not reply.is_success:
        raise RefusedError(f"{reply.status} after {reply.attempts}")
    return str(json.loads(reply.text)["session"]["instructions"])


def ask(number: int) -> SessionRequest:
    """Return the request of a row."""
    session = {"type": "realtime", "instructions": f"row {number}"}
    return SessionRequest(Api.GA, "realtime/client_secrets", {"session": session})


def rows(count: int) -> list[SessionRequest]:
    """Return the requests of so many rows."""
    return [ask(number) for number in range(count)]


def expect(count: int) -> list[str]:
    """Return the results of so many rows."""
    return [f"row {number}" for number in range(count)]


def get_row(request: httpx.Request) -> int:
    """Return the number of the row that a request is for."""
    return int(json.loads(request.content)["session"]["instructions"].split()[1])


def run(
    engine: Engine[Any],
    requests: Iterable[Any],
    count: int | None = None,
    *,
    fail_fast: bool = False,
    watch: Callable[[], object] = lambda: None,
) -> list[Any]:
    """Return what came of each request, in order; `count` is needed for an iterator.

    `watch` is called again and again meanwhile.
    """
    results: list[Any] = []
    requests = requests if count else list(requests)
    for chunk in engine.run(requests, count or len(requests), fail_fast=fail_fast):
        results += chunk
        watch()
    return results


class OpenStream:
    """Stands for the network stream, and the socket, of a connection that stays open."""

    def get_extra_info(self, name: str) -> Self | None:
        """Return the socket; say that there is no TLS and nothing to read."""
        return self if name == "socket" else None

    def fileno(self) -> int:
        """Return a number that a closed socket has not."""
        return 0


OPEN = OpenStream()


def respond(
    status: int = 200, content: Any = b"", *, kept: bool = False, **headers: str
) -> httpx.Response:
    """Return an answer as it comes from a connection, which is `kept` open or not.

    `content` is bytes, or anything else as JSON; in names of `headers` _ stands for -.
    """
    return httpx.Response(
        status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        stream=httpx.ByteStream(
            content if isinstance(content, bytes) else json.dumps(content).encode()
        ),
        extensions={"network_stream": OPEN} if kept else {},
    )


_numbers = itertools.count()


def mint(request: httpx.Request) -> httpx.Response:
    """Answer with a new secret and the request's session, as the API does, and stay connected."""
    secret = f"ek_{next(_numbers):08}abcdef"
    return respond(200, {"value": secret, **json.loads(request.content)}, kept=True)


Answer = Any
"""A status, an error to raise, or a function that makes an answer of a request."""


class Server:
    """Answers with each of `answers` in turn, the last one for all that follow."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return respond(answer) if isinstance(answer, int) else answer(request)


class Gate:
    """A server that holds requests back, from a row's on, until it is opened; a context manager."""

    def __init__(
        self, first: int, answer: Callable[[httpx.Request], httpx.Response] = mint
    ) -> None:
        self.opened = threading.Event()
        self.held: list[int] = []
        self._first, self._answer = first, answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if get_row(request) >= self._first:
            self.held.append(get_row(request))
            assert self.opened.wait(PATIENCE)
        return self._answer(request)


class Watch:
    """Counts how often the engine has looked at what only the calling thread may do."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> None:
        """Count; to be called after the engine has looked."""
        self.looks += 1

    def await_look(self) -> None:
        """Wait, in another thread, until a look has begun and ended."""
        seen = self.looks
        await_end(lambda: self.looks > seen + 1)
