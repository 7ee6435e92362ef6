# SPDX-License-Identifier: MIT
"""The view of *Realtime Session Tester* in Chromium, used as a user does."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nodes.conftest import KEY, Chain
from openai_realtime.tester import OfferedSession, compose_page
from realtime_clients.conversation import SETTINGS, TEXT
from realtime_clients.javascript import (
    COMMAND,
    needs_aiortc,
    needs_browser,
    needs_packages,
    run_script,
)
from realtime_dev.host import Host
from realtime_dev.sandbox import Sandbox

pytestmark = [pytest.mark.clients, needs_packages, needs_browser]

EXPIRY = int(time.time()) + 10**6
SESSION = OfferedSession("Row0", "ek_valid", EXPIRY, "gpt-realtime-2.1", "marin", "realtime")


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """Hand out the nodes in front of a sandbox."""
    with Sandbox(api_key=KEY) as sandbox:
        yield Chain(Host(), sandbox.base_url)


def view(chain: Chain) -> tuple[str, str]:
    """Return the page for a session with our settings, and the client secret in it."""
    # The fake microphone beeps twice a second: silence of 500 ms would never come.
    turns = {"turn_detection": "server_vad", "silence_duration_ms": 300}
    made = chain.run(SETTINGS | turns | {"silence_duration_ms_set": True})
    page = chain.host.execute("tester", {}, made.outputs).view
    return str(page), str(made.outputs[0].to_pandas()["Client Secret"].iloc[0])


def use(scenario: str, page: str, secret: str, **more: Any) -> list[Any]:
    """Return what a user sees in the page."""
    task = {"scenario": scenario, "page": page, "secret": secret, "browser": COMMAND, **more}
    report = run_script("tester.mjs", task)
    assert report["errors"] == []
    seen: list[Any] = report["seen"]
    return seen


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        pytest.param("talk", "WebRTC", marks=needs_aiortc),
        ("talk over WebSocket", "WebSocket"),
    ],
)
def test_user_talks(chain: Chain, tmp_path: Path, scenario: str, name: str) -> None:
    """A user connects, types and talks; the view shows settings, answers and events."""
    seen = use(scenario, *view(chain), folder=str(tmp_path))
    connected, closed = seen
    facts = connected["facts"]
    assert (facts["Model"], facts["Voice"]) == (SETTINGS["model"], SETTINGS["voice"])
    assert (facts["Turn detection"], facts["Tools"]) == ("server_vad", "find_date")
    assert facts["Secret expires in"].startswith("9:")
    assert connected["status"] == f"Connected over {name}."
    assert connected["focus"] == "text"
    asked, answered = connected["conversation"][:2]
    assert asked == ["user", TEXT]
    assert answered[0] == "model"
    assert TEXT in answered[1]
    events = [" ".join(event.split()[:2]) for event in connected["events"]]
    assert events[0] == "← session.created"
    assert {"→ response.create", "← response.created", "← response.done"} <= set(events)
    assert closed["talking"] == "You can talk now."
    assert closed["status"] == "Disconnected."
    assert {"microphone", "text", "send"} == set(closed["disabled"])
    assert all(look["problem"] == "" for look in seen)


def test_user_is_translated(chain: Chain) -> None:
    """A translation session takes sound only, and sends what it makes of it."""
    made = chain.run({"output_language": "de"}, node="translation")
    page = str(chain.host.execute("tester", {}, made.outputs).view)
    (seen,) = use("translate", page, "-")
    assert seen["facts"]["Output language"] == "de"
    assert {"text", "send"} <= set(seen["disabled"])
    assert seen["problem"] == ""
    assert any("session.output_transcript.delta" in event for event in seen["events"])


def test_nothing_is_lost_of_a_quick_user(chain: Chain) -> None:
    """Cancel ends the attempt, all texts are sent, and the microphone ends with the session."""
    answered, closed = use("be quick", *view(chain))
    assert answered["events"].count("← session.created") == 1
    texts = [text for role, text in answered["conversation"] if role == "user"]
    assert texts == ["one", "two", "three"]
    assert answered["problem"] == ""
    assert closed["status"] == "Disconnected."


def test_page_says_why_the_session_ended() -> None:
    """The server's reason is shown; before, that sound needs WebRTC if it is not PCM."""
    page = compose_page([SESSION], "http://127.0.0.1:9/v1", now=0)
    connected, closed = use("lose the server", page, SESSION.secret)
    assert connected["problem"].startswith("Over WebSocket this page plays and records PCM only")
    assert closed["status"] == "The server has closed the session. It is late."
    assert closed["focus"] == "connect"


def test_user_chooses_a_row(chain: Chain) -> None:
    """With more rows than one the user chooses; the facts are those of the row."""
    rows = pd.DataFrame({"voice": ["marin", "ash"]}, index=["first", "second"])
    settings = {"result_format": "structured", "voice_column": "voice"}
    made = chain.run(settings, node="sessions", rows=rows)
    page = str(chain.host.execute("tester", {}, made.outputs).view)
    seen = use("choose a row", page, "-")
    assert [look["facts"]["Voice"] for look in seen] == ["marin", "ash"]
    light, dark = seen[-1]["colours"]
    assert light != dark


def test_page_forgets_an_expired_secret(tmp_path: Path) -> None:
    """When the time is up, the secret is in neither page nor copy, and nobody can connect."""
    later = SESSION._replace(secret="ek_later", expires=EXPIRY + 600)
    page = compose_page([SESSION, later], "http://127.0.0.1:9/v1", now=0)
    more = {"now": EXPIRY - 600, "folder": str(tmp_path)}
    *seen, copy = use("wait until the secret expires", page, SESSION.secret, **more)
    assert [look["facts"]["Secret expires in"] for look in seen] == ["10:00", "0:01", "expired"]
    assert [look["secret"] for look in seen] == [True, True, False]
    assert ["connect" in look["disabled"] for look in seen] == [False, False, True]
    assert seen[-1]["status"].startswith("The secret has expired.")
    assert later.secret in copy
    assert SESSION.secret not in copy


@pytest.mark.parametrize(
    ("base_url", "message"),
    [
        (None, "answers 401: The client secret is unknown or has expired."),
        ("http://127.0.0.1:9/v1", "127.0.0.1:9 cannot be reached."),
    ],
)
def test_page_says_why_it_cannot_connect(chain: Chain, base_url: str | None, message: str) -> None:
    """The server's reason is shown; without an answer the page says how to open it elsewhere."""
    page = compose_page([SESSION], base_url or chain.base_url, now=0)
    (seen,) = use("be refused", page, SESSION.secret)
    assert message in seen["problem"]
    assert ("Save page keeps a copy" in seen["problem"]) == (base_url is not None)
    assert seen["status"] == "Not connected."
    assert seen["focus"] == "connect"


def test_page_leaves_knime(chain: Chain, tmp_path: Path) -> None:
    """In KNIME's frame one can type but not talk; in the saved copy one can talk."""
    inside, copy = use("leave KNIME", *view(chain), folder=str(tmp_path))
    assert inside["status"].startswith("Connected over ")
    assert "The microphone is not allowed here." in inside["problem"]
    assert "Save page keeps a copy" in inside["problem"]
    assert copy["talking"] == "You can talk now."
    assert copy["problem"] == ""
