# SPDX-License-Identifier: MIT
"""Starting, stopping and running the sandbox, and the server below HTTP."""

import asyncio
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx
import pytest

from realtime_dev.sandbox import Fault, RawServer, Sandbox, Step

SECRETS = "/realtime/client_secrets"


def mint(sandbox: Sandbox, **options: object) -> httpx.Response:
    """Return the answer to a request without settings."""
    headers = {"authorization": f"Bearer {sandbox.api_key}"}
    given: Any = {"timeout": 60, **options}
    return httpx.post(sandbox.base_url + SECRETS, json={}, headers=headers, **given)


def test_listens_on_loopback_only() -> None:
    """Addresses name 127.0.0.1 and both providers' paths; keys are random."""
    with Sandbox() as first, Sandbox() as second:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", first.base_url)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/openai/v1", first.azure_base_url)
        assert first.base_url != second.base_url
        assert first.api_key != second.api_key
        assert first.api_key.startswith("sk-sandbox-")


def test_stops_with_requests_under_way() -> None:
    """Stopping waits for neither idle nor busy connections, and ends the thread."""
    before = threading.enumerate()
    with Sandbox() as sandbox:
        sandbox.faults.add(Fault(delay=60))
        idle = httpx.Client(trust_env=False)
        idle.get(f"{sandbox.base_url}/models")
        with pytest.raises(httpx.ReadTimeout):
            mint(sandbox, timeout=httpx.Timeout(60, read=0.05))
        busy = threading.Thread(target=_expect_the_end, args=(sandbox,))
        sandbox.faults.add(Fault(delay=60))
        busy.start()
        while len(sandbox.calls) < 3:
            time.sleep(0.005)
    busy.join()
    idle.close()
    assert threading.enumerate() == before


def _expect_the_end(sandbox: Sandbox) -> None:
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        mint(sandbox, timeout=None)


def test_frees_its_port() -> None:
    """After the end the port is free and can be used again."""
    with Sandbox(api_key="sk-first") as sandbox:
        port = int(sandbox.base_url.split(":")[2].partition("/")[0])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    with Sandbox(port=port, api_key="sk-second") as again:
        assert mint(again).status_code == 200


def test_latency_delays_without_blocking() -> None:
    """All requests wait for the latency at the same time."""
    barrier = asyncio.Barrier(5)
    with Sandbox(latency=30.0, sleep=lambda _: barrier.wait()) as sandbox:
        threads = [threading.Thread(target=mint, args=(sandbox,)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [call.status for call in sandbox.calls] == [200] * 5


@pytest.mark.parametrize("tls", [False, True])
def test_runs_in_the_foreground_until_interrupted(tls: bool) -> None:  # noqa: FBT001 - a case
    """`serve` prints address, key, CA file and what is missing; Ctrl-C ends it without the file."""
    # A shell lets what it runs in the background ignore Ctrl-C, and so all that this starts.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    # With TLS as if aiortc were missing, otherwise as if it were there.
    aiortc = f"import sys; sys.modules['aiortc'] = {'None' if tls else 'sys'}"
    is_lazy = "assert not {'trustme', 'cryptography'} & set(sys.modules)"
    load = f"from realtime_dev.sandbox import serve; {is_lazy}"
    program = f"{listen}; {aiortc}; {load}; serve(0, tls={tls})"
    with subprocess.Popen(  # noqa: S603 - fixed arguments
        [sys.executable, "-W", "error", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = list(takewhile(lambda line: not line.startswith("Ctrl-C"), process.stdout))
        address, key, ca_file = lines[0].split()[-1], lines[2].split()[-1], lines[3].split()[-1]
        headers = {"authorization": f"Bearer {key}"}
        verify = ssl.create_default_context(cafile=ca_file) if tls else False
        if tls:
            assert "PRIVATE KEY" not in Path(ca_file).read_text()
            address = address.replace("127.0.0.1", "localhost")
        with httpx.Client(headers=headers, timeout=60, trust_env=False, verify=verify) as client:
            answer = client.get(f"{address}/models")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
    assert answer.status_code == 200
    assert ("Calls (WebRTC) need: pip install aiortc\n" in lines) == tls
    assert not (tls and Path(ca_file).exists())


def connect(server: RawServer) -> socket.socket:
    """Return a plain connection to the server."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def test_waits() -> None:
    """Numbers in a script are seconds of waiting."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with (
        RawServer([0.5, Step.READ, 60, b"x"], sleep=sleep) as server,
        connect(server) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(10) == b"x"
    assert slept == [0.5, 60]


def test_ends_with_connections_open() -> None:
    """Stopping the server drops held connections and leaves no thread."""
    before = threading.enumerate()
    with RawServer([Step.HOLD]) as server:
        connection = connect(server)
    with connection:
        assert connection.recv(1) == b""
    assert threading.enumerate() == before
