# SPDX-License-Identifier: MIT
"""One worker's connection: its bounds, its end, and when it is used again.

How it breaks, and that cancel ends it in every phase, is proved by the fault suite.
"""

import errno
import json
import socket
import threading
from contextlib import suppress
from typing import Any

import pytest

from client.conftest import KEY, catch, count_files
from client.fakes import await_end
from openai_realtime.errors import (
    CanceledError,
    RealtimeError,
    UnreachableError,
)
from realtime_dev.sandbox import Piece, RawServer, Sandbox, Step, compose_answer

OK = compose_answer(b"{}")


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
    """A connection is used again only after a success with no bytes behind it."""
    first = [Step.READ, *behind_first]
    if Step.CLOSE not in first:
        first += [Step.READ, answer(2), Step.HOLD]
    with RawServer(first, [Step.READ, answer(3), Step.HOLD]) as server:
        sender = world.dial(server.url)
        assert "ek_000001" in sender.ask().text
        second = sender.ask().client_secret.value
        assert server.connections == connections
    assert second == ("ek_000002" if connections == 1 else "ek_000003")


def test_leaves_no_file_open(world: Any, plain: Sandbox) -> None:
    """However a request ends, nothing of its connection stays open once it is dropped."""
    world.dial(plain.base_url).ask()
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
        for each in (sender, secure) * len(scripts):
            with suppress(RealtimeError):
                each.ask()
        sender.connection.drop()
        secure.connection.drop()
    await_end(lambda: count_files() <= before)


def test_is_stopped_before_it_is_connected(world: Any) -> None:
    """A connection that is made after the stop is closed at once, and nothing is sent."""
    # The system connects clients although nobody accepts.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        sender = world.dial(f"http://127.0.0.1:{listener.getsockname()[1]}")
        trace = sender.connection._trace  # noqa: SLF001 - what httpx calls
        sender.connection._trace = lambda event, info: (  # noqa: SLF001
            sender.connection.interrupt() if event == "connection.connect_tcp.started" else None,
            trace(event, info),
        )
        catch(RealtimeError, sender.ask)
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(30)
            assert connection.recv(1) == b""
    catch(CanceledError, sender.ask)


@pytest.mark.parametrize("begun", [[], [b"HTTP/1.1 200 OK\r\n\r\n{"]], ids=["nothing", "half"])
def test_is_interrupted_at_the_deadline_only(world: Any, begun: list[Piece]) -> None:
    """A call is interrupted at its deadline, not before; then the connection can be used again."""
    # In "half" only the connection's end tells the body's end, and the cut does not pass for it.
    with RawServer([Step.READ, *begun, Step.HOLD], [Step.READ, OK]) as server:
        sender = world.dial(server.url)
        is_late: list[bool] = []

        def interrupt() -> None:
            await_end(lambda: len(server.requests) == 1)
            for seconds in (179.0, 1.0):
                world.clock.now += seconds
                is_late.append(sender.connection.interrupt(world.clock.now))

        thread = threading.Thread(target=interrupt)
        thread.start()
        error = catch(UnreachableError, sender.ask)
        thread.join()
        assert "did not answer within 180 s" in str(error)
        assert is_late == [False, True]
        assert sender.ask().status == 200


def test_too_many_files(world: Any, plain: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the system has no file descriptor left, the request fails with one of our errors."""

    def refuse(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "fromfd", refuse)
    catch(UnreachableError, world.dial(plain.base_url).ask)


def send_on(status: int, location: str, **headers: str) -> list[Piece]:
    """Return a script that redirects."""
    headers = {"location": location, **headers}
    return [Step.READ, compose_answer(b"", status=f"{status} Elsewhere", headers=headers)]


def test_sends_the_post_again(world: Any) -> None:
    """After 307 method, body and key are the same, cookies none, and it is one attempt."""
    hop = send_on(307, "/v2/x", **{"set-cookie": "id=\xff; Path=/"})
    with RawServer(hop, [Step.READ, OK]) as server:
        reply = world.dial(f"{server.url}/v1").ask()
        first, second = server.requests
    assert (reply.status, reply.attempts) == (200, 1)
    assert second.startswith(b"POST /v2/x HTTP/1.1\r\n")
    assert first.partition(b"\r\n")[2] == second.partition(b"\r\n")[2]
    assert KEY.encode() in second


def test_retries_from_the_start(world: Any) -> None:
    """A server that fails behind a redirect is asked again by its own address."""
    busy = [Step.READ, compose_answer(b"", status="503 Busy")]
    with RawServer(send_on(307, "/b"), busy, [Step.READ, OK]) as server:
        reply = world.dial(server.url, attempts=2).ask()
        paths = [each.split()[1] for each in server.requests]
    assert paths == [b"/realtime/client_secrets", b"/b", b"/realtime/client_secrets"]
    assert (reply.status, reply.attempts) == (200, 2)
