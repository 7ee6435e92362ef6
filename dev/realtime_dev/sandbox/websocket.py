# SPDX-License-Identifier: MIT
"""The first step of a session: `session.created` over WebSocket, an SDP answer over WebRTC."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocketDisconnect

from . import answers, errors, sdp
from .defaults import MAX_SESSION_LENGTH
from .middleware import CALL
from .request_kind import asks_for_beta, is_azure
from .store import SECRET_PREFIX, create_session_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection, Request
    from starlette.websockets import WebSocket

    from .store import Secret, Store

_PROTOCOL = "realtime"
# The close code of the API after an error event.
_CLOSED_BY_ERROR = 4000


@dataclass(frozen=True, slots=True)
class Connection:
    """Accepts clients with a client secret, or with the API key.

    `authenticate` raises a Refusal if the request does not have the API key, `check_model` if the
    model cannot be used.
    """

    store: Store
    authenticate: Callable[[HTTPConnection], None]
    check_model: Callable[..., None]

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
        if asks_for_beta(websocket):
            await _send_error(websocket, errors.refuse_beta())
            await websocket.close(_CLOSED_BY_ERROR, "invalid_request_error.beta_api_shape_disabled")
            return
        session["expires_at"] = int(self.store.clock()) + MAX_SESSION_LENGTH
        await websocket.send_json(_wrap_event("session.created", session=session))
        await _answer_until_disconnect(websocket)

    async def answer_call(self, request: Request) -> Response:
        """Answer the offer of a WebRTC client; the header Location has the address of the call."""
        self._open_session(request)
        media = request.headers.get("content-type", "")
        if not media.lower().startswith(sdp.MEDIA_TYPE):
            raise errors.refuse_media_type(media, sdp.MEDIA_TYPE)
        answer = sdp.answer_offer(request.scope[CALL].body)
        headers = {"location": f"{request.url.path}/rtc_{token_hex(16)}"}
        return Response(answer, 201, headers, sdp.MEDIA_TYPE)

    def _open_session(self, client: HTTPConnection) -> dict[str, Any]:
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
        return dict(secret.session)

    def _open_default(self, model: str | None, *, azure: bool) -> dict[str, Any]:
        wanted = {"type": "realtime"} | ({} if model is None else {"model": model})
        session = answers.draft_ga({"session": wanted}).session
        self.check_model(session["model"], azure=azure)
        session["id"] = create_session_id()
        return session


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


async def _answer_until_disconnect(websocket: WebSocket) -> None:
    unsupported = errors.Refusal(400, "The sandbox supports nothing after session.created.")
    try:
        while True:
            await websocket.receive_text()
            await _send_error(websocket, unsupported)
    except WebSocketDisconnect:
        return


async def _send_error(websocket: WebSocket, refusal: errors.Refusal) -> None:
    error = refusal.describe(azure=False)["error"] | {"event_id": None}
    await websocket.send_json(_wrap_event("error", error=error))


def _wrap_event(kind: str, **content: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"type": kind, "event_id": f"event_{token_hex(11)[:21]}", **content}
