# SPDX-License-Identifier: MIT
"""Body of an answer -> client secret."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from openai_realtime.api import Api
from openai_realtime.errors import UnexpectedAnswerError
from openai_realtime.json_text import DEPTH_LIMIT, is_deep
from openai_realtime.redact import MASK
from openai_realtime.schema import look_up

_ADVICE = "Set the result format to 'Raw Response' to see the whole answer."

# Half of a surrogate pair: Python reads it, but KNIME's tables cannot store it.
_SURROGATE = r"\\u[dD][89a-fA-F]|[\ud800-\udfff]"

# An answer that is not JSON may be the secret itself, so the message quotes plain words only.
_WORDS = r"(?:(?:[A-Za-z]{1,15}|\d{1,4})[,.:;]? +)*(?:[A-Za-z]{1,15}|\d{1,4})\b"


class ClientSecret:
    """A short-lived secret and what the server says about its session.

    `value` is the secret itself and `body` the whole answer, which contains it; neither is in the
    `repr`. `api` is the shape of the answer, which may differ from that of the request.
    """

    def __init__(self, api: Api, value: str, body: Mapping[str, Any]) -> None:
        self.api = api
        self.value = value
        self.body = body

    @property
    def expiry(self) -> datetime | None:
        """When the secret expires, in UTC; None if the answer does not say so."""
        return read_time(self.holder.get("expires_at"))

    @property
    def holder(self) -> Mapping[str, Any]:
        """The object of the answer that contains the secret and its expiry."""
        holder: Mapping[str, Any] = self.body
        return holder if self.api is Api.GA else holder["client_secret"]


def read_answer(text: str, *, status: int = 200, request_id: str = "") -> ClientSecret:
    """Return the client secret in the body `text` of an answer with HTTP `status`.

    The API is detected from the body, because compatible servers do not always answer in the
    shape of the route. Secrets of the request must be masked in `text` already. Raises
    UnexpectedAnswerError if there is no client secret.
    """

    def fail(problem: str) -> UnexpectedAnswerError:
        return UnexpectedAnswerError(f"{problem} {_ADVICE}", status=status, request_id=request_id)

    # Some servers begin with a byte order mark, which is not part of JSON.
    text = text.removeprefix("\ufeff")
    if not text or text.isspace():
        raise fail("The server's answer is empty.")
    body = _read_object(text, fail)
    # Some servers put the secret into the session only.
    inner = look_up(body, ("session", "client_secret"))
    api, holder = Api.GA, body
    if "value" not in body and "client_secret" in body:
        api, holder = Api.BETA, body["client_secret"]
    elif "value" not in body and isinstance(inner, dict):
        body = holder = {**inner, **body}
    if not isinstance(holder, dict) or "value" not in holder:
        raise fail("The server's answer has no client secret ('value' is missing).")
    value = holder["value"]
    if not isinstance(value, str):
        shown = "null" if value is None else f"not a text ({type(value).__name__})"
        raise fail(f"The client secret in the server's answer is {shown}.")
    if not value.strip():
        raise fail("The client secret in the server's answer is empty.")
    if MASK in value:
        raise fail(
            "The server's answer has the API key or another secret of the request in the place of "
            "a client secret."
        )
    return ClientSecret(api, value, body)


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
            raise fail("The server's answer is cut off or is not valid JSON.") from None
        words = re.match(_WORDS, text.lstrip()[:60])
        shown = f"; it begins with '{words[0]}'" if words else ""
        raise fail(f"The server's answer is not JSON{shown}.") from None
    except RecursionError:
        raise fail("The server's answer is nested too deeply.") from None
    if not isinstance(body, dict):
        raise fail("The server's answer is not a JSON object.")
    # With thousands of answers, walking through each takes longer than parsing it. So it is only
    # done where a look at the text does not rule the problem out.
    if text.count("{") + text.count("[") > DEPTH_LIMIT and is_deep(body):
        raise fail("The server's answer is nested too deeply.")
    may_be_broken = "\\" in text or not text.isascii()
    if may_be_broken and re.search(_SURROGATE, text):
        whole = json.dumps(body, ensure_ascii=False)
        cleaned: dict[str, Any] = json.loads(whole.encode("utf-8", "replace"))
        return cleaned
    return body


def _read_float(text: str) -> float | str:
    """Return the number, or the text of one that is too large for a table (1e999)."""
    number = float(text)
    return number if math.isfinite(number) else text


_DECODER = json.JSONDecoder(parse_constant=str, parse_float=_read_float)


def read_time(value: object) -> datetime | None:
    """Return the moment of a Unix time in seconds, or None if `value` is not such a time.

    Servers send 0 for "no time", so 0 and negative numbers give None too.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        return None
    try:
        moment = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    # A datetime holds microseconds. A finer time is kept as it is, in *Other Fields*.
    return moment if moment.timestamp() == value else None
