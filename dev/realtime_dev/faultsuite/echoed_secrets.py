# SPDX-License-Identifier: MIT
"""Servers that repeat the key or the MCP token, in every place and with every escaping."""

import html
import json
from dataclasses import replace
from urllib.parse import quote

from realtime_dev.faultsuite.case import (
    CLIENT_SECRET,
    GOOD_BODY,
    KEY,
    TOKEN,
    Case,
    Outcome,
    StartServer,
    as_raw,
    expect,
    expect_alike,
)
from realtime_dev.faultsuite.servers import reply, reply_json

_REJECTED, _UNEXPECTED = Outcome.REJECTED, Outcome.UNEXPECTED
_BAD = "400 Bad Request"


def escape_secret(secret: str) -> dict[str, str]:
    """Return the escaped forms of a secret that a server may send, by name."""
    return {
        "plain": secret,
        "JSON": json.dumps(secret)[1:-1],
        "JSON, slashes": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "JSON, codes": "".join(f"\\u{ord(char):04x}" for char in secret),
        "JSON, CODES": "".join(f"\\u{ord(char):04X}" for char in secret),
        "HTML": html.escape(secret),
        "HTML, codes": "".join(f"&#{ord(char)};" for char in secret),
        "HTML, hex codes": "".join(f"&#x{ord(char):X};" for char in secret),
        "URL": quote(secret, safe=""),
        "URL, all": "".join(f"%{ord(char):02x}" for char in secret),
    }


def list_cases() -> list[Case]:
    """Return the cases of this group."""
    return [
        case
        for what, secret in (("key", KEY), ("MCP token", TOKEN))
        for case in (*_list_escaped(what, secret), *_list_places(what, secret))
    ]


def _list_escaped(what: str, secret: str) -> list[Case]:
    servers: dict[str, StartServer] = {}
    for how, text in escape_secret(secret).items():
        said, page = f"You sent {text} here", f"<html><title>No: {text}</title></html>"
        servers[f"as text, {how}"] = reply(said.encode(), _BAD, content_type="text/plain")
        servers[f"in a page, {how}"] = reply(page.encode(), _BAD, content_type="text/html")
    for member in ("message", "code", "type", "param"):
        error = {"message": "No.", member: f"You sent {secret}."}
        servers[f"in {member}"] = reply_json({"error": error}, _BAD)
    return expect_alike(_REJECTED, "(400)", servers, f"repeats the {what} ")


def _list_places(what: str, secret: str) -> list[Case]:
    utf16 = json.dumps({"error": {"message": f"Got {secret}"}}).encode("utf-16")
    long = {"error": {"message": "x" * (215 - len(secret) // 2) + secret + " and more"}}
    twice = {"error": {"message": json.dumps({"got": secret})}}
    refused = {
        "JSON within JSON": reply_json(twice, _BAD),
        "utf-16": reply(utf16, _BAD, content_type="application/json; charset=utf-16"),
        "across the cut of the message": reply_json(long, _BAD),
        "request id": reply(b"{}", _BAD, x_request_id=secret),
        "any header": reply(b"{}", _BAD, x_got=f"Bearer {secret}"),
        "cookie": reply(b"{}", _BAD, set_cookie=f"k={secret}; path=/"),
        "reason phrase": reply(b"{}", f"400 {secret}"),
        "content-type": reply(b"{}", _BAD, content_type=f"text/plain; charset={quote(secret)}"),
    }
    host = "elsewhere.invalid"
    moved = {
        "location": f"http://{host}/?k={quote(secret)}",
        "location, user info": f"http://u:{quote(secret, safe='')}@{host}/",
    }
    said = expect(
        "", _REJECTED, "", reply_json({"error": {"message": f"You sent {secret}."}}, _BAD)
    )
    good = GOOD_BODY[:-1] + f', "got": {json.dumps(secret)}}}'.encode()
    places = [
        *expect_alike(_REJECTED, "(400)", refused),
        *(
            expect(name, _REJECTED, "(302)", reply(b"", "302 Found", location=location))
            for name, location in moved.items()
        ),
        expect("body that is not JSON", _UNEXPECTED, "not JSON", reply(secret.encode())),
        expect(
            "body that is cut off", _UNEXPECTED, "cut off", reply(f'{{"got": "{secret}'.encode())
        ),
        expect(
            "body without a value", _UNEXPECTED, "'value' is missing", reply_json({secret: secret})
        ),
    ]
    return [
        *(replace(case, name=f"repeats the {what}: {case.name}") for case in places),
        as_raw(said, f"repeats the {what}, raw", "You sent ***"),
        expect(f"repeats the {what} beside the secret", Outcome.SUCCESS, CLIENT_SECRET,
               reply(good)),
    ]  # fmt: skip
