# SPDX-License-Identifier: MIT
"""Servers that repeat the key and the MCP token, in each place and each escaping."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

from realtime_dev.faultsuite.entry import (
    CLIENT_SECRET,
    GOOD_BODY,
    KEY,
    TOKEN,
    Entry,
    Outcome,
    as_raw,
    send_body,
)

_NO, _ODD = Outcome.REJECTED, Outcome.UNEXPECTED
_BAD = "400 Bad Request"


def spell(secret: str) -> dict[str, str]:
    """Return how a server may write a secret, by the name of the escaping."""
    return {
        "plain": secret,
        "JSON": json.dumps(secret)[1:-1],
        "JSON, slashes": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "JSON, codes": "".join(f"\\u{ord(char):04x}" for char in secret),
        "JSON, CODES": "".join(f"\\u{ord(char):04X}" for char in secret),
        "HTML": html.escape(secret),
        "HTML, codes": "".join(f"&#{ord(char)};" for char in secret),
        "HTML, hex codes": "".join(f"&#x{ord(char):X};" for char in secret),
        "address": quote(secret, safe=""),
        "address, all": "".join(f"%{ord(char):02x}" for char in secret),
    }


def list_entries() -> list[Entry]:
    """Return the entries of this kind."""
    entries = []
    for what, secret in (("key", KEY), ("MCP token", TOKEN)):
        said = f"You sent {secret}."
        for how, text in spell(secret).items():
            page = f"<html><title>No: {text}</title></html>".encode()
            entries += [
                send_body(f"repeats the {what} as text, {how}", _NO, "(400)",
                          f"You sent {text} here".encode(), _BAD, content_type="text/plain"),
                send_body(f"repeats the {what} in a page, {how}", _NO, "(400)", page, _BAD,
                          content_type="text/html"),
            ]  # fmt: skip
        for member in ("message", "code", "type", "param"):
            error = {"message": "No.", member: said}
            entries.append(send_body(f"repeats the {what} in {member}", _NO, "(400)",
                                     json.dumps({"error": error}).encode(), _BAD))  # fmt: skip
        entries += _list_places(what, secret)
    return entries


def _list_places(what: str, secret: str) -> list[Entry]:
    twice = json.dumps({"error": {"message": json.dumps({"got": secret})}}).encode()
    utf16 = json.dumps({"error": {"message": f"Got {secret}"}}).encode("utf-16")
    long = {"error": {"message": "x" * (215 - len(secret) // 2) + secret + " and more"}}
    moved = "302 Found"
    entries = [
        send_body("JSON within JSON", _NO, "(400)", twice, _BAD),
        send_body("utf-16", _NO, "(400)", utf16, _BAD,
                  content_type="application/json; charset=utf-16"),
        send_body("across the cut of the message", _NO, "(400)", json.dumps(long).encode(), _BAD),
        send_body("request id", _NO, "(400)", b"{}", _BAD, x_request_id=secret),
        send_body("any header", _NO, "(400)", b"{}", _BAD, x_got=f"Bearer {secret}"),
        send_body("cookie", _NO, "(400)", b"{}", _BAD, set_cookie=f"k={secret}; path=/"),
        send_body("reason phrase", _NO, "(400)", b"{}", f"400 {secret}"),
        send_body("location", _NO, "(302)", b"", moved,
                  location=f"http://elsewhere.invalid/?k={quote(secret)}"),
        send_body("location, user info", _NO, "(302)", b"", moved,
                  location=f"http://u:{quote(secret, safe='')}@elsewhere.invalid/"),
        send_body("content-type", _NO, "(400)", b"{}", _BAD,
                  content_type=f"text/plain; charset={quote(secret)}"),
        send_body("body that is no JSON", _ODD, "no JSON", secret.encode()),
        send_body("body that is cut off", _ODD, "cut off", f'{{"got": "{secret}'.encode()),
        send_body("body without a value", _ODD, "'value' is missing",
                  json.dumps({secret: secret}).encode()),
    ]  # fmt: skip
    found = [_rename(entry, f"repeats the {what}: {entry.name}") for entry in entries]
    error = json.dumps({"error": {"message": f"You sent {secret}."}}).encode()
    good = GOOD_BODY[:-1] + f', "got": {json.dumps(secret)}}}'.encode()
    return [
        *found,
        as_raw(send_body("", _NO, "", error, _BAD), f"repeats the {what}, raw", "You sent ***"),
        send_body(f"repeats the {what} beside the secret", Outcome.SUCCESS, CLIENT_SECRET, good),
    ]


def _rename(entry: Entry, name: str) -> Entry:
    return Entry(name=name, script=entry.script, expected=entry.expected, says=entry.says)
