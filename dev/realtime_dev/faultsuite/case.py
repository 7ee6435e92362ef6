# SPDX-License-Identifier: MIT
"""A case of the fault suite: a server, and the expected outcome of the node."""
# ruff: noqa: ANN401 - settings of nodes are of any type

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from realtime_dev.sandbox import compose_answer

# No secret has a known prefix, so masking cannot rely on one. The key has all characters that JSON,
# HTML and URLs escape.
KEY = 'kq7+Vd2/mXw9=ZbT4&nLs"R8<yCf>3H%J'
PROXY_PASSWORD = "Hq8sLw2zPm4TkB"  # noqa: S105 - for tests only
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
"""Seconds; long enough for a slow machine in all cases that do not test the deadline."""


class Outcome(StrEnum):
    """The outcome of the node: a table, or an error of one of our classes."""

    SUCCESS = "success"
    SETTINGS = "SettingsError"
    CREDENTIAL = "CredentialError"
    REJECTED = "RejectedError"
    QUOTA = "QuotaError"
    BUSY = "BusyError"
    UNEXPECTED = "UnexpectedAnswerError"
    UNREACHABLE = "UnreachableError"


@dataclass(frozen=True)
class Server:
    """A running server: base URL, host with port, and a function that counts its requests."""

    url: str
    host: str = ""
    count: Callable[[], int] = lambda: 0


StartServer = Callable[["ExitStack"], Server]
"""Starts a server that the stack stops; see `servers`."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A server with a fault, and the expected outcome of the node.

    `says` is part of the expected message, or of the table's row. `asked` is the expected number of
    requests; None for any. `deadline` is the node's setting, in seconds; `quick` is the maximum
    time on an idle machine, in seconds. `settings` are those of the configuration node, `session`
    those of the session node. A case with an `environment` does not run in parallel; in its values
    `{host}` is the host and port of the server, `{ca}` the certificate file of the suite's
    certificate authority.
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
    """Return a case; `given` are members of `Case` or settings of the configuration node."""
    own = {key: given.pop(key) for key in _MEMBERS & given.keys()}
    return Case(
        name=name, expected=expected, says=says, start_server=start_server, settings=given, **own
    )


def expect_alike(
    expected: Outcome, says: str, servers: Mapping[str, StartServer], prefix: str = "", **given: Any
) -> list[Case]:
    """Return a case for each server, all with the same expectation."""
    return [
        expect(f"{prefix}{name}", expected, says, start_server, **given)
        for name, start_server in servers.items()
    ]


def as_raw(case: Case, name: str, says: str) -> Case:
    """Return the case with raw output, which returns every answer as a table."""
    return replace(
        case, name=name, says=says, expected=Outcome.SUCCESS, session={"result_format": "raw"}
    )
