# SPDX-License-Identifier: MIT
"""Connections that another thread can end at any moment of their lives."""

from __future__ import annotations

import errno
import socket
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

import httpcore
import pytest

from openai_realtime.client.sockets import HandshakeError, HandshakeTimeoutError, Sockets, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import trustme

MOMENT = 0.2


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Hand out a socket that listens; the system connects clients although nobody accepts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(1)
        yield listener


@pytest.fixture
def sockets(count_files: Callable[[], int]) -> Iterator[Sockets]:
    """Hand out the sockets of a client; afterwards none is left open."""
    before = count_files()
    sockets = Sockets()
    yield sockets
    sockets.close()
    assert count_files() <= before


@pytest.fixture
def contexts(authority: trustme.CA) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Hand out what a client and a server for localhost need for TLS."""
    ours, theirs = Cutting(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("localhost").configure_cert(theirs)
    return ours, theirs


class Cutting(ssl.SSLContext):
    """Calls `at_end` at the end of a handshake, before anybody knows of it."""

    at_end: Callable[[], None] = staticmethod(lambda: None)

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        """Shake hands."""
        secured = super().wrap_socket(*arguments, **options)
        self.at_end()
        return secured


def connect(sockets: Sockets, listener: socket.socket) -> httpcore.NetworkStream:
    """Return a new connection to the listener."""
    host, port = listener.getsockname()
    return sockets.connect_tcp(host, port, timeout=1)


def secure(
    stream: httpcore.NetworkStream,
    listener: socket.socket,
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> socket.socket:
    """Go on with TLS at both ends; return the server's."""
    ours, theirs = contexts
    ends: list[socket.socket] = []

    def serve() -> None:
        connection, _ = listener.accept()
        ends.append(theirs.wrap_socket(connection, server_side=True))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert stream.start_tls(ours, "localhost", timeout=1) is stream
    finally:
        thread.join()
    return ends[0]


def test_a_connection_too_late_is_ended(sockets: Sockets, listener: socket.socket) -> None:
    """A connection that is made only after the cut is ended at once."""
    sockets.attend(sockets.begin())
    sockets.cut()
    connect(sockets, listener)
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(1) == b""


def test_a_cut_spares_the_next_exchange(sockets: Sockets, listener: socket.socket) -> None:
    """What has been cut is one exchange, not the client."""
    sockets.cut()
    sockets.attend(sockets.begin())
    stream = connect(sockets, listener)
    stream.write(b"x")
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(1) == b"x"


def test_a_cut_wakes_who_waits(sockets: Sockets, listener: socket.socket) -> None:
    """Who waits for an answer gets the end of the connection instead."""
    stream = connect(sockets, listener)
    timer = threading.Timer(MOMENT, sockets.cut)
    timer.start()
    assert stream.read(1, timeout=5) == b""
    timer.join()


def test_a_cut_ends_a_handshake(
    sockets: Sockets, listener: socket.socket, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    """Who waits for a server that does not answer in TLS hears of the cut, too."""
    stream = connect(sockets, listener)
    timer = threading.Timer(MOMENT, sockets.cut)
    timer.start()
    with pytest.raises(HandshakeError) as caught:
        stream.start_tls(contexts[0], "localhost", timeout=5)
    timer.join()
    assert not caught.value.is_inner


def test_a_cut_at_the_end_of_a_handshake_is_heard(
    sockets: Sockets, listener: socket.socket, contexts: tuple[Cutting, ssl.SSLContext]
) -> None:
    """Between the handshake's last byte and the first of the request nothing is missed."""
    contexts[0].at_end = sockets.cut
    stream = connect(sockets, listener)
    with secure(stream, listener, contexts):
        assert stream.read(1, timeout=5) == b""


def test_a_cut_sends_nothing_in_the_clear(
    sockets: Sockets, listener: socket.socket, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    """After a cut a connection over TLS still is one: what is written to it fails."""
    stream = connect(sockets, listener)
    with secure(stream, listener, contexts) as end:
        stream.write(b"Bearer x", timeout=1)
        assert end.recv(100) == b"Bearer x"
        sockets.cut()
        with pytest.raises(httpcore.WriteError):
            stream.write(b"Bearer y", timeout=1)
        assert stream.get_extra_info("ssl_object") is not None


def test_nothing_is_left_of_a_failed_handshake(
    sockets: Sockets, listener: socket.socket, count_files: Callable[[], int]
) -> None:
    """Where TLS comes to nothing, the connection is closed."""
    before = count_files()
    stream = connect(sockets, listener)
    listener.accept()[0].close()
    with pytest.raises(HandshakeError):
        stream.start_tls(ssl.create_default_context(), "name.example", timeout=1)
    assert count_files() == before


def test_a_handshake_may_take_too_long(
    sockets: Sockets, listener: socket.socket, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    """A server that says nothing is told from one that says something wrong."""
    stream = connect(sockets, listener)
    with pytest.raises(HandshakeTimeoutError):
        stream.start_tls(contexts[0], "localhost", timeout=0.05)


def test_forgets_what_is_closed(
    sockets: Sockets, listener: socket.socket, count_files: Callable[[], int]
) -> None:
    """A connection that httpcore closes is gone, and a later cut has nothing to do with it."""
    before = count_files()
    connect(sockets, listener).close()
    assert count_files() == before
    sockets.cut()


@pytest.mark.parametrize("with_tls", [False, True])
def test_tells_time_from_failure(
    sockets: Sockets,
    listener: socket.socket,
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
    *,
    with_tls: bool,
) -> None:
    """An answer that does not come in time, and a server that takes nothing, are told apart."""
    stream = connect(sockets, listener)
    end = secure(stream, listener, contexts) if with_tls else listener.accept()[0]
    with end:
        with pytest.raises(httpcore.ReadTimeout):
            stream.read(1, timeout=0.05)
        end.sendall(b"x")
        assert stream.read(1, timeout=1) == b"x"
        with pytest.raises(httpcore.WriteTimeout):
            stream.write(b"x" * 16_000_000, timeout=0.05)
        stream.close()
    for act in (lambda: stream.read(1), lambda: stream.write(b"x")):
        with pytest.raises((httpcore.ReadError, httpcore.WriteError)):
            act()


def test_sending_nothing_swallows_nothing(sockets: Sockets, listener: socket.socket) -> None:
    """A reset is told to the one who reads, although nothing is sent in between."""
    stream = connect(sockets, listener)
    end, _ = listener.accept()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
    stream.write(b"", timeout=1)
    with pytest.raises(httpcore.ReadError):
        stream.read(1, timeout=1)


def test_time_is_up(
    sockets: Sockets, listener: socket.socket, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    """At the end of an exchange's time nothing is waited for, whatever the timeout."""
    first, second = connect(sockets, listener), connect(sockets, listener)
    sockets.attend(Term(end=time.monotonic() + MOMENT))
    start = time.monotonic()
    with pytest.raises(httpcore.ReadTimeout):
        first.read(1, timeout=5)
    assert MOMENT <= time.monotonic() - start < MOMENT + 0.3
    with pytest.raises(httpcore.ReadTimeout):
        first.read(1, timeout=5)
    with pytest.raises(httpcore.WriteTimeout):
        first.write(b"x", timeout=5)
    with pytest.raises(httpcore.ConnectTimeout):
        connect(sockets, listener)
    with pytest.raises(HandshakeTimeoutError):
        second.start_tls(contexts[0], "localhost", timeout=5)


def test_too_many_files(
    sockets: Sockets,
    listener: socket.socket,
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the system has no file left for a handshake, that is the handshake's failure."""
    stream = connect(sockets, listener)

    def refuse(_: socket.socket) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket.socket, "dup", refuse)
    with pytest.raises(HandshakeError, match="Too many open files"):
        stream.start_tls(contexts[0], "localhost", timeout=1)
