# SPDX-License-Identifier: MIT
"""The processes of a benchmark: one server, and a worker for each client."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import certifi
import trustme

from realtime_dev.bench.clients import SESSION, clean_environment

Measures = dict[str, float]
_WORKER = "realtime_dev.bench.worker"


class Processes:
    """A context manager that starts and ends the processes of a benchmark.

    `plain` (http) and `secure` (https) are the addresses of the server, for `locate`.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._workers: dict[str, subprocess.Popen[str]] = {}
        self._environment = clean_environment()
        self.plain = self.secure = ""

    def __enter__(self) -> Self:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        certificate = self._create_certificate(folder)
        self._server = self._start("realtime_dev.bench.server", certificate)
        ports = _ask(self._server, SESSION)
        self.plain, self.secure = (
            f"{scheme}://127.0.0.1:{port}"
            for scheme, port in zip(("http", "https"), ports, strict=True)
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read_server_cpu(self) -> float:
        """Return the CPU seconds that the server has used so far."""
        return float(_ask(self._server, None))

    def ask(self, worker: str, **command: Any) -> Measures:  # noqa: ANN401 - JSON
        """Run a command in the worker with this name, which is started on first use."""
        if worker not in self._workers:
            self._workers[worker] = self._start(_WORKER)
        return dict(_ask(self._workers[worker], command))

    def ask_new(self, **command: Any) -> Measures:  # noqa: ANN401 - JSON
        """Run one command in a new worker."""
        with ExitStack() as stack:
            return dict(_ask(self._start(_WORKER, stack=stack), command))

    def _start(self, *arguments: str, stack: ExitStack | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            [sys.executable, "-m", *arguments],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        (stack or self._stack).callback(_end, process)
        return process

    def _create_certificate(self, folder: Path) -> str:
        """Create the server's certificate, and a bundle of the usual size that trusts it."""
        authority = trustme.CA()
        certificate, bundle = folder / "server.pem", folder / "bundle.pem"
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(os.fspath(certificate))
        own = authority.cert_pem.bytes()
        bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + own)
        self._environment["SSL_CERT_FILE"] = str(bundle)
        return str(certificate)


def locate(address: str, milliseconds: int = 0) -> str:
    """Return the base URL at which the server answers after this latency."""
    return f"{address}/{milliseconds}/v1"


def _ask(process: subprocess.Popen[str], command: object) -> Any:  # noqa: ANN401 - JSON
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process has no pipes")
    process.stdin.write(json.dumps(command) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"a process of the benchmark has ended: {process.args!r}")
    return json.loads(line)


def _end(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
