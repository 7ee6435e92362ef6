# SPDX-License-Identifier: MIT
"""The web server in examples/ passes on secrets from the workflow of a REST service."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from docs.web_example import Example
from realtime_dev.sandbox import RawServer, Step, compose_answer
from server import VOICES, read_settings
from try_page import main

ROOT = Path(__file__).parents[2]
PASSWORD = {"KNIME_PASSWORD_ID": "id", "KNIME_PASSWORD": "password"}


@pytest.fixture
def example() -> Iterator[Example]:
    """Hand out a running example."""
    with Example() as example:
        yield example


def test_page_offers_the_voices() -> None:
    """The page offers the voices that its server passes on."""
    text = (ROOT / "examples/web-page/index.html").read_text("utf-8")
    assert tuple(re.findall("<option>(.*)</option>", text)) == VOICES


def test_page_may_connect_to_its_server_and_the_api(example: Example) -> None:
    """The page loads nothing from elsewhere, and connects only to its server and the API."""
    policy = httpx.get(example.url).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; frame-")
    assert policy.endswith(f" connect-src 'self' {example.sandbox.base_url.removesuffix('v1')}")


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
    assert example.requests == [{"request": {"voice": "coral"}}]
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
        ({"Content-Length": "100"}, 408),
    ],
)
def test_server_refuses(example: Example, changes: dict[str, str], status: int) -> None:
    """Requests of other pages and with other wishes get a reason, and KNIME is not called."""
    example.handler.timeout = 1
    answer = example.post(**changes)
    assert answer.status == status
    assert json.load(answer)["error"]["message"]
    assert example.requests == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (compose_answer(b"", status="302 Found", headers={"location": "/"}), "HTTPError"),
        (compose_answer(b"ek_new"), "JSONDecodeError"),
        (b"ek_new\r\n\r\n", "BadStatusLine"),
    ],
    ids=["redirect", "no JSON", "no HTTP"],
)
def test_service_fails(
    example: Example,
    answer: bytes,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The password reaches only the service; the log has the kind of error, not the answer."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with RawServer([Step.READ, answer]) as service:
        example.handler.settings = example.handler.settings._replace(service=service.url)
        assert example.post().status == 502
    assert len(service.requests) == 1
    log = capfd.readouterr().err
    assert f"({kind})" in log
    assert "ek_" not in log


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ("", "Set KNIME_SERVICE_URL"),
        ("http://knime.example", "must begin with https://"),
        ("http://127.0.0.1:x@evil.example/p", "must begin with https://"),
    ],
)
def test_server_needs_a_safe_address(service: str, message: str) -> None:
    """Without an address that is safe for a password, the server does not start."""
    with pytest.raises(SystemExit, match=message):
        read_settings(PASSWORD | {"KNIME_SERVICE_URL": service})


def test_page_is_where_its_port_is() -> None:
    """Visitors on this machine need no other variable than PORT."""
    environment = {"KNIME_SERVICE_URL": "https://knime.example", "PORT": "9000", **PASSWORD}
    assert read_settings(environment)[2:4] == (9000, "http://localhost:9000")


def test_unknown_arguments_are_refused() -> None:
    """A typing error in `--openai` does not lead to the sandbox."""
    with pytest.raises(SystemExit, match="Usage: "):
        main(["--openAI"])
