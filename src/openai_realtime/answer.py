# SPDX-License-Identifier: MIT
"""Body of an answer -> client secret."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from openai_realtime.api import Api
from openai_realtime.errors import UnexpectedAnswerError
from openai_realtime.json_text import DEPTH_LIMIT, is_deep
from openai_realtime.redact import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ADVICE = "Set the result format to 'Raw' to see the whole answer."

# What Python reads and KNIME's tables cannot hold: half a surrogate pair.
_SUSPECT = r"\\u[dD][89a-fA-F]|[\ud800-\udfff]"

# Of a text that is no JSON only plain words are repeated: anything else may be the secret.
_WORDS = r"(?:(?:[A-Za-z]{1,15}|\d{1,4})[,.:;]? +)*(?:[A-Za-z]{1,15}|\d{1,4})\b"


@dataclass(frozen=True)
class ClientSecret:
    """A short-lived secret and what the server says of its session.

    `value` is the secret itself (hidden from `repr`, as is `body`, which contains it), `api`
    the shape that the answer has, whatever was asked for, and `body` the whole answer.
    """

    api: Api
    value: str = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)

    @property
    def expiry(self) -> datetime | None:
        """When the secret expires, in UTC; None if the answer does not say so."""
        return read_time(self.holder.get("expires_at"))

    @property
    def holder(self) -> Mapping[str, Any]:
        """The object of the answer in which the secret and its expiry stand."""
        holder: Mapping[str, Any] = self.body
        return holder if self.api is Api.GA else holder["client_secret"]


def read_answer(text: str, *, status: int = 200, request_id: str = "") -> ClientSecret:
    """Return the client secret in the body `text` of an answer with HTTP `status`.

    The shape is told from the body: compatible servers do not always answer in the shape of
    the route. Secrets of the request are expected to be masked. Raises UnexpectedAnswerError if
    there is no client secret to be found.
    """

    def fail(problem: str) -> UnexpectedAnswerError:
        return UnexpectedAnswerError(f"{problem} {_ADVICE}", status=status, request_id=request_id)

    # Some servers begin with a byte order mark, which JSON does not know.
    text = text.removeprefix("\ufeff")
    if not text or text.isspace():
        raise fail("The server's answer is empty.")
    body = _read_object(text, fail)
    session = body.get("session")
    inner = session.get("client_secret") if isinstance(session, dict) else None
    if "value" in body or "client_secret" not in body:
        api, holder = Api.GA, body
        if "value" not in body and isinstance(inner, dict):
            # Some servers put the secret beside the session's settings only.
            body = {**inner, **body}
            holder = body
    else:
        api, holder = Api.BETA, body["client_secret"]
    if not isinstance(holder, dict) or "value" not in holder:
        raise fail("The server's answer has no client secret ('value' is missing).")
    value = holder["value"]
    if not isinstance(value, str):
        shown = "null" if value is None else f"no text ({type(value).__name__})"
        raise fail(f"The client secret in the server's answer is {shown}.")
    if not value.strip():
        raise fail("The client secret in the server's answer is empty.")
    if MASK in value:
        raise fail(
            "The server's answer has the API key or another secret of the request in place of a "
            "client secret."
        )
    return ClientSecret(api=api, value=value, body=body)


def _read_object(text: str, fail: Callable[[str], UnexpectedAnswerError]) -> dict[str, Any]:
    try:
        body = _DECODER.decode(text)
    except ValueError:
        start = text.lstrip()[:1]
        if start == "<":
            raise fail(
                "The server answered with a web page instead of JSON; check the base URL."
            ) from None
        if start in ("{", "["):
            raise fail("The server's answer is cut off or is no valid JSON.") from None
        words = re.match(_WORDS, text.lstrip()[:60])
        shown = f"; it begins with '{words[0]}'" if words else ""
        raise fail(f"The server's answer is no JSON{shown}.") from None
    except RecursionError:
        raise fail("The server's answer is nested too deeply.") from None
    if not isinstance(body, dict):
        raise fail("The server's answer is no JSON object.")
    # Both looks through the whole answer are spared where a count tells enough: with thousands
    # of answers they took longer than reading them.
    if text.count("{") + text.count("[") > DEPTH_LIMIT and is_deep(body):
        raise fail("The server's answer is nested too deeply.")
    may_be_broken = "\\" in text or not text.isascii()
    cleaned: dict[str, Any] = _clean(body) if may_be_broken and re.search(_SUSPECT, text) else body
    return cleaned


def _read_float(text: str) -> float | str:
    """Return the number, or the text of one that is too large for a table (1e999)."""
    number = float(text)
    return number if math.isfinite(number) else text


_DECODER = json.JSONDecoder(parse_constant=str, parse_float=_read_float)


def _clean(value: Any) -> Any:  # noqa: ANN401 - any JSON value goes in and comes out
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value


def read_time(value: object) -> datetime | None:
    """Return the moment of a Unix time in seconds, or None if `value` is no such time.

    Nor is 0, which servers send for no time at all, or what lies before it.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        return None
    try:
        moment = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    # Finer than a microsecond is more than a date and time can hold, and nothing is to be lost.
    return moment if moment.timestamp() == value else None
