# SPDX-License-Identifier: MIT
"""One worker's connection, over real sockets: its bounds, its end, and when it is used again."""

from __future__ import annotations

import errno
import gzip
import json
import socket
import threading
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from client.conftest import await_end
from openai_realtime.answer import read_answer
from openai_realtime.client.authentication import Authentication
from openai_realtime.client.connection import SIZE_LIMIT
from openai_realtime.client.failures import classify
from openai_realtime.client.reply import Problem
from openai_realtime.errors import (
    CanceledError,
    RealtimeError,
    UnexpectedAnswerError,
    UnreachableError,
)
from openai_realtime.request import LIST_MODELS
from realtime_dev.sandbox import Piece, RawServer, Sandbox, Step, compose_answer, faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RESPONSES = sorted((Path(__file__).parents[1] / "data" / "responses").glob("*.json"))
ANSWERS = [path for path in RESPONSES if "_REQUEST" not in path.name]
OK = compose_answer(b"{}")
CUT = compose_answer(b"{}", headers={"content-length": "100"})
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def sandbox(key: str) -> Iterator[Sandbox]:
    """Serve the API."""
    with Sandbox(api_key=key) as sandbox:
        yield sandbox


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Provide a socket that listens; the system connects clients although nobody accepts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        yield listener


def get_url(listener: socket.socket, scheme: str = "http") -> str:
    """Return the address of a listening socket."""
    return f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"


def find_status(path: Path) -> int:
    """Return the status in a file's name; 200 for one without."""
    return next((int(part) for part in path.stem.split("_") if part.isdigit()), 200)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_delivers_recorded_bodies(world: Any, path: Path) -> None:
    """Each recorded answer arrives byte by byte with its status, and is understood."""
    body, status = path.read_bytes(), find_status(path)
    answer = compose_answer(body, status=f"{status} Some", headers={"X-Request-ID": "req_42"})
    with RawServer([Step.READ, answer]) as server:
        reply = world.dial(server.url).send()
    assert (reply.status, reply.content, reply.request_id) == (status, body, "req_42")
    assert (reply.attempts, reply.is_success) == (1, status == 200)
    if reply.is_success:
        assert reply.client_secret.value.startswith("ek_")
    else:
        world.check(classify(reply, "it", lambda _: ""))


def encode(content: bytes, encoding: str) -> bytes:
    """Return an answer whose body is declared to be compressed."""
    return compose_answer(content, headers={"content-encoding": encoding})


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n{}", "{}"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "{}"),
        (b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\n{}", "{}"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, "{}"),
        (CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", "{}"),
        (encode(gzip.compress(b"{}"), "gzip"), "{}"),
        (encode(gzip.compress(b""), "gzip"), ""),
        (encode(b"", "gzip"), ""),
        (encode(gzip.compress(b"{}"), "identity, X-GZip"), "{}"),
        (encode(gzip.compress(zlib.compress(b"{}")), "deflate, gzip"), "{}"),
        (encode(zlib.compress(b"{}", wbits=-15), "deflate"), "{}"),
        (encode(b"{}", "of our own"), "{}"),
    ],
)
def test_understands_http(world: Any, answer: bytes, text: str) -> None:
    """Old, chunked, compressed and lengthless answers are read as well."""
    with RawServer([Step.READ, answer]) as server:
        reply = world.dial(server.url).send()
    assert (reply.status, reply.text, reply.is_undecodable) == (200, text, False)


@pytest.mark.parametrize(
    ("content", "encoding"), [(b"no gzip", "gzip"), (b"\x0b\x05\x80abc\x03", "br")]
)
def test_keeps_what_cannot_be_decompressed(world: Any, content: bytes, encoding: str) -> None:
    """A body in another compression than its headers say is kept as it came, and says so."""
    with RawServer([Step.READ, encode(content, encoding)]) as server:
        reply = world.dial(server.url, attempts=2).send()
    assert (reply.status, reply.content, reply.attempts) == (200, content, 1)
    assert reply.problem == Problem()
    error = world.fail(UnreachableError, lambda: reply.client_secret)
    assert "(200) is compressed in a way that cannot be read" in str(error)


def test_works_with_the_api(world: Any, sandbox: Sandbox) -> None:
    """The sandbox, which knows nothing of us, mints a secret, lists models and sees no beta."""
    sandbox.faults.add(faults.limit_rate(0.01, tell="ms"), faults.reset())
    sender = world.dial(sandbox.base_url, attempts=3, organization="org-1")
    reply = sender.send()
    assert (reply.status, reply.attempts) == (200, 3)
    assert read_answer(reply.text).value.startswith("ek_")
    assert sender.send(LIST_MODELS).status == 200
    call = sandbox.calls[2]
    assert call.body == world.request.body
    assert call.headers["authorization"] == "Bearer <known>"
    assert call.headers["openai-organization"] == "org-1"
    assert "openai-beta" not in call.headers
    azure = Authentication("it", lambda: sandbox.api_key, is_bearer=False)
    assert world.connect(None, azure, base_url=sandbox.azure_base_url).send().status == 200
    assert sandbox.calls[-1].headers["api-key"] == "<known>"


@pytest.mark.parametrize("body", [b"x" * SIZE_LIMIT, b" " * SIZE_LIMIT])
def test_takes_bodies_up_to_the_limit(world: Any, body: bytes) -> None:
    """The limit itself is allowed, also where it is compressed; a byte more is not."""
    packed = encode(gzip.compress(body + b" ", 1), "gzip")
    with RawServer([Step.READ, compose_answer(body)], [Step.READ, packed]) as server:
        sender = world.dial(server.url)
        assert len(sender.send().content) == SIZE_LIMIT
        world.fail(UnexpectedAnswerError, sender.send)


def test_refuses_endless_bodies(world: Any, listener: socket.socket) -> None:
    """A body above the limit is not read to its end, and the server is rid of the client."""
    sent: list[int] = []

    def flood() -> None:
        connection, _ = listener.accept()
        with connection, suppress(ConnectionError):
            connection.settimeout(30)
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(1000):
                connection.sendall(b"x" * 65536)
                sent.append(65536)

    thread = threading.Thread(target=flood)
    thread.start()
    error = world.fail(UnexpectedAnswerError, world.dial(get_url(listener), attempts=3).send)
    # The sender is still there.
    thread.join()
    assert str(error).startswith("The server's answer is larger than 4 MB")
    assert (error.status, len(world.lines)) == (200, 1)
    assert SIZE_LIMIT <= sum(sent) < 32 * 1024 * 1024


def test_a_few_bytes_stay_few(world: Any) -> None:
    """What is packed twice to become gigabytes is refused before it has become much."""
    bomb = gzip.compress(gzip.compress(b" " * 64 * SIZE_LIMIT, 1), 9)
    with RawServer([Step.READ, encode(bomb, "gzip, gzip")]) as server:
        world.fail(UnexpectedAnswerError, world.dial(server.url).send)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ([Step.READ, Step.RESET], "broke the connection off"),
        ([Step.RESET], "broke"),
        ([Step.READ, b"HTTP/1.1 200 OK\r\n", Step.RESET], "broke the connection off"),
        ([Step.READ, b"HTTP/1.1 200 OK\r\n\r\n{", Step.RESET], "broke the connection off"),
        ([Step.READ], "broke off before the answer was complete"),
        ([Step.READ, b"HTTP/1.1 200 OK\r\n"], "broke off before the answer was complete"),
        ([Step.READ, CUT], "broke off before the answer was complete"),
        ([Step.READ, CHUNKED, b"5\r\n{"], "broke off before the answer was complete"),
        ([Step.READ, CHUNKED, b"five\r\n{"], "or answers in no HTTP"),
        ([Step.READ, b"SSH-2.0-OpenSSH_9.6\r\n"], "or answers in no HTTP"),
        ([Step.READ, b"HTTP/3 200 OK\r\n\r\n"], "or answers in no HTTP"),
        ([Step.READ, b"HTTP/1.1 200 OK\r\n" + b"a" * 200_000], "or answers in no HTTP"),
        ([Step.READ, b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"], "answers in no HTTP"),
    ],
)
def test_names_the_breach(world: Any, script: list[Piece], problem: str) -> None:
    """Each way of not answering is named with the host; the next attempt has a new connection."""
    with RawServer(script, script, [Step.READ, OK]) as server:
        host = server.url.removeprefix("http://")
        error = world.fail(UnreachableError, world.dial(server.url, attempts=2).send)
        assert server.connections == 2
        assert world.dial(server.url).send().status == 200
    assert host in str(error)
    assert problem in str(error)
    assert "(2 attempts in 0 s)" in str(error)


def answer(number: int, *, keep: bool = True, status: str = "200 OK") -> bytes:
    """Return an answer with a secret of its own."""
    body = json.dumps({"value": f"ek_{number:06}", "session": {"type": "realtime"}}).encode()
    headers = {"connection": "keep-alive"} if keep else {}
    return compose_answer(body, status=status, headers=headers)


@pytest.mark.parametrize(
    ("behind_first", "connections"),
    [
        ([answer(1)], 1),
        ([answer(1, keep=False)], 2),
        ([answer(1), Step.CLOSE], 2),
        ([answer(1), b"junk"], 2),
        ([answer(1) + answer(1)], 2),
        ([answer(1), answer(1)], 2),
        ([answer(1, status="503 Busy")], 2),
    ],
)
def test_is_used_again_after_a_clean_answer(
    world: Any, behind_first: list[Piece], connections: int
) -> None:
    """Only a success with nothing behind it leaves a connection that serves the next request."""
    first = [Step.READ, *behind_first]
    if Step.CLOSE not in first:
        first += [Step.READ, answer(2), Step.HOLD]
    with RawServer(first, [Step.READ, answer(3), Step.HOLD]) as server:
        sender = world.dial(server.url)
        assert sender.send().client_secret.value == "ek_000001" or "503" in str(behind_first)
        second = sender.send().client_secret.value
        assert server.connections == connections
    assert second == ("ek_000002" if connections == 1 else "ek_000003")


def test_leaves_no_file_open(world: Any, sandbox: Sandbox, count_files: Callable[[], int]) -> None:
    """However a request ends, nothing of its connection stays open once it is dropped."""
    world.dial(sandbox.base_url).send()
    before = count_files()
    scripts: list[list[Piece]] = [
        [Step.READ, OK],
        [Step.READ, answer(1), Step.HOLD],
        [Step.READ, b"HTTP/1.1 200 OK\r\n\r\n{", Step.RESET],
        [Step.RESET],
        [Step.READ, b"junk"],
    ]
    with RawServer(*scripts) as server:
        sender = world.dial(server.url)
        secure = world.dial(server.url.replace("http", "https"), connect_timeout=0.1)
        for _ in range(len(scripts)):
            for each in (sender, secure):
                with suppress(RealtimeError):
                    each.send()
        sender.connection.drop()
        secure.connection.drop()
    await_end(lambda: count_files() <= before)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"
HANGING: dict[str, tuple[str, list[Piece]]] = {
    "TLS handshake": ("https", [Step.HOLD]),
    "headers": ("http", [Step.READ, Step.HOLD]),
    "body": ("http", [Step.READ, HEAD, b"x", Step.HOLD]),
    "slow body": ("http", [Step.READ, HEAD, *[b"x", 0.02] * 999]),
}


@pytest.mark.parametrize(("scheme", "script"), HANGING.values(), ids=HANGING)
def test_is_stopped_by_another_thread(world: Any, scheme: str, script: list[Piece]) -> None:
    """Whoever waits for a server is woken when the connection is stopped, for good."""
    with RawServer(script) as server:
        url = server.url.replace("http", scheme)
        sender = world.dial(url, read_timeout=300.0, connect_timeout=300.0)
        errors: list[Exception] = []

        def send() -> None:
            try:
                sender.send()
            except RealtimeError as error:
                errors.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        await_end(lambda: server.connections == 1 and not sender.connection.is_connecting)
        sender.attempts.stop()
        sender.connection.interrupt()
        thread.join()
        assert [type(error) for error in errors] == [CanceledError]
        world.fail(CanceledError, sender.send)
        assert server.connections == 1


def test_is_stopped_before_it_is_connected(world: Any, listener: socket.socket) -> None:
    """A connection that is made only after the stop is ended at once, and nothing is sent."""
    sender = world.dial(get_url(listener))
    trace = sender.connection._trace  # noqa: SLF001 - what httpx calls
    sender.connection._trace = lambda event, info: (  # noqa: SLF001
        sender.connection.interrupt() if event == "connection.connect_tcp.started" else None,
        trace(event, info),
    )
    world.fail(RealtimeError, sender.send)
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(30)
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    ("script", "now", "is_late"),
    [([Step.READ, Step.HOLD], 180.0, True), ([Step.READ, 0.05, OK], 179.0, False)],
)
def test_is_interrupted_at_the_deadline_only(
    world: Any, script: list[Piece], now: float, *, is_late: bool
) -> None:
    """A call is cut once its time is over, not before, and the connection serves again."""
    with RawServer(script, [Step.READ, OK]) as server:
        sender = world.dial(server.url)
        results: list[Any] = []

        def interrupt() -> None:
            await_end(lambda: len(server.requests) == 1)
            world.clock.now += now
            results.append(sender.connection.interrupt(world.clock.now))

        thread = threading.Thread(target=interrupt)
        thread.start()
        if is_late:
            error = world.fail(UnreachableError, sender.send)
            assert "did not answer within 180 s" in str(error)
        else:
            assert sender.send().status == 200
        thread.join()
        assert results == [is_late]
        assert sender.send().status == 200


def test_a_body_that_the_deadline_cut_is_no_answer(world: Any) -> None:
    """Where only the connection's end tells the body's end, the cut does not pass for it."""
    with RawServer([Step.READ, b"HTTP/1.1 200 OK\r\n\r\n{", Step.HOLD]) as server:
        sender = world.dial(server.url)

        def interrupt() -> None:
            await_end(lambda: len(server.requests) == 1)
            world.clock.now += 180
            sender.connection.interrupt(world.clock.now)

        thread = threading.Thread(target=interrupt)
        thread.start()
        error = world.fail(UnreachableError, sender.send)
        thread.join()
    assert "did not answer within 180 s" in str(error)


def test_too_many_files(world: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no file left, the request fails with an error of ours."""

    def refuse(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "fromfd", refuse)
    world.fail(UnreachableError, world.dial(sandbox.base_url).send)


def test_a_full_server_is_named(world: Any) -> None:
    """A connection that is not made in time is told from an answer that does not come."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(8)]
        for each in waiting:
            each.setblocking(False)  # noqa: FBT003 - its only argument
            each.connect_ex(full.getsockname())
        error = world.fail(UnreachableError, world.dial(get_url(full), connect_timeout=0.2).send)
        for each in waiting:
            each.close()
    assert "could not be connected to in time" in str(error)


def send_on(status: int, location: str, **headers: str) -> list[Piece]:
    """Return a script that redirects."""
    headers = {"location": location, **headers}
    return [Step.READ, compose_answer(b"", status=f"{status} Elsewhere", headers=headers)]


@pytest.mark.parametrize("status", [307, 308])
def test_sends_the_post_again(world: Any, status: int) -> None:
    """After 307 and 308 method, body and key are the same, cookies none, and it is one attempt."""
    hop = send_on(status, "/v2/x", **{"set-cookie": "id=\xff; Path=/"})
    with RawServer(hop, [Step.READ, OK]) as server:
        reply = world.dial(f"{server.url}/v1").send()
        first, second = server.requests
    assert (reply.status, reply.attempts, len(world.lines)) == (200, 1, 1)
    assert second.startswith(b"POST /v2/x HTTP/1.1\r\n")
    assert first.partition(b"\r\n")[2] == second.partition(b"\r\n")[2]
    assert world.key.encode() in second


def test_keeps_the_key_from_others(world: Any) -> None:
    """The other server is never connected to, and the user learns its name but no more."""
    with RawServer([Step.READ, OK]) as other:
        target = other.url.replace("127.0.0.1", "localhost") + f"/?{world.key}"
        with RawServer(send_on(307, target)) as server:
            reply = world.dial(server.url, attempts=3).send()
            assert server.connections == 1
        assert other.connections == 0
    error = classify(reply, "it", lambda _: "")
    world.check(error)
    assert str(error).startswith("The server sends the request to localhost (307).")


@pytest.mark.parametrize(("status", "request_"), [(307, None), (302, LIST_MODELS)])
def test_does_not_run_in_circles(world: Any, status: int, request_: Any) -> None:
    """After five redirects it is enough."""
    with RawServer(send_on(status, "/again")) as server:
        reply = world.dial(server.url, attempts=3).send(request_)
        assert server.connections == 6
    assert "redirects the request more than 5 times" in reply.redirect_problem


def test_retries_from_the_start(world: Any) -> None:
    """A server that fails behind a redirect is asked again by its own address."""
    busy = [Step.READ, compose_answer(b"", status="503 Busy")]
    with RawServer(send_on(307, "/b"), busy, [Step.READ, OK]) as server:
        reply = world.dial(server.url, attempts=2).send()
        paths = [each.split()[1] for each in server.requests]
    assert paths == [b"/realtime/client_secrets", b"/b", b"/realtime/client_secrets"]
    assert (reply.status, reply.attempts) == (200, 2)
