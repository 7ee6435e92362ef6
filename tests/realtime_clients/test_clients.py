# SPDX-License-Identifier: MIT
"""Clients that others wrote open the sessions of the secrets that our nodes create, and talk."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import ssl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openai
import pytest
import trustme
from websockets.exceptions import InvalidStatus

from nodes.conftest import KEY, Chain
from realtime_clients.browser import COMMAND, needs_browser
from realtime_dev.host import Host
from realtime_dev.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.mark import ParameterSet

pytestmark = pytest.mark.clients

FOLDER = Path(__file__).parent
NODE = shutil.which("node")
MODEL = "gpt-realtime-2.1"
TEXT = "When can you repair my bicycle?"
DAYS = {"type": "object", "properties": {"days": {"type": "integer"}}}
FUNCTION = {"name": "find_date", "description": "Finds a free date."}
SETTINGS = {
    "model": MODEL,
    "voice": "cedar",
    "instructions": "You are the receptionist of a bicycle shop.\nBe brief.",
    "turn_detection": "semantic_vad",
    "eagerness": "low",
    "tools": {"functions": [{**FUNCTION, "parameters": json.dumps(DAYS)}]},
}
TURN_DETECTION = {"type": "semantic_vad", "eagerness": "low"}
# The server adds these.
DEFAULTS = {"create_response": True, "interrupt_response": True}

needs_packages = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules").exists(),
    reason="Node or the npm packages are missing; `make test-clients` installs the packages.",
)
needs_aiortc = pytest.mark.skipif(
    importlib.util.find_spec("aiortc") is None,
    reason="aiortc is missing; `make test-clients` installs it.",
)
NEEDS = {"Python": [], "Node": [needs_packages], "Chromium": [needs_packages, needs_browser]}


def case(client: str, place: str, *values: Any) -> ParameterSet:
    """Return a test case that is skipped where what the client needs is missing."""
    marks = [*NEEDS[place], *([needs_aiortc] if "webrtc" in client else [])]
    name = " ".join([*map(str, values[:1]), client, "in", place])
    return pytest.param(client, place, *values, marks=marks, id=name)


class Door:
    """A sandbox with TLS and a clock of its own, and clients that connect to it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self.now = time.time()
        self.sandbox = Sandbox(api_key=KEY, authority=authority, clock=lambda: self.now)

    def create_secret(self) -> str:
        """Return the client secret of a session with our settings."""
        network = {"ca_file": str(self.ca_file)}
        row = Chain(Host(), self.sandbox.base_url).row(SETTINGS, {"network": network})
        return str(row["Client Secret"])

    def talk(self, client: str, place: str, secret: str, model: str = MODEL) -> dict[str, Any]:
        """Let a client send the text; return {events, error} as `clients.mjs` does."""
        url = self.sandbox.base_url
        if place == "Python":
            return self._talk_in_python(openai.OpenAI(base_url=url, api_key=secret), model)
        task = {"client": client, "url": url, "model": model, "secret": secret, "text": TEXT}
        if place == "Chromium":
            task["browser"] = COMMAND
        done = subprocess.run(  # noqa: S603 - our own script
            [str(NODE), str(FOLDER / "run.mjs")],
            input=json.dumps(task),
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(self.ca_file)},
            stdout=subprocess.PIPE,
            encoding="utf-8",
            timeout=120,
            check=True,
        )
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def _talk_in_python(self, client: openai.OpenAI, model: str) -> dict[str, Any]:
        events = []
        content: Any = [{"type": "input_text", "text": TEXT}]
        options: Any = {"ssl": ssl.create_default_context(cafile=self.ca_file)}
        connect = client.realtime.connect(model=model, websocket_connection_options=options)
        try:
            with client, connect as connection:
                item: Any = {"type": "message", "role": "user", "content": content}
                connection.conversation.item.create(item=item)
                connection.response.create()
                for event in connection:
                    events.append(event.to_dict())
                    if event.type in {"response.done", "error"}:
                        break
        except InvalidStatus as refusal:
            return {"events": events, "error": str(refusal)}
        return {"events": events, "error": None}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Hand out a running sandbox with its clients."""
    door = Door(tmp_path_factory.mktemp("door"))
    with door.sandbox:
        yield door


@pytest.mark.parametrize(
    ("client", "place"),
    [
        case("openai", "Python"),
        case("openai", "Node"),
        case("agents websocket", "Node"),
        case("openai", "Chromium"),
        case("agents websocket", "Chromium"),
        case("agents webrtc", "Chromium"),
    ],
)
def test_client_gets_the_settings_and_talks(door: Door, client: str, place: str) -> None:
    """The session has the dialog's settings; the response's text comes in pieces and as a whole."""
    report = door.talk(client, place, door.create_secret())
    assert report["error"] is None
    created, *events = report["events"]
    assert created["type"] == "session.created"
    session, audio = created["session"], created["session"]["audio"]
    assert (session["model"], session["instructions"]) == (MODEL, SETTINGS["instructions"])
    assert audio["output"]["voice"] == SETTINGS["voice"]
    assert audio["input"]["turn_detection"] == TURN_DETECTION | DEFAULTS
    assert session["tools"] == [{"type": "function", **FUNCTION, "parameters": DAYS}]
    ("session.updated" in {event["type"] for event in events}) == client.startswith("agents")


@pytest.mark.parametrize(
    ("client", "place", "reason", "status", "message"),
    [
        case("openai", "Python", "expired", 401, "HTTP 401"),
    ],
)
def test_client_is_refused(
    door: Door, client: str, place: str, reason: str, status: int, message: str
) -> None:
    """A client sees ..."""
