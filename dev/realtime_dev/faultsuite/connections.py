# SPDX-License-Identifier: MIT
"""Connections that fail, break, stay silent or are slow, and invalid or unusual HTTP."""

from collections.abc import Mapping

from realtime_dev.faultsuite.case import (
    CLIENT_SECRET,
    GOOD_ANSWER,
    GOOD_BODY,
    Case,
    Outcome,
    Server,
    expect,
    expect_alike,
)
from realtime_dev.faultsuite.servers import fill_backlog, play, refuse_connections, reply, send
from realtime_dev.sandbox import Piece, Step, compose_answer

_HEAD = GOOD_ANSWER[: GOOD_ANSWER.index(b"\r\n\r\n") + 4]
_CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
_LENGTH = str(len(GOOD_BODY)).encode()
_SUCCESS, _UNREACHABLE = Outcome.SUCCESS, Outcome.UNREACHABLE
_BROKE = "broke off before the answer was complete, or did not answer in HTTP"


def list_cases() -> list[Case]:
    """Return the cases of this group."""
    return [
        *_list_refused(),
        *_list_broken(),
        *_list_silent(),
        *_list_slow(),
        *_list_garbage(),
        *_list_heads(),
        *_list_odd_heads(),
        *_list_lengths(),
        *_list_chunks(),
    ]


def _list_refused() -> list[Case]:
    quick = {"connect_timeout": 0.3, "attempts": 1}
    return [
        expect("nothing listens", _UNREACHABLE, "refuses the connection", refuse_connections,
               attempts=2),
        expect("connection not accepted", _UNREACHABLE, "did not accept a connection in time",
               fill_backlog, **quick),
        expect("connection not accepted until the deadline", _UNREACHABLE, "within 1 s",
               fill_backlog, connect_timeout=5, deadline=1.0),
        expect("host unknown", _UNREACHABLE, "nowhere.invalid",
               lambda _: Server("http://nowhere.invalid/v1"), **quick),
    ]  # fmt: skip


def _list_broken() -> list[Case]:
    broken: dict[str, tuple[Piece, ...]] = {
        "reset at once": (Step.RESET,),
        "reset after the request": (Step.READ, Step.RESET),
        "reset within the status line": (Step.READ, b"HTTP/1.1 20", 0.02, Step.RESET),
        "reset within the headers": (Step.READ, _HEAD[:40], 0.02, Step.RESET),
        "reset after the headers": (Step.READ, _HEAD, 0.02, Step.RESET),
        "reset within the body": (Step.READ, _HEAD + GOOD_BODY[:20], 0.02, Step.RESET),
        "closed without an answer": (Step.READ, Step.CLOSE),
        "closed without reading": (Step.CLOSE,),
        "half closed without an answer": (Step.READ, Step.HALF_CLOSE, Step.HOLD),
        "closed within the status line": (Step.READ, b"HTTP/1.1 20"),
        "closed within the headers": (Step.READ, _HEAD[:40]),
        "closed after the headers": (Step.READ, _HEAD),
        "closed within the body": (Step.READ, _HEAD + GOOD_BODY[:20]),
    }
    good = {
        "reset after the body": play((Step.READ, GOOD_ANSWER, 2.0, Step.RESET)),
        "half closed after the answer": play((Step.READ, GOOD_ANSWER, Step.HALF_CLOSE, Step.HOLD)),
        "answer before the request": play((GOOD_ANSWER, Step.READ)),
    }
    return [
        *(
            expect(name, _UNREACHABLE, "broke", play(script),
                   asked=int(Step.READ in script), attempts=1)
            for name, script in broken.items()
        ),
        expect("closed without an answer, twice", _UNREACHABLE, "(2 attempts", play((Step.READ,)),
               attempts=2),
        *expect_alike(_SUCCESS, CLIENT_SECRET, good),
    ]  # fmt: skip


def _list_silent() -> list[Case]:
    hold, late = Step.HOLD, "did not answer"
    silent = {
        "silent": play((Step.READ, hold)),
        "silent after the status line": play((Step.READ, _HEAD[:17], hold)),
        "silent after the headers": play((Step.READ, _HEAD, hold)),
        "silent within the body": play((Step.READ, _HEAD + GOOD_BODY[:20], hold)),
        "accepts and never reads": play((hold,)),
    }
    return [
        *expect_alike(_UNREACHABLE, late, silent, read_timeout=0.2, attempts=1),
        expect("silent, twice", _UNREACHABLE, "(2 attempts", play((Step.READ, hold)),
               read_timeout=0.1, attempts=2),
        expect("silent until the deadline", _UNREACHABLE, "within 1 s", play((Step.READ, hold)),
               deadline=1.0),
    ]  # fmt: skip


def _list_slow() -> list[Case]:
    too_short = compose_answer(b"", headers={"content-length": "1000000"})
    early = b"HTTP/1.1 102 Processing\r\n\r\n"
    late = {
        "headers byte by byte": play((Step.READ, *_drip(_HEAD))),
        "body byte by byte": play((Step.READ, _HEAD, *_drip(GOOD_BODY))),
        "endless spaces": play((Step.READ, too_short, *_keep_sending(b" "))),
        "endless small chunks": play((Step.READ, _CHUNKED, *_keep_sending(b"1\r\n \r\n"))),
        "endless 1xx answers": play((Step.READ, *_keep_sending(early))),
    }
    busy = compose_answer(b"{}", status="503 Busy", headers={"retry-after-ms": "2500"})
    return [
        *expect_alike(_UNREACHABLE, "within 1 s", late, deadline=1.0),
        expect("slow but steady", _SUCCESS, CLIENT_SECRET,
               play((Step.READ, *_drip(GOOD_ANSWER, 0.0005))), deadline=60.0, quick=20.0),
        expect("slow start", _SUCCESS, CLIENT_SECRET, play((Step.READ, 0.3, GOOD_ANSWER)),
               read_timeout=5.0),
        expect("busy until the deadline", Outcome.BUSY, "(503), after 2 attempts",
               play((Step.READ, busy)), deadline=4.9, attempts=20),
    ]  # fmt: skip


def _keep_sending(content: bytes) -> list[Piece]:
    return [content, 0.05] * 99


def _drip(content: bytes, pause: float = 0.05) -> list[Piece]:
    return [piece for byte in content for piece in (bytes([byte]), pause)]


def _expect_broken(sent: Mapping[str, bytes]) -> list[Case]:
    servers = {name: send(content) for name, content in sent.items()}
    return expect_alike(_UNREACHABLE, _BROKE, servers, attempts=1)


def _expect_secrets(sent: Mapping[str, bytes]) -> list[Case]:
    return expect_alike(_SUCCESS, CLIENT_SECRET, {name: send(each) for name, each in sent.items()})


def _list_garbage() -> list[Case]:
    garbage = {
        "random bytes": bytes(range(256)) * 4,
        "a line of text": b"hello\r\n",
        "bare JSON, as of HTTP/0.9": GOOD_BODY,
        "an SSH server": b"SSH-2.0-OpenSSH_9.6\r\n",
        "a mail server": b"220 mail.example.com ESMTP\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 600,
        "NUL bytes": b"\x00" * 2000,
        "1 MB without a line end": b"x" * 1_000_000,
        "HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80" + b"\x00" * 9,
        "status not a number": b"HTTP/1.1 abc OK\r\n\r\n{}",
        "status of two digits": b"HTTP/1.1 20 OK\r\n\r\n{}",
        "status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n{}",
    }
    return _expect_broken(garbage)


def _head(*lines: bytes) -> bytes:
    sent = (b"HTTP/1.1 200 OK", b"content-length: " + _LENGTH, *lines)
    return b"\r\n".join(sent) + b"\r\n\r\n" + GOOD_BODY


def _list_heads() -> list[Case]:
    """Return the cases with headers that cannot be parsed."""
    broken = {
        "header without a colon": _head(b"no colon here"),
        "header with a NUL byte": _head(b"x-a: a\x00b"),
        "header name with a space": _head(b"x a: b"),
        "header name missing": _head(b": b"),
        "headers of 200 kB": _head(*[b"x-%d: " % n + b"y" * 2000 for n in range(100)]),
        "one header of 200 kB": _head(b"x-a: " + b"y" * 200_000),
        "two lengths": _head(b"content-length: 5"),
        "length not a number": _head().replace(_LENGTH, b"many"),
        "length negative": _head().replace(_LENGTH, b"-5"),
        "length of 30 digits": _head().replace(_LENGTH, b"9" * 30),
        "transfer-encoding unknown": _head(b"transfer-encoding: unknown"),
        "endless headers": b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 30_000,
        "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
        "only 1xx answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    }
    return _expect_broken(broken)


def _list_odd_heads() -> list[Case]:
    """Return the cases with unusual headers that can be parsed."""
    odd = {
        "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + GOOD_BODY,
        "HTTP/1.0 with keep-alive": b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: "
        + _LENGTH + b"\r\n\r\n" + GOOD_BODY,
        "HTTP/9.9": _head().replace(b"HTTP/1.1", b"HTTP/9.9"),
        "no reason": _head().replace(b" OK", b""),
        "reason in Latin-1": _head().replace(b"OK", b"Gr\xfc\xdfe"),
        "bare line feeds": _head().replace(b"\r\n", b"\n"),
        "100 before the answer": b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD_ANSWER,
        "102, 103 before the answer": b"HTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\n"
        + GOOD_ANSWER,
        "two lengths that agree": _head(b"content-length: " + _LENGTH),
        "header in UTF-8": _head("x-a: Grüße".encode()),
        "header in Latin-1": _head(b"x-a: Gr\xfc\xdfe"),
        "header over two lines": _head(b"x-a: b", b"  c"),
        "header empty": _head(b"x-a:"),
        "headers, 90 of them": _head(*[b"x-%d: y" % n for n in range(90)]),
        "no length, then closed": b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + GOOD_BODY,
        "201": _head().replace(b"200 OK", b"201 Created"),
    }  # fmt: skip
    return _expect_secrets(odd)


def _list_lengths() -> list[Case]:
    long = compose_answer(GOOD_BODY, headers={"content-length": "9999"})
    half = reply(GOOD_BODY, content_length=str(len(GOOD_BODY) // 2))
    good = {
        "bytes after the answer": GOOD_ANSWER + b"and more",
        "two answers at once": GOOD_ANSWER * 2,
    }
    return [
        *_expect_broken({"length too long, then closed": long}),
        *_expect_secrets(good),
        expect("length too short", Outcome.UNEXPECTED, "cut off", half),
        expect("length 0", Outcome.UNEXPECTED, "is empty", reply(GOOD_BODY, content_length="0")),
        expect("length too long, then silent", _UNREACHABLE, "did not answer in time",
               play((Step.READ, long, Step.HOLD)), attempts=1, read_timeout=0.2),
    ]  # fmt: skip


def _list_chunks() -> list[Case]:
    size = b"%x" % len(GOOD_BODY)
    whole, last = size + b"\r\n" + GOOD_BODY + b"\r\n", b"0\r\n\r\n"
    both = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n"
    tiny = b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD_BODY)
    good = {
        "chunked": _CHUNKED + whole + last,
        "chunked, byte by byte": _CHUNKED + tiny + last,
        "chunked, with an extension": _CHUNKED + whole.replace(size, size + b";a=b", 1) + last,
        "chunked, with trailers": _CHUNKED + whole + b"0\r\nx-a: b\r\n\r\n",
        "chunked, and a length": both + whole + last,
    }
    bad = {
        "chunk size not a number": whole.replace(size, b"xyz", 1) + last,
        "chunk size negative": whole.replace(size, b"-5", 1) + last,
        "chunk size of 40 digits": b"f" * 40 + b"\r\n" + GOOD_BODY,
        "chunk shorter than it says": b"fff\r\n" + GOOD_BODY,
        "chunk longer than it says": whole.replace(size, b"5", 1) + last,
        "last chunk missing": whole,
        "last chunk incomplete": whole + b"0\r\n",
    }
    return [
        *_expect_secrets(good),
        *_expect_broken({name: _CHUNKED + sent for name, sent in bad.items()}),
    ]
