# SPDX-License-Identifier: MIT
"""Requests through proxies: a real one with a password, and some that do everything wrong."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import pytest
import trustme

from client.conftest import KEY, PASSWORD, catch
from client.fakes import await_end
from openai_realtime.errors import UnreachableError
from realtime_dev.sandbox import RawServer, Sandbox, Step

# With characters that have a meaning in addresses.
PROXY_PASSWORD = f"{PASSWORD}@/#?%:+é"
SERVER = "https://api.example.invalid/v1"
CONNECTED = b"HTTP/1.1 200 ok\r\n\r\n"


class RealProxy(NamedTuple):
    """A running proxy: its place, its address with an account in it, and its log."""

    place: str
    url: str
    log: Path


@contextmanager
def run_proxy(folder: Path, scheme: str, *options: str) -> Iterator[RealProxy]:
    """Run proxy.py, which wants a password."""
    port_file, log = folder / "port", folder / "log"
    command = [sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0"]
    command += ["--port-file", str(port_file), "--num-workers", "1", "--num-acceptors", "1"]
    command += ["--log-file", str(log), "--basic-auth", f"user:{PROXY_PASSWORD}", *options]
    # A session of its own, because it has a process for each of its workers.
    process = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own words
    try:
        while not (port_file.exists() and port_file.read_text().strip()):
            assert process.poll() is None
            time.sleep(0.01)
        place = f"127.0.0.1:{port_file.read_text().strip()}"
        yield RealProxy(place, f"{scheme}://user:{quote_plus(PROXY_PASSWORD)}@{place}", log)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def proxies(
    tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA
) -> Iterator[dict[str, RealProxy]]:
    """Run a proxy for each scheme that proxies are spoken to in."""
    folders = [tmp_path_factory.mktemp(name) for name in ("plain", "secure")]
    certificate, key = (str(folders[1] / name) for name in ("certificate.pem", "key.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    options = ["--cert-file", certificate, "--key-file", key]
    with (
        run_proxy(folders[0], "http") as plain,
        run_proxy(folders[1], "https", *options) as secure,
    ):
        yield {"http": plain, "https": secure}


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Provide a function that makes an address that of the proxy for all requests."""

    def set_variables(address: str) -> None:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, address)

    return set_variables


@pytest.mark.parametrize(
    ("scheme", "server", "untrusted"),
    [
        ("http", "plain", ""),
        ("http", "secure", "server"),
        ("https", "plain", "proxy"),
        ("https", "secure", "proxy"),
    ],
)
def test_goes_through(  # noqa: PLR0917 - a table's columns and fixtures
    world: Any,
    request: pytest.FixtureRequest,
    proxies: dict[str, RealProxy],
    ca_file: Path,
    use: Any,
    scheme: str,
    server: str,
    untrusted: str,
) -> None:
    """Requests reach the server by way of the proxy, whoever has the untrusted certificate."""
    sandbox: Sandbox = request.getfixturevalue(server)
    use(proxies[scheme].url)
    host = sandbox.base_url.partition("://")[2].removesuffix("/v1")
    if untrusted:
        place = proxies[scheme].place if untrusted == "proxy" else host
        error = catch(UnreachableError, world.dial(sandbox.base_url).ask)
        assert str(error).startswith(f"The certificate of {place} is not trusted")
    # The CA file holds for the proxy's certificate, too.
    assert world.dial(sandbox.base_url, ca_file=str(ca_file)).ask().status == 200
    headers = {name.lower() for name in sandbox.calls[-1].headers}
    # In a tunnel the proxy sees nothing.
    assert ("via" in headers) is (server == "plain")
    assert "proxy-authorization" not in headers
    # The proxy notes a tunnel when it ends.
    world.senders[-1].connection.drop()
    await_end(lambda: host in proxies[scheme].log.read_text())


def test_a_refusal_is_final(world: Any, use: Any) -> None:
    """A proxy that refuses is asked once, and gets neither key nor body."""
    with RawServer([Step.READ, b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"]) as proxy:
        use(proxy.url.replace("//", f"//user:{PASSWORD}@"))
        error = catch(UnreachableError, world.dial(SERVER, attempts=3).ask)
        (sent,) = proxy.requests
    assert sent.startswith(b"CONNECT api.example.invalid:443")
    assert b"Proxy-Authorization: Basic" in sent
    assert KEY.encode() not in sent
    place = proxy.url.removeprefix("http://")
    expected = f"The proxy {place} refuses to connect to api.example.invalid (407). Check"
    assert str(error).startswith(expected)


@pytest.mark.parametrize(
    ("end", "problem"),
    [
        (Step.RESET, "api.example.invalid "),
        (Step.HOLD, "api.example.invalid did not accept a connection in time."),
    ],
)
def test_failing_tunnels_are_given_up(world: Any, use: Any, end: Step, problem: str) -> None:
    """However often TLS fails behind a proxy, the next request gets a connection of its own."""
    with RawServer([Step.READ, CONNECTED, end]) as tunnel:
        use(tunnel.url)
        sender = world.dial(SERVER, connect_timeout=0.2)
        place = tunnel.url.removeprefix("http://")
        for _ in range(6):
            error = catch(UnreachableError, sender.ask)
            assert str(error).startswith(problem)
            assert f" The proxy {place} is in between." in str(error)
        assert tunnel.connections == 6


def test_names_a_proxy_that_cannot_be(world: Any, use: Any) -> None:
    """An address that only httpx refuses ends in an error before anything is sent."""
    use("http://user:Hq8sLw2zPm@\u2603.invalid:1")
    error = catch(UnreachableError, world.dial, SERVER)
    assert str(error).startswith("The address of the proxy cannot be used.")
