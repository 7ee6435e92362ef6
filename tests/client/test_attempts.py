# SPDX-License-Identifier: MIT
"""The retry loop for one request: attempts, pauses, deadline, headers, body, masked secrets."""

from __future__ import annotations

import errno
import json
import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from client.batches import OpenStream, Server, ask, mint, respond
from client.conftest import read_response
from openai_realtime.api import Api
from openai_realtime.client.attempts import MAX_SERVER_WAITS
from openai_realtime.client.authentication import Authentication
from openai_realtime.client.classification import classify
from openai_realtime.client.configuration import Configuration
from openai_realtime.client.connection import SIZE_LIMIT
from openai_realtime.client.transport import httpx
from openai_realtime.errors import BusyError, CanceledError, QuotaError, UnreachableError
from openai_realtime.request import LIST_MODELS, SessionRequest

if TYPE_CHECKING:
    from collections.abc import Callable


SAFETY = "OpenAI-Safety-Identifier"


def cause(error: Exception, behind: Exception) -> Exception:
    """Return an error with another one behind it, as httpx raises them."""
    error.__cause__ = behind
    return error


def fail(status: int, content: Any = b"", **headers: str) -> Callable[[Any], httpx.Response]:
    """Return what answers with an error."""
    return lambda _: respond(status, content, **headers)


def say(message: str) -> Callable[[Any], httpx.Response]:
    """Return what answers 429 with a message."""
    return fail(429, {"error": {"message": message}})


UNKNOWN = cause(httpx.ConnectError("no"), socket.gaierror(socket.EAI_NONAME, "unknown"))
REFUSED = cause(httpx.ConnectError("no"), ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
UNTRUSTED = cause(httpx.ConnectError("no"), ssl.SSLCertVerificationError(1, "self-signed"))


@pytest.mark.parametrize(
    ("answers", "status", "pauses"),
    [
        ([200], 200, []),
        ([503, 200], 200, [0.5]),
        ([503], 503, [0.5, 1.0]),
        ([500, 408, 200], 200, [0.5, 1.0]),
        ([409, 200], 200, [0.5]),
        ([429, 200], 200, [0.5]),
        ([429], 429, [0.5, 1.0]),
        ([REFUSED, 200], 200, [0.5]),
        ([REFUSED, 503, REFUSED], None, [0.5, 1.0]),
        ([httpx.ReadTimeout("slow"), 503, 200], 200, [0.5, 1.0]),
        ([httpx.ConnectTimeout("slow"), 200], 200, [0.5]),
        ([httpx.RemoteProtocolError("cut"), 200], 200, [0.5]),
        ([fail(429, retry_after_ms="250"), 200], 200, [0.25]),
        ([fail(503, retry_after="7"), 200], 200, [7.0]),
        ([fail(429, retry_after="0"), 200], 200, [0.0]),
        ([fail(429, retry_after="60"), 200], 200, [60.0]),
        ([fail(429, retry_after="60.1"), 200], 429, []),
        ([fail(429, retry_after="1e400"), 200], 200, [0.5]),
        ([fail(429, retry_after="Tue, 14 Nov 2023 22:13:32 GMT"), 200], 200, [12.0]),
        ([say("Please try again in 1m0s."), 200], 200, [60.0]),
        ([say("Please try again in 1m26.4s."), 200], 429, []),
        ([fail(429, {"error": {"type": "insufficient_quota"}}), 200], 429, []),
        ([400, 200], 400, []),
        ([401, 200], 401, []),
        ([404, 200], 404, []),
        ([fail(307, location="https://b.example/"), 200], 307, []),
        ([fail(400, x_should_retry="true"), 200], 200, [0.5]),
        ([fail(503, x_should_retry="false"), 200], 503, []),
        ([fail(200, b"garbage"), 200], 200, []),
    ],
)
def test_tries_again_where_it_helps(
    world: Any, answers: list[Any], status: int | None, pauses: list[float]
) -> None:
    """Each answer leads to the right pauses and the right end, and says how long it took."""
    server = Server(*answers)
    sender = world.connect(server)
    if status is None:
        world.fail(UnreachableError, sender.send)
    else:
        reply = sender.send()
        assert (reply.status, reply.attempts) == (status, len(pauses) + 1)
        assert reply.seconds == pytest.approx(sum(pauses))
    assert len(server.requests) == len(pauses) + 1
    assert world.clock.waited == pytest.approx(sum(pauses))
    assert world.lines[::2] == [
        f"Asking api.example.com, attempt {n} of 3" for n in range(1, len(pauses) + 2)
    ]
    assert [line.partition(",")[0] for line in world.lines[1::2]] == [
        f"Waiting {pause:.1f}".removesuffix(".0") + " s" for pause in pauses
    ]


def test_tells_why_it_waits(world: Any) -> None:
    """The progress line tells a silent server from a busy one."""
    world.connect(Server(REFUSED, 503, 200), attempts=4).send()
    assert world.lines[1::2] == [
        "Waiting 0.5 s, attempt 2 of 4, no answer",
        "Waiting 1 s, attempt 3 of 4, server busy",
    ]


def test_jitter_shortens_our_pauses(world: Any) -> None:
    """The pause before an attempt is spread, so that clients do not come back together."""
    world.jitter = 1.0
    world.connect(Server(503, 200)).send()
    assert world.clock.waited == pytest.approx(0.375)


@pytest.mark.parametrize(
    ("error", "requests", "problem"),
    [
        (REFUSED, 3, "api.example.com refuses the connection"),
        (httpx.ReadTimeout("slow"), 3, "api.example.com did not answer in time."),
        (httpx.ConnectError("odd"), 3, "api.example.com cannot be reached: odd."),
        (UNKNOWN, 1, "The host api.example.com is unknown."),
        (UNTRUSTED, 1, "The certificate of api.example.com is not trusted"),
        (httpx.UnsupportedProtocol("https://u:Hq8sLw2zPm@p"), 1, "api.example.com has an address"),
        (UnicodeError("label too long"), 1, "api.example.com has an address"),
        (ValueError("invalid literal for int(): 'ek_abc123'"), 3, "api.example.com broke off"),
    ],
)
def test_gives_up_on_the_network(world: Any, error: Exception, requests: int, problem: str) -> None:
    """Without any answer the error names host and cause, and the attempts if there were several."""
    server = Server(error)
    failure = world.fail(UnreachableError, world.connect(server).send)
    assert len(server.requests) == requests
    assert str(failure).startswith(problem)
    assert ("(3 attempts in 2 s)" in str(failure)) is (requests > 1)


@pytest.mark.parametrize(("attempts", "deadline", "requests"), [(1, 180.0, 1), (9, 10.0, 3)])
def test_keeps_attempts_and_deadline(
    world: Any, attempts: int, deadline: float, requests: int
) -> None:
    """Neither an attempt too many nor a pause that would outlast the deadline is begun."""
    server = Server(fail(503, retry_after="4"))
    reply = world.connect(server, attempts=attempts, deadline=deadline).send()
    assert (reply.status, reply.attempts, len(server.requests)) == (503, requests, requests)
    assert reply.seconds == pytest.approx((requests - 1) * 4.0)


def test_the_only_request_is_not_refused_for_longer_than_its_deadline(world: Any) -> None:
    """A server that says "now" and refuses all the same gets no more time than the deadline."""
    reply = world.connect(Server(fail(429, retry_after="0")), attempts=50, deadline=5.0).send()
    assert (reply.status, reply.seconds <= 5.0) == (429, True)


def take(world: Any, seconds: float, answer: Any) -> Callable[[Any], httpx.Response]:
    """Return what lets time pass before it answers."""

    def act(request: httpx.Request) -> httpx.Response:
        world.clock.now += seconds
        if isinstance(answer, Exception):
            raise answer
        return respond(answer) if isinstance(answer, int) else answer(request)

    return act


@pytest.mark.parametrize("answer", [200, httpx.ReadTimeout("slow")])
def test_ends_at_the_deadline(world: Any, answer: Any) -> None:
    """What comes after the deadline does not count, and there is no other attempt."""
    server = Server(take(world, 11, answer))
    failure = world.fail(UnreachableError, world.connect(server, deadline=10.0).send)
    assert str(failure) == (
        "api.example.com did not answer within 10 s, which is the configuration's deadline."
    )
    assert len(server.requests) == 1


def test_the_last_answer_counts_after_the_deadline(world: Any) -> None:
    """An error of the server says more than that there was no time for another attempt."""
    server = Server(503, take(world, 11, httpx.ReadTimeout("slow")))
    reply = world.connect(server, deadline=10.0).send()
    assert (reply.status, reply.attempts, len(server.requests)) == (503, 2, 2)


def test_refusals_of_all_cost_nothing(world: Any) -> None:
    """While others run, being told to wait costs neither attempts nor deadline, up to a number."""
    server = Server(*[fail(429, retry_after="50")] * 10, 503, 200)
    reply = world.connect(server, attempts=2, deadline=60.0).send(is_only_one=False)
    assert (reply.status, reply.attempts) == (200, 12)
    server = Server(fail(429, retry_after="1"))
    reply = world.connect(server, attempts=2, deadline=60.0).send(is_only_one=False)
    assert (reply.status, reply.attempts) == (429, MAX_SERVER_WAITS + 2)


def test_pauses_are_the_pacers(world: Any) -> None:
    """What the server asks for holds all requests back; a pause of our own only this one."""
    sender = world.connect(Server(fail(429, retry_after="9"), 503, 200))
    pauses = []
    sender.send(react=lambda _: pauses.append(sender.pacer.pause_left))
    assert pauses == [0.0, 9.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("answer", [503, REFUSED, fail(429, retry_after="9")])
def test_stop_ends_a_pause(world: Any, answer: Any) -> None:
    """Once all is stopped, a pause ends and nothing more is sent."""
    server = Server(answer)
    sender = world.connect(server)

    def report(line: str) -> None:
        if line.startswith("Waiting"):
            sender.attempts.stop()

    world.fail(CanceledError, sender.send, None, report)
    world.fail(CanceledError, sender.send)
    assert len(server.requests) == 1


def test_stop_ends_a_request(world: Any) -> None:
    """What a stopped connection fails with is no failure of the server."""

    def answer(_: httpx.Request) -> httpx.Response:
        sender.attempts.stop()
        raise httpx.ReadError("shut down")

    sender = world.connect(answer)
    world.fail(CanceledError, sender.send)


def test_sends_what_is_given(world: Any) -> None:
    """Address, headers and body are those of configuration and request, and no others."""
    server = Server(200)
    headers = {"X-A": "1", "user-agent": "mine", "openai-project": "other"}
    sender = world.connect(server, headers=headers, organization="org-1", project="proj_1")
    body = {"session": {"instructions": "Grüße 😀", "audio": {}, "tracing": None, "n": 1.0}}
    sender.send(SessionRequest(Api.GA, "realtime/client_secrets", body, {"X-Safety": "h"}))
    (sent,) = server.requests
    url = "https://api.example.com/v1/realtime/client_secrets"
    assert (sent.method, str(sent.url)) == ("POST", url)
    assert sent.content == json.dumps(body, ensure_ascii=False).encode()
    names = [name for name, _ in sent.headers.multi_items()]
    assert len(names) == len(set(names))
    expected = {
        "authorization": f"Bearer {world.key}",
        "openai-organization": "org-1",
        "openai-project": "proj_1",
        "user-agent": "mine",
        "content-type": "application/json",
        "x-a": "1",
        "x-safety": "h",
    }
    assert expected.items() <= dict(sent.headers).items()
    assert not {"openai-beta", "api-key", "cookie"} & set(names)


def test_sends_no_more_than_needed(world: Any) -> None:
    """Unset parts of the configuration leave no trace; asking for models has no body."""
    server = Server(200)
    world.connect(server).send(LIST_MODELS)
    (sent,) = server.requests
    assert (sent.method, str(sent.url)) == ("GET", "https://api.example.com/v1/models")
    assert sent.content == b""
    assert set(sent.headers) - {"content-type"} == {
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
    """Nothing is added to the body, nothing left out, and every attempt sends the same."""
    server = Server(503, REFUSED, 200)
    world.connect(server).send(SessionRequest(Api.BETA, "realtime/sessions", body))
    assert [sent.content for sent in server.requests] == [content] * 3
    assert len({str(sent.url) for sent in server.requests}) == 1
    assert json.loads(content) == body


def test_uses_azures_header(world: Any) -> None:
    """A key for Azure travels in its own header, and nowhere else."""
    server = Server(200)
    world.connect(server, Authentication("it", lambda: world.key, is_bearer=False)).send()
    headers = server.requests[0].headers
    assert headers["api-key"] == world.key
    assert "authorization" not in headers


def test_a_new_key_is_sent_with_the_next_attempt(world: Any) -> None:
    """Headers that are replaced while a request runs hold from its next attempt on."""
    server = Server(503, 200)
    sender = world.connect(server)

    def report(line: str) -> None:
        if line.startswith("Waiting"):
            sender.attempts.headers = Authentication("it", lambda: "another-token").fetch_headers()

    sender.send(react=report)
    sent = [each.headers["authorization"] for each in server.requests]
    assert sent == [f"Bearer {world.key}", "Bearer another-token"]


def test_own_key_beats_any_header(world: Any) -> None:
    """A configuration from elsewhere cannot put another key in the place of the credential's."""
    server = Server(200)
    world.connect(server, headers={"authorization": "Bearer other"}).send()
    assert server.requests[0].headers.get_list("authorization") == [f"Bearer {world.key}"]


def test_hides_what_servers_repeat(world: Any) -> None:
    """The key, which need not look like one, and a token of the request are shown with a mask."""
    token = "tok-4nLsR8yCf3Hq7Vd2m"
    session = {"tools": [{"type": "mcp", "authorization": token}]}
    request = SessionRequest(Api.GA, "realtime/client_secrets", {"session": session})
    text = json.dumps({"error": f"wrong key {world.key} {token}"}).encode()
    reply = world.connect(Server(fail(401, text))).send(request)
    assert reply.text == '{"error": "wrong key *** ***"}'
    error = classify(reply, "it", lambda _: "")
    world.check(error)
    assert str(error).endswith("The server says: wrong key *** ***")


def test_masks_no_words(world: Any) -> None:
    """A placeholder for a key, as local servers take, is no secret; a key always is one."""
    for key, text, shown in (
        ("none", b"none of it", "none of it"),
        ("a-key-of-ours",) * 2 + ("***",),
    ):
        content = text if isinstance(text, bytes) else text.encode()
        sender = world.connect(
            Server(fail(400, content)), Authentication("it", lambda key=key: key)
        )
        assert sender.send().text == shown


@pytest.mark.parametrize(
    ("stem", "kind"),
    [
        ("error_429_credit_balance_exhausted", QuotaError),
        ("error_429_rate_limit_exceeded_rpd", BusyError),
    ],
)
def test_does_not_wait_in_vain(world: Any, stem: str, kind: type) -> None:
    """Neither an empty account nor a wait above the limit is waited for."""
    reply = world.connect(Server(fail(429, read_response(stem)))).send()
    assert (reply.attempts, world.clock.waited) == (1, 0)
    assert reply.wait_exceeds_limit is (kind is BusyError)
    error = classify(reply, "it", lambda _: "")
    world.check(error)
    assert type(error) is kind


@pytest.mark.parametrize(
    ("deadline", "connect", "read"), [(180.0, 1.5, 2.5), (2.0, 1.5, 2.0), (1.0, 1.0, 1.0)]
)
def test_has_times_from_the_configuration(
    world: Any, deadline: float, connect: float, read: float
) -> None:
    """Each part of an exchange has the configured timeout, and ends with the deadline."""
    server = Server(200)
    world.connect(server, connect_timeout=1.5, read_timeout=2.5, deadline=deadline).send()
    expected = {"connect": connect, "read": read, "write": read, "pool": read}
    assert server.requests[0].extensions["timeout"] == expected


def keep(status: int, content: Any = b"") -> Callable[[Any], httpx.Response]:
    """Return what answers and stays connected."""
    return lambda _: respond(status, content, kept=True)


PLANTED = keep(200, {"value": "ek_planted_0001", "session": {"instructions": "row 9"}})
LEFT_OUT = keep(200, {"value": "ek_planted_0002"})
HUGE = keep(200, b" " * (SIZE_LIMIT + 1))
GONE = httpx.RemoteProtocolError("gone")
DOUBTED = [PLANTED, LEFT_OUT, HUGE, keep(401), keep(400), keep(307), GONE]


@pytest.mark.parametrize("answer", DOUBTED, ids=range(len(DOUBTED)))
def test_doubts_an_answer_on_a_used_connection(world: Any, answer: Any) -> None:
    """What may be another request's answer costs a new connection, but no attempt."""
    server = Server(mint, answer, mint)
    sender = world.connect(server, attempts=1)
    first, second = (sender.send(ask(number)) for number in (1, 2))
    assert json.loads(second.text)["session"]["instructions"] == "row 2"
    assert (second.attempts, len(server.requests)) == (1, 3)
    assert first.client_secret.value != second.client_secret.value


def list_new(server: Server) -> list[bool]:
    """Return which requests opened a connection: only then it is traced."""
    return ["trace" in request.extensions for request in server.requests]


def test_what_answers_cannot_tell_apart_shares_no_connection(world: Any) -> None:
    """Requests that differ only in a header, which no answer repeats, take new connections."""
    server = Server(mint)
    sender = world.connect(server)
    one, other = (replace(ask(1), headers={SAFETY: agent}) for agent in ("a", "b"))
    for request in (one, one, other, ask(2)):
        sender.send(request)
    assert list_new(server) == [True, False, True, False]


def test_a_connection_with_more_to_read_is_not_used(world: Any) -> None:
    """A connection that the server has closed, or written to, is replaced before the next call."""

    class Readable(OpenStream):
        def get_extra_info(self, name: str) -> Any:
            return name == "is_readable" or super().get_extra_info(name)

    def answer(request: httpx.Request) -> httpx.Response:
        answered = mint(request)
        answered.extensions["network_stream"] = Readable()
        return answered

    server = Server(answer, mint)
    sender = world.connect(server)
    for number in range(3):
        sender.send(ask(number))
    assert list_new(server) == [True, True, False]


def test_believes_a_new_connection(world: Any) -> None:
    """An answer on a new connection is believed, whatever it is, and the first error, too."""
    for answer in (PLANTED, keep(401)):
        server = Server(mint, answer)
        sender = world.connect(server)
        sender.send(ask(1))
        assert sender.send(ask(2)).text == world.connect(Server(answer)).send().text
        assert len(server.requests) == 3


def test_overload_on_a_used_connection_is_a_retry(world: Any) -> None:
    """A 429 or 503 leads to another attempt anyhow, so that it is believed; not the last one."""
    server = Server(mint, keep(503), mint)
    sender = world.connect(server, attempts=2)
    sender.send(ask(1))
    assert (sender.send(ask(2)).attempts, world.clock.waited) == (2, 0.5)
    server = Server(mint, keep(503), mint)
    sender = world.connect(server, attempts=1)
    sender.send(ask(1))
    assert sender.send(ask(2)).attempts == 1
    assert len(server.requests) == 3


def test_a_doubtful_answer_after_the_deadline_is_none(world: Any) -> None:
    """Where there is no time to ask once more, no other request's secret is handed out."""

    class Late(httpx.ByteStream):
        def close(self) -> None:
            world.clock.now += 11

    def plant(_: httpx.Request) -> httpx.Response:
        planted = respond(200, {"value": "ek_planted_0001"}, kept=True)
        planted.stream = Late(b'{"value": "ek_planted_0001"}')
        return planted

    sender = world.connect(Server(mint, plant), deadline=10.0)
    sender.send(ask(1))
    failure = world.fail(UnreachableError, sender.send, ask(2))
    assert "did not answer within 10 s" in str(failure)


def test_models_need_no_secret(world: Any) -> None:
    """The list of models has no secret to be told by; on a used connection it is asked twice."""
    server = Server(keep(200, {"data": []}))
    sender = world.connect(server)
    assert [sender.send(LIST_MODELS).status for _ in range(2)] == [200, 200]
    assert len(server.requests) == 3


def test_shows_no_key(world: Any) -> None:
    """Neither a reply nor a request tells the key or the client secret by its representation."""
    reply = world.connect(Server(fail(200, {"value": "ek_scrubbed"}))).send()
    shown = f"{reply!r}{world.request!r}{world.authentication!r}{Configuration()!r}"
    assert world.key not in shown
    assert "ek_scrubbed" not in shown
    assert "ek_scrubbed" in reply.text
