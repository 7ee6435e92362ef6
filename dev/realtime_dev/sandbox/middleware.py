# SPDX-License-Identifier: MIT
"""Records every call, adds latency, and injects faults into the answers.

ASGI can neither reset a connection nor send fewer bytes than announced, so uvicorn's protocol is
extended: it passes its transport to the application.
"""

from __future__ import annotations

import json
import logging
import socket
import struct
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from .store import Call

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable
    from weakref import WeakSet

    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from uvicorn import Config
    from uvicorn.server import ServerState

    from .faults import Fault, Faults
    from .store import Store
    from .unscripted_faults import RandomFaults

TRANSPORT = "sandbox.transport"
CALL = "sandbox.call"
_HEADER_ENCODING = "latin-1"
_log = logging.getLogger(__name__)


class Protocol(H11Protocol):
    """uvicorn's HTTP protocol with the transport in each scope; `transports` collects them."""

    def __init__(
        self, config: Config, state: ServerState, transports: WeakSet[asyncio.WriteTransport]
    ) -> None:
        super().__init__(config, state, {})
        self._transports = transports

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Pass the transport to the application, and keep it so that the server can close it."""
        super().connection_made(transport)
        self._transports.add(transport)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - uvicorn's own types differ
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = app


@dataclass(frozen=True, slots=True, kw_only=True)
class Middleware:
    """The outermost application: records the call, waits, then injects a fault or calls the API."""

    app: ASGIApp
    store: Store
    faults: Faults
    random_faults: RandomFaults
    calls: list[Call]
    latency: float
    sleep: Callable[[float], Awaitable[object]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await _read_body(receive) if scope["type"] == "http" else b""
        call = Call(
            method=scope.get("method", "GET"),
            path=scope["path"],
            headers=self.store.mask_headers(scope["headers"]),
            body=_parse_json(body),
            status=None,
            at=self.store.clock(),
            query=self.store.mask(scope["query_string"].decode(_HEADER_ENCODING)),
        )
        self.calls.append(call)
        scope[CALL] = call
        recording_send = _record_status(call, send)
        if self.latency:
            await self.sleep(self.latency)
        fault = self._next_fault() if _is_minting(scope) else None
        try:
            if fault is None:
                await self.app(scope, receive, recording_send)
            else:
                await self._inject(fault, scope, receive, recording_send)
        except Exception:
            # A bug in the sandbox, which is not shown otherwise, because uvicorn's log is off.
            _log.exception("the sandbox failed at %s %s", call.method, call.path)
            raise

    def _next_fault(self) -> Fault | None:
        return self.faults.popleft() if self.faults else self.random_faults.next_fault()

    async def _inject(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.status is None and not fault.reset:
            start, content = await self._collect_answer(scope, receive)
        else:
            headers, content = fault.encode()
            start = {
                "type": "http.response.start",
                "status": fault.status,
                "headers": [(n.encode(), v.encode(_HEADER_ENCODING)) for n, v in headers.items()],
            }
        await self.sleep(fault.delay)
        transport = scope[TRANSPORT]
        if fault.reset:
            reset_transport(transport)
        else:
            await send(start)
            is_cut = fault.cut is not None
            body = content[: fault.cut]
            await send({"type": "http.response.body", "body": body, "more_body": is_cut})
            if not is_cut:
                return
            transport.close()
        # Before the client disconnects, returning would make uvicorn send an answer of its own.
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _collect_answer(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, collect)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


def reset_transport(transport: asyncio.WriteTransport) -> None:
    """Close a connection with RST instead of FIN."""
    # With SO_LINGER of zero seconds, close() discards unsent data and sends RST.
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


async def _read_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _record_status(call: Call, send: Send) -> Send:
    async def record(message: Message) -> None:
        kind = message["type"]
        if kind in ("http.response.start", "websocket.http.response.start"):
            call.status = message["status"]
            date = (b"date", formatdate(usegmt=True).encode())
            message = {**message, "headers": [*message["headers"], date]}
        elif kind == "websocket.accept":
            call.status = 101
        await send(message)

    return record


def _is_minting(scope: Scope) -> bool:
    is_post = scope["type"] == "http" and scope["method"] == "POST"
    return is_post and "/realtime/" in scope["path"] and not scope["path"].endswith("/calls")


def _parse_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # Not JSON: the call records the bytes.
        return body


def _refuse_constant(name: str) -> None:
    # Python accepts NaN and Infinity, which are not valid JSON.
    raise ValueError(f"{name} is not JSON")
