# SPDX-License-Identifier: MIT
"""The retry loop for one request: attempts, pauses, deadline, what is sent, what is believed."""

import errno
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from client.conftest import KEY, URL, bearer, catch
from client.fakes import Answer, OpenStream, Server, ask, mint, respond
from openai_realtime.api import Api
from openai_realtime.client.attempts import MAX_SERVER_WAITS
from openai_realtime.client.authentication import fetch_headers
from openai_realtime.client.connection import SIZE_LIMIT
from openai_realtime.client.transport import httpx
from openai_realtime.errors import UnreachableError
from openai_realtime.request import LIST_MODELS, SessionRequest


def fail(status: int, content: Any = b"", **headers: str) -> Callable[[Any], httpx.Response]:
    """Return what answers with an error."""
    return lambda _: respond(status, content, **headers)


def say(message: str) -> Callable[[Any], httpx.Response]:
    """Return what answers 429 with a message."""
    return fail(429, {"error": {"message": message}})


REFUSED, UNKNOWN = httpx.ConnectError("no"), httpx.ConnectError("no")
REFUSED.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
UNKNOWN.__cause__ = socket.gaierror(socket.EAI_NONAME, "unknown")


@pytest.mark.parametrize(
    ("answers", "end", "pauses"),
    [
        ([200], 200, []),
        ([503, 200], 200, [0.5]),
        ([503], 503, [0.5, 1.0]),
        ([429], 429, [0.5, 1.0]),
        ([httpx.ReadTimeout("slow"), 503, 200], 200, [0.5, 1.0]),
        ([fail(429, retry_after_ms="250"), 200], 200, [0.25]),
        ([fail(429, retry_after="0"), 200], 200, [0.0]),
        ([fail(429, retry_after="60"), 200], 200, [60.0]),
        ([fail(429, retry_after="60.1"), 200], 429, []),
        ([fail(503, retry_after="Tue, 14 Nov 2023 22:13:32 GMT"), 200], 200, [12.0]),
        ([say("Please try again in 1m0s."), 200], 200, [60.0]),
        ([say("Please try again in 1m26.4s."), 200], 429, []),
        ([fail(429, {"error": {"type": "insufficient_quota"}}), 200], 429, []),
        ([400, 200], 400, []),
        ([fail(307, location="https://b.example/"), 200], 307, []),
        ([fail(400, x_should_retry="true"), 200], 200, [0.5]),
        ([fail(503, x_should_retry="false"), 200], 503, []),
        ([fail(200, b"garbage"), 200], 200, []),
        ([503, REFUSED], "api.example.com refuses the connection", [0.5, 1.0]),
        ([UNKNOWN, 200], "The host api.example.com is unknown.", []),
        ([ValueError("int(): 'ek_abc123'")], "api.example.com broke off", [0.5, 1.0]),
    ],
)
def test_tries_again_where_it_helps(
    world: Any, answers: list[Any], end: int | str, pauses: list[float]
) -> None:
    """Each answer leads to the right pauses and result, and the reply has the time taken."""
    server = Server(*answers)
    sender = world.connect(server)
    sent = len(pauses) + 1
    if isinstance(end, str):
        error = catch(UnreachableError, sender.ask)
        assert str(error).startswith(end)
        assert ("(3 attempts in 2 s)" in str(error)) is (sent == 3)
    else:
        reply = sender.ask()
        assert (reply.status, reply.attempts) == (end, sent)
        assert reply.seconds == pytest.approx(sum(pauses))
    assert len(server.requests) == sent
    assert world.clock.waited == pytest.approx(sum(pauses))
    assert [line for line in sender.lines if "Waiting" not in line] == [
        f"Asking api.example.com, attempt {number} of 3" for number in range(1, sent + 1)
    ]


def test_tells_why_it_waits(world: Any) -> None:
    """The progress line says why it waits: no answer, or a busy server; jitter shortens pauses."""
    world.jitter = 1.0
    sender = world.connect(Server(REFUSED, 503, 200), attempts=4)
    sender.ask()
    assert world.clock.waited == pytest.approx(0.375 + 0.75)
    assert sender.lines[1::2] == [
        "Waiting 0.4 s, attempt 2 of 4, no answer",
        "Waiting 0.8 s, attempt 3 of 4, server busy",
    ]


@pytest.mark.parametrize(
    ("settings", "answer", "requests", "seconds"),
    [
        ({"attempts": 1}, fail(503, retry_after="4"), 1, 0.0),
        ({"attempts": 9, "deadline": 10.0}, fail(503, retry_after="4"), 3, 8.0),
        # A server that says "now" and refuses all the same: 0, 0.5, 1, 2 s.
        ({"attempts": 50, "deadline": 5.0}, fail(429, retry_after="0"), 5, 3.5),
    ],
)
def test_keeps_attempts_and_deadline(
    world: Any, settings: dict[str, Any], answer: Answer, requests: int, seconds: float
) -> None:
    """No attempt above the limit and no pause beyond the deadline is started."""
    server = Server(answer)
    reply = world.connect(server, **settings).ask()
    assert (reply.attempts, len(server.requests)) == (requests, requests)
    assert reply.seconds == pytest.approx(seconds)


@pytest.mark.parametrize("answer", [200, httpx.ReadTimeout("slow")])
@pytest.mark.parametrize("first", [[], [503]])
def test_ends_at_the_deadline(world: Any, first: list[int], answer: Any) -> None:
    """An answer after the deadline does not count; an earlier error of the server does."""

    def be_late(_: httpx.Request) -> httpx.Response:
        world.clock.now += 11
        if isinstance(answer, Exception):
            raise answer
        return respond(answer)

    server = Server(*first, be_late)
    sender = world.connect(server, deadline=10.0)
    if first:
        reply = sender.ask()
        assert (reply.status, reply.attempts) == (503, 2)
    else:
        assert str(catch(UnreachableError, sender.ask)) == (
            "api.example.com did not answer within 10 s, which is the configuration's deadline."
        )
    assert len(server.requests) == len(first) + 1


@pytest.mark.parametrize(
    ("answers", "status", "attempts"),
    [
        ([fail(429, retry_after="50")] * 10 + [503, 200], 200, 12),
        ([fail(429, retry_after="1")], 429, MAX_SERVER_WAITS + 2),
    ],
)
def test_refusals_of_all_cost_nothing(
    world: Any, answers: list[Answer], status: int, attempts: int
) -> None:
    """With many rows, a server's wait uses up neither attempts nor deadline, up to a limit."""
    sender = world.connect(Server(*answers), attempts=2, deadline=60.0)
    sender.is_single_run = False
    reply = sender.ask()
    assert (reply.status, reply.attempts) == (status, attempts)


def test_pauses_are_the_pacers(world: Any) -> None:
    """A wait that the server asks for holds back all requests; our own pause only this one."""
    sender = world.connect(Server(fail(429, retry_after="9"), 503, 200))
    pauses = []
    sender.react = lambda _: pauses.append(sender.pacer.pause_left)
    sender.ask()
    assert pauses == [0.0, 9.0, 0.0, 0.0, 0.0]


BODY = {"instructions": "Grüße 😀\u2028\n\ud83d", "tools": [], "tracing": None, "speed": 1.0}
CONTENT = '{"instructions": "Grüße 😀\u2028\\n\\ud83d", "tools": [], "tracing": null, "speed": 1.0}'


def test_sends_what_is_given(world: Any) -> None:
    """Address, headers and body are those of configuration and request, for every attempt."""
    server = Server(503, REFUSED, 200)
    headers = {"X-A": "1", "user-agent": "mine", "openai-project": "x", "authorization": "other"}
    sender = world.connect(server, headers=headers, organization="org-1", project="proj_1")
    sender.ask(SessionRequest(Api.GA, "realtime/client_secrets", BODY, {"X-Safety": "h"}))
    expected = {
        # A configuration from elsewhere cannot put another key in the place of the credential's.
        "authorization": f"Bearer {KEY}",
        "openai-organization": "org-1",
        "openai-project": "proj_1",
        "user-agent": "mine",
        "content-type": "application/json",
        "x-a": "1",
        "x-safety": "h",
    }
    assert len(server.requests) == 3
    for sent in server.requests:
        assert (sent.method, str(sent.url)) == ("POST", f"{URL}/realtime/client_secrets")
        assert sent.content == CONTENT.encode()
        names = [name for name, _ in sent.headers.multi_items()]
        assert len(names) == len(set(names))
        assert expected.items() <= dict(sent.headers).items()
        assert not {"openai-beta", "api-key", "cookie"} & set(names)


def test_sends_no_more_than_needed(world: Any) -> None:
    """Unset parts of the configuration leave no trace; asking for models has no body."""
    server = Server(200)
    world.connect(server).ask(LIST_MODELS)
    (sent,) = server.requests
    assert (sent.method, str(sent.url), sent.content) == ("GET", f"{URL}/models", b"")
    assert set(sent.headers) - {"content-type"} == {
        *("host", "accept", "accept-encoding", "user-agent", "authorization")
    }
    assert sent.headers["user-agent"] == "openai-realtime-knime"


def test_a_new_key_is_sent_with_the_next_attempt(world: Any) -> None:
    """Headers that are replaced while a request runs are used from its next attempt on."""
    server = Server(503, 200)
    sender = world.connect(server)

    def replace_key(line: str) -> None:
        if line.startswith("Waiting"):
            sender.headers = fetch_headers([bearer(lambda: "another-token")])

    sender.react = replace_key
    sender.ask()
    sent = [each.headers["authorization"] for each in server.requests]
    assert sent == [f"Bearer {KEY}", "Bearer another-token"]


@pytest.mark.parametrize(
    ("deadline", "connect", "read"), [(180.0, 1.5, 2.5), (2.0, 1.5, 2.0), (1.0, 1.0, 1.0)]
)
def test_has_times_from_the_configuration(
    world: Any, deadline: float, connect: float, read: float
) -> None:
    """Each part of an exchange has the configured timeout, and ends with the deadline."""
    server = Server(200)
    world.connect(server, connect_timeout=1.5, read_timeout=2.5, deadline=deadline).ask()
    expected = {"connect": connect, "read": read, "write": read, "pool": read}
    assert server.requests[0].extensions["timeout"] == expected


def keep(status: int, content: Any = b"") -> Callable[[Any], httpx.Response]:
    """Return what answers and stays connected."""
    return lambda _: respond(status, content, kept=True)


PLANTED = keep(200, {"value": "ek_planted_0001", "session": {"instructions": "row 9"}})
DOUBTED = {
    "another row's": PLANTED,
    "no session": keep(200, {"value": "ek_planted_0002"}),
    "too large": keep(200, b" " * (SIZE_LIMIT + 1)),
    **{str(status): keep(status) for status in (307, 400, 401)},
    "broken off": httpx.RemoteProtocolError("gone"),
}


@pytest.mark.parametrize("answer", DOUBTED.values(), ids=DOUBTED)
def test_doubts_an_answer_on_a_used_connection(world: Any, answer: Answer) -> None:
    """An answer that may belong to another request costs a new connection, but no attempt."""
    server = Server(mint, answer, mint)
    sender = world.connect(server, attempts=1)
    first, second = (sender.ask(ask(number)) for number in (1, 2))
    assert json.loads(second.text)["session"]["instructions"] == "row 2"
    assert (second.attempts, len(server.requests)) == (1, 3)
    assert first.client_secret.value != second.client_secret.value


@pytest.mark.parametrize(("attempts", "tried", "waited"), [(2, 2, 0.5), (1, 1, 0.0)])
def test_overload_on_a_used_connection_is_a_retry(
    world: Any, attempts: int, tried: int, waited: float
) -> None:
    """A 503 on a used connection is believed if another attempt is left, which it leads to."""
    server = Server(mint, keep(503), mint)
    sender = world.connect(server, attempts=attempts)
    sender.ask(ask(1))
    reply = sender.ask(ask(2))
    assert (reply.status, reply.attempts, world.clock.waited) == (200, tried, waited)
    assert len(server.requests) == 3


def list_new(server: Server) -> list[bool]:
    """Return which requests opened a connection: only then it is traced."""
    return ["trace" in request.extensions for request in server.requests]


@pytest.mark.parametrize(
    ("is_readable", "idle", "is_new"), [(False, 3, False), (False, 5, True), (True, 3, True)]
)
def test_replaces_a_connection_in_time(
    world: Any, idle: int, *, is_readable: bool, is_new: bool
) -> None:
    """A connection that the server has closed or written to, or soon will close, is replaced."""

    # httpx would replace it, too, but by one that is not traced, so that cancel does not reach it.
    class Stream(OpenStream):
        def get_extra_info(self, name: str) -> Any:
            return is_readable if name == "is_readable" else super().get_extra_info(name)

    def answer(request: httpx.Request) -> httpx.Response:
        answered = mint(request)
        answered.extensions["network_stream"] = stream
        return answered

    stream, server = Stream(), Server(answer)
    sender = world.connect(server)
    sender.ask(ask(1))
    world.clock.now += idle
    sender.ask(ask(2))
    assert list_new(server) == [True, is_new]


def test_what_answers_cannot_tell_apart_shares_no_connection(world: Any) -> None:
    """Requests that differ only in a header, which no answer repeats, take new connections."""
    server = Server(mint)
    sender = world.connect(server)
    one, other = (ask(1)._replace(headers={"OpenAI-Safety-Identifier": end}) for end in "ab")
    for request in (one, one, other, ask(2)):
        sender.ask(request)
    assert list_new(server) == [True, False, True, False]


def test_a_doubtful_answer_after_the_deadline_is_none(world: Any) -> None:
    """If there is no time to ask again, no secret of another request is returned."""

    class Late(httpx.ByteStream):
        def close(self) -> None:
            world.clock.now += 11

    def plant(request: httpx.Request) -> httpx.Response:
        planted = PLANTED(request)
        planted.stream = Late(b"".join(planted.stream))
        return planted

    server = Server(mint, plant)
    sender = world.connect(server, deadline=10.0)
    sender.ask(ask(1))
    assert "did not answer within 10 s" in str(catch(UnreachableError, sender.ask, ask(2)))
    assert len(server.requests) == 2
