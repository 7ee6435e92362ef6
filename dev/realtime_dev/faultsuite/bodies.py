# SPDX-License-Identifier: MIT
"""Bodies in odd encodings, of odd sizes, or of another kind than JSON."""

from __future__ import annotations

import gzip
import json
import zlib
from functools import cache
from typing import TYPE_CHECKING

from realtime_dev.faultsuite.entry import (
    CLIENT_SECRET,
    GOOD,
    GOOD_BODY,
    Entry,
    Outcome,
    Wire,
    as_raw,
    send_body,
    suffer,
)
from realtime_dev.sandbox import Step, faults

if TYPE_CHECKING:
    from realtime_dev.sandbox import Piece

_WON, _ODD, _GONE = Outcome.SUCCESS, Outcome.UNEXPECTED, Outcome.UNREACHABLE
_LIMIT = 4 * 1024 * 1024
_ZIPPED = gzip.compress(GOOD_BODY)
_TEXT = json.dumps(GOOD | {"note": "Grüße, 日本"}, ensure_ascii=False)


def list_entries() -> list[Entry]:
    """Return the entries of this kind."""
    return [*_list_compressed(), *_list_charsets(), *_list_kinds(), *_list_sizes(), *_list_raw()]


def _list_compressed() -> list[Entry]:
    unreadable = "compressed in a way that cannot be read"
    bomb = _make_bomb()
    zipped = {
        "gzip": ("gzip", _ZIPPED),
        "deflate": ("deflate", zlib.compress(GOOD_BODY)),
        "gzip of gzip": ("gzip, gzip", gzip.compress(_ZIPPED)),
        "encoding identity": ("identity", GOOD_BODY),
        "encoding unknown": ("smoke", GOOD_BODY),
    }
    broken = {
        "gzip of nothing of the kind": ("gzip", GOOD_BODY),
        "gzip with a wrong checksum": ("gzip", _ZIPPED[:-8] + b"\x00" * 8),
        "deflate of nothing of the kind": ("deflate", b"\xff" * 50),
        "gzip garbled": ("gzip", _ZIPPED[:20] + b"\xff" * 20 + _ZIPPED[40:]),
    }
    return [
        *(
            send_body(name, _WON, CLIENT_SECRET, body, content_encoding=encoding)
            for name, (encoding, body) in zipped.items()
        ),
        *(
            send_body(name, _GONE, unreadable, body, content_encoding=encoding)
            for name, (encoding, body) in broken.items()
        ),
        send_body("401, gzip of nothing of the kind", Outcome.CREDENTIAL, "(401)", GOOD_BODY,
                  "401 No", content_encoding="gzip"),
        *(
            as_raw(
                send_body("", _GONE, "", body, content_encoding=encoding), f"raw: {name}", "200 "
            )
            for name, (encoding, body) in broken.items()
        ),
        send_body("gzip cut off", _ODD, "cut off", _ZIPPED[:-30], content_encoding="gzip"),
        send_body("gzip bomb", _ODD, "larger than 4 MB", bomb, content_encoding="gzip"),
        send_body(
            "gzip bomb in gzip", _ODD, "larger than 4 MB", gzip.compress(bomb),
            content_encoding="gzip, gzip",
        ),
    ]  # fmt: skip


@cache
def _make_bomb() -> bytes:
    return gzip.compress(b" " * 60_000_000)


def _list_charsets() -> list[Entry]:
    def type_of(charset: str) -> str:
        return f"application/json; charset={charset}"

    marked = b"\xef\xbb\xbf" + GOOD_BODY
    good = {
        "charset utf-16": ("utf-16", _TEXT.encode("utf-16")),
        "charset utf-16 without a mark": ("utf-16le", _TEXT.encode("utf-16-le")),
        "charset utf-32": ("utf-32", _TEXT.encode("utf-32")),
        "charset latin-1": ("iso-8859-1", GOOD_BODY + b" \t\n"),
        "charset in quotes": ('"UTF-8"', _TEXT.encode()),
        "charset unknown": ("klingon", _TEXT.encode()),
        "charset that is no text": ("base64", GOOD_BODY),
        "charset that is code": ("unicode_escape", GOOD_BODY),
        "charset empty": ("", GOOD_BODY),
        "charset wrong": ("ascii", _TEXT.encode()),
        "charset utf-16 for UTF-8": ("utf-16", GOOD_BODY + b" " * (1 - len(GOOD_BODY) % 2)),
        "byte order mark": ("utf-8", marked),
        "byte order mark, no charset": ("", marked),
    }
    return [
        *(
            send_body(name, _WON, CLIENT_SECRET, body, content_type=type_of(charset))
            for name, (charset, body) in good.items()
        ),
        send_body("no content-type", _WON, CLIENT_SECRET, GOOD_BODY, content_type=""),
        send_body("JSON called HTML", _WON, CLIENT_SECRET, GOOD_BODY, content_type="text/html"),
        send_body(
            "bytes that are no UTF-8", _WON, CLIENT_SECRET,
            GOOD_BODY.replace(b"sess_1", b"sess_\xff\xfe\xe9"),
        ),
        send_body(
            "utf-16, and nothing says so", _ODD, "JSON", GOOD_BODY.decode().encode("utf-16-le")
        ),
    ]  # fmt: skip


def _list_kinds() -> list[Entry]:
    page = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Log in</body></html>"
    kinds = {
        "a web page": (page, "a web page instead of JSON"),
        "XML": (b"<?xml version='1.0'?><a/>", "a web page instead of JSON"),
        "nothing": (b"", "is empty"),
        "blanks": (b" \r\n\t ", "is empty"),
        "plain words": (b"Service is healthy", "begins with 'Service is healthy'"),
        "the bare secret": (CLIENT_SECRET.encode(), "no JSON"),
        "JSON cut off": (GOOD_BODY[:50], "cut off"),
        "JSON twice": (GOOD_BODY * 2, "no valid JSON"),
        "JSON after a prefix": (b")]}',\n" + GOOD_BODY, "no JSON"),
        "an event stream": (b"data: " + GOOD_BODY + b"\n\n", "no JSON"),
        "JSON in single quotes": (GOOD_BODY.replace(b'"', b"'"), "no valid JSON"),
        "JSON within a JSON string": (json.dumps(GOOD_BODY.decode()).encode(), "no JSON object"),
        "a list": (b"[" + GOOD_BODY + b"]", "no JSON object"),
        "a number": (b"42", "no JSON object"),
        "null": (b"null", "no JSON object"),
        "NUL bytes": (b"\x00" * 100, "no JSON"),
        "random bytes": (bytes(range(256)), "no JSON"),
        "nested 100,000 lists deep": (b"[" * 100_000, "nested too deeply"),
        "nested 100,000 objects deep": (b'{"a":' * 100_000, "nested too deeply"),
        "session nested 500 deep": (
            b'{"value": "v", "session": ' + b"[" * 500 + b"]" * 500 + b"}", "nested too deeply",
        ),
    }  # fmt: skip
    return [send_body(f"body: {name}", _ODD, says, body) for name, (body, says) in kinds.items()]


def _list_sizes() -> list[Entry]:
    big = b"x" * 1_000_000
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    endless: tuple[Piece, ...] = (Step.READ, chunked, *[b"f4240\r\n" + big + b"\r\n"] * 50)
    roomy = GOOD_BODY + b" " * (_LIMIT - len(GOOD_BODY))
    large = "larger than 4 MB"
    return [
        suffer("10 MB", _ODD, large, faults.oversize(10_000_000), asked=1),
        Entry(name="body without end", script=Wire((endless,)), expected=_ODD, says=large, asked=1),
        send_body("4 MB, all of it", _WON, CLIENT_SECRET, roomy),
        send_body("4 MB and one byte", _ODD, large, roomy + b" "),
        send_body("500 of 10 MB", Outcome.UNEXPECTED, large, big * 10, "500 No"),
        send_body("1 MB of instructions", _WON, CLIENT_SECRET,
                  json.dumps(GOOD | {"session": {"instructions": "word " * 200_000}}).encode()),
        send_body("100,000 tools", _WON, CLIENT_SECRET,
                  json.dumps(GOOD | {"session": {"tools": [{"type": "x"}] * 100_000}}).encode()),
        send_body("a key of 1 MB", _WON, CLIENT_SECRET,
                  json.dumps(GOOD | {"k" * 1_000_000: 1}).encode()),
    ]  # fmt: skip


def _list_raw() -> list[Entry]:
    """Return entries with raw output."""
    bodies = {
        "a web page": (b"<html>Log in</html>", "200 <html>Log in</html>"),
        "nothing": (b"", "200 "),
        "JSON cut off": (GOOD_BODY[:50], GOOD_BODY[:50].decode()),
        "random bytes": (bytes(range(256)), bytes(range(256)).decode("latin-1")),
    }
    return [
        as_raw(send_body("", _WON, "", body), f"raw: {name}", says)
        for name, (body, says) in bodies.items()
    ]
