# SPDX-License-Identifier: MIT
"""Scripted faults, as a client sees them."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from realtime_dev.sandbox import Fault, Sandbox, faults

if TYPE_CHECKING:
    from collections.abc import Callable

SECRETS = "/realtime/client_secrets"


def test_takes_faults_in_order(client: httpx.Client, sandbox: Sandbox) -> None:
    """Each request to a minting route takes one fault, then all is well; GET takes none."""
    sandbox.faults.add(Fault(status=503), Fault(status=418, headers={"X-A": "b"}, body={"a": 1}))
    assert client.get("/models").status_code == 200
    assert client.post(SECRETS, json={}).status_code == 503
    second = client.post("/realtime/sessions", json={})
    assert (second.status_code, second.headers["x-a"], second.json()) == (418, "b", {"a": 1})
    assert client.post(SECRETS, json={}).status_code == 200
    assert [call.status for call in sandbox.calls] == [200, 503, 418, 200]
    assert len(sandbox.faults) == 0


@pytest.mark.parametrize(
    ("tell", "seconds", "header", "value"),
    [
        ("ms", 1.5, "retry-after-ms", "1500"),
        ("seconds", 2, "retry-after", "2"),
        ("seconds", 0.5, "retry-after", "0.5"),
        ("date", 3, "retry-after", "Thu, 01 Jan 1970 00:01:43 GMT"),
    ],
)
def test_tells_the_wait_in_headers(  # noqa: PLR0917 - a table's columns and its fixtures
    tell: faults.Tell,
    seconds: float,
    header: str,
    value: str,
    client: httpx.Client,
    sandbox: Sandbox,
) -> None:
    """A rate limit tells its wait in the chosen header and there only."""
    sandbox.faults.add(faults.limit_rate(seconds, tell=tell, now=100.0))
    answer = client.post(SECRETS, json={})
    assert answer.status_code == 429
    assert answer.headers[header] == value
    assert "try again" not in answer.text


def test_dates_start_now() -> None:
    """A date for the wait counts from the present unless a time is given."""
    before = int(time.time())
    date = faults.limit_rate(60, tell="date").headers["retry-after"]
    assert before <= parsedate_to_datetime(date).timestamp() - 60 <= time.time()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "250ms"), (25.992, "25.992s"), (86.4, "1m26.4s"), (60, "1m0s")],
)
def test_tells_the_wait_in_the_message(
    seconds: float, text: str, client: httpx.Client, sandbox: Sandbox
) -> None:
    """A rate limit may tell its wait in the message only, as OpenAI writes durations."""
    sandbox.faults.add(faults.limit_rate(seconds, tell="message"))
    answer = client.post(SECRETS, json={})
    assert f"Please try again in {text}." in answer.json()["error"]["message"]
    assert not [name for name in answer.headers if name.startswith("retry-after")]


def test_rate_limit_has_the_recorded_shape(recorded: Callable[[str], Any]) -> None:
    """A rate limit has the recorded type, param and code."""
    expected = recorded("error_429_rate_limit_exceeded_rpd")["error"]
    made = faults.limit_rate(tell="message").body["error"]
    for name in ("type", "param", "code"):
        assert made[name] == expected[name]


def test_quota_is_as_recorded(
    client: httpx.Client, sandbox: Sandbox, recorded: Callable[[str], Any]
) -> None:
    """An exhausted quota is answered in the literal shape."""
    sandbox.faults.add(faults.exhaust_quota())
    answer = client.post(SECRETS, json={})
    assert answer.status_code == 429
    assert answer.json() == recorded("error_429_credit_balance_exhausted")


def test_server_error_is_as_recorded(
    client: httpx.Client, sandbox: Sandbox, recorded: Callable[[str], Any]
) -> None:
    """A server error is answered in the literal shape, with the id of its header."""
    sandbox.faults.add(faults.fail_server())
    answer = client.post(SECRETS, json={})
    expected = json.dumps(recorded("error_500_server_error"))
    request_id = answer.headers["x-request-id"]
    assert answer.status_code == 500
    assert json.dumps(answer.json()) == expected.replace(
        "req_0123456789abcdef0123456789abcdef", request_id
    )


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "content"),
    [
        (faults.send_html(), 502, "text/html", b"<html>"),
        (faults.garble_json(), 200, "application/json", b'{"value": '),
        (Fault(status=204), 204, None, b""),
        (Fault(status=500, body="plain"), 500, "text/plain; charset=utf-8", b"plain"),
    ],
    ids=["html", "malformed", "empty", "text"],
)
def test_literal_bodies(  # noqa: PLR0917 - a table's columns and its fixtures
    fault: Fault,
    status: int,
    content_type: str | None,
    content: bytes,
    client: httpx.Client,
    sandbox: Sandbox,
) -> None:
    """Bodies come as given, with the type that they claim."""
    sandbox.faults.add(fault)
    answer = client.post(SECRETS, json={})
    assert answer.status_code == status
    assert answer.headers.get("content-type") == content_type
    assert answer.content.startswith(content)


def test_slow_headers(client: httpx.Client, sandbox: Sandbox) -> None:
    """A delay before the status line runs into the client's read timeout."""
    sandbox.faults.add(Fault(delay=60))
    with pytest.raises(httpx.ReadTimeout):
        client.post(SECRETS, json={}, timeout=httpx.Timeout(60, read=0.1))


def test_cut_body(client: httpx.Client, sandbox: Sandbox) -> None:
    """A cut body leaves the client with a broken connection after the headers."""
    sandbox.faults.add(Fault(cut=7))
    with client.stream("POST", SECRETS, json={}) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
    assert client.post(SECRETS, json={}).status_code == 200


def test_reset(client: httpx.Client, sandbox: Sandbox) -> None:
    """A reset is no orderly end: the client gets an error of its socket."""
    sandbox.faults.add(faults.reset())
    with pytest.raises(httpx.ReadError):
        client.post(SECRETS, json={})
    assert sandbox.calls[0].status is None
    assert client.post(SECRETS, json={}).status_code == 200
