# SPDX-License-Identifier: MIT
"""The web page in examples/ gets a secret from the workflow of a REST service, and connects."""

from __future__ import annotations

import json
import re
import threading
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

from docs.browser import BROWSER, Tab, open_tab
from docs.workflow_reader import read_workflow
from docs.workflow_runner import run_workflow
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer
from server import VOICES, Settings, call_service, make_server, read_settings
from try_page import run_nodes, serve_workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SERVICE = read_workflow(ROOT / "demos/6_rest_service.knwf")
GOOD = '{"voice": "marin"}'
needs_peer = pytest.mark.skipif(not find_spec("aiortc"), reason="There is no aiortc.")


class Example:
    """The page's server, in front of a service that runs the workflow on a sandbox."""

    def __init__(self, stack: ExitStack) -> None:
        self.sandbox = stack.enter_context(Sandbox())
        self.calls_url = f"{self.sandbox.base_url}/realtime/calls"
        self.requests: list[dict[str, str]] = []
        self.secret: dict[str, Any] | None = None
        environment = stack.enter_context(serve_workflow(self.run))
        settings = read_settings(environment | {"REALTIME_CALLS_URL": self.calls_url})
        server = stack.enter_context(make_server(settings, 0))
        stack.callback(server.shutdown)
        self.port = server.server_port
        self.url = f"http://localhost:{self.port}"
        server.RequestHandlerClass.settings = settings._replace(origin=self.url)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def run(self, request: dict[str, str]) -> dict[str, Any]:
        """Return what the workflow puts out for a request, or `secret` if a test has set it."""
        self.requests.append(request)
        if self.secret is not None:
            return self.secret
        key = self.sandbox.api_key
        tables = run_workflow(SERVICE, self.sandbox.base_url, key, json.dumps(request))
        return dict(json.loads(tables[max(tables)].iloc[0, 0]))  # of Container Output

    def post(self, path: str = "/secret", body: str = GOOD, **headers: str) -> HTTPResponse:
        """Return the answer to a request, which by default is one that the page sends."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, body, {"Origin": self.url, **headers})
        return connection.getresponse()


@pytest.fixture(scope="module")
def stage() -> Iterator[Example]:
    """Hand out a running server, whose calls and answers stay from test to test."""
    with ExitStack() as stack:
        yield Example(stack)


@pytest.fixture
def example(stage: Example) -> Example:
    """Hand out the server as new."""
    stage.secret = None
    stage.requests.clear()
    stage.sandbox.calls.clear()
    return stage


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """Hand out a browser."""
    if BROWSER is None:
        pytest.skip("There is no Chromium; CHROMIUM can name one.")
    with open_tab(tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.fixture
def page(example: Example, browser: Tab) -> Tab:
    """Hand out the freshly loaded page, which may use the microphone."""
    browser.allow_microphone("granted")
    browser.load(example.url)
    browser.wait("document.getElementById('talk')?.onclick")
    return browser


def test_page_opens_a_session(example: Example, page: Tab) -> None:
    """*Talk* calls the API with a secret for the chosen voice, and *Hang up* ends the call."""
    page.run("document.getElementById('voice').value = 'cedar'")
    page.click("talk")
    page.wait("performance.getEntriesByType('resource').some(({name}) => name.endsWith('/calls'))")
    page.click("hang-up")
    page.wait("document.getElementById('status').textContent === 'You hung up.'")
    assert example.requests == [{"voice": "cedar"}]
    minted, call = [each for each in example.sandbox.calls if each.method == "POST"]
    assert minted.body["session"]["audio"]["output"]["voice"] == "cedar"
    assert (call.path, call.status) == ("/v1/realtime/calls", 201)
    assert call.headers["authorization"] == "Bearer <known>"


@needs_peer
def test_page_exchanges_a_text(page: Tab) -> None:
    """A typed text is answered below it."""
    page.click("talk")
    page.wait("!document.getElementById('send').disabled")
    page.run("document.getElementById('text').value = 'How are you?'")
    page.click("send")
    page.wait("!document.getElementById('send').disabled")
    entries = "[...document.querySelectorAll('#conversation li')]"
    (question, answer) = page.run(f"{entries}.map((entry) => [entry.className, entry.innerText])")
    assert question == ["visitor", "How are you?"]
    assert answer[0] == "model"
    assert answer[1]


@needs_peer
def test_readme_opens_a_session(example: Example, page: Tab) -> None:
    """The README's lines get the session's settings and an answer to their greeting."""
    (lines,) = re.findall(r"```js\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    lines = re.sub("import (.*) from (.*);", r"const \1 = await import(\2);", lines)
    sandbox = example.sandbox
    secret = run_nodes(sandbox.base_url, sandbox.api_key, {"voice": "cedar"})["value"]
    page.run("globalThis.events = []; console.log = (event) => events.push(event);")
    page.run(f"(async (secret, url) => {{ {lines} }})('{secret}', '{example.calls_url}')")
    page.wait("events.some((event) => event.type === 'response.done')")
    created = page.run("events.find((event) => event.type === 'session.created')")
    assert created["session"]["audio"]["output"]["voice"] == "cedar"


NOT_ALLOWED = "The microphone is not allowed for this page. You can type instead."


@pytest.mark.parametrize(
    ("secret", "microphone", "texts"),
    [
        ("ek_unknown", "granted", ["The client secret is unknown or has expired.", ""]),
        ("", "denied", ["No conversation can begin now. Try again later.", NOT_ALLOWED]),
    ],
)
def test_page_says_what_is_wrong(
    example: Example, page: Tab, secret: str, microphone: str, texts: list[str]
) -> None:
    """The page shows why there is no conversation, with the reason of the server."""
    page.allow_microphone(microphone)
    example.secret = {"value": secret} if secret else {}
    page.click("talk")
    page.wait("document.getElementById('hang-up').hidden")
    shown = [
        page.run(f"document.getElementById('{id_}').innerText")
        for id_ in ("status", "conversation")
    ]
    assert shown == texts


def test_page_offers_the_voices() -> None:
    """The page offers the voices that its server passes on."""
    text = (ROOT / "examples/web-page/index.html").read_text("utf-8")
    assert tuple(re.findall("<option>(.*)</option>", text)) == VOICES


def test_server_returns_only_the_secret(
    example: Example, capfd: pytest.CaptureFixture[str]
) -> None:
    """The answer has secret, expiry and address, is not stored, and is not in the log."""
    example.secret = {"value": "ek_new", "expires_at": 1, "instructions": "Be brief."}
    answer = example.post(body='{"voice": "coral", "model": "gpt-realtime-2"}')
    expected = {"value": "ek_new", "expires_at": 1, "url": example.calls_url}
    assert json.load(answer) == expected
    assert answer.headers["Cache-Control"] == "no-store"
    assert example.requests == [{"voice": "coral"}]
    assert "ek_" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"body": '{"voice": "mine"}'}, 400),
        ({"body": '{"voice": "marin"'}, 400),
        ({"body": json.dumps({"voice": "marin", "more": "x" * 1000})}, 400),
        ({"body": "[]"}, 400),
        ({"path": "/secrets"}, 404),
    ],
)
def test_server_refuses(example: Example, changes: dict[str, str], status: int) -> None:
    """Requests of other pages and with other wishes get a reason, and KNIME is not called."""
    answer = example.post(**changes)
    assert answer.status == status
    assert json.load(answer)["error"]["message"]
    assert example.requests == []


def test_server_follows_no_redirect(example: Example) -> None:
    """The password for the service is not sent to another address."""
    answer = compose_answer(b"", status="307 Moved", headers={"location": example.sandbox.base_url})
    with RawServer([Step.READ, answer]) as moved, pytest.raises(HTTPError, match="307"):
        call_service(Settings(moved.url, "id:password", "", ""), {})
    assert example.sandbox.calls == []


@pytest.mark.parametrize(
    ("service", "message"),
    [("", "Set KNIME_SERVICE_URL"), ("http://knime.example", "must begin with https://")],
)
def test_server_needs_a_safe_address(service: str, message: str) -> None:
    """Without an address that is safe for a password, the server does not start."""
    environment = {"KNIME_PASSWORD_ID": "id", "KNIME_PASSWORD": "password"}
    with pytest.raises(SystemExit, match=message):
        read_settings(environment | {"KNIME_SERVICE_URL": service})
