# SPDX-License-Identifier: MIT
"""Bodies with unusual encodings or sizes, bodies that are not JSON, JSON with unusual values."""

import gzip
import json
import zlib
from functools import cache
from typing import Any

from realtime_dev.faultsuite.case import (
    CLIENT_SECRET,
    GOOD,
    GOOD_BODY,
    Case,
    Outcome,
    as_raw,
    expect,
    expect_alike,
)
from realtime_dev.faultsuite.servers import play, reply, reply_json
from realtime_dev.sandbox import Step

_SUCCESS, _UNEXPECTED, _UNREACHABLE = Outcome.SUCCESS, Outcome.UNEXPECTED, Outcome.UNREACHABLE
_LIMIT = 4 * 1024 * 1024
_ZIPPED = gzip.compress(GOOD_BODY)
_TEXT = json.dumps(GOOD | {"note": "Grüße, 日本"}, ensure_ascii=False)

_NO_SECRET: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("value missing", {"expires_at": 1, "session": {}}, "'value' is missing"),
    ("an empty object", {}, "'value' is missing"),
    ("value null", GOOD | {"value": None}, "is null"),
    ("value a number", GOOD | {"value": 12345}, "is not a text (int)"),
    ("value a boolean", GOOD | {"value": True}, "is not a text (bool)"),
    ("value a list", GOOD | {"value": [CLIENT_SECRET]}, "is not a text (list)"),
    ("value an object", GOOD | {"value": {"value": CLIENT_SECRET}}, "is not a text (dict)"),
    ("value empty", GOOD | {"value": ""}, "is empty"),
    ("value blank", GOOD | {"value": " \t\n"}, "is empty"),
    ("secret under another name", {"secret": CLIENT_SECRET}, "'value' is missing"),
    ("client_secret null", {"client_secret": None}, "'value' is missing"),
    ("client_secret a text", {"client_secret": CLIENT_SECRET}, "'value' is missing"),
    ("client_secret a list", {"client_secret": [CLIENT_SECRET]}, "'value' is missing"),
    ("client_secret.value null", {"client_secret": {"value": None}}, "is null"),
    ("an error with status 200", {"error": {"message": "No."}}, "'value' is missing"),
)

_ODD_VALUES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("only the value", {"value": CLIENT_SECRET}),
    (
        "the beta API's answer",
        {"id": "s", "client_secret": {"value": CLIENT_SECRET, "expires_at": 9}},
    ),
    ("within the session", {"session": {"client_secret": {"value": CLIENT_SECRET}}}),
    ("expires_at missing", {"value": CLIENT_SECRET, "session": {}}),
    ("expires_at null", GOOD | {"expires_at": None}),
    ("expires_at a text", GOOD | {"expires_at": "tomorrow"}),
    ("expires_at 0", GOOD | {"expires_at": 0}),
    ("expires_at negative", GOOD | {"expires_at": -1893456000}),
    ("expires_at a fraction", GOOD | {"expires_at": 1893456000.75}),
    ("expires_at true", GOOD | {"expires_at": True}),
    ("expires_at in milliseconds", GOOD | {"expires_at": 1893456000000}),
    ("expires_at in nanoseconds", GOOD | {"expires_at": 1893456000000000000}),
    ("expires_at the last second", GOOD | {"expires_at": 253402300799}),
    ("expires_at of 400 digits", GOOD | {"expires_at": 10**400}),
    ("expires_at an object", GOOD | {"expires_at": {"at": 5}}),
    ("session null", GOOD | {"session": None}),
    ("session a list", GOOD | {"session": [1]}),
    ("session a text", GOOD | {"session": "x"}),
    ("audio null", GOOD | {"session": {"audio": None}}),
    ("audio.output a list", GOOD | {"session": {"audio": {"output": [1], "input": 5}}}),
    ("texts for numbers", GOOD | {"session": {"audio": {"output": {"speed": "fast"}}}}),
    ("numbers for texts", GOOD | {"session": {"model": 5, "instructions": [1.5], "id": {}}}),
    ("modalities of numbers", GOOD | {"session": {"output_modalities": [1, None, "x"]}}),
    ("modalities a text", GOOD | {"session": {"output_modalities": "audio"}}),
    ("speed of 400 digits", GOOD | {"session": {"audio": {"output": {"speed": 10**400}}}}),
    ("numbers of 4,000 digits", GOOD | {"other": 10**4000}),
    ("NaN and Infinity", GOOD | {"a": float("nan"), "b": float("inf"), "c": float("-inf")}),
    ("half a character", GOOD | {"session": {"instructions": "\ud83d", "id": "\ude00x"}}),
    ("NUL in a text", GOOD | {"session": {"instructions": "a\x00b", "id": "\x01\x1b"}}),
    ("tools of all kinds", GOOD | {"session": {"tools": [None, 1, "a", {"b": []}]}}),
    ("tools an object", GOOD | {"session": {"tools": {"a": 1}, "tracing": 5, "truncation": []}}),
    ("empty keys", GOOD | {"": {"": {"": 1}}}),
    ("unknown keys", GOOD | {"usage": {"a": 1}, "session": {"new": [1, {"x": None}]}}),
)

_ODD_JSON: tuple[tuple[str, str, str], ...] = (
    ("key twice, the last null", f'{{"value": "{CLIENT_SECRET}", "value": null}}', "is null"),
    ("number 1e999", f'{{"value": "{CLIENT_SECRET}", "a": 1e999, "expires_at": -1e999}}', ""),
    ("key twice", f'{{"value": null, "value": "{CLIENT_SECRET}"}}', ""),
    ("session twice", f'{{"value": "{CLIENT_SECRET}", "session": 1, "session": {{}}}}', ""),
    ("number of 5,000 digits", f'{{"value": "{CLIENT_SECRET}", "a": {"9" * 5000}}}', "not valid"),
    ("a comment", f'{{"value": "{CLIENT_SECRET}" /* secret */}}', "not valid JSON"),
    ("comma at the end", f'{{"value": "{CLIENT_SECRET}",}}', "not valid JSON"),
)


def list_cases() -> list[Case]:
    """Return the cases of this group."""
    return [
        *_list_compressed(),
        *_list_charsets(),
        *_list_kinds(),
        *_list_sizes(),
        *_list_raw(),
        *_list_values(),
    ]


def _list_compressed() -> list[Case]:
    unreadable, large = "compressed in a way that cannot be read", "larger than 4 MB"
    bomb = _make_bomb()
    zipped = {
        "gzip": reply(_ZIPPED, content_encoding="identity, X-GZip"),
        "deflate": reply(zlib.compress(GOOD_BODY), content_encoding="deflate"),
        "deflate without a head": reply(
            zlib.compress(GOOD_BODY, wbits=-15), content_encoding="deflate"
        ),
        "gzip of deflate": reply(
            gzip.compress(zlib.compress(GOOD_BODY)), content_encoding="deflate, gzip"
        ),
        "encoding identity": reply(GOOD_BODY, content_encoding="identity"),
        "encoding unknown": reply(GOOD_BODY, content_encoding="unknown"),
    }
    garbled = _ZIPPED[:20] + b"\xff" * 20 + _ZIPPED[40:]
    broken = {
        "gzip, but the body is plain": reply(GOOD_BODY, content_encoding="gzip"),
        "gzip with a wrong checksum": reply(_ZIPPED[:-8] + bytes(8), content_encoding="gzip"),
        "deflate, but the body is garbage": reply(b"\xff" * 50, content_encoding="deflate"),
        "brotli": reply(b"\x0b\x05\x80abc\x03", content_encoding="br"),
        "gzip garbled": reply(garbled, content_encoding="gzip"),
    }
    bombs = {
        "gzip bomb": reply(bomb, content_encoding="gzip"),
        "gzip bomb in gzip": reply(gzip.compress(bomb), content_encoding="gzip, gzip"),
    }
    empty = {
        "gzip of nothing": reply(gzip.compress(b""), content_encoding="gzip"),
        "gzip, but there is no body": reply(b"", content_encoding="gzip"),
    }
    failed = expect_alike(_UNREACHABLE, unreadable, broken, asked=1)
    return [
        *expect_alike(_SUCCESS, CLIENT_SECRET, zipped),
        *expect_alike(_UNEXPECTED, "is empty", empty),
        *failed,
        *(as_raw(case, f"raw: {case.name}", "200 ") for case in failed),
        *expect_alike(_UNEXPECTED, large, bombs),
        expect("401, gzip, but the body is plain", Outcome.CREDENTIAL, "(401)",
               reply(GOOD_BODY, "401 No", content_encoding="gzip")),
        expect("gzip cut off", _UNEXPECTED, "cut off",
               reply(_ZIPPED[:-30], content_encoding="gzip")),
    ]  # fmt: skip


@cache
def _make_bomb() -> bytes:
    return gzip.compress(b" " * 60_000_000)


def _list_charsets() -> list[Case]:
    marked = b"\xef\xbb\xbf" + GOOD_BODY
    good = {
        "charset utf-16": ("utf-16", _TEXT.encode("utf-16")),
        "charset utf-16 without a mark": ("utf-16le", _TEXT.encode("utf-16-le")),
        "charset utf-32": ("utf-32", _TEXT.encode("utf-32")),
        "charset latin-1": ("iso-8859-1", GOOD_BODY + b" \t\n"),
        "charset in quotes": ('"UTF-8"', _TEXT.encode()),
        "charset unknown": ("unknown", _TEXT.encode()),
        "charset is not for text": ("base64", GOOD_BODY),
        "charset of escape sequences": ("unicode_escape", GOOD_BODY),
        "charset empty": ("", GOOD_BODY),
        "charset wrong": ("ascii", _TEXT.encode()),
        "charset utf-16 for UTF-8": ("utf-16", GOOD_BODY + b" " * (1 - len(GOOD_BODY) % 2)),
        "byte order mark": ("utf-8", marked),
        "byte order mark, no charset": ("", marked),
    }
    servers = {
        name: reply(body, content_type=f"application/json; charset={charset}")
        for name, (charset, body) in good.items()
    }
    others = {
        "no content-type": reply(GOOD_BODY, content_type=""),
        "JSON declared as HTML": reply(GOOD_BODY, content_type="text/html"),
        "invalid UTF-8": reply(GOOD_BODY.replace(b"sess_1", b"sess_\xff\xfe\xe9")),
    }
    undeclared = reply(GOOD_BODY.decode().encode("utf-16-le"))
    return [
        *expect_alike(_SUCCESS, CLIENT_SECRET, servers | others),
        expect("utf-16, not declared", _UNEXPECTED, "JSON", undeclared),
    ]


def _list_kinds() -> list[Case]:
    page = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Log in</body></html>"
    kinds = {
        "a web page": (page, "a web page instead of JSON"),
        "XML": (b"<?xml version='1.0'?><a/>", "a web page instead of JSON"),
        "nothing": (b"", "is empty"),
        "blanks": (b" \r\n\t ", "is empty"),
        "plain words": (b"Service is healthy", "begins with 'Service is healthy'"),
        "the bare secret": (CLIENT_SECRET.encode(), "not JSON"),
        "JSON cut off": (GOOD_BODY[:50], "cut off"),
        "JSON twice": (GOOD_BODY * 2, "not valid JSON"),
        "JSON after a prefix": (b")]}',\n" + GOOD_BODY, "not JSON"),
        "an event stream": (b"data: " + GOOD_BODY + b"\n\n", "not JSON"),
        "JSON in single quotes": (GOOD_BODY.replace(b'"', b"'"), "not valid JSON"),
        "JSON within a JSON string": (json.dumps(GOOD_BODY.decode()).encode(), "not a JSON object"),
        "a list": (b"[" + GOOD_BODY + b"]", "not a JSON object"),
        "a number": (b"42", "not a JSON object"),
        "null": (b"null", "not a JSON object"),
        "NUL bytes": (b"\x00" * 100, "not JSON"),
        "random bytes": (bytes(range(256)), "not JSON"),
        "nested 100,000 lists deep": (b"[" * 100_000, "nested too deeply"),
        "nested 100,000 objects deep": (b'{"a":' * 100_000, "nested too deeply"),
        "session nested 500 deep": (
            b'{"value": "v", "session": ' + b"[" * 500 + b"]" * 500 + b"}", "nested too deeply",
        ),
    }  # fmt: skip
    return [
        expect(f"body: {name}", _UNEXPECTED, says, reply(body))
        for name, (body, says) in kinds.items()
    ]


def _list_sizes() -> list[Case]:
    big = b"x" * 1_000_000
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    endless = play((Step.READ, chunked, *[b"f4240\r\n" + big + b"\r\n"] * 50))
    padded = GOOD_BODY + b" " * (_LIMIT - len(GOOD_BODY))
    large = "larger than 4 MB"
    good = {
        "exactly 4 MB": reply(padded),
        "1 MB of instructions": reply_json(GOOD | {"session": {"instructions": "word " * 200_000}}),
        "100,000 tools": reply_json(GOOD | {"session": {"tools": [{"type": "x"}] * 100_000}}),
        "a key of 1 MB": reply_json(GOOD | {"k" * 1_000_000: 1}),
    }
    return [
        *expect_alike(_SUCCESS, CLIENT_SECRET, good),
        expect("10 MB", _UNEXPECTED, large, reply(b'"' + b"x" * 9_999_998 + b'"'), asked=1),
        expect("body without end", _UNEXPECTED, large, endless, asked=1),
        expect("4 MB and one byte", _UNEXPECTED, large, reply(padded + b" ")),
        expect("500 of 10 MB", _UNEXPECTED, large, reply(big * 10, "500 No")),
    ]


def _list_raw() -> list[Case]:
    """Return the cases with raw output."""
    bodies = {
        "a web page": (b"<html>Log in</html>", "200 <html>Log in</html>"),
        "nothing": (b"", "200 "),
        "JSON cut off": (GOOD_BODY[:50], GOOD_BODY[:50].decode()),
        "random bytes": (bytes(range(256)), bytes(range(256)).decode("latin-1")),
    }
    return [
        as_raw(expect("", _SUCCESS, "", reply(body)), f"raw: {name}", says)
        for name, (body, says) in bodies.items()
    ]


def _list_values() -> list[Case]:
    """Return the cases with JSON objects without a client secret, or with unusual values."""
    minted = {name: reply_json(body) for name, body in _ODD_VALUES}
    return [
        *(
            expect(f"value: {name}", _UNEXPECTED, says, reply_json(body))
            for name, body, says in _NO_SECRET
        ),
        *expect_alike(_SUCCESS, CLIENT_SECRET, minted, "value: "),
        *(
            expect(f"value: {name}", _UNEXPECTED if says else _SUCCESS, says or CLIENT_SECRET,
                   reply(text.encode()))
            for name, text, says in _ODD_JSON
        ),
    ]  # fmt: skip
