# SPDX-License-Identifier: MIT
"""Scripted and lasting faults of the sandbox, as a client sees them."""

import json

import httpx
import pytest

from realtime_dev.sandbox import Fault, Sandbox, faults
from realtime_dev.sandbox.unscripted_faults import RandomFaults

from .conftest import load_recorded

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
    ("tell", "seconds", "headers", "text"),
    [
        ("ms", 1.5, {"retry-after-ms": "1500"}, ""),
        ("seconds", 2, {"retry-after": "2"}, ""),
        ("seconds", 0.5, {"retry-after": "0.5"}, ""),
        ("date", 3, {"retry-after": "Thu, 01 Jan 1970 00:01:43 GMT"}, ""),
        ("message", 0.25, {}, "Please try again in 250ms."),
        ("message", 25.992, {}, "Please try again in 25.992s."),
        ("message", 86.4, {}, "Please try again in 1m26.4s."),
        ("message", 60, {}, "Please try again in 1m0s."),
    ],
)
def test_tells_the_wait(
    tell: faults.WaitForm, seconds: float, headers: dict[str, str], text: str
) -> None:
    """A rate limit tells its wait in the chosen header, or in the message, and there only."""
    fault = faults.limit_rate(seconds, tell=tell, now=100.0)
    assert (fault.status, fault.headers) == (429, headers)
    error = fault.body["error"]
    expected = load_recorded("error_429_rate_limit_exceeded_rpd")["error"]
    assert text in error["message"]
    assert ("try again" in error["message"]) is bool(text)
    assert {**error, "message": ""} == {**expected, "message": ""}


def test_errors_are_as_recorded() -> None:
    """An exhausted quota and a failure of the server have the literal shape, down to the id."""
    quota, failure = faults.exhaust_quota(), faults.fail_server()
    assert (quota.status, failure.status) == (429, 500)
    assert quota.body == load_recorded("error_429_credit_balance_exhausted")
    expected = json.dumps(load_recorded("error_500_server_error"))
    request_id = failure.headers["x-request-id"]
    assert json.dumps(failure.body) == expected.replace(f"req_{'0123456789abcdef' * 2}", request_id)


@pytest.mark.parametrize(
    ("fault", "content_type", "content"),
    [
        (faults.send_html(), "text/html", b"<html>"),
        (faults.garble_json(), "application/json", b'{"value": '),
        (Fault(status=204), None, b""),
        (Fault(status=500, body="plain"), "text/plain; charset=utf-8", b"plain"),
    ],
    ids=["html", "malformed", "empty", "text"],
)
def test_literal_bodies(
    fault: Fault, content_type: str | None, content: bytes, client: httpx.Client, sandbox: Sandbox
) -> None:
    """Bodies come as given, with the type that they claim."""
    sandbox.faults.add(fault)
    answer = client.post(SECRETS, json={})
    assert answer.status_code == fault.status
    assert answer.headers.get("content-type") == content_type
    assert answer.content.startswith(content)


def test_a_reset_has_no_status(client: httpx.Client, sandbox: Sandbox) -> None:
    """A call that was reset before any answer has no status in the log."""
    sandbox.faults.add(faults.reset())
    with pytest.raises(httpx.ReadError):
        client.post(SECRETS, json={})
    assert sandbox.calls[0].status is None


def collect(seed: int) -> list[object]:
    """Return what comes of 100 requests to a sandbox with random failures."""
    source = RandomFaults(0.3, seed)
    found = [source.next_fault() for _ in range(100)]
    return [fault and (fault.status, fault.reset) for fault in found]


def test_fails_by_chance() -> None:
    """About the given share fails, in three ways, and the same requests for the same seed."""
    found = collect(1)
    assert set(found) == {None, (429, False), (500, False), (None, True)}
    assert found.count(None) == pytest.approx(70, abs=15)
    assert found == collect(1)
    assert found != collect(2)
