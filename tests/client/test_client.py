# SPDX-License-Identifier: MIT
"""The client in a world of its own: attempts, pauses, headers, body, Cancel."""

from __future__ import annotations

import errno
import json
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import pytest

from openai_realtime.api import Api
from openai_realtime.client.authentication import use_api_key, use_bearer
from openai_realtime.client.classification import classify
from openai_realtime.client.configuration import Configuration, Provider
from openai_realtime.errors import (
    BusyError,
    CanceledError,
    CredentialError,
    QuotaError,
    UnreachableError,
)
from openai_realtime.request import SessionRequest

if TYPE_CHECKING:
    from collections.abc import Callable


class Server:
    """Answers the requests in turn, the last answer for all that follow; errors are raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


OK = httpx.Response(200, json={"value": "ek_scrubbed"})
BUSY = httpx.Response(503)


def cause(error: Exception, behind: Exception) -> Exception:
    """Return an error with another one behind it, as httpx raises them."""
    error.__cause__ = behind
    return error


UNKNOWN = cause(
    httpcore.ConnectError("no"), socket.gaierror(socket.EAI_NONAME, "Name or service not known")
)
REFUSED = cause(httpcore.ConnectError("no"), ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
UNTRUSTED = cause(httpcore.ConnectError("no"), ssl.SSLCertVerificationError(1, "self-signed"))


@pytest.mark.parametrize(
    ("answers", "status", "pauses"),
    [
        ([OK], 200, []),
        ([BUSY, OK], 200, [0.5]),
        ([BUSY, BUSY, OK], 200, [0.5, 1.0]),
        ([BUSY], 503, [0.5, 1.0]),
        ([httpx.Response(500), httpx.Response(408), OK], 200, [0.5, 1.0]),
        ([httpx.Response(409), OK], 200, [0.5]),
        ([httpx.Response(429), OK], 200, [0.5]),
        ([REFUSED, OK], 200, [0.5]),
        ([httpcore.ReadTimeout("slow"), BUSY, OK], 200, [0.5, 1.0]),
        ([httpcore.ConnectTimeout("slow"), OK], 200, [0.5]),
        ([httpcore.RemoteProtocolError("cut"), OK], 200, [0.5]),
        ([httpx.Response(429, headers={"retry-after-ms": "250"}), OK], 200, [0.25]),
        ([httpx.Response(503, headers={"Retry-After": "7"}), OK], 200, [7.0]),
        ([httpx.Response(429, headers={"retry-after": "0"}), OK], 200, [0.0]),
        ([httpx.Response(429, headers={"retry-after": "60"}), OK], 200, [60.0]),
        ([httpx.Response(429, headers={"retry-after": "60.1"}), OK], 429, []),
        ([httpx.Response(429, headers={"retry-after": "1e400"}), OK], 200, [0.5]),
        (
            [httpx.Response(429, headers={"retry-after": "Tue, 14 Nov 2023 22:13:32 GMT"}), OK],
            200,
            [12.0],
        ),
        (
            [httpx.Response(429, json={"error": {"message": "Please try again in 1m0s."}}), OK],
            200,
            [60.0],
        ),
        (
            [httpx.Response(429, json={"error": {"message": "Please try again in 1m26.4s."}}), OK],
            429,
            [],
        ),
        ([httpx.Response(429, json={"error": {"type": "insufficient_quota"}}), OK], 429, []),
        ([httpx.Response(400), OK], 400, []),
        ([httpx.Response(401), OK], 401, []),
        ([httpx.Response(404), OK], 404, []),
        ([httpx.Response(307, headers={"location": "https://b.example/"}), OK], 307, []),
        ([httpx.Response(400, headers={"x-should-retry": "true"}), OK], 200, [0.5]),
        ([httpx.Response(503, headers={"x-should-retry": "false"}), OK], 503, []),
        ([httpx.Response(200, content=b"garbage"), OK], 200, []),
    ],
)
def test_tries_again_where_it_helps(
    world: Any, answers: list[Any], status: int, pauses: list[float]
) -> None:
    """Each answer leads to the right pauses and the right end, and says how long it took."""
    server = Server(*answers)
    reply = world.connect(server).mint(world.request)
    assert reply.status == status
    assert reply.attempts == len(server.requests) == len(pauses) + 1
    assert [reply.seconds, sum(world.clock.slept)] == pytest.approx([sum(pauses)] * 2)
    assert world.lines[::2] == [
        f"Asking api.example.com, attempt {n} of 3" for n in range(1, len(pauses) + 2)
    ]
    assert [line.partition(",")[0] for line in world.lines[1::2]] == [
        f"Waiting {pause:{'.0f' if pause >= 10 else '.1f'}} s".replace(".0 ", " ")
        for pause in pauses
    ]


def test_tells_why_it_waits(world: Any) -> None:
    """The progress line tells a silent server from a busy one."""
    later = httpx.Response(429, headers={"retry-after": "12.3"})
    world.connect(Server(REFUSED, BUSY, later, OK), attempts=4).mint(world.request)
    assert world.lines[1::2] == [
        "Waiting 0.5 s, attempt 2 of 4, no answer",
        "Waiting 1 s, attempt 3 of 4, server busy",
        "Waiting 12 s, attempt 4 of 4, server busy",
    ]


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 0.5), (0.5, 0.4375), (1.0, 0.375)])
def test_leaves_pauses_to_chance(world: Any, chance: float, pause: float) -> None:
    """Clients that fail together do not come back together."""
    world.chance = chance
    assert world.connect(Server(BUSY, OK)).mint(world.request).seconds == pytest.approx(pause)


@pytest.mark.parametrize(
    ("error", "requests", "problem"),
    [
        (REFUSED, 3, "api.example.com refuses the connection"),
        (httpcore.ReadTimeout("slow"), 3, "api.example.com did not answer in time."),
        (httpcore.ConnectError("odd"), 3, "api.example.com cannot be reached: odd."),
        (UNKNOWN, 1, "The host api.example.com is unknown."),
        (UNTRUSTED, 1, "The certificate of api.example.com is not trusted"),
        (httpcore.ProxyError("407 Proxy Authentication Required"), 1, "The proxy refuses"),
        (
            httpcore.UnsupportedProtocol("https://user:Hq8sLw2zPm@proxy"),
            1,
            "api.example.com has an address",
        ),
        (UnicodeError("label too long"), 1, "api.example.com has an address"),
    ],
)
def test_gives_up_on_the_network(world: Any, error: Exception, requests: int, problem: str) -> None:
    """Without any answer the error names host and cause, and the attempts if there were several."""
    server = Server(error)
    failure = world.fail(UnreachableError, world.connect(server).mint, world.request)
    assert len(server.requests) == requests
    assert str(failure).startswith(problem)
    assert ("(3 attempts in 2 s)" in str(failure)) is (requests > 1)


def test_counts_a_single_attempt(world: Any) -> None:
    """Who allows one attempt gets one."""
    server = Server(BUSY, OK)
    reply = world.connect(server, attempts=1).mint(world.request)
    assert (reply.status, reply.attempts, world.clock.slept) == (503, 1, [])


def test_keeps_the_deadline(world: Any) -> None:
    """A pause that would outlast the deadline is not begun: the last answer is returned."""
    server = Server(httpx.Response(503, headers={"retry-after": "4"}))
    reply = world.connect(server, attempts=9, deadline=10.0).mint(world.request)
    assert (reply.status, reply.attempts) == (503, 3)
    assert reply.seconds == pytest.approx(8.0)


def test_ends_at_the_deadline(world: Any) -> None:
    """A server that lets time pass is left when the deadline has come, without a new attempt."""
    left = threading.Event()

    def answer(_: httpx.Request) -> httpx.Response:
        world.clock.now += 11
        left.wait(5)
        return OK

    client = world.connect(answer, deadline=10.0)
    failure = world.fail(UnreachableError, client.mint, world.request)
    left.set()
    assert str(failure).startswith("api.example.com did not answer within 10 s")
    assert len(world.lines) == 1


@pytest.mark.parametrize("answer", [BUSY, REFUSED])
def test_is_canceled_while_it_waits(world: Any, answer: Any) -> None:
    """Cancel ends a pause within a tenth of a second."""
    server = Server(answer)
    start = world.clock.now
    world.is_canceled = lambda: world.clock.now > start + 0.3
    error = world.fail(CanceledError, world.connect(server).mint, world.request)
    assert str(error) == "Canceled."
    assert len(server.requests) == 1
    assert world.clock.now - start <= 0.4


def test_is_canceled_before_it_asks(world: Any) -> None:
    """Who has canceled sends nothing."""
    server = Server(OK)
    world.is_canceled = lambda: True
    world.fail(CanceledError, world.connect(server).mint, world.request)
    assert server.requests == []


def test_is_canceled_while_the_server_thinks(world: Any) -> None:
    """Cancel does not wait for the answer."""
    asked, left = threading.Event(), threading.Event()

    def answer(_: httpx.Request) -> httpx.Response:
        asked.set()
        left.wait(5)
        return OK

    world.is_canceled = asked.is_set
    world.fail(CanceledError, world.connect(answer).mint, world.request)
    assert not left.is_set()
    left.set()


def test_asks_knime_in_its_own_thread(world: Any) -> None:
    """Cancel switch, progress line and credential are used in the caller's thread only."""
    threads: list[threading.Thread] = []

    def note(*_: object) -> None:
        threads.append(threading.current_thread())

    world.is_canceled = note
    world.lines = type("Lines", (), {"append": note})()
    authentication = use_bearer("it", lambda: note() or world.key)
    world.connect(Server(BUSY, OK), authentication).mint(world.request)
    assert len(threads) > 6
    assert set(threads) == {threading.current_thread()}


def test_sends_what_is_given(world: Any) -> None:
    """Address, headers and body are those of configuration and request, and no others."""
    server = Server(OK)
    headers = {"X-A": "1", "user-agent": "mine", "openai-project": "other"}
    client = world.connect(server, headers=headers, organization="org-1", project="proj_1")
    body = {"session": {"instructions": "Grüße 😀", "audio": {}, "tracing": None, "n": 1.0}}
    request = SessionRequest(Api.GA, "realtime/client_secrets", body, {"X-Safety": "h"})
    client.mint(request)
    (sent,) = server.requests
    assert (sent.method, str(sent.url)) == (
        "POST",
        "https://api.example.com/v1/realtime/client_secrets",
    )
    assert sent.content == json.dumps(body, ensure_ascii=False).encode()
    assert json.loads(sent.content) == body
    names = [name for name, _ in sent.headers.multi_items()]
    assert len(names) == len(set(names))
    assert sent.headers["authorization"] == f"Bearer {world.key}"
    assert sent.headers["openai-organization"] == "org-1"
    assert sent.headers["openai-project"] == "proj_1"
    assert sent.headers["user-agent"] == "mine"
    assert sent.headers["content-type"] == "application/json"
    assert (sent.headers["x-a"], sent.headers["x-safety"]) == ("1", "h")
    assert not {"openai-beta", "api-key", "cookie"} & set(names)


def test_sends_no_more_than_needed(world: Any) -> None:
    """Unset parts of the configuration leave no trace; asking for models has no body."""
    server = Server(OK)
    world.connect(server).list_models()
    (sent,) = server.requests
    assert (sent.method, str(sent.url)) == ("GET", "https://api.example.com/v1/models")
    assert sent.content == b""
    assert set(sent.headers) == {
        *("host", "accept", "accept-encoding", "user-agent", "authorization")
    }
    assert sent.headers["user-agent"] == "openai-realtime-knime"


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ({}, b"{}"),
        ({"a": None}, b'{"a": null}'),
        ({"a": {}, "b": []}, b'{"a": {}, "b": []}'),
        ({"a": "\ud83d"}, b'{"a": "\\ud83d"}'),
        ({"a": "\u2028\n"}, b'{"a": "\xe2\x80\xa8\\n"}'),
    ],
)
def test_writes_the_body_exactly(world: Any, body: dict[str, Any], content: bytes) -> None:
    """Nothing is added to the body, nothing left out, and every text can be sent."""
    server = Server(OK)
    world.connect(server).mint(SessionRequest(Api.BETA, "realtime/sessions", body))
    assert server.requests[0].content == content
    assert json.loads(content) == body


def test_repeats_the_same_request(world: Any) -> None:
    """A second attempt sends the same bytes to the same address."""
    server = Server(BUSY, REFUSED, OK)
    world.connect(server).mint(world.request)
    assert len({(str(each.url), each.content) for each in server.requests}) == 1


def test_uses_azures_header(world: Any) -> None:
    """A key for Azure travels in its own header, and nowhere else."""
    server = Server(OK)
    world.connect(server, use_api_key("it", lambda: world.key), provider=Provider.AZURE).mint(
        world.request
    )
    headers = server.requests[0].headers
    assert headers["api-key"] == world.key
    assert "authorization" not in headers


def test_fetches_the_secret_for_each_attempt(world: Any) -> None:
    """A token that changes between two attempts is sent as it is then."""
    tokens = iter(["check", "first-token", "second-token"])
    server = Server(BUSY, OK)
    world.connect(server, use_bearer("it", lambda: next(tokens))).mint(world.request)
    sent = [each.headers["authorization"] for each in server.requests]
    assert sent == ["Bearer first-token", "Bearer second-token"]


def test_own_key_beats_any_header(world: Any) -> None:
    """A configuration from elsewhere cannot put another key in the place of the credential's."""
    server = Server(OK)
    world.connect(server, headers={"authorization": "Bearer other"}).mint(world.request)
    assert server.requests[0].headers.get_list("authorization") == [f"Bearer {world.key}"]


@pytest.mark.parametrize("secret", ["", " ", "a\nb", "a b", "\xe4"])
def test_checks_the_key_first(world: Any, secret: str) -> None:
    """An unusable key is refused before there is a connection."""
    server = Server(OK)
    authentication = use_bearer("it", lambda: secret)
    world.fail(CredentialError, world.connect, server, authentication)
    assert server.requests == []


def test_stops_when_the_key_is_gone(world: Any) -> None:
    """A token that cannot be fetched any more ends the attempts."""
    tokens = iter(["check", "first-token", ""])
    server = Server(BUSY)
    client = world.connect(server, use_bearer("it", lambda: next(tokens)))
    error = world.fail(CredentialError, client.mint, world.request)
    assert str(error).startswith("it has an empty password")
    assert len(server.requests) == 1


def test_hides_a_key_that_is_sent_back(world: Any) -> None:
    """An error that repeats the key, which need not look like one, is shown with a mask."""
    text = f'{{"error": "wrong key {world.key}"}}'
    reply = world.connect(Server(httpx.Response(401, text=text))).mint(world.request)
    assert reply.text == '{"error": "wrong key ***"}'
    error = classify(reply, "it", lambda _: "")
    world.check(error)
    assert str(error).endswith("The server says: wrong key ***")


def test_masks_no_words(world: Any) -> None:
    """A placeholder for a key, as local servers take, is no secret; a key always is one."""
    server = Server(httpx.Response(400, text="none of it"))
    client = world.connect(server, use_bearer("it", lambda: "none"))
    assert client.mint(world.request).text == "none of it"
    answer = httpx.Response(200, text="a-key-of-our-own")
    client = world.connect(Server(answer), use_bearer("it", lambda: "a-key-of-our-own"))
    assert client.mint(world.request).text == "***"


@pytest.mark.parametrize(
    ("stem", "kind", "attempts"),
    [
        ("error_429_credit_balance_exhausted", QuotaError, 1),
        ("error_429_rate_limit_exceeded_rpd", BusyError, 1),
    ],
)
def test_does_not_wait_in_vain(
    world: Any, load: Callable[[str], bytes], stem: str, kind: type, attempts: int
) -> None:
    """Neither an empty account nor a wait above the limit is waited for."""
    server = Server(httpx.Response(429, content=load(stem)))
    reply = world.connect(server).mint(world.request)
    assert (reply.attempts, world.clock.slept) == (attempts, [])
    error = classify(reply, "it", lambda _: "")
    world.check(error)
    assert type(error) is kind


def test_has_times_from_the_configuration(world: Any) -> None:
    """Each part of an exchange has the configured timeout."""
    server = Server(OK)
    world.connect(server, connect_timeout=1.5, read_timeout=2.5).mint(world.request)
    expected = {"connect": 1.5, "read": 2.5, "write": 2.5, "pool": 2.5}
    assert server.requests[0].extensions["timeout"] == expected


def test_shows_no_key(world: Any) -> None:
    """Neither a client nor a reply tells the key or the client secret by its representation."""
    client = world.connect(Server(OK))
    reply = client.mint(world.request)
    shown = f"{client!r}{reply!r}{world.request!r}{world.authentication!r}{Configuration()!r}"
    assert world.key not in shown
    assert "ek_scrubbed" not in shown
    assert "ek_scrubbed" in reply.text
