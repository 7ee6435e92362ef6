# SPDX-License-Identifier: MIT
"""Many requests, and what is kept of their answers: what the tests of batches share."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from openai_realtime.api import Api
from openai_realtime.errors import RealtimeError
from openai_realtime.request import SessionRequest

if TYPE_CHECKING:
    from openai_realtime.client.reply import Reply


class RefusedError(RealtimeError):
    """What `digest` makes of an HTTP error."""


def digest(reply: Reply) -> str:
    """Return the session's instructions, which tell the rows apart."""
    if not reply.is_success:
        raise RefusedError(f"{reply.status} after {reply.attempts}")
    return str(json.loads(reply.text)["session"]["instructions"])


def ask(number: int, instructions: str = "") -> SessionRequest:
    """Return the request of a row."""
    session = {"type": "realtime", "instructions": instructions or f"row {number}"}
    return SessionRequest(Api.GA, "realtime/client_secrets", {"session": session})


def rows(count: int) -> list[SessionRequest]:
    """Return the requests of so many rows."""
    return [ask(number) for number in range(count)]


def find_workers() -> list[threading.Thread]:
    """Return the threads of exchanges that still run."""
    return [each for each in threading.enumerate() if each.name.startswith("openai-realtime")]
