# SPDX-License-Identifier: MIT
"""Creates the events that the server of the Realtime API sends."""

from copy import deepcopy
from secrets import token_hex
from typing import Any

from .errors import Refusal

Event = dict[str, Any]


def create_id(prefix: str) -> str:
    """Return a random id in OpenAI's form, such as `item_` and 21 characters."""
    return f"{prefix}_{token_hex(11)[:21]}"


def create_event(kind: str, **content: Any) -> Event:  # noqa: ANN401 - any JSON
    """Return an event with a copy of its content."""
    return {"type": kind, "event_id": create_id("event"), **deepcopy(content)}


def create_error(refusal: Refusal, cause: str | None = None) -> Event:
    """Return an `error` event; `cause` is the `event_id` of the client's event."""
    error = refusal.describe(azure=False)["error"]
    return create_event("error", error=error | {"event_id": cause})
