# SPDX-License-Identifier: MIT
"""TLS that cannot be trusted or spoken, and proxies that stand in the way."""

from __future__ import annotations

import base64

from realtime_dev.faultsuite.entry import (
    CLIENT_SECRET,
    GOOD_ANSWER,
    PROXY_PASSWORD,
    Entry,
    Outcome,
    Wire,
    play,
)
from realtime_dev.sandbox import Piece, Step, compose_answer

_GONE = Outcome.UNREACHABLE
_ONCE = {"attempts": 1}
_TRUST = {"SSL_CERT_FILE": "{ca}"}
_TLS = "https://{host}/v1"


def list_entries() -> list[Entry]:
    """Return the entries of this kind."""
    return [*_list_tls(), *_list_tunnels(), *_list_proxies()]


def _secure(
    name: str, expected: Outcome, says: str, certificate: str, *script: Piece, trust: bool = True
) -> Entry:
    return Entry(
        name=name,
        script=Wire((script or (Step.READ, GOOD_ANSWER),), certificate=certificate),
        expected=expected,
        says=says,
        settings=_ONCE,
        environment=_TRUST if trust else {},
    )


def _list_tls() -> list[Entry]:
    bad, won = "is not trusted", Outcome.SUCCESS
    quick = {"read_timeout": 0.3, "connect_timeout": 0.3, "attempts": 1}
    hello = b"\x16\x03\x03\x00\x02\x01\x00"
    return [
        _secure("certificate known", won, CLIENT_SECRET, "good"),
        _secure("certificate of an unknown authority", _GONE, bad, "good", trust=False),
        _secure("certificate of another host", _GONE, bad, "other host"),
        _secure("certificate that has expired", _GONE, bad, "expired"),
        _secure("TLS, reset after the request", _GONE, "broke", "good", Step.READ, Step.RESET),
        _secure("TLS, closed within the body", _GONE, "broke", "good", Step.READ, GOOD_ANSWER[:-9]),
        Entry(name="https asked of http", script=Wire(((Step.RECEIVE, GOOD_ANSWER),), url=_TLS),
              expected=_GONE, says="does not speak TLS", settings=_ONCE),
        Entry(name="TLS, silent", script=Wire(((Step.HOLD,),), url=_TLS), expected=_GONE,
              says="in time", settings=quick),
        Entry(name="TLS, reset", script=Wire(((Step.RECEIVE, Step.RESET),), url=_TLS),
              expected=_GONE, says="127.0.0.1", settings=_ONCE),
        Entry(name="TLS, closed", script=Wire(((Step.RECEIVE, Step.CLOSE),), url=_TLS),
              expected=_GONE, says="TLS", settings=_ONCE),
        Entry(name="TLS, garbage", script=Wire(((Step.RECEIVE, hello * 20),), url=_TLS),
              expected=_GONE, says="TLS", settings=_ONCE),
        Entry(name="http asked of https",
              script=Wire(((Step.READ, b"\x15\x03\x03\x00\x02\x02\x46", Step.CLOSE),)),
              expected=_GONE, says="Check whether the base URL", settings=_ONCE),
    ]  # fmt: skip


def _proxy(scheme: str) -> dict[str, str]:
    return {f"{scheme}_proxy": f"http://someone:{PROXY_PASSWORD}@{{host}}"}


def _refuse(status: str) -> bytes:
    # Some proxies repeat what they were given, as it was sent and as it is meant.
    sent = base64.b64encode(f"someone:{PROXY_PASSWORD}".encode()).decode()
    body = f"No: Basic {sent}, {sent}, someone:{PROXY_PASSWORD}".encode()
    return compose_answer(body, status=status, headers={"content-type": "text/plain"})


def _list_tunnels() -> list[Entry]:
    """Proxies for https, asked to connect through."""
    refused: dict[str, tuple[Piece, ...]] = {
        "407": (Step.READ, _refuse("407 Proxy Authentication Required")),
        "403": (Step.READ, _refuse("403 Forbidden")),
        "502": (Step.READ, _refuse("502 Bad Gateway")),
        "503, repeating the password": (Step.READ, _refuse(f"503 {PROXY_PASSWORD}")),
        "302": (Step.READ, _refuse("302 Found")),
        "closed": (Step.READ, Step.CLOSE),
        "reset": (Step.READ, Step.RESET),
        "garbage": (Step.READ, b"\x00" * 100),
        "200, then closed": (Step.READ, b"HTTP/1.1 200 OK\r\n\r\n", Step.RECEIVE, Step.CLOSE),
        "200, then garbage": (Step.READ, b"HTTP/1.1 200 OK\r\n\r\n", b"\x00" * 100),
    }
    return [
        Entry(name=f"proxy for https: {name}", script=Wire((script,), url="https://api.example.test/v1"),
              expected=_GONE, says="proxy", settings=_ONCE, environment=_proxy("https"))
        for name, script in refused.items()
    ]  # fmt: skip


def _list_proxies() -> list[Entry]:
    """Proxies for http, which pass the request on."""
    answers: dict[str, tuple[Outcome, str, tuple[Piece, ...]]] = {
        "good": (Outcome.SUCCESS, CLIENT_SECRET, (Step.READ, GOOD_ANSWER)),
        "407": (
            Outcome.REJECTED,
            "proxy wants",
            (Step.READ, _refuse("407 Proxy Authentication Required")),
        ),
        "502": (Outcome.BUSY, "(502)", (Step.READ, _refuse("502 Bad Gateway"))),
        "closed": (_GONE, "proxy", (Step.READ, Step.CLOSE)),
        "reset": (_GONE, "proxy", (Step.READ, Step.RESET)),
    }
    unknown = {"http_proxy": f"http://someone:{PROXY_PASSWORD}@proxy.invalid:3128"}
    wrong = {"http_proxy": f"http://someone:{PROXY_PASSWORD}@[::1:99999/"}
    socks = {"all_proxy": f"socks5://someone:{PROXY_PASSWORD}@127.0.0.1:1080"}
    return [
        *(
            Entry(name=f"proxy for http: {name}", script=Wire((script,), url="http://api.example.test/v1"),
                  expected=expected, says=says, settings=_ONCE, environment=_proxy("http"))
            for name, (expected, says, script) in answers.items()
        ),
        *(
            Entry(name=f"proxy {name}", script=Wire(((Step.HOLD,),), url="http://api.example.test/v1"),
                  expected=_GONE, says="proxy", settings=_ONCE, environment=variables)
            for name, variables in [
                ("unknown", unknown), ("without an address", wrong), ("for SOCKS", socks),
            ]
        ),
        play("no proxy for this host", Outcome.SUCCESS, CLIENT_SECRET, (Step.READ, GOOD_ANSWER)),
    ]  # fmt: skip
