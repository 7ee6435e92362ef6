# SPDX-License-Identifier: MIT
"""The page of *Realtime Session Tester*: one HTML file that opens sessions from a browser."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_FOLDER = Path(__file__).parent / "tester_page"
_SCRIPTS = ("sound.js", "connection.js", "conversation.js", "view.js")


class OfferedSession(NamedTuple):
    """A session that a row of a table describes.

    `row` names it. `expires` is the expiry of the `secret` in seconds since 1970, or None if it is
    unknown. `type` is `realtime`, `transcription` or `translation`. What is unknown is empty.
    """

    row: str
    secret: str
    expires: float | None = None
    model: str = ""
    voice: str = ""
    type: str = ""

    def is_expired(self, now: float) -> bool:
        """Return whether the secret is useless at `now`, in seconds since 1970."""
        return self.expires is not None and self.expires <= now


def compose_page(sessions: Sequence[OfferedSession], base_url: str, now: float) -> str:
    """Return an HTML page that opens one of the sessions at the server with this base URL.

    The page loads nothing, and may connect to that server only. Secrets that have expired at `now`
    (seconds since 1970) are not in it.
    """
    listed = [
        session._asdict() | ({"secret": None} if session.is_expired(now) else {})
        for session in sessions
    ]
    data = {"server": {"url": base_url}, "sessions": listed}
    origin = "/".join(base_url.split("/", 3)[:3])
    if "[" in origin:  # the policy knows no IPv6 addresses
        origin = origin.partition("/")[0]
    parts = {
        "origins": html.escape(f"{origin} {origin.replace('http', 'ws', 1)}"),
        "style": _read("style.css"),
        # No text of a user may end the script.
        "data": json.dumps(data).replace("<", "\\u003c"),
        "script": "\n".join(map(_read, _SCRIPTS)),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _read("page.html"))


def _read(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
