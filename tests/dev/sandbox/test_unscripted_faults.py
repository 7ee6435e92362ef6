# SPDX-License-Identifier: MIT
"""The sandbox's unscripted faults: a rate limit, and random failures."""

from __future__ import annotations

import httpx
import pytest

from realtime_dev.sandbox import Sandbox, faults


def ask(sandbox: Sandbox, client: httpx.Client) -> httpx.Response:
    """Return the answer to a small request."""
    headers = {"authorization": f"Bearer {sandbox.api_key}"}
    return client.post(f"{sandbox.base_url}/realtime/client_secrets", json={}, headers=headers)


def test_limits_each_window() -> None:
    """Requests over the limit get a 429 with the time until the window ends; then it ends."""
    now = [1000.0]
    with (
        Sandbox(limit=3, window=60, clock=lambda: now[0]) as sandbox,
        httpx.Client(timeout=60) as client,
    ):
        assert [ask(sandbox, client).status_code for _ in range(3)] == [200] * 3
        now[0] += 20
        refused = ask(sandbox, client)
        assert (refused.status_code, refused.headers["retry-after-ms"]) == (429, "40000")
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        now[0] += 40
        assert [ask(sandbox, client).status_code for _ in range(4)] == [200, 200, 200, 429]
        now[0] += 60 * 5 + 10
        assert [ask(sandbox, client).status_code for _ in range(3)] == [200] * 3
        assert ask(sandbox, client).headers["retry-after-ms"] == "50000"


def test_limit_spares_other_routes() -> None:
    """Only minting requests count; scripted faults come first and do not count."""
    with Sandbox(limit=1) as sandbox, httpx.Client(timeout=60) as client:
        headers = {"authorization": f"Bearer {sandbox.api_key}"}
        for _ in range(3):
            assert client.get(f"{sandbox.base_url}/models", headers=headers).status_code == 200
        sandbox.faults.add(faults.fail_server())
        assert [ask(sandbox, client).status_code for _ in range(3)] == [500, 200, 429]


def collect(seed: int) -> list[int | str]:
    """Return the outcomes of 100 requests to a sandbox with random failures."""
    found: list[int | str] = []
    with (
        Sandbox(failing=0.3, seed=seed, checks=False) as sandbox,
        httpx.Client(timeout=60) as client,
    ):
        for _ in range(100):
            try:
                found.append(ask(sandbox, client).status_code)
            except httpx.HTTPError as error:
                found.append(type(error).__name__)
    return found


def test_fails_by_chance() -> None:
    """About the given share fails, in three ways, and the same requests for the same seed."""
    found = collect(1)
    assert {200, 429, 500} < set(found)
    assert len(set(found)) == 4
    assert found.count(200) == pytest.approx(70, abs=15)
    assert found == collect(1)
    assert found != collect(2)
