# SPDX-License-Identifier: MIT
"""Redirects: followed to the same origin only, because the key goes with the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_dev.faultsuite.entry import (
    CLIENT_SECRET,
    GOOD_ANSWER,
    Entry,
    Outcome,
    Place,
    Wire,
    as_raw,
    play,
)
from realtime_dev.sandbox import RawServer, Step, compose_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

_ELSEWHERE = "The server sends the request"
_NO = Outcome.REJECTED


def _send(status: str, location: str) -> bytes:
    return compose_answer(b"Moved.", status=status, headers={"location": location})


_MOVED = "307 Temporary Redirect"
_HERE = {
    "307 to a path": _send(_MOVED, "/v2/secrets"),
    "308 to a path": _send("308 Permanent Redirect", "/v2/secrets"),
    "307 to the same origin": _send(_MOVED, "{origin}/v2/secrets"),
    "307 to a path beside it": _send(_MOVED, "../other"),
    "307 with a query": _send(_MOVED, "?a=b"),
}
_AWAY = {
    "to another host": "http://elsewhere.invalid/v1",
    "to another port": "http://127.0.0.1:9/v1",
    "to this host by another name": "http://localhost:{port}/v1",
    "to //host": "//elsewhere.invalid/v1",
    "to a file": "file:///etc/passwd",
    "to a script": "javascript:alert(1)",
    "to a host of our name with a user": "http://127.0.0.1@elsewhere.invalid/v1",
    "to a backslash": "http:\\\\elsewhere.invalid\\v1",
    "to no address": "http://[::1/v1",
    "to a port too large": "http://127.0.0.1:99999/v1",
    "to nowhere": "",
}


def list_entries() -> list[Entry]:
    """Return the entries of this kind."""
    moved, good = _MOVED, (Step.READ, GOOD_ANSWER)
    won = Outcome.SUCCESS
    return [
        *(
            play(f"redirect {name}", won, CLIENT_SECRET, (Step.READ, sent), good, asked=2)
            for name, sent in _HERE.items()
        ),
        *(
            play(f"redirect {name}", _NO, _ELSEWHERE, (Step.READ, _send(moved, place)), asked=1)
            for name, place in _AWAY.items()
        ),
        play("redirect without a location", _NO, "(302)",
             (Step.READ, compose_answer(b"", status="302 Found")), asked=1),
        play("redirect in circles", _NO, "Check the base URL",
             (Step.READ, _send(moved, "{origin}/v1/realtime/client_secrets"))),
        *(
            as_raw(
                play("", _NO, "", (Step.READ, _send(moved, place)), asked=1),
                f"redirect {name}, raw",
                "307 Moved.",
            )
            for name, place in _AWAY.items()
        ),
        Entry(name="redirect to another server", script=Place(_open_two), expected=_NO,
              says=_ELSEWHERE, asked=0),
        Entry(
            name="redirect from https to http",
            script=Wire(((Step.READ, _send(moved, "http://127.0.0.1:9/v1")),), certificate="good"),
            expected=_NO,
            says=_ELSEWHERE,
            asked=1,
            environment={"SSL_CERT_FILE": "{ca}"},
        ),
    ]  # fmt: skip


def _open_two(stack: ExitStack) -> tuple[str, Callable[[], int]]:
    """Start a server that redirects to another one, whose requests count."""
    other = stack.enter_context(RawServer((Step.READ, GOOD_ANSWER)))
    first = RawServer((Step.READ, _send("307 Temporary Redirect", f"{other.url}/v1")))
    return stack.enter_context(first).url, lambda: len(other.requests)
