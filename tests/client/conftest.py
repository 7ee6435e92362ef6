# SPDX-License-Identifier: MIT
"""A world around the client: its own time, its own chance, and an eye on every secret."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from client.batches import digest, find_workers
from openai_realtime.api import Api
from openai_realtime.client.authentication import Authentication, use_bearer
from openai_realtime.client.batch import Batch
from openai_realtime.client.client import Client, Surroundings
from openai_realtime.client.configuration import Configuration
from openai_realtime.client.network import FAILURES
from openai_realtime.request import SessionRequest
from realtime_dev.pool import FakePool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

RESPONSES = Path(__file__).parents[1] / "data" / "responses"
# Without a prefix, so that nothing but care keeps it out of messages.
KEY = "kq7Vd2mXw9ZbT4nLsR8yCf3H"
PROXY_PASSWORD = "Hq8sLw2zPm"
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
HIDDEN = (KEY, PROXY_PASSWORD, "ek_scrubbed", "ek_abc123")


class FakeClock:
    """Time that passes only when somebody sleeps, or when a test moves `now`."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Return the present."""
        return self.now

    def time(self) -> float:
        """Return the present as well."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


class HastyClock:
    """The real time, but sleeping takes none."""

    def __init__(self) -> None:
        self.slept = 0.0

    def monotonic(self) -> float:
        """Return the present."""
        return time.monotonic() + self.slept

    def time(self) -> float:
        """Return the present."""
        return time.time() + self.slept

    def sleep(self, seconds: float) -> None:
        """Skip the time."""
        self.slept += seconds


class World:
    """What surrounds a client, and the clients themselves, which end with the test."""

    def __init__(self) -> None:
        self.key = KEY
        self.proxy_password = PROXY_PASSWORD
        self.clock = FakeClock()
        self.chance = 0.0
        self.is_canceled: Callable[[], bool] = lambda: False
        self.lines: list[str] = []
        self.clients: list[Client] = []

    @property
    def authentication(self) -> Authentication:
        """The ordinary one."""
        return use_bearer("the credential 'key'", lambda: self.key)

    @property
    def request(self) -> SessionRequest:
        """A small one."""
        return SessionRequest(Api.GA, "realtime/client_secrets", {"session": {"type": "realtime"}})

    def connect(
        self,
        handler: Callable[[httpx.Request], httpx.Response],
        authentication: Authentication | None = None,
        **settings: Any,
    ) -> Client:
        """Return a client whose requests go to `handler` and whose time is the fake clock."""
        settings = {"base_url": "https://api.example.com/v1", **settings}
        return self._keep(Configuration(**settings), authentication, self.clock, FakePool(handler))

    def dial(self, url: str, **settings: Any) -> Client:
        """Return a client with real sockets that tries once and skips its pauses."""
        settings = {"attempts": 1, "connect_timeout": 5.0, "read_timeout": 5.0, **settings}
        return self._keep(Configuration(base_url=url, **settings), None, HastyClock(), None)

    def fail(self, kind: type[Exception], call: Callable[..., object], *arguments: Any) -> Any:
        """Return the `kind` of error that `call` ends with, after a look for secrets in it."""
        with pytest.raises(kind) as caught:
            call(*arguments)
        self.check(caught.value)
        return caught.value

    def check(self, error: BaseException) -> None:
        """Assert that neither an error nor anything behind it holds a secret or is httpcore's."""
        chain = list(walk(error))
        assert not [each for each in chain if isinstance(each, FAILURES)]
        texts = ["".join(traceback.format_exception(error))]
        texts += [f"{each}{each!r}{each.args!r}{vars(each)!r}" for each in chain]
        for text in texts:
            assert not [secret for secret in HIDDEN if secret in text]
        assert len(str(error)) <= 300
        assert str(error).isprintable()

    def _look(self) -> bool:
        return self.is_canceled()

    def _keep(
        self,
        configuration: Configuration,
        authentication: Authentication | None,
        clock: Any,
        pool: FakePool | None,
    ) -> Client:
        surroundings = Surroundings(clock, lambda: self.chance, self._look, self.lines.append)
        client = Client(configuration, authentication or self.authentication, surroundings, pool)
        self.clients.append(client)
        return client


def walk(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that stands behind it, shown in tracebacks or not."""
    if error is not None:
        yield error
        yield from walk(error.__cause__)
        yield from walk(error.__context__)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the proxies and certificates of the computer that runs the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in TRUST:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _discreet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Log everything there is, and see to it that no secret is among it."""
    caplog.set_level(logging.DEBUG)
    yield
    formatter = logging.Formatter()
    for record in caplog.get_records("call"):
        text = formatter.format(record)
        assert not [secret for secret in HIDDEN if secret in text], record.name


@pytest.fixture
def world() -> Iterator[World]:
    """Hand out a world; afterwards no thread and, by pytest's warnings, no socket is left."""
    world = World()
    yield world
    for client in world.clients:
        client.close()
    world.clients.clear()
    end = time.monotonic() + 2
    while (left := find_workers()) and time.monotonic() < end:
        time.sleep(0.01)
    assert not left


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Make an authority that nobody trusts."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write down the authority's certificate."""
    path = tmp_path_factory.mktemp("trust") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def identity(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write down certificate and key of a server on loopback; names are those of the sandbox."""
    folder = tmp_path_factory.mktemp("server")
    certificate = authority.issue_cert("127.0.0.1")
    files = {"certfile": folder / "cert.pem", "keyfile": folder / "key.pem"}
    certificate.cert_chain_pems[0].write_to_path(str(files["certfile"]))
    certificate.private_key_pem.write_to_path(str(files["keyfile"]))
    return files


@pytest.fixture(scope="session")
def key() -> str:
    """Hand out the key that must not show up anywhere."""
    return KEY


@pytest.fixture(scope="session")
def load() -> Callable[[str], bytes]:
    """Hand out a function from a file's stem to a recorded body."""
    return lambda stem: (RESPONSES / f"{stem}.json").read_bytes()


@pytest.fixture(scope="session")
def write_error() -> Callable[..., bytes]:
    """Hand out a function that writes an error's body in OpenAI's envelope."""

    def write(
        code: str | None, kind: str = "", param: str | None = None, message: str = ""
    ) -> bytes:
        error = {"message": message or "Because.", "type": kind, "param": param, "code": code}
        return json.dumps({"error": error}).encode()

    return write


@pytest.fixture(scope="session")
def count_files() -> Callable[[], int]:
    """Hand out a function that counts the files and sockets that this process has open."""
    directory = Path("/dev/fd")
    return lambda: len(list(directory.iterdir())) if directory.exists() else 0


@pytest.fixture
def cancel_after() -> Iterator[Callable[[World, float], None]]:
    """Hand out a function that presses Cancel in some seconds."""
    timers: list[threading.Timer] = []

    def start(world: World, seconds: float) -> None:
        pressed = threading.Event()
        world.is_canceled = pressed.is_set
        timers.append(threading.Timer(seconds, pressed.set))
        timers[-1].start()

    with contextlib.ExitStack() as stack:
        yield start
        for timer in timers:
            stack.callback(timer.join)


@pytest.fixture
def start(key: str) -> Iterator[Callable[..., Batch[str]]]:
    """Hand out a function that makes a batch; afterwards no thread of it is left."""

    def make(url: str, in_flight: int = 8, **options: Any) -> Batch[str]:
        settings = {"attempts": 3, "read_timeout": 10.0, **options.pop("settings", {})}
        return Batch(
            Configuration(base_url=url, **settings),
            options.pop("authentication", use_bearer("the credential 'key'", lambda: key)),
            options.pop("digest", digest),
            in_flight=in_flight,
            **options,
        )

    yield make
    end = time.monotonic() + 2
    while (left := find_workers()) and time.monotonic() < end:
        time.sleep(0.01)
    assert left == []
