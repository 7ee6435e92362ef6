# SPDX-License-Identifier: MIT
"""Fake servers, and many requests with what is kept of their answers."""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING, Any

from openai_realtime.api import Api
from openai_realtime.client.transport import httpx
from openai_realtime.errors import RealtimeError
from openai_realtime.request import SessionRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openai_realtime.client.engine import Engine
    from openai_realtime.client.reply import Reply


class RefusedError(RealtimeError):
    """What `digest` makes of an HTTP error."""


def digest(reply: Reply) -> str:
    """Return the session's instructions, which tell the rows apart."""
    if not reply.is_success:
        raise RefusedError(f"{reply.status} after {reply.attempts}")
    return str(json.loads(reply.text)["session"]["instructions"])


def ask(number: int, instructions: str = "") -> SessionRequest:
    """Return the request of a row."""
    session = {"type": "realtime", "instructions": instructions or f"row {number}"}
    return SessionRequest(Api.GA, "realtime/client_secrets", {"session": session})


def rows(count: int) -> list[SessionRequest]:
    """Return the requests of so many rows."""
    return [ask(number) for number in range(count)]


def run(
    engine: Engine[Any],
    requests: Iterable[Any],
    count: int | None = None,
    *,
    fail_fast: bool,
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


def find_workers() -> list[threading.Thread]:
    """Return the engine's threads that still run."""
    return [each for each in threading.enumerate() if each.name.startswith("openai-realtime")]


class OpenStream:
    """Stands for the network stream, and the socket, of a connection that stays open."""

    def get_extra_info(self, name: str) -> OpenStream | None:
        """Return the socket; say that there is no TLS."""
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


def get_row(request: httpx.Request) -> int:
    """Return the number of the row that a request is for."""
    return int(json.loads(request.content)["session"]["instructions"].split()[1])


class Server:
    """Answers with each of `answers` in turn, the last one for all that follow.

    An answer is a status, an error to raise, or a function that makes an answer of a request.
    """

    def __init__(
        self, *answers: int | Exception | Callable[[httpx.Request], httpx.Response]
    ) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return respond(answer) if isinstance(answer, int) else answer(request)


_numbers = itertools.count()


def mint(request: httpx.Request) -> httpx.Response:
    """Answer with a new secret and the request's session, as the API does, and stay connected."""
    secret = f"ek_{next(_numbers):08}abcdef"
    return respond(200, {"value": secret, **json.loads(request.content)}, kept=True)
