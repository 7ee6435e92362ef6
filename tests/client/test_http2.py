# SPDX-License-Identifier: MIT
"""HTTP/2 with a real server: hypercorn, which serves the sandbox's application."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from openai_realtime.client.batch import Batch
from openai_realtime.client.configuration import Configuration
from openai_realtime.errors import CanceledError, SettingsError, UnreachableError
from realtime_dev.sandbox import RawServer, Step, compose_answer

hypercorn = pytest.importorskip("hypercorn.asyncio")
config = pytest.importorskip("hypercorn.config")
pytest.importorskip("h2")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request


async def tell(request: Request) -> JSONResponse:
    """Answer with what arrived."""
    return JSONResponse(
        {"version": request.scope["http_version"], "body": (await request.body()).decode()}
    )


async def send_on(_: Request) -> RedirectResponse:
    """Redirect to the answer above."""
    return RedirectResponse("/v1/models", 307)


async def hold(_: Request) -> JSONResponse:
    """Let the client wait."""
    await asyncio.sleep(30)
    return JSONResponse({})


APP = Starlette(
    routes=[
        Route("/v1/realtime/client_secrets", tell, methods=["POST"]),
        Route("/v1/models", tell),
        Route("/on/models", send_on),
        Route("/slow/models", hold),
    ]
)


@pytest.fixture(scope="module")
def server(identity: dict[str, Path]) -> Iterator[str]:
    """Serve over TLS with HTTP/2 and 1.1; hand out the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = config.Config()
    settings.bind = [f"127.0.0.1:{port}"]
    settings.certfile, settings.keyfile = (str(path) for path in identity.values())
    settings.graceful_timeout = settings.shutdown_timeout = 0.1
    settings.loglevel = "CRITICAL"
    loop, ended = asyncio.new_event_loop(), asyncio.Event()

    def run() -> None:
        task = hypercorn.serve(APP, settings, shutdown_trigger=ended.wait)
        loop.run_until_complete(task)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run, name="hypercorn")
    thread.start()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.01)
    yield f"https://127.0.0.1:{port}"
    loop.call_soon_threadsafe(ended.set)
    thread.join()


@pytest.mark.parametrize(("http2", "version"), [(True, "2"), (False, "1.1")])
def test_speaks_the_version_that_is_set(
    world: Any, server: str, ca_file: Path, version: str, *, http2: bool
) -> None:
    """HTTP/2 is used where it is switched on, and only there."""
    client = world.dial(f"{server}/v1", ca_file=str(ca_file), http2=http2)
    for _ in range(2):
        reply = client.mint(world.request)
        assert reply.status == 200
        assert f'"version":"{version}"' in reply.text
        assert '\\"type\\": \\"realtime\\"' in reply.text


def test_many_requests_do_without(world: Any, server: str, ca_file: Path) -> None:
    """Many get connections of their own, because over one they can wait for each other for good."""
    configuration = Configuration(base_url=f"{server}/v1", ca_file=str(ca_file), http2=True)
    with Batch(configuration, world.authentication, lambda reply: reply.text, in_flight=2) as batch:
        found = batch.mint_all([world.request] * 2, fail_fast=True)
    assert ['"version":"1.1"' in str(text) for text in found] == [True, True]


def test_follows_redirects(world: Any, server: str, ca_file: Path) -> None:
    """What leads on within the server does so over HTTP/2."""
    reply = world.dial(f"{server}/on", ca_file=str(ca_file), http2=True).list_models()
    assert '"version":"2"' in reply.text


def test_is_canceled(
    world: Any, server: str, ca_file: Path, cancel_after: Callable[[Any, float], None]
) -> None:
    """Cancel ends the wait for an answer within 300 ms."""
    client = world.dial(f"{server}/slow", ca_file=str(ca_file), http2=True)
    cancel_after(world, 0.1)
    start = time.monotonic()
    world.fail(CanceledError, client.list_models)
    assert time.monotonic() - start < 0.4


def test_ends_at_the_deadline(world: Any, server: str, ca_file: Path) -> None:
    """The overall deadline holds for HTTP/2, too."""
    client = world.dial(f"{server}/slow", ca_file=str(ca_file), http2=True, deadline=0.2)
    start = time.monotonic()
    error = world.fail(UnreachableError, client.list_models)
    assert "did not answer within 0.2 s" in str(error)
    assert time.monotonic() - start < 0.5


def test_makes_do_with_less(world: Any) -> None:
    """Over http, or with a server that knows HTTP/1.1 only, the latter is spoken."""
    with RawServer([Step.READ, compose_answer(b"{}")]) as server:
        assert world.dial(server.url, http2=True).mint(world.request).status == 200
        assert b" HTTP/1.1\r\n" in server.requests[0]


def test_says_what_is_missing(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package h2 the setting is named, and what to do."""
    monkeypatch.setitem(sys.modules, "h2", None)
    error = world.fail(SettingsError, lambda: world.dial("http://127.0.0.1:1", http2=True))
    assert str(error) == (
        "Use HTTP/2: this needs the Python package h2, which is not installed. Switch it off."
    )
