# SPDX-License-Identifier: MIT
"""Random and mutated answers: the node raises nothing but our own errors, in one short line."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import knime.extension as knext
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client.fakes import FakeClock
from openai_realtime.api import Api
from openai_realtime.client import engine
from openai_realtime.client.configuration import Configuration, Provider
from openai_realtime.client.engine import Engine
from openai_realtime.client.transport import httpx
from openai_realtime.nodes.boundary import NodeError
from openai_realtime.nodes.minting import MintingNode
from openai_realtime.nodes.ports import ConfigurationPort, ConfigurationSpec
from openai_realtime.nodes.session import CreateRealtimeSession
from openai_realtime.request import SessionRequest
from realtime_dev.faultsuite.case import GOOD, KEY, TOKEN
from realtime_dev.faultsuite.suite import CREDENTIALS
from realtime_dev.host.callbacks import NodeCallbacks
from realtime_dev.knime_standin import ExecutionContext

RESPONSES = Path(__file__).parents[1] / "data" / "responses"
RECORDED = [
    path.read_bytes() for path in sorted(RESPONSES.glob("*.json")) if "REQUEST" not in path.name
]
OURS = (NodeError, knext.InvalidParametersError)
# Slow machines are no reason to fail.
EXAMPLES = settings(suppress_health_check=list(HealthCheck), database=None)


class Answering:
    """Puts the node in front of a function from request to response: no sockets, no time.

    What is sent is composed once, to be quick.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._answer: Callable[[], httpx.Response] = lambda: httpx.Response(200)
        self.sent: list[httpx.Request] = []
        configuration = Configuration(
            provider=Provider.COMPATIBLE, base_url="https://api.example.com/v1", attempts=2
        )
        self._port = ConfigurationPort(ConfigurationSpec(configuration, "key"))
        session = {"tools": [{"type": "mcp", "authorization": TOKEN}]}
        request = SessionRequest(Api.GA, "realtime/client_secrets", {"session": session})
        monkeypatch.setattr(MintingNode, "compose", lambda *_: (request, []))
        monkeypatch.setattr(engine, "Engine", self._open_engine)

    def _open_engine(self, *given: Any, **options: Any) -> Engine[Any]:
        return Engine(
            *given,
            clock=FakeClock(),
            open_transport=lambda: httpx.MockTransport(self._respond),
            **options,
        )

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self._answer()

    def run(self, response: Callable[[], httpx.Response], table: str) -> dict[str, Any] | None:
        """Return the table's row, or None for a failure, after a look at its line."""
        self._answer = response
        node: Any = CreateRealtimeSession()
        node.result_format = table
        context: Any = ExecutionContext(NodeCallbacks(CREDENTIALS))
        try:
            made = node.execute(context, self._port)[0]
        except OURS as error:
            check_line(error)
            return None
        (row,) = made.to_pyarrow().to_pylist()
        return dict(row)


def check_line(error: Exception) -> None:
    """Assert that what an error shows is one short line of ours, without a secret."""
    text = str(error)
    assert not text.startswith("Unexpected "), text
    assert 0 < len(text) <= 300
    assert text.isprintable()
    assert KEY not in text
    assert TOKEN not in text
    assert error.__cause__ is error.__context__ is None


@pytest.fixture(scope="module")
def answering() -> Iterator[Answering]:
    """Hand out the nodes, in front of whatever a test wants."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Answering(monkeypatch)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=20),
    # Halves of characters as well, which JSON can hold and tables cannot.
    st.text(st.characters(codec=None), max_size=5),
    st.sampled_from(["ek_abc", KEY, TOKEN, "inf", "", " ", "\x00", "\ud800", 1e308, 10**400]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(["value", "session"]), inner)
    ),
    max_leaves=12,
)
STATUSES = st.sampled_from(
    [200, 200, 200, 201, 204, 301, 307, 400, 401, 403, 404, 407, 408, 409, 422, 429, 500, 503]
) | st.integers(200, 999)
NAMES = [
    *("content-type", "content-encoding", "content-length", "location", "set-cookie"),
    *("retry-after", "retry-after-ms", "x-should-retry", "x-request-id", "apim-request-id"),
]
VALUES = [
    *("application/json; charset=utf-16", "text/html; charset=klingon", "charset=idna"),
    *("charset=punycode", "charset=undefined", "gzip", "deflate", "br"),
    *("nan", "-1", "1e400", "Fri, 31 Dec 9999 23:59:59 GMT", "true", "false"),
    *("http://[::1", "/v2", "//other.example", "https://api.example.com:0/"),
    *("https://api.example.com/v1/realtime/client_secrets", KEY),
]
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS | st.sampled_from(VALUES)), max_size=4)


CHOICES = st.randoms(use_true_random=False)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a recorded body with bytes cut out, replaced, doubled or put in."""
    body = draw(st.sampled_from(RECORDED))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 40)))
        new = draw(
            st.binary(max_size=8)
            | st.sampled_from([b'"', b"{", b"[", b"null", b"1e999", b"\\ud83d", b"\xff", b'":'])
            | st.just(body[start:end] * 2)
        )
        body = body[:start] + new + body[end:]
    return body


def replace_somewhere(body: Any, new: Any, choose: random.Random) -> Any:
    """Return JSON with one value, at a random place, replaced."""
    if isinstance(body, (dict, list)) and body and choose.random() < 0.8:
        copied = body.copy()
        key = choose.choice(list(body) if isinstance(body, dict) else range(len(body)))
        copied[key] = replace_somewhere(body[key], new, choose)
        return copied
    return new


def encode(body: Any) -> bytes:
    """Return JSON as servers of any quality write it."""
    return json.dumps(body).encode()


def find_loss(content: bytes, text: str) -> bool:
    """Return whether a body without secrets, in UTF-8 or no text at all, is not all there."""
    try:
        return content.decode().removeprefix("\ufeff") != text
    except UnicodeDecodeError:
        return content.decode("latin-1") != text


def answer(status: int, headers: list[tuple[str, str]], content: bytes) -> httpx.Response:
    """Return a response that is streamed, as those of servers are."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return httpx.Response(status, headers=raw, stream=httpx.ByteStream(content))


ODD = st.builds(replace_somewhere, st.sampled_from(RECORDED).map(json.loads), JSON, CHOICES)
REASONS = st.builds(
    lambda member, text: {"error": {"message": "No.", member: text}},
    st.sampled_from(["message", "code", "type", "param"]),
    st.text(st.characters(codec=None), max_size=500),
)
CONTENTS = st.binary(max_size=300) | mutated() | (JSON | ODD | REASONS).map(encode)


@EXAMPLES
@given(STATUSES, HEADERS, CONTENTS)
def test_any_answer(
    answering: Answering, status: int, headers: list[tuple[str, str]], content: bytes
) -> None:
    """Whatever a server answers makes a row or an error of ours; raw output is always a row."""
    answering.run(lambda: answer(status, headers, content), "structured")
    row = answering.run(lambda: answer(status, headers, content), "raw")
    assert row is not None
    assert row["status"] == status


@EXAMPLES
@given(JSON, CHOICES)
def test_odd_sessions_make_a_table(answering: Answering, new: Any, choose: random.Random) -> None:
    """Whatever stands beside a good secret, there is a row, and it has the secret."""
    session = json.loads(RECORDED[-1]).get("session", {})
    content = encode(GOOD | {"session": replace_somewhere(session, new, choose)})
    row = answering.run(lambda: answer(200, [], content), "structured")
    assert row is not None
    assert row["Client Secret"] == GOOD["value"]


@EXAMPLES
@given(STATUSES, st.binary(max_size=300) | mutated())
def test_raw_loses_no_body(answering: Answering, status: int, content: bytes) -> None:
    """Raw output has every byte of a body, as UTF-8 or else one character for each."""
    row = answering.run(lambda: answer(status, [], content), "raw")
    assert row is not None
    assert not find_loss(content, row["body"])


KINDS = [
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.ReadError),
    *(httpx.WriteError, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol),
    *(httpx.LocalProtocolError, httpx.RemoteProtocolError),
]


@EXAMPLES
@given(
    st.sampled_from(KINDS),
    st.text(st.characters(codec=None), max_size=400),
    st.sampled_from(["raw", "structured"]),
)
def test_transport_errors(
    answering: Answering, kind: type[Exception], text: str, table: str
) -> None:
    """Whatever httpx complains of, in whatever words, the node says in one line of ours."""

    def fail() -> httpx.Response:
        raise kind(f"{text} {KEY}")

    assert answering.run(fail, table) is None


def test_secrets_are_found(answering: Answering) -> None:
    """The checks above can fail: a row, a failure and the key are really there."""
    good = answering.run(lambda: answer(200, [], encode(GOOD)), "structured")
    assert good is not None
    assert good["Client Secret"] == GOOD["value"]
    assert answering.run(lambda: answer(400, [], b"{}"), "structured") is None
    assert answering.sent[-1].headers["Authorization"] == f"Bearer {KEY}"
