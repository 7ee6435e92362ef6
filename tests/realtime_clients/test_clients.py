# SPDX-License-Identifier: MIT
"""Clients that others wrote open the sessions of the secrets that our nodes create, and talk."""

import runpy
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import trustme
from websockets.exceptions import InvalidStatus

from nodes.conftest import KEY, Chain
from realtime_clients.conversation import DAYS, FUNCTION, MODEL, SETTINGS, TEXT
from realtime_clients.javascript import (
    COMMAND,
    FOLDER,
    needs_aiortc,
    needs_browser,
    needs_packages,
    run_script,
)
from realtime_dev.host import Host
from realtime_dev.sandbox import Sandbox

pytestmark = pytest.mark.clients

LIFETIME = 600  # the server's default, in seconds
# The server adds the other two.
TURN_DETECTION = {
    "type": "semantic_vad",
    "eagerness": "low",
    "create_response": True,
    "interrupt_response": True,
}
TEXT_DELTAS = {"response.output_text.delta", "response.output_audio_transcript.delta"}

NEEDS = [
    ("in Node", needs_packages),
    ("in Chromium", needs_packages),
    ("in Chromium", needs_browser),
    ("webrtc", needs_aiortc),
]


def case(client: str, *values: Any) -> Any:
    """Return a test case that is skipped where what the client needs is missing."""
    marks = [mark for place, mark in NEEDS if place in client]
    return pytest.param(client, *values, marks=marks, id=" ".join([client, *map(str, values[:1])]))


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

    def talk(self, client: str, secret: str, model: str = MODEL) -> dict[str, Any]:
        """Let a client send the text; return {events, error} as `clients.mjs` does."""
        url = self.sandbox.base_url
        name, _, place = client.partition(" in ")
        if place == "Python":
            return self._talk_in_python(openai.OpenAI(base_url=url, api_key=secret), model)
        task = {"client": name, "url": url, "model": model, "secret": secret, "text": TEXT}
        if place == "Chromium":
            task["browser"] = COMMAND
        report: dict[str, Any] = run_script("run.mjs", task, NODE_EXTRA_CA_CERTS=str(self.ca_file))
        return report

    def _talk_in_python(self, client: openai.OpenAI, model: str) -> dict[str, Any]:
        events: list[Any] = []
        item: Any = {"type": "message", "role": "user"}
        item["content"] = [{"type": "input_text", "text": TEXT}]
        options: Any = {"ssl": ssl.create_default_context(cafile=self.ca_file)}
        connect = client.realtime.connect(model=model, websocket_connection_options=options)
        try:
            with client, connect as connection:
                connection.conversation.item.create(item=item)
                connection.response.create(response={"output_modalities": ["text"]})
                for event in connection:
                    events.append(event.to_dict())
                    if event.type == "response.done":
                        return {"events": events, "error": None}
                    if event.type == "error":
                        return {"events": events, "error": event.error.message}
        except InvalidStatus as refusal:
            return {"events": events, "error": str(refusal)}
        raise AssertionError("The connection ended too early.")


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Hand out a running sandbox with its clients."""
    door = Door(tmp_path_factory.mktemp("door"))
    with door.sandbox:
        yield door


@pytest.mark.parametrize(
    "client",
    [
        case("openai in Python"),
        case("openai in Node"),
        case("agents websocket in Node"),
        case("openai in Chromium"),
        case("agents websocket in Chromium"),
        case("agents webrtc in Chromium"),
    ],
)
def test_client_gets_the_settings_and_talks(door: Door, client: str) -> None:
    """The session gets and keeps the dialog's settings, and its response comes in pieces."""
    report = door.talk(client, door.create_secret())
    assert report["error"] is None
    created, *events = report["events"]
    assert created["type"] == "session.created"
    session, audio = created["session"], created["session"]["audio"]
    assert {key: session[key] for key in ("model", "instructions")}.items() <= SETTINGS.items()
    assert audio["output"]["voice"] == SETTINGS["voice"]
    assert audio["input"]["turn_detection"] == TURN_DETECTION
    assert session["tools"] == [{"type": "function", **FUNCTION, "parameters": DAYS}]
    updates = [event["session"] for event in events if event["type"] == "session.updated"]
    assert bool(updates) == client.startswith("agents")
    # The package also turns tracing on.
    assert all(update | {"tracing": None} == session for update in updates)
    response = events[-1]["response"]
    deltas = [event for event in events if event.get("response_id") == response["id"]]
    text = "".join(event["delta"] for event in deltas if event["type"] in TEXT_DELTAS)
    (part,) = response["output"][0]["content"]
    assert TEXT in text
    assert text == part.get("text", part.get("transcript"))


@pytest.mark.parametrize(
    ("client", "reason", "status", "message"),
    [
        case("openai in Python", "expired secret", 401, "HTTP 401"),
        case("openai in Node", "other model", 403, "Unexpected server response: 403"),
        case("openai in Chromium", "API key", 401, "unknown error"),
        case("agents websocket in Node", "expired secret", 401, "Unexpected server response: 401"),
        case("agents webrtc in Chromium", "expired secret", 401, "status 401: The client secret"),
    ],
)
def test_client_is_refused(door: Door, client: str, reason: str, status: int, message: str) -> None:
    """A wrong secret, model or kind of key opens no session, and the client reports an error."""
    secret = KEY if reason == "API key" else door.create_secret()
    if reason == "expired secret":
        door.now += LIFETIME
    model = "gpt-realtime" if reason == "other model" else MODEL
    report = door.talk(client, secret, model)
    assert report["events"] == []
    assert message in report["error"]
    assert door.sandbox.calls[-1].status == status


def test_required_clients_are_not_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """In CI, which requires them, no test is skipped if Node or the browser is missing."""
    monkeypatch.setenv("CLIENTS", "required")
    monkeypatch.setenv("PATH", "")
    marks = runpy.run_path(str(FOLDER / "javascript.py"))
    assert not marks["needs_packages"].args[0]
    assert not marks["needs_browser"].args[0]
