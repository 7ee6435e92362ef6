# SPDX-License-Identifier: MIT
"""The routes of the API: OpenAI's below `/v1`, Azure's below `/openai/v1`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from . import answers, checks, errors
from .defaults import MODELS, OTHER_MODELS
from .middleware import CALL
from .request_kind import AZURE, OPENAI, asks_for_beta, get_media_type, is_azure
from .websocket import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response

    from .answers import Body, Draft
    from .errors import Refusal, Violation
    from .store import Store

# Azure answers an internal error if `session.model` names a deployment of such a model.
_TRANSCRIPTION_MODELS = ("whisper", "transcribe")
_OTHER_MODELS = (*_TRANSCRIPTION_MODELS, "gpt-live-")
# Web pages of any origin may call the API.
_ANY = ["*"]
_CORS = Middleware(
    CORSMiddleware,
    allow_origins=_ANY,
    allow_methods=_ANY,
    allow_headers=_ANY,
    expose_headers=["Location"],
)


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the sandbox; see `Sandbox`."""

    models: frozenset[str] = frozenset()
    deployments: frozenset[str] = frozenset()
    checks: bool = True
    newer_paths: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MintRoute:
    """A route that mints secrets: path, check of the body, answer, and the APIs that have it."""

    path: str
    check: Callable[[object, frozenset[str]], Violation | None]
    draft: Callable[[Body], Draft]
    wrap: Callable[[Body, str, int], Body]
    beta: bool = False
    azure: bool = True


MINT_ROUTES = (
    MintRoute("realtime/client_secrets", checks.check_ga, answers.draft_ga, answers.wrap_ga),
    MintRoute(
        "realtime/translations/client_secrets",
        checks.check_translation,
        answers.draft_translation,
        answers.wrap_translation,
        azure=False,
    ),
    MintRoute(
        "realtime/sessions",
        checks.check_beta,
        answers.draft_beta,
        answers.wrap_beta,
        beta=True,
    ),
    MintRoute(
        "realtime/transcription_sessions",
        checks.check_beta_transcription,
        answers.draft_beta_transcription,
        answers.wrap_beta,
        beta=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Api:
    """The API as an ASGI application."""

    store: Store
    options: Options

    def build(self) -> Starlette:
        """Return the application with all routes of both providers."""
        routes: list[Route | WebSocketRoute] = []
        for prefix in (OPENAI, AZURE):
            routes.append(Route(f"{prefix}/models", self._list_models, methods=["GET"]))
            routes += [
                Route(f"{prefix}/{route.path}", self._serve(route), methods=["POST"])
                for route in MINT_ROUTES
                if route.azure or prefix == OPENAI
            ]
        connection = Connection(
            self.store, self.authenticate, self.check_model, self.options.newer_paths
        )
        for path in (f"{OPENAI}/realtime", f"{OPENAI}/realtime/translations", f"{AZURE}/realtime"):
            routes.append(WebSocketRoute(path, connection.serve))
            routes.append(Route(f"{path}/calls", connection.answer_call, methods=["POST"]))
        handlers = {errors.Refusal: _answer_refusal, HTTPException: _answer_unknown_url}
        return Starlette(routes=routes, exception_handlers=handlers, middleware=[_CORS])

    def authenticate(self, request: HTTPConnection) -> None:
        """Check that the request has the API key. Raises the Refusal 401."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            key = request.headers.get("api-key", "") if is_azure(request) else ""
        if not key.strip():
            raise errors.refuse_missing_key()
        if not self.store.is_api_key(key.strip()):
            raise errors.refuse_key(key.strip())

    def check_model(self, name: str, *, azure: bool) -> None:
        """Check that the model or, on Azure, the deployment can be used. Raises the Refusal."""
        options = self.options
        known = options.deployments if azure else MODELS.keys() | options.models
        if name not in known:
            raise errors.refuse_model(name)
        if azure and any(part in name for part in _TRANSCRIPTION_MODELS):
            raise errors.refuse_transcription_deployment()
        if name in MODELS and any(part in name for part in _OTHER_MODELS):
            raise errors.refuse_model_of_other_api(name)

    def _serve(self, route: MintRoute) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            return self._mint(route, request)

        return endpoint

    def _mint(self, route: MintRoute, request: Request) -> Response:
        self.authenticate(request)
        if asks_for_beta(request) and not route.beta:
            raise errors.refuse_beta()
        body = self._check_body(route, request)
        draft = route.draft(body)
        if draft.session.get("model") is not None:
            self.check_model(draft.session["model"], azure=is_azure(request))
        secret = self.store.mint(draft)
        return _answer(route.wrap(secret.session, secret.value, secret.expires_at))

    def _check_body(self, route: MintRoute, request: Request) -> Body:
        body: Any = request.scope[CALL].body
        if not self.options.checks:
            return body if isinstance(body, dict) else {}
        media = get_media_type(request)
        if media != "application/json":
            raise errors.refuse_media_type(media)
        if isinstance(body, bytes):
            raise errors.refuse_invalid_json()
        violation = route.check(body, self.options.newer_paths)
        if violation is not None:
            raise errors.refuse_violation(violation)
        found: Body = body
        return found

    async def _list_models(self, request: Request) -> Response:
        self.authenticate(request)
        models: list[dict[str, Any]] = [
            _describe_model(name) | {"shutdown_date": date}
            for name, date in (MODELS | OTHER_MODELS).items()
        ]
        # Compatible servers have no shutdown dates, and Azure does not list deployments.
        names = frozenset() if is_azure(request) else self.options.models
        models += [_describe_model(name) for name in sorted(names - MODELS.keys())]
        return _answer({"object": "list", "data": models})


def _describe_model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1756310470, "owned_by": "system"}


async def _answer_refusal(request: Request, refusal: Exception) -> Response:
    return _refuse(request, refusal)  # type: ignore[arg-type] # Starlette dispatches by type


async def _answer_unknown_url(request: Request, reason: Exception) -> Response:
    not_allowed = 405
    wrong_method = getattr(reason, "status_code", None) == not_allowed
    make = errors.refuse_method if wrong_method else errors.refuse_url
    return _refuse(request, make(request.method, request.url.path))


def _refuse(request: HTTPConnection, refusal: Refusal) -> Response:
    return _answer(refusal.describe(azure=is_azure(request)), refusal.status)


def _answer(body: Mapping[str, Any], status: int = 200) -> Response:
    return JSONResponse(body, status, headers={"x-request-id": f"req_{uuid4().hex}"})
