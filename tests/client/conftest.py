# SPDX-License-Identifier: MIT
"""The client's parts with what they get from outside replaced, and a look for secrets."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trustme

from client.fakes import FakeClock, QuickClock, await_end, digest, find_workers
from openai_realtime.api import Api
from openai_realtime.client.attempts import Attempts
from openai_realtime.client.authentication import SecretHeader, fetch_headers
from openai_realtime.client.configuration import Configuration
from openai_realtime.client.connection import Connection
from openai_realtime.client.engine import Engine
from openai_realtime.client.pacing import Pacer
from openai_realtime.client.reply import Reply
from openai_realtime.client.transport import Route, httpx
from openai_realtime.request import SessionRequest
from realtime_dev.sandbox import Sandbox

# Without a prefix, so that nothing but care keeps it out of messages.
KEY = "kq7Vd2mXw9ZbT4nLsR8yCf3H"
PASSWORD = "Hq8sLw2zPm"
HIDDEN = (KEY, PASSWORD, "ek_scrubbed", "ek_abc123")
URL = "https://api.example.com/v1"
REQUEST = SessionRequest(Api.GA, "realtime/client_secrets", {"session": {"type": "realtime"}})

_Error = TypeVar("_Error", bound=Exception)


def catch(kind: type[_Error], call: Callable[..., object], *arguments: Any) -> _Error:
    """Return the `kind` of error that `call` ends with, after a look at it."""
    with pytest.raises(kind) as caught:
        call(*arguments)
    check(caught.value)
    return caught.value


def check(error: BaseException) -> None:
    """Assert that an error is one short line without a secret, and has no other behind it."""
    assert error.__cause__ is error.__context__ is None
    text = "".join(traceback.format_exception(error))
    text += f"{error!r}{error.args!r}{vars(error)!r}"
    assert not [secret for secret in HIDDEN if secret in text]
    assert len(str(error)) <= 300
    assert str(error).isprintable()


def write_error(code: str | None, kind: str = "", param: str = "", message: str = "") -> bytes:
    """Return an error's body in OpenAI's envelope."""
    error = {"message": message or "Because.", "type": kind, "param": param or None, "code": code}
    return json.dumps({"error": error}).encode()


def count_files() -> int:
    """Return how many files and sockets this process has open."""
    directory = Path("/dev/fd")
    return len(list(directory.iterdir())) if directory.exists() else 0


def bearer(fetch: Callable[[], str]) -> SecretHeader:
    """Return the header with the API key."""
    return SecretHeader("Authorization", "Bearer {password}", "the credential 'key'", fetch)


class Sender(Attempts):
    """The retry loop for the only request of a run, with its connection and without an engine.

    `lines` are those about its steps; `react` is called with each.
    """

    def __init__(
        self, route: Route, key: str, clock: FakeClock, jitter: Callable[[], float]
    ) -> None:
        self.lines: list[str] = []
        self.react: Callable[[str], None] = lambda _: None
        self.pacer = Pacer(1, None, clock)
        self.connection = Connection(route, clock)
        headers = fetch_headers([bearer(lambda: key)])
        super().__init__(route, headers, self.pacer, clock, jitter)
        self.is_single_run = True

    @property
    def activity(self) -> str:
        """The last line."""
        return self.lines[-1]

    @activity.setter
    def activity(self, line: str) -> None:
        if line:
            self.lines.append(line)
            self.react(line)

    def ask(self, request: SessionRequest = REQUEST) -> Reply:
        """Send a request, by default a small one; return the last answer."""
        return self.send(request, self.connection)


class World:
    """What surrounds a client, and the senders, whose connections end with the test."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.jitter = 0.0
        self.senders: list[Sender] = []

    def connect(
        self,
        handler: Callable[[httpx.Request], httpx.Response] | None,
        key: str = KEY,
        **settings: Any,
    ) -> Sender:
        """Return what sends requests to `handler`, or through sockets if there is none."""
        open_transport = handler and (lambda: httpx.MockTransport(handler))
        route = Route(Configuration(**{"base_url": URL, **settings}), open_transport)
        sender = Sender(route, key, self.clock, lambda: self.jitter)
        self.senders.append(sender)
        return sender

    def dial(self, url: str, **settings: Any) -> Sender:
        """Return what sends requests through sockets, and tries once by default."""
        return self.connect(None, **{"base_url": url, "attempts": 1, **settings})


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the certificates of the computer that runs the tests."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_secret_in_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Log everything at DEBUG, as KNIME does, and assert that no secret is among it."""
    caplog.set_level(logging.DEBUG)
    yield
    formatter = logging.Formatter()
    for record in caplog.get_records("call"):
        text = formatter.format(record)
        assert not [secret for secret in HIDDEN if secret in text], record.name


@pytest.fixture
def world() -> Iterator[World]:
    """Provide a world; afterwards, by pytest's warnings, no socket is left."""
    world = World()
    yield world
    for sender in world.senders:
        sender.connection.drop()
    world.senders.clear()


@pytest.fixture
def start() -> Iterator[Callable[..., Engine[str]]]:
    """Provide a function that opens an engine on a URL or a fake; no thread of it stays."""

    def open_engine(
        server: str | Callable[[httpx.Request], httpx.Response],
        in_flight: int = 8,
        *,
        fetch_key: Callable[[], str] = lambda: KEY,
        digest: Callable[[Reply], Any] = digest,
        is_canceled: Callable[[], bool] = lambda: False,
        clock: Any = None,
        **settings: Any,
    ) -> Engine[Any]:
        url = server if isinstance(server, str) else URL
        return Engine(
            Configuration(base_url=url, **settings),
            [bearer(fetch_key)],
            digest,
            in_flight=in_flight,
            is_canceled=is_canceled,
            clock=clock or QuickClock(),
            open_transport=None if url is server else lambda: httpx.MockTransport(server),
        )

    yield open_engine
    await_end(lambda: not find_workers())


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Create an authority that nobody trusts."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the authority's certificate to a file."""
    path = tmp_path_factory.mktemp("trust") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def plain() -> Iterator[Sandbox]:
    """Provide a sandbox."""
    with Sandbox(api_key=KEY) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def secure(authority: trustme.CA) -> Iterator[Sandbox]:
    """Provide a sandbox behind TLS, whose authority nobody knows."""
    with Sandbox(api_key=KEY, authority=authority) as sandbox:
        yield sandbox
