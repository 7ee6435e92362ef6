# SPDX-License-Identifier: MIT
"""Which proxy is chosen, and when a request leaves the computer unencrypted."""

import base64

import pytest

from client.conftest import catch
from openai_realtime.client.proxy import resolve_proxy, travels_unencrypted
from openai_realtime.errors import UnreachableError

URL = "https://api.example.com/v1"


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    """Set environment variables for a test."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("variables", "url", "account"),
    [
        ({"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:2"}, "http://p:1", ""),
        ({"all_proxy": "http://p"}, "http://p:80", ""),
        ({"ALL_PROXY": "https://p"}, "https://p:443", ""),
        ({"https_proxy": "p:3128"}, "http://p:3128", ""),
        ({"https_proxy": " HTTP://p:3128/ "}, "http://p:3128", ""),
        ({"https_proxy": "http://[::1]:3128"}, "http://[::1]:3128", ""),
        ({"https_proxy": "http://me@p:1"}, "http://p:1", "me:"),
        ({"https_proxy": "me:pw@p:1"}, "http://p:1", "me:pw"),
        ({"https_proxy": "http://me:pw%40w%3A@p:1"}, "http://p:1", "me:pw@w:"),
        ({"https_proxy": "http://me:pw@/#?b@p:1"}, "http://p:1", "me:pw@/#?b"),
        ({"https_proxy": "http://DOM%5Cme:pw@p:1"}, "http://p:1", "DOM\\me:pw"),
        # Bytes that are not UTF-8 are sent as the environment has them.
        ({"https_proxy": "http://me:pw\udce9@p:1"}, "http://p:1", "me:pw\udce9"),
    ],
)
def test_resolves_the_proxy(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, account: str
) -> None:
    """The variables of the scheme count, in either case; passwords are understood as they come."""
    set_variables(monkeypatch, variables)
    proxy = resolve_proxy(URL)
    assert proxy is not None
    assert (proxy.url, proxy.place) == (url, url.partition("://")[2])
    assert proxy.password == account.partition(":")[2]
    kind, _, encoded = proxy.authorization.partition(" ")
    assert kind == ("Basic" if account else "")
    assert base64.b64decode(encoded) == account.encode(errors="surrogateescape")
    assert "pw" not in repr(proxy)


@pytest.mark.parametrize("variables", [{}, {"http_proxy": "http://p:1"}, {"https_proxy": ""}])
def test_uses_none(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    """Without a variable of the scheme the connection is a direct one."""
    set_variables(monkeypatch, variables)
    assert resolve_proxy(URL) is None


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_direct"),
    [
        ("*", URL, True),
        ("API.Example.com", URL, True),
        (".example.com", URL, True),
        ("*.example.com", URL, True),
        ("https://api.example.com", URL, True),
        ("api.example.com:443", URL, True),
        ("api.example.com:8443", URL, False),
        ("ample.com", URL, False),
        ("example.com.evil", URL, False),
        (",.,*.", URL, False),
        ("[::1", URL, False),
        ("127.0.0.1:9", "https://127.0.0.1:9/v1", True),
        ("127.0.0.0/8", "https://127.3.2.1/v1", True),
        ("::1", "https://[::1]:9/v1", True),
        ("[::1]:9", "https://[::1]:9/v1", True),
        ("fe80::/10", "https://[fe80::1]/v1", True),
        ("a.example; b.example|example.com , c.example", URL, True),
        ("a.example;\texample.org | b.example", URL, False),
        # As KNIME writes 10.*, 127.*, *.corp, *corp and server.*; and as people do.
        ("localhost,10.", "https://10.1.2.3/v1", True),
        ("localhost,10.", "https://110.1.2.3/v1", False),
        ("10.:444", "https://10.1.2.3/v1", False),
        ("192.168.*", "https://192.168.7.7/v1", True),
        ("192.168.*", "https://192.169.7.7/v1", False),
        ("*.corp", "https://gateway.eu.corp/v1", True),
        (".corp", "https://gatewaycorp/v1", False),
        ("gateway.", "https://gateway/v1", True),
        ("gateway.", "https://my.gateway.corp/v1", False),
        ("<local>", "https://gateway/v1", True),
        ("10.|<local>", "https://localhost/v1", True),
        ("<LOCAL>", "https://127.0.0.2/v1", True),
        ("<local>", "https://[fe80::1]/v1", False),
        ("<local>", "https://10.1.2.3/v1", False),
        ("<local>", URL, False),
    ],
)
def test_knows_exceptions(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str, *, is_direct: bool
) -> None:
    """Names with their subdomains, beginnings, addresses, networks and ports are understood."""
    set_variables(monkeypatch, {"https_proxy": "http://p:3128", "no_proxy": no_proxy})
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
        ("socks5://me:Hq8sLw2zPm@p:1", "The proxy is one for SOCKS, but only HTTP proxies can"),
        ("ftp://me:Hq8sLw2zPm@p:1", "The address of the proxy cannot be used."),
        ("http://me:Hq8sLw2zPm@p:port", "The address of the proxy cannot be used."),
        ("http://me:Hq8sLw2zPm@a..b:1", "The address of the proxy cannot be used."),
        ("http://me:Hq8sLw2zPm@", "The address of the proxy cannot be used."),
    ],
)
def test_refuses_proxies(monkeypatch: pytest.MonkeyPatch, address: str, problem: str) -> None:
    """A proxy that cannot be used is an error that does not repeat its password."""
    monkeypatch.setenv("https_proxy", address)
    error = catch(UnreachableError, resolve_proxy, URL)
    assert str(error).startswith(problem)
    assert str(error).endswith(" See KNIME's network preferences.")


PROXY = {"http_proxy": "http://p:1"}


@pytest.mark.parametrize(
    ("url", "variables", "expected"),
    [
        ("https://api.example.com/v1", PROXY, False),
        ("http://192.168.1.5:4000", {}, True),
        ("http://192.168.1.5:4000", PROXY, True),
        ("http://api.example.com/v1", {"no_proxy": "*"}, True),
        ("http://127.0.0.2:4000", {"https_proxy": "http://p:1"}, False),
        ("http://LOCALHOST:4000", {"http_proxy": ""}, False),
        ("http://[::1]:4000/v1", {}, False),
        ("http://localhost:4000", PROXY, True),
        ("http://localhost:4000", {"all_proxy": "socks5://p:1"}, True),
        ("http://127.0.0.1:4000", {**PROXY, "no_proxy": "localhost"}, True),
        ("http://localhost:4000", {**PROXY, "no_proxy": "localhost"}, False),
    ],
)
def test_knows_what_travels_unencrypted(
    monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str], *, expected: bool
) -> None:
    """Over http all does, but for what stays on this computer: localhost without a proxy."""
    set_variables(monkeypatch, variables)
    assert travels_unencrypted(url) is expected
