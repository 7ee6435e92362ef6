# SPDX-License-Identifier: MIT
"""What goes wrong below HTTP, on real sockets where that is possible."""

from __future__ import annotations

import datetime as dt
import errno
import socket
import ssl
from typing import TYPE_CHECKING, Any

import httpcore
import pytest

from openai_realtime.client.network import ConnectionFailedError, explain
from openai_realtime.client.reply import Problem
from openai_realtime.errors import UnreachableError
from realtime_dev.sandbox import Piece, RawServer, Step, compose_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

OK = compose_answer(b"{}")
CUT = compose_answer(b"{}", headers={"content-length": "100"})
NO_GZIP = compose_answer(b"no gzip", headers={"content-encoding": "gzip"})
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.fixture
def trusted(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the authority known in the way that KNIME does."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))


def make_context(authority: trustme.CA, name: str, **options: Any) -> ssl.SSLContext:
    """Return what a server for `name` needs for TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **options).configure_cert(context)
    return context


@pytest.fixture
def closed_port() -> int:
    """Return a port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize(
    ("script", "problem", "connections"),
    [
        ([Step.READ, Step.RESET], "broke the connection off", 2),
        ([Step.RESET], "broke", 2),
        ([Step.READ, b"HTTP/1.1 200 OK\r\n", Step.RESET], "broke the connection off", 2),
        ([Step.READ, b"HTTP/1.1 200 OK\r\n\r\n{", Step.RESET], "broke the connection off", 2),
        ([Step.READ], "broke off before the answer was complete", 2),
        ([Step.READ, b"HTTP/1.1 200 OK\r\n"], "broke off before the answer was complete", 2),
        ([Step.READ, CUT], "broke off before the answer was complete", 2),
        ([Step.READ, CHUNKED, b"5\r\n{"], "broke off before the answer was complete", 2),
        ([Step.READ, CHUNKED, b"five\r\n{"], "or answers in no HTTP", 2),
        ([Step.READ, b"SSH-2.0-OpenSSH_9.6\r\n"], "or answers in no HTTP", 2),
        ([Step.READ, b"HTTP/3 200 OK\r\n\r\n"], "or answers in no HTTP", 2),
        ([Step.READ, b"HTTP/1.1 200 OK\r\n" + b"a" * 200_000], "or answers in no HTTP", 2),
        ([Step.READ, b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"], "answers in no HTTP", 2),
    ],
)
def test_names_the_breach(world: Any, script: list[Piece], problem: str, connections: int) -> None:
    """Each way of not answering is named with the host, and tried again where that may help."""
    with RawServer(script) as server:
        host = server.url.removeprefix("http://")
        client = world.dial(server.url, attempts=2)
        error = world.fail(UnreachableError, client.mint, world.request)
        assert server.connections == connections
    assert host in str(error)
    assert problem in str(error)
    assert ("(2 attempts in " in str(error)) is (connections == 2)


def test_keeps_what_cannot_be_decompressed(world: Any) -> None:
    """A body in another compression than its headers say is kept as it came, and says so."""
    with RawServer([Step.READ, NO_GZIP]) as server:
        reply = world.dial(server.url, attempts=2).mint(world.request)
    assert (reply.status, reply.content, reply.attempts) == (200, b"no gzip", 1)
    assert reply.problem == Problem()
    error = world.fail(UnreachableError, reply.require_readable)
    assert "(200) is compressed in a way that cannot be read" in str(error)


def test_repeats_no_secret() -> None:
    """What httpcore says is shown without secrets, also where it is cut."""
    text = "x" * 90 + "kq7Vd2mXw9ZbT4nLsR8yCf3H"
    message = str(explain(httpcore.ReadError(text), "h", secrets=["kq7Vd2mXw9ZbT4nLsR8yCf3H"]))
    assert "kq7" not in message


def test_recovers_from_a_breach(world: Any) -> None:
    """The attempt after a broken connection uses a new one."""
    with RawServer([Step.READ, Step.RESET], [Step.READ, OK]) as server:
        reply = world.dial(server.url, attempts=2).mint(world.request)
    assert (reply.status, reply.attempts) == (200, 2)


def test_names_a_closed_port(world: Any, closed_port: int) -> None:
    """Where nothing listens, host and port are named."""
    client = world.dial(f"http://127.0.0.1:{closed_port}/v1")
    error = world.fail(UnreachableError, client.mint, world.request)
    assert str(error).startswith(f"127.0.0.1:{closed_port} refuses the connection")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_names_an_unknown_host(world: Any, scheme: str) -> None:
    """A host that no one knows is named and not asked for again."""
    client = world.dial(f"{scheme}://name.invalid/v1", attempts=3)
    error = world.fail(UnreachableError, client.mint, world.request)
    assert str(error).startswith("The host name.invalid is unknown.")
    assert len(world.lines) == 1


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.invalid", "\u2603.invalid"])
def test_names_an_impossible_host(world: Any, host: str) -> None:
    """A name that cannot be looked up at all is told from an unknown one."""
    client = world.dial(f"https://{host}/v1", attempts=3)
    error = world.fail(UnreachableError, client.mint, world.request)
    assert str(error).startswith(f"{host} has an address that cannot be used.")
    assert len(world.lines) == 1


def test_names_a_server_without_tls(world: Any) -> None:
    """A port for http that is asked for https is recognised."""
    with RawServer([b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as server:
        client = world.dial(server.url.replace("http:", "https:"), attempts=3)
        error = world.fail(UnreachableError, client.mint, world.request)
    assert "does not speak TLS as expected" in str(error)
    assert len(world.lines) == 1


def test_names_a_server_with_tls(world: Any, authority: trustme.CA) -> None:
    """A port for https that is asked for http ends in an error that names the host."""
    with RawServer([Step.READ], ssl_context=make_context(authority, "127.0.0.1")) as server:
        host = server.url.removeprefix("https://")
        client = world.dial(f"http://{host}")
        error = world.fail(UnreachableError, client.mint, world.request)
    assert str(error).startswith(f"{host} broke")


def test_names_an_untrusted_certificate(world: Any, authority: trustme.CA) -> None:
    """A certificate of an unknown authority is refused, and no request is sent."""
    with RawServer([Step.READ, OK], ssl_context=make_context(authority, "127.0.0.1")) as server:
        client = world.dial(server.url, attempts=3)
        error = world.fail(UnreachableError, client.mint, world.request)
        assert server.requests == []
    assert str(error).startswith("The certificate of 127.0.0.1:")
    assert "is not trusted: " in str(error)
    assert "must be known to KNIME" in str(error)
    assert len(world.lines) == 1


@pytest.mark.usefixtures("trusted")
def test_trusts_knimes_certificates(world: Any, authority: trustme.CA) -> None:
    """An authority that SSL_CERT_FILE names is trusted, and connections over TLS are let go of."""
    with RawServer([Step.READ, OK], ssl_context=make_context(authority, "127.0.0.1")) as server:
        client = world.dial(server.url)
        assert [client.mint(world.request).status for _ in range(2)] == [200, 200]
        assert b"authorization: Bearer" in server.requests[0].replace(b"A", b"a")


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("other.example", {}, "mismatch"),
        (
            "127.0.0.1",
            {"not_after": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
            "expired",
        ),
    ],
)
def test_names_a_certificate_that_does_not_fit(
    world: Any, authority: trustme.CA, name: str, options: dict[str, Any], problem: str
) -> None:
    """A trusted authority does not help a certificate for another host or another time."""
    context = make_context(authority, name, **options)
    with RawServer([Step.READ, OK], ssl_context=context) as server:
        error = world.fail(UnreachableError, world.dial(server.url).mint, world.request)
    assert "The certificate of 127.0.0.1:" in str(error)
    assert problem in str(error)


@pytest.fixture(params=["https_proxy", "HTTPS_PROXY", "all_proxy"])
def proxy_variable(request: pytest.FixtureRequest) -> Iterator[str]:
    """Hand out the names by which a proxy is set."""
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden"])
def test_names_a_proxy_that_refuses(
    world: Any, monkeypatch: pytest.MonkeyPatch, proxy_variable: str, status: str
) -> None:
    """A refusal by the proxy is told from one by the server; its password stays hidden."""
    with RawServer([Step.READ, f"HTTP/1.1 {status}\r\n\r\n".encode()]) as proxy:
        address = proxy.url.replace("//", f"//user:{world.proxy_password}@")
        monkeypatch.setenv(proxy_variable, address)
        client = world.dial("https://api.example.invalid/v1", attempts=3)
        error = world.fail(UnreachableError, client.mint, world.request)
        (sent,) = proxy.requests
    assert sent.startswith(b"CONNECT api.example.invalid:443")
    assert b"Proxy-Authorization: Basic" in sent
    assert world.key.encode() not in sent
    where = proxy.url.removeprefix("http://")
    expected = f"The proxy {where} refuses to connect to api.example.invalid ({status[:3]}). Check"
    assert str(error).startswith(expected)


def test_asks_the_proxy_for_plain_http(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TLS the proxy's refusal is an ordinary answer."""
    answer = compose_answer(b"", status="407 Proxy Authentication Required")
    with RawServer([Step.READ, answer]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert world.dial("http://api.example.invalid/v1").mint(world.request).status == 407


def test_passes_the_proxy_by(world: Any, monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    """Hosts that are excepted from the proxy are asked directly."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    with RawServer([Step.READ, OK]) as server:
        assert world.dial(server.url).mint(world.request).status == 200


def test_names_a_proxy_that_is_gone(
    world: Any, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    """Where the proxy does not listen, the message sends the user to look there, too."""
    monkeypatch.setenv("https_proxy", f"http://user:{world.proxy_password}@127.0.0.1:{closed_port}")
    client = world.dial("https://api.example.invalid/v1")
    error = world.fail(UnreachableError, client.mint, world.request)
    assert "refuses the connection" in str(error)
    assert "proxy" in str(error)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("https_proxy", "ftp://user:Hq8sLw2zPm@proxy:1", "The address of the proxy"),
        ("https_proxy", "http://user:Hq8sLw2zPm@proxy:x", "The address of the proxy"),
        ("https_proxy", "http://user:Hq8sLw2zPm@", "The address of the proxy"),
        ("https_proxy", "socks5://user:Hq8sLw2zPm@proxy:1", "The proxy is one for SOCKS"),
        ("SSL_CERT_FILE", "/no/such/file", "The certificates that SSL_CERT_FILE names"),
        ("SSL_CERT_FILE", __file__, "The certificates that SSL_CERT_FILE names"),
        ("REQUESTS_CA_BUNDLE", "/no/such/file", "The certificates that REQUESTS_CA_BUNDLE names"),
    ],
)
def test_names_wrong_surroundings(
    world: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    """Surroundings that cannot be used end in an error that says which they are."""
    monkeypatch.setenv(name, value)
    error = world.fail(UnreachableError, world.dial, "https://api.example.invalid/v1")
    assert str(error).startswith(problem)


def test_names_an_impossible_proxy(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy whose name cannot be looked up fails with our words, too."""
    monkeypatch.setenv("https_proxy", f"http://user:{world.proxy_password}@a..b:1")
    client = world.dial("https://api.example.invalid/v1")
    error = world.fail(UnreachableError, client.mint, world.request)
    assert str(error).startswith("The proxy a..b:1 has an address that cannot be used.")


def chain(error: Exception, *causes: BaseException) -> Any:
    """Return `error` with causes behind it."""
    last: BaseException = error
    for each in causes:
        last.__cause__ = each
        last = each
    return error


@pytest.mark.parametrize(
    ("error", "problem", "worth_retrying"),
    [
        (httpcore.ConnectTimeout("x"), "h could not be connected to in time.", True),
        (httpcore.ReadTimeout("x"), "h did not answer in time.", True),
        (httpcore.WriteTimeout("x"), "h did not answer in time.", True),
        (httpcore.PoolTimeout("x"), "h did not answer in time.", True),
        (httpcore.UnsupportedProtocol("x"), "h has an address that cannot be used.", False),
        (UnicodeError("x"), "h has an address that cannot be used.", False),
        (httpcore.RemoteProtocolError("x"), "h broke off before the answer was complete", True),
        (httpcore.ProxyError("502 Bad"), "The proxy refuses to connect to h (502).", False),
        (httpcore.ProxyError("user:Hq8sLw2zPm@"), "The proxy refuses", False),
        (httpcore.ReadError("odd"), "h cannot be reached: odd.", True),
        (httpcore.ReadError("a\n\x00b" * 99), "h cannot be reached: a ba b", True),
        (
            httpcore.ReadError("http://user:Hq8sLw2zPm@proxy"),
            "h cannot be reached: http://***@proxy.",
            True,
        ),
        (
            chain(httpcore.ConnectError("x"), OSError(errno.ECONNREFUSED, "x")),
            "h refuses the connection",
            True,
        ),
        (
            chain(httpcore.ReadError("x"), ConnectionResetError(errno.ECONNRESET, "x")),
            "h broke the",
            True,
        ),
        (
            chain(httpcore.WriteError("x"), BrokenPipeError(errno.EPIPE, "x")),
            "h cannot be reached",
            True,
        ),
        (chain(httpcore.ConnectError("x"), ssl.SSLError(1, "x")), "h does not speak TLS", False),
        (chain(httpcore.WriteError("x"), ssl.SSLEOFError(8, "x")), "h broke the connection", True),
        (
            chain(
                httpcore.ConnectError("x"), OSError("y"), socket.gaierror(socket.EAI_NONAME, "x")
            ),
            "The host h is unknown.",
            False,
        ),
        (
            chain(httpcore.ConnectError("x"), socket.gaierror(socket.EAI_AGAIN, "x")),
            "The address of the host h cannot be looked up right now.",
            True,
        ),
        (
            chain(httpcore.ConnectError("x"), ssl.SSLCertVerificationError(1, "odd")),
            "The certificate of h is not trusted:",
            False,
        ),
    ],
)
def test_explains(error: Any, problem: str, *, worth_retrying: bool) -> None:
    """Each of httpx's errors has one line, and a verdict on the next attempt."""
    failure = explain(error, "h")
    assert isinstance(failure, ConnectionFailedError)
    assert str(failure).startswith(problem)
    assert len(str(failure)) <= 300
    assert failure.worth_retrying is worth_retrying


def test_explains_circles() -> None:
    """Errors that stand behind each other in a circle are followed once."""
    first, second = httpcore.ConnectError("first"), OSError("second")
    first.__cause__, second.__context__ = second, first
    assert str(explain(first, "h")) == "h cannot be reached: first."


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (
            chain(httpcore.ConnectError("x"), socket.gaierror(socket.EAI_NONAME, "x")),
            "The proxy p:1 for h is unknown.",
        ),
        (
            chain(httpcore.ConnectError("x"), OSError(errno.ECONNREFUSED, "x")),
            "The proxy p:1 refuses the connection",
        ),
        (httpcore.ConnectTimeout("x"), "The proxy p:1 could not be connected to in time."),
    ],
)
def test_blames_the_proxy(error: Any, problem: str) -> None:
    """What the proxy is to blame for does not send anybody to the server's operator."""
    message = str(explain(error, "h", "p:1"))
    assert message.startswith(problem)
    assert " h" in message
