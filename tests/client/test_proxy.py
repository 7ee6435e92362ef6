# SPDX-License-Identifier: MIT
"""Which proxy is chosen, and when a request leaves the computer unencrypted."""

from __future__ import annotations

import base64

import pytest

from openai_realtime.client.proxy import Proxy, resolve_proxy, travels_unencrypted
from openai_realtime.errors import UnreachableError

URL = "https://api.example.com/v1"


def proxy(scheme: str, place: str, user: str = "", password: str = "") -> Proxy:
    """Return a proxy, with the header of those who have a name or a password."""
    account = base64.b64encode(f"{user}:{password}".encode()).decode()
    authorization = f"Basic {account}" if user or password else ""
    return Proxy(f"{scheme}://{place}", place, password, authorization)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        ({"https_proxy": "http://p:3128"}, proxy("http", "p:3128")),
        ({"HTTPS_PROXY": "http://p:3128"}, proxy("http", "p:3128")),
        ({"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:2"}, proxy("http", "p:1")),
        ({"all_proxy": "http://p"}, proxy("http", "p:80")),
        ({"ALL_PROXY": "https://p"}, proxy("https", "p:443")),
        ({"http_proxy": "http://p:1"}, None),
        ({"https_proxy": ""}, None),
        ({"https_proxy": "p:3128"}, proxy("http", "p:3128")),
        ({"https_proxy": " HTTP://p:3128/ "}, proxy("http", "p:3128")),
        ({"https_proxy": "http://[::1]:3128"}, proxy("http", "[::1]:3128")),
        ({"https_proxy": "http://me:pw@p:1"}, proxy("http", "p:1", "me", "pw")),
        ({"https_proxy": "http://me@p:1"}, proxy("http", "p:1", "me")),
        ({"https_proxy": "me:pw@p:1"}, proxy("http", "p:1", "me", "pw")),
        ({"https_proxy": "http://me:p%40w%3A@p:1"}, proxy("http", "p:1", "me", "p@w:")),
        ({"https_proxy": "http://me:a@/#?b@p:1"}, proxy("http", "p:1", "me", "a@/#?b")),
        ({"https_proxy": "http://DOM%5Cme:pw@p:1"}, proxy("http", "p:1", "DOM\\me", "pw")),
    ],
)
def test_resolves_the_proxy(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: Proxy | None
) -> None:
    """The variables of the scheme count, in either case; passwords are understood as they come."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    resolved = resolve_proxy(URL)
    assert resolved == expected
    assert "pw" not in repr(resolved)


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_direct"),
    [
        ("*", URL, True),
        ("api.example.com", URL, True),
        ("API.Example.com", URL, True),
        ("example.com", URL, True),
        (".example.com", URL, True),
        ("*.example.com", URL, True),
        ("localhost, example.com ,", URL, True),
        ("https://api.example.com", URL, True),
        ("api.example.com:443", URL, True),
        ("api.example.com:8443", URL, False),
        ("api.example.com:8443", "https://api.example.com:8443/v1", True),
        ("ample.com", URL, False),
        ("example.com.evil", URL, False),
        ("", URL, False),
        (",.,*.", URL, False),
        ("[::1", URL, False),
        ("127.0.0.1", "https://127.0.0.1:9/v1", True),
        ("127.0.0.1:9", "https://127.0.0.1:9/v1", True),
        ("127.0.0.0/8", "https://127.3.2.1/v1", True),
        ("10.0.0.0/8", "https://127.3.2.1/v1", False),
        ("::1", "https://[::1]:9/v1", True),
        ("[::1]", "https://[::1]:9/v1", True),
        ("[::1]:9", "https://[::1]:9/v1", True),
        ("fe80::/10", "https://[fe80::1]/v1", True),
        ("a.example;example.com", URL, True),
        ("a.example|example.com", URL, True),
        ("a.example example.com", URL, True),
        ("a.example;\texample.org | b.example", URL, False),
        # As KNIME writes 10.*, 127.*, *.corp, *corp and server.*; and as people do.
        ("localhost,10.", "https://10.1.2.3/v1", True),
        ("localhost,10.", "https://110.1.2.3/v1", False),
        ("10.:443", "https://10.1.2.3/v1", True),
        ("10.:444", "https://10.1.2.3/v1", False),
        ("127.", "https://127.0.0.2:9/v1", True),
        ("127.*", "https://127.0.0.2:9/v1", True),
        ("192.168.*", "https://192.168.7.7/v1", True),
        ("192.168.*", "https://192.169.7.7/v1", False),
        (".corp", "https://gateway.corp/v1", True),
        ("*.corp", "https://gateway.eu.corp/v1", True),
        (".corp", "https://gatewaycorp/v1", False),
        ("gateway.", "https://gateway.corp/v1", True),
        ("gateway.", "https://gateway/v1", True),
        ("gateway.", "https://my.gateway.corp/v1", False),
        ("<local>", "https://gateway/v1", True),
        ("10.|<local>", "https://localhost/v1", True),
        ("<LOCAL>", "https://127.0.0.2/v1", True),
        ("<local>", "https://[::1]:9/v1", True),
        ("<local>", "https://[fe80::1]/v1", False),
        ("<local>", "https://10.1.2.3/v1", False),
        ("<local>", URL, False),
    ],
)
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_knows_exceptions(
    monkeypatch: pytest.MonkeyPatch, variable: str, no_proxy: str, url: str, *, is_direct: bool
) -> None:
    """Names with their subdomains, beginnings, addresses, networks and ports are understood."""
    monkeypatch.setenv("https_proxy", "http://p:3128")
    monkeypatch.setenv(variable, no_proxy)
    assert (resolve_proxy(url) is None) is is_direct


@pytest.mark.parametrize("is_direct", [True, False])
def test_asks_the_system(monkeypatch: pytest.MonkeyPatch, *, is_direct: bool) -> None:
    """Without variables, the proxies and exceptions of Windows and macOS hold."""
    where = "openai_realtime.client.proxy"
    monkeypatch.setattr(f"{where}.getproxies", lambda: {"https": "http://p:3128"})
    monkeypatch.setattr(f"{where}.proxy_bypass", lambda _: is_direct)
    assert (resolve_proxy(URL) is None) is is_direct


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        (
            "socks5://me:pw-of-mine@p:1",
            "The proxy is one for SOCKS, but only HTTP proxies can be used.",
        ),
        ("ftp://me:pw-of-mine@p:1", "The address of the proxy cannot be used."),
        ("http://me:pw-of-mine@p:port", "The address of the proxy cannot be used."),
        ("http://me:pw-of-mine@", "The address of the proxy cannot be used."),
    ],
)
def test_refuses_proxies(monkeypatch: pytest.MonkeyPatch, address: str, problem: str) -> None:
    """A proxy that cannot be used is an error that does not repeat its password."""
    monkeypatch.setenv("https_proxy", address)
    with pytest.raises(UnreachableError) as caught:
        resolve_proxy(URL)
    assert str(caught.value) == f"{problem} See KNIME's network preferences."
    assert caught.value.__context__ is None


def test_sends_the_bytes_that_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that is not UTF-8 is sent as the environment has it."""
    account = b"me:pass\xe9"
    monkeypatch.setenv("https_proxy", "http://me:pass\udce9@p:1")
    found = resolve_proxy(URL)
    assert found is not None
    assert found.password == "pass\udce9"
    assert found.authorization == f"Basic {base64.b64encode(account).decode()}"


@pytest.mark.parametrize(
    ("url", "variables", "expected"),
    [
        ("https://api.example.com/v1", {}, False),
        ("https://api.example.com/v1", {"http_proxy": "http://p:1"}, False),
        ("http://api.example.com/v1", {}, True),
        ("http://192.168.1.5:4000", {"http_proxy": "http://p:1"}, True),
        ("http://api.example.com/v1", {"no_proxy": "*"}, True),
        ("http://127.0.0.1:4000", {}, False),
        ("http://127.0.0.2:4000", {"https_proxy": "http://p:1"}, False),
        ("http://LOCALHOST:4000", {"http_proxy": ""}, False),
        ("http://[::1]:4000/v1", {}, False),
        ("http://localhost:4000", {"http_proxy": "http://p:1"}, True),
        ("http://localhost:4000", {"all_proxy": "socks5://p:1"}, True),
        ("http://127.0.0.1:4000", {"http_proxy": "http://p:1", "no_proxy": "localhost"}, True),
        ("http://localhost:4000", {"http_proxy": "http://p:1", "no_proxy": "localhost"}, False),
        ("http://127.0.0.1:4000", {"http_proxy": "http://p:1", "no_proxy": "127."}, False),
    ],
)
def test_knows_what_travels_unencrypted(
    monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str], *, expected: bool
) -> None:
    """Over http all does, but for what stays on this computer: localhost without a proxy."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert travels_unencrypted(url) is expected
