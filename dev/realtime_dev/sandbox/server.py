# SPDX-License-Identifier: MIT
"""Runs the sandbox: in a thread for tests, in the foreground for people."""

from __future__ import annotations

import asyncio
import secrets
import sys
import threading
import time
import weakref
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

import uvicorn

from .app import AZURE, OPENAI, Api, Options
from .defaults import DEPLOYMENTS
from .delivery import Delivery, Protocol
from .faults import Faults
from .raw import listen, stop_accepting
from .store import Store
from .troubles import Mishaps, RateLimit

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from .faults import Fault
    from .store import Call

_HOST = "127.0.0.1"
_PATIENCE = 10.0
_LAST_PORT = 65535
_FREE = "--port 0 takes any free one."


class Sandbox:
    """The Realtime secrets API on 127.0.0.1, as a context manager.

    `beta`: serve the beta routes, too. `models`: names to know besides OpenAI's own.
    `deployments`: the names that exist on Azure. `clock`: seconds since 1970, for the expiry of
    secrets. `latency`: seconds before every answer. `checks`: off for benchmarks, whose bodies
    are then taken on trust. `ahead`: places in bodies, as `session.audio.output.tempo`, where the
    API knows more than the openai package; see `Rules.check`. `certfile`, `keyfile` (PEM): serve
    https. `port`: 0 for any free one. `api_key`: the one key that is known; by default a random
    one. `limit`: so many requests are taken in each `window` of seconds, the others refused with
    429. `failing`: the share of requests that fail by chance, the same ones for the same `seed`.
    `sleep`: waits for so many seconds, in the server's event loop.

    While it runs: `base_url`, `azure_base_url`, `calls` (all requests, oldest first; may be
    cleared) and `faults` (what the next requests will suffer).
    """

    def __init__(
        self,
        *,
        beta: bool = True,
        models: Iterable[str] = (),
        deployments: Iterable[str] = DEPLOYMENTS,
        clock: Callable[[], float] = time.time,
        latency: float = 0.0,
        checks: bool = True,
        ahead: Iterable[str] = (),
        certfile: Path | None = None,
        keyfile: Path | None = None,
        port: int = 0,
        api_key: str | None = None,
        limit: int | None = None,
        window: float = 60.0,
        failing: float = 0.0,
        seed: int = 0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.api_key = api_key or f"sk-sandbox-{secrets.token_hex(16)}"
        self.faults = Faults()
        self.calls: list[Call] = []
        self._port = port
        self._scheme = "http" if certfile is None else "https"
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        store = Store(self.api_key, clock)
        troubles: list[Callable[[], Fault | None]] = []
        if limit is not None:
            troubles.append(RateLimit(limit, window, clock).find)
        if failing:
            troubles.append(Mishaps(failing, seed).find)
        options = Options(beta, frozenset(models), frozenset(deployments), checks, frozenset(ahead))
        delivery = Delivery(
            app=Api(store, options).build(),
            store=store,
            faults=self.faults,
            troubles=troubles,
            calls=self.calls,
            latency=latency,
            sleep=sleep,
        )
        self._server = _Server(delivery, certfile=certfile, keyfile=keyfile)

    @property
    def base_url(self) -> str:
        """The address of OpenAI's API, without a slash at its end."""
        return f"{self._scheme}://{_HOST}:{self._port}{OPENAI}"

    @property
    def azure_base_url(self) -> str:
        """The address of Azure's API, without a slash at its end."""
        return f"{self._scheme}://{_HOST}:{self._port}{AZURE}"

    def __enter__(self) -> Self:
        """Serve in a thread; return once connections are accepted."""
        listener = self._bind()
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="sandbox", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_PATIENCE):
            listener.close()
            raise RuntimeError("the sandbox did not start")
        return self

    def __exit__(self, *_: object) -> None:
        """Drop all connections and wait for the thread's end."""
        self._server.stop()
        if self._thread is not None:
            self._thread.join()

    def _bind(self) -> socket.socket:
        listener = listen(self._port)
        self._port = listener.getsockname()[1]
        return listener


def serve(port: int, ahead: Iterable[str] = ()) -> None:
    """Run a sandbox in the foreground until Ctrl-C; raise OSError when the port cannot be used.

    `ahead` is that of `Sandbox`.
    """
    if not 0 <= port <= _LAST_PORT:
        raise OSError(f"Port {port} does not exist: choose 1 to {_LAST_PORT}. {_FREE}")
    with ExitStack() as stack:
        try:
            sandbox = stack.enter_context(Sandbox(port=port, ahead=ahead))
        except OSError as error:
            raise OSError(f"Port {port} cannot be used: {error.strerror}. {_FREE}") from None
        sys.stdout.write(
            f"base URL  {sandbox.base_url}\n"
            f"on Azure  {sandbox.azure_base_url}\n"
            f"API key   {sandbox.api_key}\n"
            f"Try it:   curl --noproxy '*' {sandbox.base_url}/realtime/client_secrets "
            f"-H 'Authorization: Bearer {sandbox.api_key}' "
            "-H 'Content-Type: application/json' -d '{}'\n"
            "Ctrl-C stops it.\n"
        )
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


class _Server(uvicorn.Server):
    """uvicorn that tells when it is ready and that waits for nobody at its end."""

    def __init__(self, app: Delivery, *, certfile: Path | None, keyfile: Path | None) -> None:
        self.ready = threading.Event()
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        # A class of its own, as uvicorn makes the protocols by itself.
        protocol = type("BoundProtocol", (Protocol,), {"transports": self._transports})
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,
                # The other implementation is deprecated, and warnings are errors here.
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                ssl_certfile=certfile,
                ssl_keyfile=keyfile,
            )
        )

    def stop(self) -> None:
        """End the server soon; to be called from another thread."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def main_loop(self) -> None:
        """Do what is to be done ten times a second, until the end, which comes at once."""
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 0.1)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn's own would wait for clients and for answers under way.
        for listener in sockets or []:
            await stop_accepting(listener)
        for server in self.servers:
            server.close()
        for transport in list(self._transports):
            transport.abort()
        if tasks := list(self.server_state.tasks):
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_PATIENCE)
        # Aborted transports let go of their sockets in the loop's next round.
        await asyncio.sleep(0.01)
