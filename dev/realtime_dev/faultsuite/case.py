# SPDX-License-Identifier: MIT
"""What an case of the fault suite is: a server, and what the node is to make of it."""
# ruff: noqa: ANN401 - settings of nodes are of any type

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from realtime_dev.sandbox import compose_answer

if TYPE_CHECKING:
    from contextlib import ExitStack

# None has a known prefix, so that nothing but care keeps it out of messages; the key has all the
# characters that JSON, web pages and addresses escape.
KEY = 'kq7+Vd2/mXw9=ZbT4&nLs"R8<yCf>3H%J'
PROXY_PASSWORD = "Hq8sLw2zPm4TkB"  # noqa: S105 - the suite's own, for loopback only
TOKEN = "Tn5/xWq9+Rb3Jd7Km"  # noqa: S105 - the same
CLIENT_SECRET = "Zq8vTn3LkWm5RxY7cJd2Hb9P"  # noqa: S105 - the same

GOOD: dict[str, Any] = {
    "value": CLIENT_SECRET,
    "expires_at": 1893456000,
    "session": {"type": "realtime", "id": "sess_1", "model": "gpt-realtime-2", "expires_at": 0},
}
GOOD_BODY = json.dumps(GOOD).encode()
GOOD_ANSWER = compose_answer(GOOD_BODY)

DEADLINE = 20.0
"""Seconds; so many that no machine is too slow for an case that is not about the deadline."""


class Outcome(StrEnum):
    """How the node ends: with a table, or with an error of one of our classes."""

    SUCCESS = "success"
    SETTINGS = "SettingsError"
    CREDENTIAL = "CredentialError"
    REJECTED = "RejectedError"
    QUOTA = "QuotaError"
    BUSY = "BusyError"
    UNEXPECTED = "UnexpectedAnswerError"
    # The client's own name for an UnreachableError that knows whether to try again.
    UNREACHABLE = "UnreachableError"


@dataclass(frozen=True)
class Server:
    """What a script has become: the address to ask, its host, and how many requests came."""

    url: str
    host: str = ""
    count: Callable[[], int] = lambda: 0


StartServer = Callable[["ExitStack"], Server]
"""Starts a server that ends with the stack; see `servers`."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault and what is expected of the node.

    `says` is a piece of the sentence, or of the table's row. `asked` is how many requests the
    server is to get, if that matters. `deadline` is the node's own, in seconds; `quick` is how long
    it may take at most on a machine that does nothing else. `settings` are those of the
    configuration node, `session` those of the session node. An case with an `environment` runs
    alone; `{host}` in it stands for the server's address, `{ca}` for the file with the certificate
    of the suite's own authority.
    """

    name: str
    start_server: StartServer
    expected: Outcome
    says: str = ""
    asked: int | None = None
    deadline: float = DEADLINE
    quick: float = 3.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    session: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


_MEMBERS = {"asked", "deadline", "quick", "session", "environment"}


def expect(
    name: str, expected: Outcome, says: str, start_server: StartServer, **given: Any
) -> Case:
    """Return an case; `given` are members of `Case`, or else settings of the configuration."""
    own = {key: given.pop(key) for key in _MEMBERS & given.keys()}
    return Case(
        name=name, expected=expected, says=says, start_server=start_server, settings=given, **own
    )


def expect_alike(
    expected: Outcome, says: str, servers: Mapping[str, StartServer], prefix: str = "", **given: Any
) -> list[Case]:
    """Return cases of which the same is expected, by their names without `prefix`."""
    return [
        expect(f"{prefix}{name}", expected, says, start_server, **given)
        for name, start_server in servers.items()
    ]


def as_raw(case: Case, name: str, says: str) -> Case:
    """Return an case like another, with raw output, which makes a table of every answer."""
    return replace(case, name=name, says=says, expected=Outcome.SUCCESS, session={"format": "raw"})
