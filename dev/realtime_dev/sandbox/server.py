# SPDX-License-Identifier: MIT
"""Runs the sandbox, in a thread for tests or in the foreground for the command line."""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
import sys
import time
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.server import ServerState

from .app import Api, Options
from .defaults import DEFAULT_DEPLOYMENTS
from .faults import Faults
from .loopback import LoopbackServer
from .middleware import Middleware, Protocol
from .request_kind import AZURE, OPENAI
from .store import Call, Store
from .unscripted_faults import RandomFaults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    import trustme

_LAST_PORT = 65535
_HINT = "'realtime-session sandbox --port 0' takes any free port."
_CALLS = "Calls (WebRTC) need: pip install aiortc\n"
_TRUST = """\
CA file   {}
          Clients must trust it: set NODE_EXTRA_CA_CERTS (Node) or SSL_CERT_FILE (Python and
          others) to it, or enter it as CA file in OpenAI Realtime Configuration.
"""


class Sandbox(LoopbackServer):
    """The Realtime secrets API on 127.0.0.1, as a context manager.

    `models`: names of models to accept besides OpenAI's own.
    `deployments`: names of the deployments on Azure.
    `clock`: returns seconds since 1970, for the expiry of secrets.
    `latency`: seconds before every answer.
    `checks`: False accepts all bodies without a check.
    `newer_paths`: paths in bodies, such as `session.audio.output.tempo`, at which the API knows
    more than the openai package; see `BodyRules.check`.
    `authority`: serves https with a certificate of this authority.
    `port`: 0 for any free port.
    `api_key`: the only accepted key; random by default.
    `failing`: share of the requests that fail at random, always the same ones for the same `seed`.
    `sleep`: waits for a number of seconds, in the server's event loop.

    While it runs: `base_url` and `azure_base_url`, `calls` (all requests, oldest first; may be
    cleared) and `faults` (a queue of faults for the next requests).
    """

    def __init__(
        self,
        *,
        models: Iterable[str] = (),
        deployments: Iterable[str] = DEFAULT_DEPLOYMENTS,
        clock: Callable[[], float] = time.time,
        latency: float = 0.0,
        checks: bool = True,
        newer_paths: Iterable[str] = (),
        authority: trustme.CA | None = None,
        port: int = 0,
        api_key: str | None = None,
        failing: float = 0.0,
        seed: int = 0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        super().__init__(ssl_context=_create_context(authority), port=port)
        self.api_key = api_key or f"sk-sandbox-{secrets.token_hex(16)}"
        self.faults = Faults()
        self.calls: list[Call] = []
        self._store = store = Store(self.api_key, clock)
        options = Options(frozenset(models), frozenset(deployments), checks, frozenset(newer_paths))
        middleware = Middleware(
            app=Api(store, options).build(),
            store=store,
            faults=self.faults,
            random_faults=RandomFaults(failing, seed),
            calls=self.calls,
            latency=latency,
            sleep=sleep,
        )
        self._config = uvicorn.Config(
            middleware,
            # The default implementation is deprecated, and the tests turn warnings into errors.
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
        )

    @property
    def base_url(self) -> str:
        """The base URL of OpenAI's API, without a trailing slash."""
        return f"{self.url}{OPENAI}"

    @property
    def azure_base_url(self) -> str:
        """The base URL of Azure's API, without a trailing slash."""
        return f"{self.url}{AZURE}"

    async def open(self, listener: socket.socket) -> asyncio.Server:
        """Serve HTTP with uvicorn's protocol, but without its server."""
        state = ServerState()
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: Protocol(self._config, state, self.transports), sock=listener, ssl=self._ssl
        )

    async def close(self) -> None:
        """Hang up all calls over WebRTC."""
        await asyncio.gather(
            *(call.close() for call in self._store.webrtc_calls), return_exceptions=True
        )


def _create_context(authority: trustme.CA | None) -> ssl.SSLContext | None:
    if authority is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


def serve(port: int, newer_paths: Iterable[str] = (), *, tls: bool = False) -> None:
    """Run a sandbox in the foreground until Ctrl-C. Raises OSError if the port cannot be used.

    For `newer_paths` see `Sandbox`. With `tls` it serves https, and prints the path of a file with
    the certificate of its authority, which exists until then.
    """
    if not 0 <= port <= _LAST_PORT:
        raise OSError(f"Port {port} does not exist: choose 1 to {_LAST_PORT}. {_HINT}")
    with ExitStack() as stack:
        authority, trust, option = None, "", ""
        if tls:
            import trustme  # noqa: PLC0415 - slow to import

            authority = trustme.CA()
            ca_file = stack.enter_context(authority.cert_pem.tempfile())
            trust, option = _TRUST.format(ca_file), f"--cacert {ca_file} "
        try:
            sandbox = Sandbox(port=port, newer_paths=newer_paths, authority=authority)
            stack.enter_context(sandbox)
        except OSError as error:
            raise OSError(f"Port {port} cannot be used: {error.strerror}. {_HINT}") from None
        sys.stdout.write(
            f"base URL  {sandbox.base_url}\n"
            f"on Azure  {sandbox.azure_base_url}\n"
            f"API key   {sandbox.api_key}\n"
            f"{trust}"
            f"{'' if find_spec('aiortc') else _CALLS}"
            f"Try it:   curl --noproxy '*' {option}{sandbox.base_url}/realtime/client_secrets "
            f"-H 'Authorization: Bearer {sandbox.api_key}' "
            "-H 'Content-Type: application/json' -d '{}'\n"
            "Ctrl-C stops it.\n"
        )
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
