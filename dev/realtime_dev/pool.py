# SPDX-License-Identifier: MIT
"""A connection pool without connections: a function stands in for all servers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import httpcore
import httpx

if TYPE_CHECKING:
    from collections.abc import Callable


class FakePool:
    """Lets `answer` answer all requests, in httpx's words, which are easy to write.

    Errors of httpcore's are to be raised as they are.
    """

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Return the answer, its body as servers send it."""
        sent = request.stream
        if not isinstance(sent, Iterable):
            raise TypeError("only requests of synchronous clients are answered")
        asked = httpx.Request(
            request.method.decode("ascii"),
            bytes(request.url).decode("ascii"),
            headers=request.headers,
            content=b"".join(sent),
            extensions=request.extensions,
        )
        answer = self._answer(asked)
        body = answer.stream
        if not isinstance(body, Iterable):
            raise TypeError("only synchronous answers are passed on")
        return httpcore.Response(
            answer.status_code, headers=answer.headers.raw, content=b"".join(body)
        )

    def close(self) -> None:
        """Do nothing: there is nothing to close."""
