# SPDX-License-Identifier: MIT
"""The API's routes, below `/v1` and, as Azure has them, below `/openai/v1`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from . import answers, checks, errors
from .defaults import MODELS
from .delivery import CALL
from .websocket import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response

    from .answers import Body, Draft
    from .errors import Refusal, Violation
    from .store import Store

AZURE = "/openai/v1"
OPENAI = "/v1"
# Azure's deployments of these serve transcription only.
_WHISPERS = ("whisper", "transcribe")


@dataclass(frozen=True, slots=True)
class Options:
    """What can be chosen about the sandbox: see `Sandbox`."""

    beta: bool = True
    models: frozenset[str] = frozenset()
    deployments: frozenset[str] = frozenset()
    checks: bool = True
    ahead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mint:
    """A route that mints secrets: how it checks, what it answers, and where it exists."""

    path: str
    check: Callable[[object, frozenset[str]], Violation | None]
    draft: Callable[[Body], Draft]
    wrap: Callable[[Body, str, int], Body]
    beta: bool = False
    azure: bool = True


MINTS = (
    Mint("realtime/client_secrets", checks.check_ga, answers.draft_ga, answers.wrap_ga),
    Mint(
        "realtime/translations/client_secrets",
        checks.check_translation,
        answers.draft_translation,
        answers.wrap_translation,
        azure=False,
    ),
    Mint(
        "realtime/sessions",
        checks.check_beta,
        answers.draft_beta,
        answers.wrap_beta,
        beta=True,
    ),
    Mint(
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
                Route(f"{prefix}/{mint.path}", self._serve(mint), methods=["POST"])
                for mint in MINTS
                if mint.azure or prefix == OPENAI
            ]
            connection = Connection(self.store, self.identify, self.find_model)
            routes.append(WebSocketRoute(f"{prefix}/realtime", connection.serve))
        routes.append(WebSocketRoute(f"{OPENAI}/realtime/translations", connection.serve))
        handlers = {errors.Refusal: _answer_refusal, HTTPException: _answer_unrouted}
        return Starlette(routes=routes, exception_handlers=handlers)

    def identify(self, request: HTTPConnection) -> None:
        """Return if the request carries the API key; raise the 401 otherwise."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            key = request.headers.get("api-key", "") if is_azure(request) else ""
        if not key.strip():
            raise errors.refuse_keyless()
        if not self.store.knows(key.strip()):
            raise errors.refuse_key(key.strip())

    def find_model(self, name: str, *, azure: bool) -> None:
        """Return if there is such a model or, on Azure, deployment; raise the 404 otherwise."""
        options = self.options
        known = options.deployments if azure else MODELS.keys() | options.models
        if name not in known:
            raise errors.refuse_model(name)

    def _serve(self, mint: Mint) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            return self._mint(mint, request)

        return endpoint

    def _mint(self, mint: Mint, request: Request) -> Response:
        self.identify(request)
        if mint.beta:
            if not self.options.beta:
                raise errors.refuse_beta()
        elif asks_for_beta(request):
            raise errors.refuse_beta()
        body = self._check_body(mint, request)
        draft = mint.draft(body)
        if draft.session.get("model") is not None:
            self._check_model(draft.session["model"], azure=is_azure(request))
        secret = self.store.mint(draft)
        return _answer(mint.wrap(secret.session, secret.value, secret.expires_at))

    def _check_body(self, mint: Mint, request: Request) -> Body:
        body: Any = request.scope[CALL].body
        if not self.options.checks:
            return body if isinstance(body, dict) else {}
        media = request.headers.get("content-type", "")
        if media.partition(";")[0].strip().lower() != "application/json":
            raise errors.refuse_media_type(media)
        if isinstance(body, bytes):
            raise errors.refuse_text()
        violation = mint.check(body, self.options.ahead)
        if violation is not None:
            raise errors.refuse_violation(violation)
        found: Body = body
        return found

    def _check_model(self, name: str, *, azure: bool) -> None:
        self.find_model(name, azure=azure)
        if azure and any(mark in name for mark in _WHISPERS):
            raise errors.refuse_whisper()

    async def _list_models(self, request: Request) -> Response:
        self.identify(request)
        models: list[dict[str, Any]] = [
            _describe_model(name) | {"shutdown_date": date} for name, date in MODELS.items()
        ]
        names = self.options.deployments if is_azure(request) else self.options.models
        # Servers that are merely compatible have no dates at all.
        models += [_describe_model(name) for name in sorted(names - MODELS.keys())]
        return _answer({"object": "list", "data": models})


def is_azure(request: HTTPConnection) -> bool:
    """Tell whether the request came in below Azure's prefix."""
    return request.url.path.startswith(f"{AZURE}/")


def asks_for_beta(request: HTTPConnection) -> bool:
    """Tell whether the request carries the header that switches the beta API on."""
    values = request.headers.get("openai-beta", "").split(",")
    return any(value.strip() == "realtime=v1" for value in values)


def _describe_model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1756310470, "owned_by": "system"}


async def _answer_refusal(request: Request, refusal: Exception) -> Response:
    return _refuse(request, refusal)  # type: ignore[arg-type] # Starlette dispatches by type


async def _answer_unrouted(request: Request, reason: Exception) -> Response:
    not_allowed = 405
    wrong_method = getattr(reason, "status_code", None) == not_allowed
    make = errors.refuse_method if wrong_method else errors.refuse_url
    return _refuse(request, make(request.method, request.url.path))


def _refuse(request: HTTPConnection, refusal: Refusal) -> Response:
    return _answer(refusal.describe(azure=is_azure(request)), refusal.status)


def _answer(body: Mapping[str, Any], status: int = 200) -> Response:
    return JSONResponse(body, status, headers={"x-request-id": f"req_{uuid4().hex}"})
