# SPDX-License-Identifier: MIT
"""What reaches KNIME's log, whose level is DEBUG."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from realtime_dev.sandbox import RawServer, Step, compose_answer

LEAK = "ek_abc123"
TALKATIVE = ("httpx", "httpcore", "hpack", "h2")


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("200 OK", {"x-debug": f"Bearer {LEAK}"}),
        (f"407 Wrong {LEAK}", {}),
        ("307 Elsewhere", {"location": f"https://other.example/?key={LEAK}"}),
    ],
)
def test_servers_words_stay_out_of_the_log(
    world: Any, caplog: pytest.LogCaptureFixture, status: str, headers: dict[str, str]
) -> None:
    """Neither headers nor reason phrases, which may repeat secrets, are logged by anybody."""
    for name in TALKATIVE:
        caplog.set_level(logging.DEBUG, name)
    with RawServer([Step.READ, compose_answer(b"{}", status=status, headers=headers)]) as server:
        world.dial(server.url).mint(world.request)
    assert LEAK not in caplog.text
    assert {record.name for record in caplog.records} <= {
        "openai_realtime.client.client",
        "asyncio",  # the server's
    }


def test_own_line_tells_what_happened(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Each answer leaves one line with method, address and status."""
    with RawServer([Step.READ, compose_answer(b"", status="503 Busy")]) as server:
        world.dial(server.url, attempts=2).mint(world.request)
    lines = [record.getMessage() for record in caplog.records if "client" in record.name]
    assert lines == [f"POST {server.url}/realtime/client_secrets: 503"] * 2


def test_own_line_hides_passwords(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    """An account in an address from elsewhere is masked."""
    with RawServer([Step.READ, compose_answer(b"{}")]) as server:
        world.dial(server.url.replace("//", f"//me:{world.proxy_password}@")).list_models()
    assert "http://***@127.0.0.1" in caplog.text
