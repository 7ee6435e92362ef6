# SPDX-License-Identifier: MIT
"""TLS errors, failing proxies, and redirects.

Only redirects to the same origin are followed, because the request contains the key.
"""

import base64
from contextlib import ExitStack

from realtime_dev.faultsuite.case import (
    CLIENT_SECRET,
    GOOD_ANSWER,
    PROXY_PASSWORD,
    Case,
    Outcome,
    Server,
    StartServer,
    as_raw,
    expect,
    expect_alike,
)
from realtime_dev.faultsuite.servers import play, send
from realtime_dev.sandbox import Piece, RawServer, Step, compose_answer

_SUCCESS, _REJECTED, _UNREACHABLE = Outcome.SUCCESS, Outcome.REJECTED, Outcome.UNREACHABLE
_GOOD = (Step.READ, GOOD_ANSWER)
_TRUST = {"SSL_CERT_FILE": "{ca}"}
_TLS = "https://{host}/v1"
_ELSEWHERE = "The server sends the request"


def list_cases() -> list[Case]:
    """Return the cases of this group."""
    return [*_list_tls(), *_list_tunnels(), *_list_proxies(), *_list_redirects()]


def _secure(*script: Piece, certificate: str = "good") -> StartServer:
    return play(script or _GOOD, certificate=certificate)


def _list_tls() -> list[Case]:
    untrusted = {
        "certificate of another host": _secure(certificate="other host"),
        "certificate that has expired": _secure(certificate="expired"),
    }
    broken = {
        "TLS, reset after the request": _secure(Step.READ, Step.RESET),
        "TLS, closed within the body": _secure(Step.READ, GOOD_ANSWER[:-9]),
    }
    hello, alert = b"\x16\x03\x03\x00\x02\x01\x00", b"\x15\x03\x03\x00\x02\x02\x46"
    unspoken = {
        "TLS, closed": play((Step.RECEIVE, Step.CLOSE), url=_TLS),
        "TLS, garbage": play((Step.RECEIVE, hello * 20), url=_TLS),
    }
    return [
        expect("certificate trusted", _SUCCESS, CLIENT_SECRET, _secure(),
               attempts=1, environment=_TRUST),
        expect("certificate of an unknown authority", _UNREACHABLE, "is not trusted", _secure(),
               attempts=1),
        *expect_alike(_UNREACHABLE, "is not trusted", untrusted, attempts=1, environment=_TRUST),
        *expect_alike(_UNREACHABLE, "broke", broken, attempts=1, environment=_TRUST),
        *expect_alike(_UNREACHABLE, "TLS", unspoken, attempts=1),
        expect("https to a server of http", _UNREACHABLE, "does not speak TLS",
               play((Step.RECEIVE, GOOD_ANSWER), url=_TLS), attempts=1),
        expect("TLS, silent", _UNREACHABLE, "in time", play((Step.HOLD,), url=_TLS),
               read_timeout=0.3, connect_timeout=0.3, attempts=1),
        expect("TLS, reset", _UNREACHABLE, "127.0.0.1", play((Step.RECEIVE, Step.RESET), url=_TLS),
               attempts=1),
        expect("http to a server of https", _UNREACHABLE, "Check whether the base URL",
               play((Step.READ, alert, Step.CLOSE)), attempts=1),
    ]  # fmt: skip


def _proxy(scheme: str) -> dict[str, str]:
    return {f"{scheme}_proxy": f"http://someone:{PROXY_PASSWORD}@{{host}}"}


def _refuse(status: str) -> bytes:
    # Some proxies repeat the password, encoded and decoded.
    sent = base64.b64encode(f"someone:{PROXY_PASSWORD}".encode()).decode()
    body = f"No: Basic {sent}, {sent}, someone:{PROXY_PASSWORD}".encode()
    return compose_answer(body, status=status, headers={"content-type": "text/plain"})


def _list_tunnels() -> list[Case]:
    """Return the cases with proxies for https, which open a tunnel."""
    connected = b"HTTP/1.1 200 OK\r\n\r\n"
    refused: dict[str, tuple[Piece, ...]] = {
        "407": (Step.READ, _refuse("407 Proxy Authentication Required")),
        "403": (Step.READ, _refuse("403 Forbidden")),
        "502": (Step.READ, _refuse("502 Bad Gateway")),
        "503, repeating the password": (Step.READ, _refuse(f"503 {PROXY_PASSWORD}")),
        "302": (Step.READ, _refuse("302 Found")),
        "closed": (Step.READ, Step.CLOSE),
        "reset": (Step.READ, Step.RESET),
        "garbage": (Step.READ, b"\x00" * 100),
        "200, then closed": (Step.READ, connected, Step.RECEIVE, Step.CLOSE),
        "200, then garbage": (Step.READ, connected, b"\x00" * 100),
    }
    servers = {
        name: play(script, url="https://api.example.test/v1") for name, script in refused.items()
    }
    return expect_alike(
        _UNREACHABLE, "proxy", servers, "proxy for https: ", attempts=1, environment=_proxy("https")
    )


def _list_proxies() -> list[Case]:
    """Return the cases with proxies for http, which forward the request."""
    url = "http://api.example.test/v1"
    answers: tuple[tuple[str, Outcome, str, tuple[Piece, ...]], ...] = (
        ("good", _SUCCESS, CLIENT_SECRET, _GOOD),
        (
            "407",
            _REJECTED,
            "proxy wants",
            (Step.READ, _refuse("407 Proxy Authentication Required")),
        ),
        ("502", Outcome.BUSY, "(502)", (Step.READ, _refuse("502 Bad Gateway"))),
        ("closed", _UNREACHABLE, "proxy", (Step.READ, Step.CLOSE)),
        ("reset", _UNREACHABLE, "proxy", (Step.READ, Step.RESET)),
    )
    login = f"someone:{PROXY_PASSWORD}"
    useless = {
        "unknown": {"http_proxy": f"http://{login}@proxy.invalid:3128"},
        "without an address": {"http_proxy": f"http://{login}@[::1:99999/"},
        "for SOCKS": {"all_proxy": f"socks5://{login}@127.0.0.1:1080"},
    }
    return [
        *(
            expect(f"proxy for http: {name}", expected, says, play(script, url=url),
                   attempts=1, environment=_proxy("http"))
            for name, expected, says, script in answers
        ),
        *(
            expect(f"proxy {name}", _UNREACHABLE, "proxy", play((Step.HOLD,), url=url),
                   attempts=1, environment=variables)
            for name, variables in useless.items()
        ),
        expect("no proxy for this host", _SUCCESS, CLIENT_SECRET, play(_GOOD)),
    ]  # fmt: skip


def _redirect(status: str, location: str) -> tuple[Piece, ...]:
    return Step.READ, compose_answer(b"Moved.", status=status, headers={"location": location})


_MOVED = "307 Temporary Redirect"
_SAME_ORIGIN = {
    "307 to a path": _redirect(_MOVED, "/v2/secrets"),
    "308 to a path": _redirect("308 Permanent Redirect", "/v2/secrets"),
    "307 to the same origin": _redirect(_MOVED, "{origin}/v2/secrets"),
    "307 to a path beside it": _redirect(_MOVED, "../other"),
    "307 with a query": _redirect(_MOVED, "?a=b"),
}
_OTHER_ORIGIN = {
    "to another host": "http://elsewhere.invalid/v1",
    "to another port": "http://127.0.0.1:9/v1",
    "to this host by another name": "http://localhost:{port}/v1",
    "to //host": "//elsewhere.invalid/v1",
    "to a file": "file:///etc/passwd",
    "to a script": "javascript:alert(1)",
    "to a host of our name with a user": "http://127.0.0.1@elsewhere.invalid/v1",
    "to a backslash": "http:\\\\elsewhere.invalid\\v1",
    "to an invalid address": "http://[::1/v1",
    "to a port too large": "http://127.0.0.1:99999/v1",
    "to an empty address": "",
}


def _list_redirects() -> list[Case]:
    here = {name: play(script, _GOOD) for name, script in _SAME_ORIGIN.items()}
    away = {name: play(_redirect(_MOVED, location)) for name, location in _OTHER_ORIGIN.items()}
    refused = expect_alike(_REJECTED, _ELSEWHERE, away, "redirect ", asked=1)
    return [
        *expect_alike(_SUCCESS, CLIENT_SECRET, here, "redirect ", asked=2),
        *refused,
        *(as_raw(case, f"{case.name}, raw", "307 Moved.") for case in refused),
        expect("redirect without a location", _REJECTED, "(302)",
               send(compose_answer(b"", status="302 Found")), asked=1),
        expect("redirect in circles", _REJECTED, "redirects the request more than 5 times",
               play(_redirect(_MOVED, "{origin}/v1/realtime/client_secrets"))),
        expect("redirect to another server", _REJECTED, _ELSEWHERE, _start_two_servers, asked=0),
        expect("redirect from https to http", _REJECTED, _ELSEWHERE,
               _secure(*_redirect(_MOVED, "http://127.0.0.1:9/v1")), asked=1, environment=_TRUST),
    ]  # fmt: skip


def _start_two_servers(stack: ExitStack) -> Server:
    """Start a server that redirects to a second one, and count the requests of the second one."""
    other = stack.enter_context(RawServer(_GOOD))
    first = RawServer(_redirect(_MOVED, f"{other.url}/v1"))
    return Server(stack.enter_context(first).url, count=lambda: len(other.requests))
