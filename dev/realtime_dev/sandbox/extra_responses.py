# SPDX-License-Identifier: MIT
"""A server that mints over keep-alive connections and may send responses nobody asked for.

    with MintingServer(EXTRA_RESPONSES["doubled, 1 ms later"], every=3) as server:
        httpx.post(server.url, json={"session": {"type": "realtime", "instructions": "Hi."}})

Every third response is sent twice. `server.minted` maps each secret to the request it belongs to.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .answers import Body, draft_ga, wrap_ga
from .raw import StreamServer, compose_answer, read_request
from .server_events import create_id

_PLANTED: Body = {"session": {"type": "realtime", "instructions": "Planted."}}


@dataclass(frozen=True, slots=True)
class ExtraResponse:
    """Bytes that are sent after a response.

    `compose` makes them from the server, the request's body and the response. They are sent `pause`
    seconds after the response; if it is None, both are sent in one write.
    """

    compose: Callable[[MintingServer, Body, bytes], bytes]
    pause: float | None = None


class MintingServer(StreamServer):
    """Mints for each POST, with an extra response after every `every`th one; a context manager.

    `refuse` returns the bytes to send instead of the n-th response (from 1), or None to mint.
    `value` is the secret for all requests; by default each request gets a new one. With `close`
    each connection serves one request.

    `bodies` are the bodies of the requests, `minted` maps each secret to the body it was minted
    for, and `extra_sent` is the number of extra responses.
    """

    def __init__(
        self,
        extra: ExtraResponse | None = None,
        *,
        every: int = 1,
        refuse: Callable[[int], bytes | None] = lambda _: None,
        value: str = "",
        close: bool = False,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(ssl_context)
        self.bodies: list[Body] = []
        self.minted: dict[str, Body] = {}
        self.extra_sent = 0
        self._extra, self._every = extra, every
        self._refuse, self._value, self._close = refuse, value, close

    def mint(self, body: Body) -> bytes:
        """Return the response to a request, which repeats its settings."""
        draft = draft_ga(body)
        session = draft.session | {"id": create_id("sess")}
        return self._compose(wrap_ga(session, self._create_secret(body), _expire(draft.seconds)))

    def mint_bare(self) -> bytes:
        """Return a response without a session, whose secret was minted for no request."""
        return self._compose({"value": self._create_secret({}), "expires_at": _expire(600)})

    async def serve_connection(
        self, _: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer requests until the client disconnects."""
        while True:
            text = (await read_request(reader)).partition(b"\r\n\r\n")[2]
            self.bodies.append(json.loads(text))
            await self._answer(len(self.bodies), writer)
            if self._close:
                break

    async def _answer(self, number: int, writer: asyncio.StreamWriter) -> None:
        body = self.bodies[number - 1]
        answer = self._refuse(number) or self.mint(body)
        extra = self._extra
        if extra is None or number % self._every:
            writer.write(answer)
            return
        self.extra_sent += 1
        rest = extra.compose(self, body, answer)
        if extra.pause is None:
            writer.write(answer + rest)
        else:
            writer.write(answer)
            await asyncio.sleep(extra.pause)
            writer.write(rest)

    def _create_secret(self, body: Body) -> str:
        # The number makes the output of a failed test easier to read.
        value = self._value or f"ek_{len(self.minted)}_{secrets.token_hex(16)}"
        self.minted[value] = body
        return value

    def _compose(self, answer: Body) -> bytes:
        kept = {} if self._close else {"connection": "keep-alive"}
        return compose_answer(json.dumps(answer).encode(), headers=kept)


def _expire(seconds: int) -> int:
    return int(time.time()) + seconds


def _send(content: bytes) -> Callable[[MintingServer, Body, bytes], bytes]:
    return lambda *_: content


def _fail(status: str, body: bytes = b'{"error": {"message": "ExtraResponse."}}') -> bytes:
    return compose_answer(body, status=status, headers={"connection": "keep-alive"})


_AT_ONCE_OR_LATER: Mapping[str, Callable[[MintingServer, Body, bytes], bytes]] = {
    "doubled": lambda _server, _body, answer: answer,
    "minted twice": lambda server, body, _answer: server.mint(body),
    "planted": lambda server, *_: server.mint(_PLANTED),
    "408": _send(_fail("408 Request Timeout", b"")),
    "400": _send(_fail("400 Bad Request")),
    "204 with a body": _send(_fail("204 No Content")),
    "line end": _send(b"\r\n"),
    "junk": _send(b"surplus!"),
    "100": _send(b"HTTP/1.1 100 Continue\r\n\r\n"),
}

EXTRA_RESPONSES: Mapping[str, ExtraResponse] = {
    **{f"{name}, same packet": ExtraResponse(each) for name, each in _AT_ONCE_OR_LATER.items()},
    **{
        f"{name}, 1 ms later": ExtraResponse(each, 0.001)
        for name, each in _AT_ONCE_OR_LATER.items()
    },
    "doubled, 0 ms later": ExtraResponse(_AT_ONCE_OR_LATER["doubled"], 0.0),
    "doubled, 5 ms later": ExtraResponse(_AT_ONCE_OR_LATER["doubled"], 0.005),
    # Sent later, it could not be distinguished from the response to the next request.
    "planted without a session, same packet": ExtraResponse(lambda server, *_: server.mint_bare()),
}
