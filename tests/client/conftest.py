# SPDX-License-Identifier: MIT
"""What the client gets from outside, replaced: time, jitter, transports; and a look for secrets."""

from __future__ import annotations

import json
import logging
import math
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import trustme

from client.batches import digest, find_workers
from openai_realtime.api import Api
from openai_realtime.client.attempts import Attempts
from openai_realtime.client.authentication import Authentication
from openai_realtime.client.clock import Clock
from openai_realtime.client.configuration import Configuration
from openai_realtime.client.connection import Connection
from openai_realtime.client.engine import Engine
from openai_realtime.client.pacing import Pacer
from openai_realtime.client.transport import TRANSPORT_ERRORS, Route, httpx
from openai_realtime.request import SessionRequest
from realtime_dev.sandbox import Sandbox

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from openai_realtime.client.reply import Reply

RESPONSES = Path(__file__).parents[1] / "data" / "responses"
# Without a prefix, so that nothing but care keeps it out of messages.
KEY = "kq7Vd2mXw9ZbT4nLsR8yCf3H"
PROXY_PASSWORD = "Hq8sLw2zPm"
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
PASSWORD = PROXY_PASSWORD
HIDDEN = (KEY, PASSWORD, "ek_scrubbed", "ek_abc123")

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


def read_response(stem: str) -> bytes:
    """Return a recorded body."""
    return (RESPONSES / f"{stem}.json").read_bytes()


def write_error(code: str | None, kind: str = "", param: str = "", message: str = "") -> bytes:
    """Return an error's body in OpenAI's envelope."""
    error = {"message": message or "Because.", "type": kind, "param": param or None, "code": code}
    return json.dumps({"error": error}).encode()


class FakeClock(Clock):
    """Time that passes only by waiting, or when a test moves `now`."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.waited = 0.0

    def monotonic(self) -> float:
        """Return the present."""
        return self.now

    def time(self) -> float:
        """Return the present as well."""
        return self.now

    def wait(self, event: threading.Event | threading.Condition, seconds: float) -> None:
        """Let time pass; other threads get a real moment."""
        if seconds < math.inf:
            self.waited += seconds
            self.now += seconds
        event.wait(0.001)


class QuickClock(Clock):
    """The real time, of which waits take a moment only."""

    def wait(self, event: threading.Event | threading.Condition, seconds: float) -> None:
        """Wait a moment."""
        event.wait(min(seconds, 0.01))


class RecordingAttempts(Attempts):
    """Keeps all lines about what is done, and tells of each."""

    def __init__(self, lines: list[str], *given: Any) -> None:
        self.lines = lines
        self.react: Callable[[str], None] = lambda _: None
        super().__init__(*given)

    def __setattr__(self, name: str, value: Any) -> None:
        """Look at the lines as they come."""
        super().__setattr__(name, value)
        if name == "activity" and value:
            self.lines.append(value)
            self.react(value)


@dataclass
class Sender:
    """One connection and the retry loop above it, without an engine."""

    attempts: RecordingAttempts
    pacer: Pacer
    connection: Connection
    request: SessionRequest

    def send(
        self,
        request: SessionRequest | None = None,
        react: Callable[[str], None] = lambda _: None,
        *,
        is_only_one: bool = True,
    ) -> Reply:
        """Send a request, by default a small one; return the last answer.

        `react` is called with the line about each step.
        """
        self.attempts.react = react
        self.attempts.is_single_run = is_only_one
        return self.attempts.send(request or self.request, self.connection)


class World:
    """What surrounds a client, and the clients themselves, which end with the test."""

    def __init__(self) -> None:
        self.key = KEY
        self.proxy_password = PROXY_PASSWORD
        self.clock = FakeClock()
        self.jitter = 0.0
        self.lines: list[str] = []
        self.request = SessionRequest(
            Api.GA, "realtime/client_secrets", {"session": {"type": "realtime"}}
        )
        self.authentication = Authentication("the credential 'key'", lambda: self.key)
        self.senders: list[Sender] = []

    def connect(
        self,
        handler: Callable[[httpx.Request], httpx.Response] | None,
        authentication: Authentication | None = None,
        **settings: Any,
    ) -> Sender:
        """Return what sends requests to `handler`, or through sockets if there is none."""
        settings = {"base_url": "https://api.example.com/v1", **settings}
        open_transport = handler and (lambda: httpx.MockTransport(handler))
        route = Route(Configuration(**settings), open_transport)
        headers = (authentication or self.authentication).fetch_headers()
        pacer = Pacer(1, None, self.clock)
        attempts = RecordingAttempts(
            self.lines, route, headers, pacer, self.clock, lambda: self.jitter
        )
        sender = Sender(attempts, pacer, Connection(route, self.clock), self.request)
        self.senders.append(sender)
        return sender

    def dial(self, url: str, **settings: Any) -> Sender:
        """Return what sends requests through sockets, and tries once by default."""
        return self.connect(None, None, base_url=url, **{"attempts": 1, **settings})

    def fail(self, kind: type[Exception], call: Callable[..., object], *arguments: Any) -> Any:
        """Return the `kind` of error that `call` ends with, after a look for secrets in it."""
        with pytest.raises(kind) as caught:
            call(*arguments)
        self.check(caught.value)
        return caught.value

    def check(self, error: BaseException) -> None:
        """Assert that neither an error nor anything behind it holds a secret or is httpx's."""
        chain = list(walk(error))
        assert not [each for each in chain if isinstance(each, TRANSPORT_ERRORS)]
        texts = ["".join(traceback.format_exception(error))]
        texts += [f"{each}{each!r}{each.args!r}{vars(each)!r}" for each in chain]
        for text in texts:
            assert not [secret for secret in HIDDEN if secret in text]
        assert len(str(error)) <= 300
        assert str(error).isprintable()


def walk(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that stands behind it, shown in tracebacks or not."""
    if error is not None:
        yield error
        yield from walk(error.__cause__)
        yield from walk(error.__context__)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the certificates of the computer that runs the tests."""
    for name in TRUST:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _discreet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Log everything there is, and see to it that no secret is among it."""
    caplog.set_level(logging.DEBUG)
    yield
    formatter = logging.Formatter()
    for record in caplog.get_records("call"):
        text = formatter.format(record)
        assert not [secret for secret in HIDDEN if secret in text], record.name


def await_end(is_over: Callable[[], bool]) -> None:
    """Wait until something has ended in other threads; fail if it does not."""
    for _ in range(3000):
        if is_over():
            return
        time.sleep(0.01)
    assert is_over()


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
        authentication: Authentication | None = None,
        digest: Callable[[Reply], Any] = digest,
        **options: Any,
    ) -> Engine[Any]:
        names = ("clock", "is_canceled", "open_transport")
        given = {name: options.pop(name) for name in names if name in options}
        if not isinstance(server, str):
            handler, server = server, "https://api.example.com/v1"
            given.setdefault("open_transport", lambda: httpx.MockTransport(handler))
        return Engine(
            Configuration(base_url=server, **options),
            authentication or Authentication("the credential 'key'", lambda: KEY),
            digest,
            in_flight=in_flight,
            **{"clock": QuickClock(), **given},
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
def identity(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write certificate and key of a server on loopback; names are those of the sandbox."""
    folder = tmp_path_factory.mktemp("server")
    certificate = authority.issue_cert("127.0.0.1")
    files = {"certfile": folder / "cert.pem", "keyfile": folder / "key.pem"}
    certificate.cert_chain_pems[0].write_to_path(str(files["certfile"]))
    certificate.private_key_pem.write_to_path(str(files["keyfile"]))
    return files


@pytest.fixture(scope="session")
def plain() -> Iterator[Sandbox]:
    """Provide a sandbox."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def secure(identity: dict[str, Path]) -> Iterator[Sandbox]:
    """Provide a sandbox behind TLS, whose authority nobody knows."""
    with Sandbox(**identity) as sandbox:  # type: ignore[arg-type]  # certfile and keyfile
        yield sandbox


@pytest.fixture(scope="session")
def key() -> str:
    """Provide the key that must not show up anywhere."""
    return KEY


@pytest.fixture(scope="session")
def count_files() -> Callable[[], int]:
    """Provide a function that counts the files and sockets that this process has open."""
    directory = Path("/dev/fd")
    return lambda: len(list(directory.iterdir())) if directory.exists() else 0
