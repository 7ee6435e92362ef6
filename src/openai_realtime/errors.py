# SPDX-License-Identifier: MIT
"""Our errors, one class for each place where the problem can be solved.

RealtimeError
 +-- SettingsError                the dialog
 +-- ServerError                  (common part of the errors that an answer of the server causes)
 |    +-- CredentialError         the credential
 |    +-- RejectedError           the request
 |    +-- QuotaError              the account
 |    +-- BusyError               the server, later
 |    +-- UnexpectedAnswerError   the server
 +-- UnreachableError             the network
 +-- CanceledError                nowhere: the user pressed Cancel

Each message is one line for the user of the dialog: what happened, what to do, the server's own
reason, the request id. No message holds a secret.
"""

from __future__ import annotations

MESSAGE_LIMIT = 300
"""The longest message that is shown, in characters."""


def fold(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return `text` as one line of printable characters, cut to `limit` with an ellipsis."""
    printable = "".join(char for char in text if char.isprintable() or char.isspace())
    line = " ".join(printable.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def shorten(value: object) -> str:
    """Return `value` as a short text, so that a message with it is not cut off."""
    return fold(str(value), 40)


class RealtimeError(Exception):
    """An error with a message of one line for the user, `str(error)`.

    A long message is cut, the request id at its `tail` never, because the server's support asks
    for it. `row` is the index of the request that failed, if it is one of many.
    """

    row: int | None = None

    def __init__(self, message: str, request_id: str = "") -> None:
        self.request_id = fold(request_id, 80)
        self.tail = f" (request id {self.request_id})" if self.request_id else ""
        super().__init__(fold(message, MESSAGE_LIMIT - len(self.tail)) + self.tail)


class SettingsError(RealtimeError):
    """The dialog: a setting is wrong or does not fit. Nothing was sent.

    `setting` is the label that the dialog shows, `problem` says what is wrong and what to do.
    """

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


class ServerError(RealtimeError):
    """An error that an answer of the server causes, with its `status`.

    `what` is our sentence, `reason` the server's own (may be empty).
    """

    def __init__(
        self, what: str, *, reason: str = "", status: int = 0, request_id: str = ""
    ) -> None:
        said = f" The server says: {fold(reason)}" if reason else ""
        super().__init__(what + said, request_id)
        self.status = status


class CredentialError(ServerError):
    """The credential: missing, empty or malformed, or the server refuses it (401, 403)."""


class RejectedError(ServerError):
    """The request: refused (other 4xx)."""


class QuotaError(ServerError):
    """The account: no credit, or a spending limit is reached (429); waiting does not help."""


class BusyError(ServerError):
    """The server: busy or failed at every attempt (429, 5xx)."""


class UnreachableError(RealtimeError):
    """The network: no answer; the message names the host and the cause (proxy, TLS, time)."""


class UnexpectedAnswerError(ServerError):
    """The server: an answer without a client secret; the raw output shows all of it."""


class CanceledError(RealtimeError):
    """The user pressed Cancel."""

    def __init__(self) -> None:
        super().__init__("Canceled.")
