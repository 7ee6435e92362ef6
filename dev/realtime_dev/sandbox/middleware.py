# SPDX-License-Identifier: MIT
"""Delivers answers, or what a fault makes of them, and records every call.

ASGI can neither reset a connection nor send fewer bytes than announced, so uvicorn's protocol is
extended to hand its transport to the application.
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
    from collections.abc import Awaitable, Callable, Sequence
    from weakref import WeakSet

    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from uvicorn import Config
    from uvicorn.server import ServerState

    from .faults import Fault, Faults
    from .store import Store

TRANSPORT = "sandbox.transport"
CALL = "sandbox.call"
_CHARSETLESS = "latin-1"
_log = logging.getLogger(__name__)


class Protocol(H11Protocol):
    """HTTP whose scopes carry the transport. `transports` are all that are still open."""

    def __init__(
        self, config: Config, state: ServerState, transports: WeakSet[asyncio.WriteTransport]
    ) -> None:
        super().__init__(config, state, {})
        self._transports = transports

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Keep the transport for the application and for the end of the server."""
        super().connection_made(transport)
        self._transports.add(transport)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - uvicorn's own types differ
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = app


@dataclass(frozen=True, slots=True, kw_only=True)
class Middleware:
    """The outermost application: records the call, waits, then lets a fault or the API answer."""

    app: ASGIApp
    store: Store
    faults: Faults
    fault_sources: Sequence[Callable[[], Fault | None]] = ()
    calls: list[Call]
    latency: float
    sleep: Callable[[float], Awaitable[object]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await _read_body(receive) if scope["type"] == "http" else b""
        call = Call(
            method=scope.get("method", "GET"),
            path=scope["path"],
            headers=self.store.mask(scope["headers"]),
            body=_parse(body),
            status=None,
            at=self.store.clock(),
            query=scope["query_string"].decode(_CHARSETLESS),
        )
        self.calls.append(call)
        scope[CALL] = call
        noting = _note_status(call, send)
        if self.latency:
            await self.sleep(self.latency)
        fault = self._find_fault() if _is_minting(scope) else None
        try:
            if fault is None:
                await self.app(scope, receive, noting)
            else:
                await self._spoil(fault, scope, receive, noting)
        except Exception:
            # A mistake of the sandbox itself, which uvicorn's silenced log would hide.
            _log.exception("the sandbox failed at %s %s", call.method, call.path)
            raise

    def _find_fault(self) -> Fault | None:
        if self.faults:
            return self.faults.popleft()
        found = (source() for source in self.unscripted_faults)
        return next((each for each in found if each is not None), None)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.status is None and not fault.reset:
            start, content = await self._ask(scope, receive)
        else:
            headers, content = fault.encode()
            start = {
                "type": "http.response.start",
                "status": fault.status,
                "headers": [(n.encode(), v.encode(_CHARSETLESS)) for n, v in headers.items()],
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
        # Returning earlier would make uvicorn answer something of its own.
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _ask(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


def reset_transport(transport: asyncio.WriteTransport) -> None:
    """Reset a connection: the peer gets RST instead of an orderly end."""
    # Lingering for zero seconds makes close() drop what is unsent and send RST.
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


def _note_status(call: Call, send: Send) -> Send:
    async def note(message: Message) -> None:
        kind = message["type"]
        if kind in ("http.response.start", "websocket.http.response.start"):
            call.status = message["status"]
            date = (b"date", formatdate(usegmt=True).encode())
            message = {**message, "headers": [*message["headers"], date]}
        elif kind == "websocket.accept":
            call.status = 101
        await send(message)

    return note


def _is_minting(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] == "POST" and "/realtime/" in scope["path"]


def _parse(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # Not JSON: the call keeps the bytes as they came.
        return body


def _refuse_constant(name: str) -> None:
    # Python reads NaN and Infinity, JSON does not know them.
    raise ValueError(f"{name} is not JSON")
