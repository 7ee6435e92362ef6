# SPDX-License-Identifier: MIT
"""What the user is told where no answer came, and whether it is tried again."""

from __future__ import annotations

import datetime as dt
import errno
import socket
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from client.conftest import KEY
from openai_realtime.client.configuration import Configuration
from openai_realtime.client.failures import explain_deadline, explain_failure
from openai_realtime.client.proxy import Proxy
from openai_realtime.client.transport import httpx
from openai_realtime.errors import UnreachableError
from realtime_dev.sandbox import RawServer, Step, compose_answer

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

OK = compose_answer(b"{}")
PROXY = Proxy("http://p:1", "p:1")


def chain(error: Exception, *causes: BaseException) -> Any:
    """Return `error` with causes behind it."""
    last: BaseException = error
    for each in causes:
        last.__cause__ = each
        last = each
    return error


def connect(*causes: BaseException) -> Any:
    """Return the error of a connection that could not be made."""
    return chain(httpx.ConnectError("x"), *causes)


UNKNOWN = socket.gaierror(socket.EAI_NONAME, "x")
LATER = socket.gaierror(socket.EAI_AGAIN, "x")
REFUSED = OSError(errno.ECONNREFUSED, "x")
UNTRUSTED = ssl.SSLCertVerificationError(1, "odd")
ALERT = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] alert (_ssl.c:1)")
ALERT.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
BROKEN = ConnectionResetError(errno.ECONNRESET, "x")


@pytest.mark.parametrize(
    ("error", "problem", "should_retry"),
    [
        (httpx.ConnectTimeout("x"), "h could not be connected to in time.", True),
        (httpx.ReadTimeout("x"), "h did not answer in time.", True),
        (httpx.WriteTimeout("x"), "h did not answer in time.", True),
        (httpx.PoolTimeout("x"), "h did not answer in time.", True),
        (httpx.UnsupportedProtocol("x"), "h has an address that cannot be used.", False),
        (UnicodeError("x"), "h has an address that cannot be used.", False),
        (httpx.RemoteProtocolError("x"), "h broke off before the answer was complete", True),
        (httpx.ReadError("odd"), "h cannot be reached: odd.", True),
        (httpx.ReadError("a\n\x00b" * 99), "h cannot be reached: a ba b", True),
        (httpx.ReadError("http://u:Hq8sLw2zPm@p"), "h cannot be reached: http://***@p.", True),
        (connect(REFUSED), "h refuses the connection", True),
        (chain(httpx.ReadError("x"), BROKEN), "h broke the connection off", True),
        (chain(httpx.WriteError("x"), OSError(errno.EPIPE, "x")), "h cannot be reached", True),
        (connect(ssl.SSLError(1, "x")), "h does not speak TLS", False),
        (chain(httpx.WriteError("x"), ssl.SSLEOFError(8, "x")), "h broke the connection", True),
        (connect(OSError("y"), UNKNOWN), "The host h is unknown.", False),
        (connect(LATER), "The address of the host h cannot be looked up right now.", True),
        (connect(UNTRUSTED), "The certificate of h is not trusted:", False),
        (chain(httpx.ReadError("x"), ALERT), "h wants a client certificate", False),
    ],
)
def test_explains(error: Any, problem: str, *, should_retry: bool) -> None:
    """Each of httpx's errors has one line, and a verdict on the next attempt."""
    failure = explain_failure(error, "h", None, ())
    assert str(failure).startswith(problem)
    assert len(str(failure)) <= 300
    assert failure.should_retry is should_retry


@pytest.mark.parametrize(
    ("error", "handshake", "problem"),
    [
        (connect(UNKNOWN), "", "The proxy p:1 for h is unknown."),
        (connect(LATER), "", "The address of the proxy p:1 for h cannot be looked up"),
        (connect(REFUSED), "", "The proxy p:1 refuses the connection"),
        (httpx.ConnectTimeout("x"), "", "The proxy p:1 could not be connected to in time."),
        (httpx.ProxyError("502 Bad"), "", "The proxy p:1 refuses to connect to h (502)."),
        (httpx.ProxyError("user:Hq8sLw2zPm@"), "", "The proxy p:1 refuses to connect to h. Check"),
        (UnicodeError("x"), "", "The proxy p:1 has an address that cannot be used."),
        (connect(UNTRUSTED), "connection", "The certificate of p:1 is not trusted"),
        (connect(ssl.SSLError(1, "x")), "connection", "The proxy p:1 does not speak TLS"),
        (connect(UNTRUSTED), "proxy", "The certificate of h is not trusted"),
        (connect(ssl.SSLError(1, "x")), "proxy", "h does not speak TLS"),
        (httpx.ConnectTimeout("x"), "proxy", "h could not be connected to in time."),
        (chain(httpx.ReadError("x"), ALERT), "", "h wants a client certificate"),
    ],
)
def test_blames_the_right_one(error: Any, handshake: str, problem: str) -> None:
    """What the proxy is to blame for does not send anybody to the server, nor the other way."""
    message = str(explain_failure(error, "h", PROXY, (), handshake))
    assert message.startswith(problem)
    assert ("The proxy p:1 is in between." in message) is (handshake == "proxy")
    assert "Hq8" not in message


def test_repeats_no_secret() -> None:
    """What httpx says is shown without secrets, also where it is cut."""
    error = httpx.ReadError("x" * 90 + KEY)
    assert KEY[:3] not in str(explain_failure(error, "h", None, [KEY]))


def test_names_the_deadline() -> None:
    """The message names the host and the setting; there is no time for another attempt."""
    failure = explain_deadline(Configuration(base_url="https://h", deadline=2.5))
    assert str(failure).startswith("h did not answer within 2.5 s")
    assert not failure.should_retry


def create_server_context(authority: trustme.CA, name: str, **options: Any) -> ssl.SSLContext:
    """Return what a server for `name` needs for TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **options).configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("name", "is_known", "options", "problem"),
    [
        ("127.0.0.1", False, {}, "issuer"),
        ("other.example", True, {}, "mismatch"),
        ("127.0.0.1", True, {"not_after": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "expired"),
    ],
)
def test_names_a_certificate_that_does_not_fit(  # noqa: PLR0917 - a table's columns and fixtures
    world: Any,
    authority: trustme.CA,
    ca_file: Path,
    name: str,
    options: dict[str, Any],
    problem: str,
    *,
    is_known: bool,
) -> None:
    """A certificate of a stranger, for another host or another time stops all before it begins."""
    context = create_server_context(authority, name, **options)
    settings = {"ca_file": str(ca_file)} if is_known else {}
    with RawServer([Step.READ, OK], ssl_context=context) as server:
        sender = world.dial(server.url, attempts=3, **settings)
        error = world.fail(UnreachableError, sender.send)
        assert (server.requests, len(world.lines)) == ([], 1)
    assert str(error).startswith("The certificate of 127.0.0.1:")
    assert problem in str(error)
    assert "must be known to KNIME" in str(error)


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        (ssl.TLSVersion.TLSv1_3, "wants a client certificate (mutual TLS)"),
        (ssl.TLSVersion.TLSv1_2, "does not speak TLS as expected"),
    ],
)
def test_names_a_server_that_wants_a_certificate(
    world: Any, authority: trustme.CA, ca_file: Path, version: ssl.TLSVersion, problem: str
) -> None:
    """Mutual TLS is named where TLS says so, and not tried again."""
    context = create_server_context(authority, "127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    authority.configure_trust(context)

    def serve() -> None:
        connection, _ = listener.accept()
        # asyncio, and so RawServer, would not send the alert.
        with connection, suppress(ssl.SSLError, ConnectionError):
            context.wrap_socket(connection, server_side=True).recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        sender = world.dial(url, attempts=3, ca_file=str(ca_file))
        error = world.fail(UnreachableError, sender.send)
        thread.join()
    assert problem in str(error)
    assert len(world.lines) == 1


def test_names_a_server_without_tls(world: Any) -> None:
    """A port for http that is asked for https is recognised."""
    with RawServer([b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as server:
        sender = world.dial(server.url.replace("http:", "https:"), attempts=3)
        error = world.fail(UnreachableError, sender.send)
    assert "does not speak TLS as expected" in str(error)
    assert len(world.lines) == 1


def test_names_a_server_with_tls(world: Any, authority: trustme.CA) -> None:
    """A port for https that is asked for http ends in an error that names the host."""
    context = create_server_context(authority, "127.0.0.1")
    with RawServer([Step.READ], ssl_context=context) as server:
        host = server.url.removeprefix("https://")
        error = world.fail(UnreachableError, world.dial(f"http://{host}").send)
    assert str(error).startswith(f"{host} broke")


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("name.invalid", "The host name.invalid is unknown."),
        ("a..b", "a..b has an address that cannot be used."),
        (f"{'a' * 64}.invalid", f"{'a' * 64}.invalid has an address that cannot be used."),
        ("\u2603.invalid", "\u2603.invalid has an address that cannot be used."),
    ],
)
def test_names_a_host_that_is_none(world: Any, host: str, problem: str) -> None:
    """A name that nobody knows, or that cannot be looked up at all, is not asked for again."""
    sender = world.dial(f"https://{host}/v1", attempts=3)
    assert str(world.fail(UnreachableError, sender.send)).startswith(problem)
    assert len(world.lines) == 1
