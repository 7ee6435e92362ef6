# SPDX-License-Identifier: MIT
"""The web server in examples/ passes on secrets from the workflow of a REST service."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError

import httpx
import pytest

from docs.web_example import Example
from realtime_dev.sandbox import RawServer, Step, compose_answer
from server import VOICES, Settings, call_service, read_settings
from try_page import main

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "KNIME_SERVICE_URL": "https://api.hub.example/execution",
    "KNIME_PASSWORD_ID": "id",
    "KNIME_PASSWORD": "password",
}


@pytest.fixture
def example() -> Iterator[Example]:
    """Hand out a running example."""
    with ExitStack() as stack:
        yield Example(stack)


def test_page_offers_the_voices() -> None:
    """The page offers the voices that its server passes on."""
    text = (ROOT / "examples/web-page/index.html").read_text("utf-8")
    assert tuple(re.findall("<option>(.*)</option>", text)) == VOICES


def test_page_may_connect_to_its_server_and_the_api(example: Example) -> None:
    """The page loads nothing from elsewhere, and connects only to its server and the API."""
    policy = httpx.get(example.url).headers["Content-Security-Policy"]
    rules = dict(rule.split(maxsplit=1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "frame-ancestors": "'none'",
        "connect-src": f"'self' {example.sandbox.base_url.removesuffix('v1')}",
    }


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


def test_server_follows_no_redirect(example: Example) -> None:
    """The password for the service is not sent to another address."""
    answer = compose_answer(b"", status="302 Found", headers={"location": example.sandbox.base_url})
    with RawServer([Step.READ, answer]) as moved, pytest.raises(HTTPError, match="302"):
        call_service(Settings(moved.url, "id:password", 0, "", ""), {})
    assert example.sandbox.calls == []


def test_server_uses_no_proxy_over_http(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy never gets the password for a service on this machine."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    example.secret = {"value": "ek_new"}
    assert example.post().status == 200


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"ek_new\r\n\r\n", "BadStatusLine"),
        (compose_answer(b"ek_new"), "JSONDecodeError"),
        (compose_answer(b'{"outputValues": {"ek_new": 1}}'), "KeyError"),
    ],
    ids=["no HTTP", "no JSON", "no secret"],
)
def test_log_has_the_kind_of_error(
    example: Example, answer: bytes, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The log names the kind of an error, and quotes nothing of the answer."""
    with RawServer([Step.READ, answer]) as broken:
        example.handler.settings = example.handler.settings._replace(service=broken.url)
        assert example.post().status == 502
    log = capfd.readouterr().err
    assert f"The KNIME service failed ({kind})" in log
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
        read_settings(ENVIRONMENT | {"KNIME_SERVICE_URL": service})


def test_page_is_where_its_port_is() -> None:
    """Visitors on this machine need no other variable than PORT."""
    assert read_settings(ENVIRONMENT | {"PORT": "9000"})[2:4] == (9000, "http://localhost:9000")


def test_unknown_arguments_are_refused() -> None:
    """A typing error in `--openai` does not lead to the sandbox."""
    with pytest.raises(SystemExit, match="Usage: "):
        main(["--openAI"])
