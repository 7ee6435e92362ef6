# SPDX-License-Identifier: MIT
"""Bytes that are no HTTP, odd HTTP, or HTTP that lies about the body's length."""

from __future__ import annotations

from realtime_dev.faultsuite.entry import (
    CLIENT_SECRET,
    GOOD_ANSWER,
    GOOD_BODY,
    Entry,
    Outcome,
    answer,
    play,
    send_body,
)
from realtime_dev.sandbox import Step, compose_answer

_WON, _GONE = Outcome.SUCCESS, Outcome.UNREACHABLE
_LOST = "broke off before the answer was complete, or answers in no HTTP"
_CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
_LENGTH = str(len(GOOD_BODY)).encode()
_HALF = len(GOOD_BODY) // 2
_ONCE = {"attempts": 1}


def list_entries() -> list[Entry]:
    """Return the entries of this kind."""
    return [*_list_garbage(), *_list_heads(), *_list_odd_heads(), *_list_lengths(), *_list_chunks()]


def _list_garbage() -> list[Entry]:
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
        "status no number": b"HTTP/1.1 abc OK\r\n\r\n{}",
        "status of two digits": b"HTTP/1.1 20 OK\r\n\r\n{}",
        "status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n{}",
    }
    return [answer(name, _GONE, _LOST, sent, settings=_ONCE) for name, sent in garbage.items()]


def _head(*lines: bytes) -> bytes:
    sent = (b"HTTP/1.1 200 OK", b"content-length: " + _LENGTH, *lines)
    return b"\r\n".join(sent) + b"\r\n\r\n" + GOOD_BODY


def _list_heads() -> list[Entry]:
    """Heads that cannot be read."""
    broken = {
        "header without a colon": _head(b"no colon here"),
        "header with a NUL byte": _head(b"x-a: a\x00b"),
        "header's name with a blank": _head(b"x a: b"),
        "header's name missing": _head(b": b"),
        "headers of 200 kB": _head(*[b"x-%d: " % n + b"y" * 2000 for n in range(100)]),
        "one header of 200 kB": _head(b"x-a: " + b"y" * 200_000),
        "two lengths": _head(b"content-length: 5"),
        "length of a word": _head().replace(_LENGTH, b"many"),
        "length negative": _head().replace(_LENGTH, b"-5"),
        "length of 30 digits": _head().replace(_LENGTH, b"9" * 30),
        "transfer-encoding unknown": _head(b"transfer-encoding: smoke"),
        "headers without end": b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 30_000,
        "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
        "only 1xx answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
    }
    return [answer(name, _GONE, _LOST, sent, settings=_ONCE) for name, sent in broken.items()]


def _list_odd_heads() -> list[Entry]:
    """Heads that are odd and yet can be read."""
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
    return [answer(name, _WON, CLIENT_SECRET, sent) for name, sent in odd.items()]


def _list_lengths() -> list[Entry]:
    short = {"content_length": str(_HALF)}
    return [
        send_body("length too short", Outcome.UNEXPECTED, "cut off", GOOD_BODY, **short),
        send_body("length 0", Outcome.UNEXPECTED, "is empty", GOOD_BODY, content_length="0"),
        answer(
            "length too long, then closed",
            _GONE,
            _LOST,
            compose_answer(GOOD_BODY, headers={"content-length": "9999"}),
            settings=_ONCE,
        ),
        play(
            "length too long, then silent",
            _GONE,
            "did not answer in time",
            (Step.READ, compose_answer(GOOD_BODY, headers={"content-length": "9999"}), Step.HOLD),
            attempts=1,
            read_timeout=0.2,
        ),
        answer("bytes after the answer", _WON, CLIENT_SECRET, GOOD_ANSWER + b"and more"),
        answer("two answers at once", _WON, CLIENT_SECRET, GOOD_ANSWER * 2),
    ]


def _list_chunks() -> list[Entry]:
    size = b"%x" % len(GOOD_BODY)
    whole = size + b"\r\n" + GOOD_BODY + b"\r\n"
    tiny = b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD_BODY)
    good = {
        "chunked": whole + b"0\r\n\r\n",
        "chunked, byte by byte": tiny + b"0\r\n\r\n",
        "chunked, with an extension": size + b";a=b\r\n" + GOOD_BODY + b"\r\n0\r\n\r\n",
        "chunked, with trailers": whole + b"0\r\nx-a: b\r\n\r\n",
    }
    bad = {
        "chunk's size no number": b"xyz\r\n" + GOOD_BODY + b"\r\n0\r\n\r\n",
        "chunk's size negative": b"-5\r\n" + GOOD_BODY + b"\r\n0\r\n\r\n",
        "chunk's size of 40 digits": b"f" * 40 + b"\r\n" + GOOD_BODY,
        "chunk shorter than it says": b"fff\r\n" + GOOD_BODY,
        "chunk longer than it says": b"5\r\n" + GOOD_BODY + b"\r\n0\r\n\r\n",
        "chunks without end": whole,
        "chunks end within the end": whole + b"0\r\n",
    }
    both = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n"
    return [
        *(answer(name, _WON, CLIENT_SECRET, _CHUNKED + sent) for name, sent in good.items()),
        *(
            answer(name, _GONE, _LOST, _CHUNKED + sent, settings=_ONCE)
            for name, sent in bad.items()
        ),
        answer("chunked, and a length", _WON, CLIENT_SECRET, both + good["chunked"]),
    ]
