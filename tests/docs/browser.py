# SPDX-License-Identifier: MIT
"""A headless Chromium, driven over its DevTools protocol."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from websockets.sync.client import ClientConnection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("google-chrome", "chromium", "chromium-browser")
BROWSER = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--use-fake-device-for-media-stream", "--remote-debugging-port=0"),
]
TIMEOUT = 60  # seconds, for a slow machine


class Tab:
    """A tab of the browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count()
        self._session: dict[str, str] = {}
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def load(self, url: str) -> None:
        """Load another page."""
        self.call("Page.navigate", url=url)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol, and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters, **self._session}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv(TIMEOUT))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def allow_microphone(self, setting: str) -> None:
        """Answer the browser's question for the microphone with "granted" or "denied"."""
        self.call("Browser.setPermission", permission={"name": "microphone"}, setting=setting)

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page; a promise is waited for."""
        options = {"awaitPromise": True, "returnByValue": True, "userGesture": True}
        done = self.call("Runtime.evaluate", expression=script, **options)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def click(self, id_: str) -> None:
        """Click on an element."""
        self.run(f"document.getElementById('{id_}').click()")

    def read(self, id_: str) -> str:
        """Return the text of an element."""
        return str(self.run(f"document.getElementById('{id_}').innerText"))

    def wait(self, condition: str) -> None:
        """Wait until an expression is true in the page."""
        look = f"({condition}) ? resolve() : setTimeout(look, 20)"
        self.run(f"new Promise((resolve) => {{ const look = () => {look}; look(); }})")


@contextmanager
def open_tab(folder: Path) -> Iterator[Tab]:
    """Start a browser with its data in `folder`, and open an empty tab."""
    command = [str(BROWSER), *OPTIONS, f"--user-data-dir={folder}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own command
        try:
            file, ends = folder / "DevToolsActivePort", time.monotonic() + TIMEOUT
            while not (lines := file.read_text().split() if file.exists() else []):
                assert time.monotonic() < ends
                time.sleep(0.02)
            port, path = lines
            with connect(f"ws://127.0.0.1:{port}{path}", proxy=None, max_size=None) as socket:
                yield Tab(socket)
        finally:
            process.terminate()
