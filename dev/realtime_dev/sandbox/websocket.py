# SPDX-License-Identifier: MIT
"""The door of a session: who may open one, over WebSocket or with an SDP offer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocketDisconnect

from . import answers, errors
from .conversation import Conversation
from .defaults import MAX_SESSION_LENGTH
from .middleware import CALL
from .request_kind import asks_for_beta, get_media_type, is_azure
from .server_events import create_error, create_id
from .store import SECRET_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection, Request
    from starlette.websockets import WebSocket

    from .store import Secret, Store

_PROTOCOL = "realtime"
_MEDIA_TYPE = "application/sdp"
# The close code of the API after an error event.
_CLOSED_BY_ERROR = 4000


@dataclass(frozen=True, slots=True)
class Connection:
    """Accepts clients with a client secret, or with the API key.

    Calls over WebRTC need the package aiortc.

    `authenticate` raises a Refusal if the request does not have the API key, `check_model` if the
    model cannot be used. For `newer_paths` see `BodyRules.check`.
    """

    store: Store
    authenticate: Callable[[HTTPConnection], None]
    check_model: Callable[..., None]
    newer_paths: frozenset[str]

    async def serve(self, websocket: WebSocket) -> None:
        """Open a session until the client disconnects, or refuse the client with an HTTP status."""
        azure = is_azure(websocket)
        offered = websocket.scope["subprotocols"]
        try:
            session = self._open_session(websocket)
        except errors.Refusal as refusal:
            body = refusal.describe(azure=azure)
            await websocket.send_denial_response(JSONResponse(body, refusal.status))
            return
        await websocket.accept(subprotocol=_PROTOCOL if _PROTOCOL in offered else None)
        if _is_beta(websocket, session):
            await websocket.send_json(create_error(errors.refuse_beta()))
            await websocket.close(_CLOSED_BY_ERROR, "invalid_request_error.beta_api_shape_disabled")
            return
        conversation = Conversation(session, self.newer_paths)
        with suppress(WebSocketDisconnect):
            await websocket.send_json(conversation.open())
            while (message := await websocket.receive())["type"] != "websocket.disconnect":
                for event in conversation.answer(message.get("text") or message.get("bytes") or ""):
                    await websocket.send_json(event)
                    if event["type"] == "session.closed":
                        await websocket.close()
                        return

    async def answer_call(self, request: Request) -> Response:
        """Answer the offer of a WebRTC client; the header Location has the address of the call."""
        session = self._open_session(request)
        if _is_beta(request, session):
            raise errors.refuse_beta()
        media = get_media_type(request)
        if media != _MEDIA_TYPE:
            raise errors.refuse_media_type(media, _MEDIA_TYPE)
        body = request.scope[CALL].body
        offer = body.decode(errors="replace") if isinstance(body, bytes) else ""
        answer = await self._connect(session, offer)
        headers = {"location": f"{request.url.path}/{create_id('rtc')}"}
        return Response(answer, 201, headers, _MEDIA_TYPE)

    async def _connect(self, session: dict[str, Any], offer: str) -> str:
        try:
            from .webrtc import WebRtcCall  # noqa: PLC0415 - slow to import, and optional
        except ImportError:
            message = "The sandbox needs the package aiortc for calls: pip install aiortc"
            raise errors.Refusal(501, message) from None
        call = WebRtcCall(session, self.newer_paths)
        answer = await call.accept(offer)
        self.store.webrtc_calls.append(call)
        return answer

    def _open_session(self, client: HTTPConnection) -> dict[str, Any]:
        expires_at = int(self.store.clock()) + MAX_SESSION_LENGTH
        return self._find_session(client) | {"expires_at": expires_at}

    def _find_session(self, client: HTTPConnection) -> dict[str, Any]:
        model = client.query_params.get("model")
        value = _get_secret(client)
        if value is None:
            self.authenticate(client)
            return self._open_default(model, azure=is_azure(client))
        secret = self.store.find(value)
        route = "translations" if "/translations" in client.url.path else "realtime"
        if secret is None or secret.route != route:
            raise errors.refuse_secret()
        _check_secret_model(model, secret)
        return secret.session

    def _open_default(self, model: str | None, *, azure: bool) -> dict[str, Any]:
        wanted = {"type": "realtime"} | ({} if model is None else {"model": model})
        session = answers.draft_ga({"session": wanted}).session
        self.check_model(session["model"], azure=azure)
        session["id"] = create_id("sess")
        return session


def _is_beta(client: HTTPConnection, session: dict[str, Any]) -> bool:
    # Sessions of the beta API have no type.
    return asks_for_beta(client) or "type" not in session


def _get_secret(client: HTTPConnection) -> str | None:
    offered: list[str] = client.scope.get("subprotocols", [])
    if _PROTOCOL in offered:
        for name in offered:
            if name.startswith(SECRET_PREFIX):
                return name.removeprefix(SECRET_PREFIX)
    scheme, _, value = client.headers.get("authorization", "").partition(" ")
    return value if scheme.lower() == "bearer" and value.startswith("ek_") else None


def _check_secret_model(asked: str | None, secret: Secret) -> None:
    if asked is not None and secret.model is not None and asked != secret.model:
        raise errors.refuse_other_model(asked, secret.model)
