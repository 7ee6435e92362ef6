# SPDX-License-Identifier: MIT
"""Requests through proxies: a real one with a password, and some that do everything wrong."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote_plus

import pytest

from client.conftest import await_end
from openai_realtime.client.failures import classify
from openai_realtime.errors import UnreachableError
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# With what has a meaning in addresses; the beginning is what tests look for in logs.
PASSWORD = "Hq8sLw2zPm@/#?%:+é"
OK = compose_answer(b"{}")
SERVER = "https://api.example.invalid/v1"
CONNECTED = b"HTTP/1.1 200 ok\r\n\r\n"


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
        while not (port_file.exists() and port_file.read_text().strip()):
            assert process.poll() is None
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
    """Provide a sandbox."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def secure(identity: dict[str, Path]) -> Iterator[Sandbox]:
    """Provide a sandbox behind TLS."""
    with Sandbox(**identity) as sandbox:  # type: ignore[arg-type]  # certfile and keyfile
        yield sandbox


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Provide a function that makes an address that of the proxy for all requests."""

    def set_variables(address: str) -> None:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, address)

    return set_variables


def ask(world: Any, sandbox: Sandbox, **settings: Any) -> Any:
    """Return the reply to a request for a secret."""
    world.key = sandbox.api_key
    return world.dial(sandbox.base_url, **settings).send()


def test_goes_through_for_http(world: Any, plain: Sandbox, proxy: RealProxy, use: Any) -> None:
    """A request over http reaches the server by way of the proxy; the password does not."""
    use(proxy.write_url(PASSWORD))
    assert ask(world, plain).status == 200
    headers = {name.lower(): value for name, value in plain.calls[-1].headers.items()}
    assert "proxy.py" in headers["via"]
    assert "proxy-authorization" not in headers


def test_goes_through_for_https(
    world: Any, secure: Sandbox, proxy: RealProxy, ca_file: Path, use: Any
) -> None:
    """A request over https goes through a tunnel, in which the proxy sees nothing."""
    use(proxy.write_url(PASSWORD))
    assert ask(world, secure, ca_file=str(ca_file)).status == 200
    assert "via" not in {name.lower() for name in secure.calls[-1].headers}
    # The proxy notes a tunnel when it ends.
    world.senders[-1].connection.drop()
    host = secure.base_url.removeprefix("https://").removesuffix("/v1")
    await_end(lambda: f"CONNECT {host}" in proxy.log.read_text())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_goes_through_a_secure_proxy(  # noqa: PLR0917 - fixtures
    world: Any,
    plain: Sandbox,
    secure: Sandbox,
    secure_proxy: RealProxy,
    ca_file: Path,
    use: Any,
    scheme: str,
) -> None:
    """The CA file holds for the proxy's certificate, too."""
    use(secure_proxy.write_url(PASSWORD))
    sandbox = plain if scheme == "http" else secure
    assert ask(world, sandbox, ca_file=str(ca_file)).status == 200


def test_blames_whom_it_does_not_trust(  # noqa: PLR0917 - fixtures
    world: Any,
    plain: Sandbox,
    secure: Sandbox,
    proxy: RealProxy,
    secure_proxy: RealProxy,
    use: Any,
) -> None:
    """An untrusted certificate of the proxy is told from one of the server behind the tunnel."""
    for used, sandbox in ((secure_proxy, plain), (secure_proxy, secure), (proxy, secure)):
        use(used.write_url(PASSWORD))
        host = sandbox.base_url.partition("://")[2].removesuffix("/v1")
        place = host if used is proxy else used.place
        error = world.fail(UnreachableError, ask, world, sandbox)
        assert str(error).startswith(f"The certificate of {place} is not trusted")


@pytest.mark.parametrize("password", ["wrong", ""])
def test_names_a_wrong_password(  # noqa: PLR0917 - fixtures
    world: Any, plain: Sandbox, secure: Sandbox, proxy: RealProxy, use: Any, password: str
) -> None:
    """A wrong password for the proxy is told from a wrong key, over http and https."""
    calls = len(plain.calls) + len(secure.calls)
    use(proxy.write_url(password))
    error = world.fail(UnreachableError, ask, world, secure)
    assert str(error).startswith(f"The proxy {proxy.place} refuses to connect to 127.0.0.1:")
    assert "(407). Check the proxy, its user name and password" in str(error)
    reply = ask(world, plain, attempts=3)
    assert (reply.status, reply.attempts) == (407, 1)
    assert str(classify(reply, "it", lambda _: "")).startswith("The proxy wants a user name")
    assert len(plain.calls) + len(secure.calls) == calls


def test_passes_by(
    world: Any, plain: Sandbox, proxy: RealProxy, use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An excepted server is asked directly, so that the wrong password does not matter."""
    use(proxy.write_url("wrong"))
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    assert ask(world, plain).status == 200


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden"])
def test_a_refusal_is_final(world: Any, use: Any, status: str) -> None:
    """A proxy that refuses is asked once, and gets neither key nor body."""
    with RawServer([Step.READ, f"HTTP/1.1 {status}\r\n\r\n".encode()]) as proxy:
        use(proxy.url.replace("//", f"//user:{world.proxy_password}@"))
        error = world.fail(UnreachableError, world.dial(SERVER, attempts=3).send)
        (sent,) = proxy.requests
    assert sent.startswith(b"CONNECT api.example.invalid:443")
    assert b"Proxy-Authorization: Basic" in sent
    assert world.key.encode() not in sent
    place = proxy.url.removeprefix("http://")
    expected = f"The proxy {place} refuses to connect to api.example.invalid ({status[:3]}). Check"
    assert str(error).startswith(expected)


def test_hides_what_a_proxy_repeats(world: Any, use: Any) -> None:
    """A proxy that repeats password and header in its refusal gets neither of them shown."""
    account = base64.b64encode(f"me:{world.proxy_password}".encode()).decode()
    body = f"{world.proxy_password} {account} {world.proxy_password[:3]}".encode()
    with RawServer([Step.READ, compose_answer(body, status="407 No")]) as refusing:
        use(refusing.url.replace("//", f"//me:{world.proxy_password}@"))
        reply = world.dial("http://api.example.invalid/v1").send()
        assert account.encode() in refusing.requests[0]
    # The user name is no secret.
    assert reply.text == f"*** {account[:4]}*** Hq8"


def test_failing_tunnels_are_given_up(world: Any, use: Any) -> None:
    """However often TLS fails behind a proxy, the next request gets a connection of its own."""
    with RawServer([Step.READ, CONNECTED, Step.RESET]) as refusing:
        use(refusing.url)
        sender = world.dial(SERVER)
        place = refusing.url.removeprefix("http://")
        for _ in range(6):
            error = world.fail(UnreachableError, sender.send)
            assert str(error).startswith("api.example.invalid ")
            assert f" The proxy {place} is in between." in str(error)
        assert refusing.connections == 6


def test_blames_a_silent_server_behind_a_tunnel(world: Any, use: Any) -> None:
    """A server that does not shake hands in time is told from a proxy that cannot be reached."""
    with RawServer([Step.READ, CONNECTED, Step.HOLD]) as tunnel:
        use(tunnel.url)
        error = world.fail(UnreachableError, world.dial(SERVER, connect_timeout=0.2).send)
    assert str(error).startswith("api.example.invalid could not be connected to in time.")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://user:Hq8sLw2zPm@127.0.0.1:9", "The proxy 127.0.0.1:9 refuses the connection"),
        ("http://user:Hq8sLw2zPm@name.invalid:1", "The proxy name.invalid:1 for api.example"),
    ],
)
def test_names_a_proxy_that_is_not_there(world: Any, use: Any, address: str, problem: str) -> None:
    """Where no proxy can be reached, the message sends the user to look there."""
    use(address)
    assert str(world.fail(UnreachableError, world.dial(SERVER).send)).startswith(problem)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("ftp://user:Hq8sLw2zPm@proxy:1", "The address of the proxy"),
        ("http://user:Hq8sLw2zPm@proxy:x", "The address of the proxy"),
        ("http://user:Hq8sLw2zPm@a..b:1", "The address of the proxy"),
        ("http://user:Hq8sLw2zPm@", "The address of the proxy"),
        ("http://user:Hq8sLw2zPm@\u2603.invalid:1", "The address of the proxy"),
        ("socks5://user:Hq8sLw2zPm@proxy:1", "The proxy is one for SOCKS"),
    ],
)
def test_names_a_proxy_that_cannot_be(world: Any, use: Any, address: str, problem: str) -> None:
    """An address that cannot be used ends in an error before anything is sent."""
    use(address)
    assert str(world.fail(UnreachableError, world.dial, SERVER)).startswith(problem)


def test_passwords_may_be_any_bytes(world: Any, use: Any) -> None:
    """A password that is no UTF-8 is sent as it stands in the environment."""
    with RawServer([Step.READ, OK]) as proxy:
        use(proxy.url.replace("//", f"//me:{world.proxy_password}\udce9@"))
        assert world.dial("http://api.example.invalid/v1").send().status == 200
        account = base64.b64encode(f"me:{world.proxy_password}".encode() + b"\xe9")
        assert b"Proxy-Authorization: Basic " + account in proxy.requests[0]
