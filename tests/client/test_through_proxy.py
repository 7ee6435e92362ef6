# SPDX-License-Identifier: MIT
"""Requests through a real proxy with a password."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote_plus

import httpcore
import pytest

from openai_realtime.client.classification import classify
from openai_realtime.client.tunnel import Tunnel
from openai_realtime.errors import UnreachableError
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# With what has a meaning in addresses; the beginning is what tests look for in logs.
PASSWORD = "Hq8sLw2zPm@/#?%:+é"


class RealProxy(NamedTuple):
    """A running proxy: scheme and place, and the file with a line for each request."""

    scheme: str
    place: str
    log: Path

    def write_url(self, password: str) -> str:
        """Return the address with an account in it, as KNIME writes it."""
        return f"{self.scheme}://user:{quote_plus(password)}@{self.place}"


def run_proxy(folder: Path, scheme: str, *options: str) -> Iterator[RealProxy]:
    """Run proxy.py, which wants a password."""
    port_file, log = folder / "port", folder / "log"
    command = [sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0"]
    command += ["--port-file", str(port_file), "--num-workers", "1", "--num-acceptors", "1"]
    command += ["--log-file", str(log), "--basic-auth", f"user:{PASSWORD}", *options]
    # A session of its own, because it has a process for each of its workers.
    process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own words
    try:
        end = time.monotonic() + 20
        while not (port_file.exists() and port_file.read_text().strip()):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        yield RealProxy(scheme, f"127.0.0.1:{port_file.read_text().strip()}", log)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealProxy]:
    """Run a proxy that is spoken to over http."""
    yield from run_proxy(tmp_path_factory.mktemp("proxy"), "http")


@pytest.fixture(scope="module")
def secure_proxy(
    tmp_path_factory: pytest.TempPathFactory, identity: dict[str, Path]
) -> Iterator[RealProxy]:
    """Run a proxy that is spoken to over https, with a certificate of our authority."""
    files = [str(identity["certfile"]), str(identity["keyfile"])]
    options = ["--cert-file", files[0], "--key-file", files[1]]
    yield from run_proxy(tmp_path_factory.mktemp("secure-proxy"), "https", *options)


@pytest.fixture(scope="module")
def plain() -> Iterator[Sandbox]:
    """Hand out a sandbox."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def secure(identity: dict[str, Path]) -> Iterator[Sandbox]:
    """Hand out a sandbox behind TLS."""
    with Sandbox(**identity) as sandbox:  # type: ignore[arg-type]  # certfile and keyfile
        yield sandbox


def ask(world: Any, sandbox: Sandbox, **settings: Any) -> Any:
    """Return the reply to a request for a secret."""
    world.key = sandbox.api_key
    return world.dial(sandbox.base_url, **settings).mint(world.request)


def wait_for(proxy: RealProxy, line: str) -> None:
    """Wait until the proxy has noted a request."""
    end = time.monotonic() + 5
    while line not in proxy.log.read_text():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_goes_through_for_http(
    world: Any, plain: Sandbox, proxy: RealProxy, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A request over http reaches the server by way of the proxy; the password does not."""
    monkeypatch.setenv(variable, proxy.write_url(PASSWORD))
    assert ask(world, plain).status == 200
    headers = {name.lower(): value for name, value in plain.calls[-1].headers.items()}
    assert "proxy.py" in headers["via"]
    assert "proxy-authorization" not in headers


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
def test_goes_through_for_https(  # noqa: PLR0917 - fixtures
    world: Any,
    secure: Sandbox,
    proxy: RealProxy,
    ca_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    """A request over https goes through a tunnel, in which the proxy sees nothing."""
    monkeypatch.setenv(variable, proxy.write_url(PASSWORD))
    assert ask(world, secure, ca_file=str(ca_file)).status == 200
    assert "via" not in {name.lower() for name in secure.calls[-1].headers}
    # The proxy notes a tunnel when it ends.
    world.clients[-1].close()
    wait_for(proxy, f"CONNECT {secure.base_url.removeprefix('https://').removesuffix('/v1')}")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_goes_through_a_secure_proxy(  # noqa: PLR0917 - fixtures
    world: Any,
    plain: Sandbox,
    secure: Sandbox,
    secure_proxy: RealProxy,
    ca_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
) -> None:
    """The CA file holds for the proxy's certificate, too."""
    monkeypatch.setenv(f"{scheme}_proxy", secure_proxy.write_url(PASSWORD))
    sandbox = plain if scheme == "http" else secure
    assert ask(world, sandbox, ca_file=str(ca_file)).status == 200


def test_names_a_proxy_without_trust(
    world: Any, plain: Sandbox, secure_proxy: RealProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An untrusted certificate of the proxy is not blamed on the server."""
    monkeypatch.setenv("http_proxy", secure_proxy.write_url(PASSWORD))
    error = world.fail(UnreachableError, ask, world, plain)
    assert str(error).startswith(f"The certificate of {secure_proxy.place} is not trusted")


def test_names_a_server_without_trust(
    world: Any, secure: Sandbox, proxy: RealProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An untrusted certificate behind a tunnel is the server's."""
    monkeypatch.setenv("https_proxy", proxy.write_url(PASSWORD))
    host = secure.base_url.removeprefix("https://").removesuffix("/v1")
    error = world.fail(UnreachableError, ask, world, secure)
    assert str(error).startswith(f"The certificate of {host} is not trusted")


@pytest.mark.parametrize("password", ["wrong", ""])
def test_names_a_wrong_password(  # noqa: PLR0917 - fixtures
    world: Any,
    plain: Sandbox,
    secure: Sandbox,
    proxy: RealProxy,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
) -> None:
    """A wrong password for the proxy is told from a wrong key, over http and https."""
    calls = len(plain.calls) + len(secure.calls)
    monkeypatch.setenv("all_proxy", proxy.write_url(password))
    error = world.fail(UnreachableError, ask, world, secure)
    assert str(error).startswith(f"The proxy {proxy.place} refuses to connect to 127.0.0.1:")
    assert "(407). Check the proxy, its user name and password" in str(error)
    reply = ask(world, plain, attempts=3)
    assert (reply.status, reply.attempts) == (407, 1)
    assert str(classify(reply, "it", lambda _: "")).startswith("The proxy wants a user name")
    assert len(plain.calls) + len(secure.calls) == calls


def test_hides_what_a_proxy_repeats(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that repeats password and header in its refusal gets neither of them shown."""
    account = base64.b64encode(f"me:{world.proxy_password}".encode()).decode()
    body = f"{world.proxy_password} {account} {world.proxy_password[:3]}".encode()
    with RawServer([Step.READ, compose_answer(body, status="407 No")]) as refusing:
        address = refusing.url.replace("//", f"//me:{world.proxy_password}@")
        monkeypatch.setenv("http_proxy", address)
        reply = world.dial("http://api.example.invalid/v1").mint(world.request)
        assert account.encode() in refusing.requests[0]
    assert reply.text == "*** *** Hq8"


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_passes_by(
    world: Any, plain: Sandbox, proxy: RealProxy, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """An excepted server is asked directly, so that the wrong password does not matter."""
    monkeypatch.setenv("http_proxy", proxy.write_url("wrong"))
    monkeypatch.setenv(variable, "localhost,127.0.0.1")
    assert ask(world, plain).status == 200


def test_failing_tunnels_are_given_up(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often TLS fails behind a proxy, the next request gets a connection of its own."""
    with RawServer([Step.READ, b"HTTP/1.1 200 ok\r\n\r\n", Step.RESET]) as refusing:
        monkeypatch.setenv("https_proxy", refusing.url)
        client = world.dial("https://api.example.invalid/v1", read_timeout=0.3)
        place = refusing.url.removeprefix("http://")
        for _ in range(6):
            error = world.fail(UnreachableError, client.mint, world.request)
            assert str(error).startswith("api.example.invalid ")
            assert f" The proxy {place} is in between." in str(error)
        assert refusing.connections == 6


def test_blames_a_silent_server_behind_a_tunnel(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not shake hands in time is told from a proxy that cannot be reached."""
    with RawServer([Step.READ, b"HTTP/1.1 200 ok\r\n\r\n", Step.HOLD]) as tunnel:
        monkeypatch.setenv("https_proxy", tunnel.url)
        client = world.dial("https://api.example.invalid/v1", connect_timeout=0.2)
        error = world.fail(UnreachableError, client.mint, world.request)
    assert str(error).startswith("api.example.invalid could not be connected to in time.")


def test_addresses_of_ipv6_keep_their_brackets(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is asked for an IPv6 address in the way that it can read."""
    with RawServer([Step.READ, compose_answer(b"{}")]) as proxy:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert world.dial("http://[2001:db8::1]:8080/v1").mint(world.request).status == 200
        world.fail(UnreachableError, world.dial("https://[2001:db8::1]/v1").mint, world.request)
        plain, tunnel = proxy.requests
    assert plain.startswith(b"POST http://[2001:db8::1]:8080/v1/realtime/client_secrets HTTP")
    assert b"Host: [2001:db8::1]:8080\r\n" in plain
    assert tunnel.startswith(b"CONNECT [2001:db8::1]:443 HTTP")


def test_passwords_may_be_any_bytes(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that is no UTF-8 is sent as it stands in the environment."""
    with RawServer([Step.READ, compose_answer(b"{}")]) as proxy:
        address = proxy.url.replace("//", f"//me:{world.proxy_password}\udce9@")
        monkeypatch.setenv("http_proxy", address)
        assert world.dial("http://api.example.invalid/v1").mint(world.request).status == 200
        account = base64.b64encode(f"me:{world.proxy_password}".encode() + b"\xe9")
        assert b"Proxy-Authorization: Basic " + account in proxy.requests[0]


class Inner(httpcore.ConnectionInterface):
    """A connection that cannot be made."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.is_over = False

    def handle_request(self, _: httpcore.Request) -> httpcore.Response:
        """Fail."""
        raise self.error

    def close(self) -> None:
        """Be over."""
        self.is_over = True


@pytest.mark.parametrize(
    ("error", "is_over"),
    [
        (UnicodeError("label too long"), True),
        (httpcore.ReadTimeout("slow"), True),
        (httpcore.ConnectionNotAvailable(), False),
    ],
)
def test_whatever_ends_a_tunnel_gives_its_place_back(error: Exception, *, is_over: bool) -> None:
    """A connection that failed is closed, one that another request has is not."""
    inner = Inner(error)
    with pytest.raises(type(error)):
        Tunnel(inner).handle_request(httpcore.Request("GET", "http://a.example/"))
    assert inner.is_over is is_over
