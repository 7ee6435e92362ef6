# SPDX-License-Identifier: MIT
"""The web server in examples/ passes on secrets from the workflow of a REST service."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from docs.workflow_reader import read_workflow
from docs.workflow_runner import run_workflow
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer
from server import VOICES, Settings, call_service, make_server, read_settings
from try_page import serve_workflow

ROOT = Path(__file__).parents[2]
SERVICE = read_workflow(ROOT / "demos/6_rest_service.knwf")
GOOD = '{"voice": "marin"}'


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


@pytest.fixture
def example() -> Iterator[Example]:
    """Hand out a running example."""
    with ExitStack() as stack:
        yield Example(stack)


def test_page_offers_the_voices() -> None:
    """The page offers the voices that its server passes on."""
    text = (ROOT / "examples/web-page/index.html").read_text("utf-8")
    assert tuple(re.findall("<option>(.*)</option>", text)) == VOICES


def test_server_returns_a_secret_of_the_workflow(example: Example) -> None:
    """The workflow mints a secret with the voice that it asked for."""
    assert json.load(example.post(body='{"voice": "coral"}'))["value"].startswith("ek_")
    (minted,) = example.sandbox.calls
    assert minted.body["session"]["audio"]["output"]["voice"] == "coral"


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
    answer = compose_answer(b"", status="302 Found", headers={"location": example.sandbox.base_url})
    with RawServer([Step.READ, answer]) as moved, pytest.raises(HTTPError, match="302"):
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
