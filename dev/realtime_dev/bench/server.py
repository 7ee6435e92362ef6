# SPDX-License-Identifier: MIT
"""The server of the benchmark: answers with a sandbox session, with a configurable latency.

It shares the cores with the client that is measured, so it must use little CPU. The sandbox needs
more CPU per answer than a client, and asyncio needs twice as much over TLS as this loop with
non-blocking sockets. Each answer has its own secret and session id and repeats the instructions
of its request, as the real server does.

    http://127.0.0.1:PORT/<milliseconds>/v1/realtime/client_secrets
"""

import json
import re
import socket
import ssl
import sys
import threading
import time
from heapq import heappop, heappush
from itertools import count
from selectors import EVENT_READ, DefaultSelector

from realtime_dev.sandbox.answers import draft_ga, wrap_ga

_HOST = "127.0.0.1"
_LIFETIME = 7200
_SECRET = "{secret}"  # noqa: S105 - a placeholder
_SESSION_ID = "{id}"
_INSTRUCTIONS = "{instructions}"
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"X-Request-Id: req_%016d\r\nContent-Length: %d\r\n\r\n"
)
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_RECEIVE_SIZE = 65_536


class Answers:
    """Encodes the sandbox's answer to `session` with other instructions, secrets and ids."""

    def __init__(self, session: dict[str, object]) -> None:
        drafted = draft_ga({"session": {**session, "instructions": _INSTRUCTIONS}}).session
        drafted["id"] = _SESSION_ID
        body = json.dumps(wrap_ga(drafted, _SECRET, int(time.time()) + _LIFETIME))
        self._template = (
            body.replace("%", "%%")
            .replace(_SECRET, "ek_%(number)032d")
            .replace(_SESSION_ID, "sess_%(number)021d")
            .replace(json.dumps(_INSTRUCTIONS), "%(instructions)s")
        )

    def encode(self, number: int, instructions: str) -> bytes:
        """Return the body with these instructions; `number` makes secret and session id unique."""
        values = {"number": number, "instructions": json.dumps(instructions)}
        return (self._template % values).encode()


class _Connection:
    """A keep-alive connection; the TLS handshake happens in its first calls of `recv`."""

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self._received = b""

    def receive(self) -> tuple[bytes, bytes] | None:
        """Return head and body of a complete request, else None. Raises OSError at the end."""
        try:
            piece = self.stream.recv(_RECEIVE_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        if not piece:
            raise ConnectionResetError
        self._received += piece
        head, mark, body = self._received.partition(b"\r\n\r\n")
        length = _CONTENT_LENGTH.search(head)
        if not mark or (length and len(body) < int(length[1])):
            return None
        self._received = b""
        return head, body


class Server:
    """Serves HTTP and HTTPS on two free ports of 127.0.0.1, with one thread."""

    def __init__(self, certificate: str, session: dict[str, object]) -> None:
        self._answers = Answers(session)
        self._numbers = count()
        self._due: list[tuple[float, int, _Connection, bytes]] = []
        self._selector = DefaultSelector()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.ports = [self._listen(None), self._listen(context)]

    def start(self) -> None:
        """Serve in a thread until the process ends."""
        threading.Thread(target=self._serve, daemon=True).start()

    def _listen(self, context: ssl.SSLContext | None) -> int:
        listener = socket.create_server((_HOST, 0), backlog=512)
        self._selector.register(listener, EVENT_READ, context)
        port: int = listener.getsockname()[1]
        return port

    def _serve(self) -> None:
        while True:
            timeout = self._due[0][0] - time.monotonic() if self._due else None
            for key, _ in self._selector.select(timeout):
                if isinstance(key.data, _Connection):
                    self._receive(key.data)
                elif isinstance(key.fileobj, socket.socket):
                    self._accept(key.fileobj, key.data)
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, connection, answer = heappop(self._due)
                self._send(connection, answer)

    def _accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        stream, _ = listener.accept()
        stream.settimeout(0)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            stream = context.wrap_socket(stream, server_side=True, do_handshake_on_connect=False)
        self._selector.register(stream, EVENT_READ, _Connection(stream))

    def _receive(self, connection: _Connection) -> None:
        try:
            request = connection.receive()
        except OSError:
            self._close(connection)
            return
        if request is None:
            return
        head, body = request
        number = next(self._numbers)
        answer = self._answers.encode(number, json.loads(body)["session"]["instructions"])
        answer = _HEAD % (number, len(answer)) + answer
        if milliseconds := int(head.split(b"/", 2)[1]):
            # The selector rounds up to whole milliseconds, half a millisecond on average.
            due = time.monotonic() + (milliseconds - 0.5) / 1000
            heappush(self._due, (due, number, connection, answer))
        else:
            self._send(connection, answer)

    def _send(self, connection: _Connection, answer: bytes) -> None:
        try:
            connection.stream.sendall(answer)
        except OSError:
            self._close(connection)

    def _close(self, connection: _Connection) -> None:
        if connection.stream.fileno() >= 0:
            self._selector.unregister(connection.stream)
            connection.stream.close()


def _main(certificate: str) -> None:
    """Read the session and write the ports; then write the CPU seconds for each line read."""
    server = Server(certificate, json.loads(sys.stdin.readline()))
    server.start()
    _write(server.ports)
    for _ in sys.stdin:
        _write(time.process_time())


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(sys.argv[1])
