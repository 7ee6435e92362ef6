# SPDX-License-Identifier: MIT
"""What the user is told where no answer came, or an HTTP error.

The fault suite has a sentence for each status and code.
"""

import errno
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from client.conftest import KEY, catch, check, write_error
from openai_realtime.client.failures import classify, explain_failure
from openai_realtime.client.proxy import Proxy
from openai_realtime.client.reply import Reply
from openai_realtime.client.transport import httpx
from openai_realtime.errors import (
    RejectedError,
    ServerError,
    UnreachableError,
)

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
UNTRUSTED.verify_message = "it has expired"
ALERT = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] alert (_ssl.c:1)")
BROKEN = ConnectionResetError(errno.ECONNRESET, "x")


@pytest.mark.parametrize(
    ("error", "problem", "should_retry"),
    [
        (httpx.ConnectTimeout("x"), "h did not accept a connection in time.", True),
        (httpx.ReadTimeout("x"), "h did not answer in time.", True),
        (httpx.PoolTimeout("x"), "h did not answer in time.", True),
        (httpx.UnsupportedProtocol("x"), "h has an address that cannot be used.", False),
        (UnicodeError("x"), "h has an address that cannot be used.", False),
        (httpx.RemoteProtocolError("x"), "h broke off before the answer was complete", True),
        (httpx.ReadError("odd"), "h cannot be reached: odd.", True),
        (httpx.ReadError("a\n\x00b" * 99), "h cannot be reached: a ba b", True),
        (httpx.ReadError("http://u:Hq8sLw2zPm@p"), "h cannot be reached: http://***@p.", True),
        (connect(REFUSED), "h refuses the connection", True),
        (chain(httpx.ReadError("x"), BROKEN), "h broke the connection", True),
        (chain(httpx.WriteError("x"), OSError(errno.EPIPE, "x")), "h cannot be reached", True),
        (connect(ssl.SSLError(1, "x")), "h does not speak TLS", False),
        (chain(httpx.WriteError("x"), ssl.SSLEOFError(8, "x")), "h broke the connection", True),
        (connect(OSError("y"), UNKNOWN), "The host h is unknown.", False),
        (connect(LATER), "The address of the host h cannot be looked up right now.", True),
        (connect(UNTRUSTED), "The certificate of h is not trusted: it has expired.", False),
        (chain(httpx.ReadError("x"), ALERT), "h wants a client certificate", False),
    ],
)
def test_explains(error: Any, problem: str, *, should_retry: bool) -> None:
    """Each of httpx's errors has one line, and says whether the next attempt may go better."""
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
        (httpx.ConnectTimeout("x"), "", "The proxy p:1 did not accept a connection in time."),
        (httpx.ProxyError("502 Bad"), "", "The proxy p:1 refuses to connect to h (502)."),
        (httpx.ProxyError("user:Hq8sLw2zPm@"), "", "The proxy p:1 refuses to connect to h. Check"),
        (UnicodeError("x"), "", "The proxy p:1 has an address that cannot be used."),
        (connect(UNTRUSTED), "connection", "The certificate of p:1 is not trusted"),
        (connect(ssl.SSLError(1, "x")), "connection", "The proxy p:1 does not speak TLS"),
        (connect(UNTRUSTED), "proxy", "The certificate of h is not trusted"),
        (connect(ssl.SSLError(1, "x")), "proxy", "h does not speak TLS"),
        (httpx.ConnectTimeout("x"), "proxy", "h did not accept a connection in time."),
        (chain(httpx.ReadError("x"), ALERT), "", "h wants a client certificate"),
    ],
)
def test_blames_the_right_one(error: Any, handshake: str, problem: str) -> None:
    """The message names the proxy where the proxy failed, and the server where that did."""
    message = str(explain_failure(error, "h", PROXY, (), handshake))
    assert message.startswith(problem)
    assert ("The proxy p:1 is in between." in message) is (handshake == "proxy")
    assert "Hq8" not in message


def test_repeats_no_secret() -> None:
    """What httpx says is shown without secrets, also where it is cut."""
    error = httpx.ReadError("x" * 90 + KEY)
    assert KEY[:3] not in str(explain_failure(error, "h", None, [KEY]))


def test_names_a_server_that_wants_a_certificate(
    world: Any, authority: trustme.CA, ca_file: Path
) -> None:
    """Mutual TLS is named where TLS says so, and not tried again."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED

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
        error = catch(UnreachableError, sender.ask)
        thread.join()
    assert "wants a client certificate (mutual TLS)" in str(error)
    assert len(world.senders[-1].lines) == 1


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.invalid", "\u2603.invalid"])
def test_names_a_host_that_is_none(world: Any, host: str) -> None:
    """A name that cannot be looked up at all is not asked for again."""
    sender = world.dial(f"https://{host}/v1", attempts=3)
    error = catch(UnreachableError, sender.ask)
    assert str(error).startswith(f"{host} has an address that cannot be used.")
    assert len(world.senders[-1].lines) == 1


def explain(reply: Reply, name_setting: Callable[[str], str] = lambda _: "") -> ServerError:
    """Return the error that a reply amounts to, after a look at it."""
    error = classify(reply, "the credential 'key'", name_setting)
    check(error)
    return error


def test_knows_what_support_asks_for() -> None:
    """The error keeps the status and the request's id, and tells the server's reason."""
    reply = Reply(400, {"x-request-id": "req_42"}, write_error("c", param="session.voice"))
    error = explain(reply)
    assert isinstance(error, RejectedError)
    assert (error.status, error.request_id) == (400, "req_42")
    assert str(error).endswith(" The server says: Because. (request id req_42)")


def test_counts_attempts() -> None:
    """After several attempts the error says how many there were and how long they took."""
    reply = Reply(503, {}, write_error(None))
    reply.attempts, reply.seconds = 3, 12.4
    assert "(503), after 3 attempts in 12 s. Run the node again later." in str(explain(reply))


@pytest.mark.parametrize("status", [301, 400, 401, 407, 429, 500])
def test_stays_one_short_line(status: int) -> None:
    """However much the server says, one line of 300 characters keeps our words and its id."""
    said = "line\r\n\tbreak \x1b[31m\u2028\x00 " * 5_000
    reply = Reply(status, {"x-request-id": "r" * 500 + "\n"}, write_error(None, message=said))
    error = explain(reply, lambda _: "Label")
    assert str(error).endswith("\u2026)")
    assert " The server says: line break" in str(error)


def test_masks_keys() -> None:
    """A key that the server repeats, half masked, is masked in every part of the error."""
    shown = "sk-proj-...sQoA"
    said = f"Incorrect key: {shown}. See https://platform.openai.com/account."
    error = explain(Reply(401, {"x-request-id": shown}, write_error(None, message=said)))
    assert "sQoA" not in f"{error}{vars(error)}"
    assert "Incorrect key: ***. See https://platform.openai.com/account." in str(error)
