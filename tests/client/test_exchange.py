# SPDX-License-Identifier: MIT
"""One exchange over real sockets: its bounds, its end, and what the server sees of it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openai_realtime.answer import read_answer
from openai_realtime.client.authentication import use_api_key
from openai_realtime.client.classification import classify
from openai_realtime.client.client import Client
from openai_realtime.client.configuration import Configuration, Provider
from openai_realtime.client.exchange import POLL, SIZE_LIMIT, run_watched
from openai_realtime.client.reply import Reply
from openai_realtime.errors import (
    CanceledError,
    CredentialError,
    UnexpectedAnswerError,
    UnreachableError,
)
from realtime_dev.sandbox import Fault, RawServer, Sandbox, Step, compose_answer, faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RESPONSES = sorted((Path(__file__).parents[1] / "data" / "responses").glob("*.json"))
ANSWERS = [path for path in RESPONSES if "_REQUEST" not in path.name]


@pytest.fixture(scope="module")
def sandbox(key: str) -> Iterator[Sandbox]:
    """Serve the API."""
    with Sandbox(api_key=key) as sandbox:
        yield sandbox


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Hand out a socket that listens; the system connects clients although nobody accepts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def get_url(listener: socket.socket, scheme: str = "http") -> str:
    """Return the address of a listening socket."""
    return f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"


def find_status(path: Path) -> int:
    """Return the status in a file's name; 200 for one without."""
    return next((int(part) for part in path.stem.split("_") if part.isdigit()), 200)


def accept(listener: socket.socket, seconds: float = 1.0) -> bytes:
    """Return what a connected client sends until it leaves; fail if it stays longer."""
    listener.settimeout(seconds)
    connection, _ = listener.accept()
    received = b""
    with connection:
        connection.settimeout(seconds)
        # A reset is an end as well.
        with suppress(ConnectionError):
            while piece := connection.recv(65536):
                received += piece
    return received


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_delivers_recorded_bodies(world: Any, path: Path) -> None:
    """Each recorded answer arrives byte by byte with its status, and is understood."""
    body, status = path.read_bytes(), find_status(path)
    headers = {"X-Request-ID": "req_42"}
    with RawServer(
        [Step.READ, compose_answer(body, status=f"{status} Some", headers=headers)]
    ) as server:
        reply = world.dial(server.url).mint(world.request)
    assert (reply.status, reply.content, reply.request_id) == (status, body, "req_42")
    assert (reply.attempts, reply.is_success) == (1, status == 200)
    if reply.is_success:
        assert read_answer(reply.text).value.startswith("ek_")
    else:
        world.check(classify(reply, "it", lambda _: ""))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}",
        b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        compose_answer(gzip.compress(b"{}"), headers={"content-encoding": "gzip"}),
        compose_answer(gzip.compress(b"{}"), headers={"content-encoding": "identity, X-GZip"}),
        compose_answer(
            gzip.compress(zlib.compress(b"{}")), headers={"content-encoding": "deflate, gzip"}
        ),
        compose_answer(zlib.compress(b"{}", wbits=-15), headers={"content-encoding": "deflate"}),
        compose_answer(b"{}", headers={"content-encoding": "of our own"}),
    ],
)
def test_understands_http(world: Any, answer: bytes) -> None:
    """Old, chunked, compressed and lengthless answers are read as well."""
    with RawServer([Step.READ, answer]) as server:
        reply = world.dial(server.url).mint(world.request)
    assert (reply.status, reply.text) == (200, "{}")


def test_works_with_the_api(world: Any, sandbox: Sandbox) -> None:
    """The sandbox, which knows nothing of us, mints a secret, lists models and sees no beta."""
    sandbox.faults.add(faults.limit_rate(0.01, tell="ms"), faults.reset())
    client = world.dial(sandbox.base_url, attempts=3, organization="org-1")
    reply = client.mint(world.request)
    assert (reply.status, reply.attempts) == (200, 3)
    assert read_answer(reply.text).value.startswith("ek_")
    assert client.list_models().status == 200
    call = sandbox.calls[-2]
    assert call.body == world.request.body
    assert call.headers["authorization"] == "Bearer <known>"
    assert call.headers["openai-organization"] == "org-1"
    assert "openai-beta" not in call.headers


def test_works_with_azure(world: Any, sandbox: Sandbox) -> None:
    """Azure takes the key in its own header."""
    authentication = use_api_key("it", lambda: sandbox.api_key)
    configuration = Configuration(provider=Provider.AZURE, base_url=sandbox.azure_base_url)
    with Client(configuration, authentication) as client:
        assert client.mint(world.request).status == 200
        assert client.list_models().status == 200
    assert sandbox.calls[-1].headers["api-key"] == "<known>"


def test_hears_of_a_wrong_key(world: Any, sandbox: Sandbox) -> None:
    """A key that the server does not know is an answer, and the credential's fault."""
    world.key = "another-key-of-no-use"
    reply = world.dial(sandbox.base_url).list_models()
    error = classify(reply, "the credential 'key'", lambda _: "")
    world.check(error)
    assert isinstance(error, CredentialError)


def test_keeps_connections(world: Any, sandbox: Sandbox, count_files: Callable[[], int]) -> None:
    """Requests in a row share a connection; what the server closes is let go of."""
    client = world.dial(sandbox.base_url)
    before = count_files()
    for _ in range(5):
        client.list_models()
    # The client's end and the server's.
    assert count_files() <= before + 2
    with RawServer([Step.READ, compose_answer(b"{}")]) as server:
        client = world.dial(server.url)
        client.list_models()
        before = count_files()
        for _ in range(20):
            client.list_models()
        assert server.connections == 21
        assert count_files() <= before + 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cancels_a_silent_server(
    world: Any, listener: socket.socket, cancel_after: Callable[..., None], scheme: str
) -> None:
    """Cancel ends waiting for headers or TLS at once, and the connection with it."""
    client = world.dial(get_url(listener, scheme))
    cancel_after(world, 0.1)
    start = time.monotonic()
    world.fail(CanceledError, client.mint, world.request)
    assert time.monotonic() - start < 0.1 + 0.3
    # The client is still open: it is Cancel that has ended the connection.
    assert accept(listener, 0.3)


def test_cancels_a_slow_body(world: Any, cancel_after: Callable[..., None]) -> None:
    """Cancel ends reading a body that drips."""
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"
    drops = [piece for _ in range(200) for piece in (b"x", 0.02)]
    with RawServer([Step.READ, head, *drops]) as server:
        client = world.dial(server.url)
        cancel_after(world, 0.1)
        start = time.monotonic()
        world.fail(CanceledError, client.mint, world.request)
        assert time.monotonic() - start < 0.1 + 0.3


def test_cancels_while_it_connects(world: Any, cancel_after: Callable[..., None]) -> None:
    """Cancel does not wait for a connection that nobody accepts, nor is one left behind."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, fill(full):
        client = world.dial(get_url(full), connect_timeout=0.4)
        cancel_after(world, 0.1)
        start = time.monotonic()
        world.fail(CanceledError, client.mint, world.request)
        assert time.monotonic() - start < 0.1 + 0.3


def test_names_a_host_that_does_not_accept(world: Any) -> None:
    """A connection that is not made in time is told from an answer that does not come."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, fill(full):
        client = world.dial(get_url(full), connect_timeout=0.2)
        error = world.fail(UnreachableError, client.mint, world.request)
    assert "could not be connected to in time" in str(error)


class fill:  # noqa: N801 - reads as a verb in with
    """Connect until the listener's queue is full, so that the next one has to wait."""

    def __init__(self, listener: socket.socket) -> None:
        self.address = listener.getsockname()
        self.sockets: list[socket.socket] = []

    def __enter__(self) -> None:
        for _ in range(8):
            each = socket.socket()
            each.setblocking(False)  # noqa: FBT003 - its only argument
            self.sockets.append(each)
            each.connect_ex(self.address)
        time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        for each in self.sockets:
            each.close()


def test_refuses_endless_bodies(world: Any, listener: socket.socket) -> None:
    """A body above the limit is not read to its end, and the server is rid of the client."""
    sent: list[int] = []
    refused = threading.Event()

    def flood() -> None:
        connection, _ = listener.accept()
        with connection, suppress(ConnectionError, TimeoutError):
            connection.settimeout(2)
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(1000):
                connection.sendall(b"x" * 65536)
                sent.append(65536)
        refused.set()

    thread = threading.Thread(target=flood)
    thread.start()
    client = world.dial(get_url(listener), attempts=3)
    error = world.fail(UnexpectedAnswerError, client.mint, world.request)
    # The client is still open.
    assert refused.wait(1)
    thread.join()
    assert str(error).startswith("The server's answer is larger than 4 MB")
    assert error.status == 200
    assert SIZE_LIMIT <= sum(sent) < 32 * 1024 * 1024
    assert len(world.lines) == 1


def test_takes_bodies_up_to_the_limit(world: Any) -> None:
    """The limit itself is allowed, also where it is compressed; a byte more is not."""
    body = b" " * SIZE_LIMIT
    packed = compose_answer(gzip.compress(body + b" ", 1), headers={"content-encoding": "gzip"})
    with RawServer([Step.READ, compose_answer(body)], [Step.READ, packed]) as server:
        client = world.dial(server.url)
        assert len(client.mint(world.request).content) == SIZE_LIMIT
        world.fail(UnexpectedAnswerError, client.mint, world.request)


def test_a_dripping_body_ends_at_the_deadline(world: Any, sandbox: Sandbox) -> None:
    """A body that comes in drops, each in time, still has to be there by the deadline."""
    sandbox.faults.add(faults.drip_body(0.05))
    client = world.dial(sandbox.base_url, deadline=0.3, attempts=3)
    start = time.monotonic()
    error = world.fail(UnreachableError, client.mint, world.request)
    assert time.monotonic() - start < 0.3 + 0.3
    assert "did not answer within 0.3 s" in str(error)
    # The same client can be used again.
    assert client.mint(world.request).status == 200


def test_slow_headers_run_into_the_timeout(world: Any, sandbox: Sandbox) -> None:
    """A server that says nothing for too long is left, and asked once more."""
    sandbox.faults.add(Fault(delay=1.0))
    client = world.dial(sandbox.base_url, read_timeout=0.2, attempts=2)
    reply = client.mint(world.request)
    assert (reply.status, reply.attempts) == (200, 2)
    assert "no answer" in world.lines[1]


def test_watches_before_and_while_it_works() -> None:
    """The watch comes before the work and then again and again until its end."""
    looks: list[bool] = []
    started = threading.Event()

    def work() -> Reply:
        started.set()
        time.sleep(POLL * 3)
        return Reply(200, {}, b"")

    reply = run_watched(work, lambda: looks.append(started.is_set()), lambda: None)
    assert reply.status == 200
    assert looks[0] is False
    assert looks.count(True) >= 1


def test_passes_on_what_work_raises(world: Any) -> None:
    """An error of the work reaches the caller as it is."""

    def work() -> Reply:
        raise UnreachableError("gone")

    assert (
        str(world.fail(UnreachableError, run_watched, work, lambda: None, lambda: None)) == "gone"
    )


def test_works_at_nothing_when_stopped_before(world: Any) -> None:
    """A watch that raises at once prevents the work."""
    done: list[str] = []

    def watch() -> None:
        raise CanceledError

    def work() -> Reply:
        done.append("work")
        return Reply(200, {}, b"")

    world.fail(CanceledError, run_watched, work, watch, lambda: done.append("interrupt"))
    assert done == []


def test_a_few_bytes_stay_few(world: Any) -> None:
    """What is packed twice to become gigabytes is refused before it has become much."""
    bomb = gzip.compress(gzip.compress(b" " * 64 * SIZE_LIMIT, 1), 9)
    packed = compose_answer(bomb, headers={"content-encoding": "gzip, gzip"})
    with RawServer([Step.READ, packed]) as server:
        client = world.dial(server.url)
        world.fail(UnexpectedAnswerError, client.mint, world.request)


def test_keeps_a_compression_that_it_does_not_know(world: Any) -> None:
    """A body in a compression that was not asked for is kept as it came, and says so."""
    packed = compose_answer(b"\x0b\x05\x80abc\x03", headers={"content-encoding": "br"})
    with RawServer([Step.READ, packed]) as server:
        reply = world.dial(server.url).mint(world.request)
    assert (reply.content, reply.is_garbled) == (b"\x0b\x05\x80abc\x03", True)


def test_closed_is_closed(world: Any, sandbox: Sandbox) -> None:
    """A client that is closed opens no connection that nobody would close."""
    client = world.dial(sandbox.base_url)
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.list_models()
