# SPDX-License-Identifier: MIT
"""What reaches KNIME's log, whose level is DEBUG."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from realtime_dev.sandbox import RawServer, Step, compose_answer

LEAK = "ek_abc123"
LOGGERS = ("httpx", "httpx2", "httpcore", "httpcore2", "openai_realtime")


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
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, name)
    with RawServer([Step.READ, compose_answer(b"{}", status=status, headers=headers)]) as server:
        world.dial(server.url).send()
    assert LEAK not in caplog.text
    assert {record.name for record in caplog.records} <= {"asyncio"}  # the server's
