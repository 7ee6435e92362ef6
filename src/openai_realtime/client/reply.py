# SPDX-License-Identifier: MIT
"""An HTTP answer as it came, whatever it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from http import HTTPStatus
from typing import Any, NamedTuple

from openai_realtime.answer import ClientSecret, read_answer
from openai_realtime.errors import UnexpectedAnswerError, UnreachableError
from openai_realtime.redact import mask, redact

_TAG = r"(?is)<(script|style)\b.*?</\1>|<[^>]*>"
_TITLE = r"(?is)<title[^>]*>(.*?)</title>"
# Python's other codecs (base64, unicode_escape, punycode) are not for texts, or are slow.
_CHARSET = (
    r"(?ai)charset\s*=\s*[\"']?((utf[-_]?(8|16|32)|(us-)?ascii|iso[-_]?8859|latin|windows-125"
    r"|cp125|s(hift)?[-_]?jis|gb|big5|euc|koi8)[a-z0-9_.:-]*)"
)


class Problem(NamedTuple):
    """What an error's body says: the envelope of OpenAI, of Azure, of a gateway, or any text."""

    message: str = ""
    code: str = ""
    type: str = ""
    param: str = ""


class Reply:
    """Status, headers (names in lower case) and body; `attempts` and `seconds` it took.

    The request's `secrets` are masked in all texts; `origin` is the request's too. `url` answered.
    `redirect_problem` says why a redirect was not followed. `is_undecodable`: the body is not in
    its declared encoding. `should_retry`, after `wait` seconds if the server names a time.
    `wait_exceeds_limit`: it refuses requests for longer than the configuration allows to wait.
    """

    attempts = 1
    seconds = 0.0
    url = ""
    redirect_problem = ""
    is_undecodable = False
    should_retry = False
    wait: float | None = None
    wait_exceeds_limit = False
    origin: Mapping[str, Any] = {}

    def __init__(
        self, status: int, headers: Mapping[str, str], content: bytes, secrets: tuple[str, ...] = ()
    ) -> None:
        self.status, self.headers, self.content, self.secrets = status, headers, content, secrets

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 2xx."""
        return self.status in range(200, 300)

    @property
    def is_refused(self) -> bool:
        """Whether the server takes no request for now."""
        return self.wait is not None or self.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def is_object(self) -> bool:
        """Whether the body is a JSON object."""
        return isinstance(self._json, dict)

    @property
    def request_id(self) -> str:
        """The id under which the server's support finds the request, or empty."""
        found = self.headers.get("x-request-id") or self.headers.get("apim-request-id", "")
        return redact(found, self.secrets)

    @cached_property
    def text(self) -> str:
        """The body as text, whatever it is: never fails."""
        return mask(self._decoded, self.secrets)

    @cached_property
    def client_secret(self) -> ClientSecret:
        """The client secret in the body; raises UnexpectedAnswerError if there is none.

        Raises UnreachableError if the body is not in its declared encoding.
        """
        if self.is_undecodable:
            raise UnreachableError(
                f"The server's answer ({self.status}) is compressed in a way that cannot be read. "
                "The raw output shows it as it came."
            )
        try:
            return read_answer(self.text, status=self.status)
        except UnexpectedAnswerError:
            # The request id is only for the message, and masking it takes as long as all the rest.
            return read_answer(self.text, status=self.status, request_id=self.request_id)

    @cached_property
    def problem(self) -> Problem:
        """The error that the body describes; empty texts for what it does not contain."""
        if self.is_undecodable:
            return Problem()
        if self._json is None:
            title = re.search(_TITLE, self.text[:10_000])
            return Problem(re.sub(_TAG, " ", title[1] if title else self.text[:2000]).strip())
        error = _find_error(self._json)
        if not isinstance(error, dict):
            return Problem(mask(error, self.secrets) if isinstance(error, str) else self.text)

        def read(name: str) -> str:
            value = error.get(name)
            return "" if value is None else mask(str(value), self.secrets)

        # RFC 7807: `title` names the kind of problem, `detail` this one.
        details = ": ".join(filter(None, (read("title"), read("detail"))))
        message = read("message") or read("msg") or details
        return Problem(message, read("code"), read("type"), read("param"))

    @cached_property
    def _json(self) -> object:
        """The body as JSON; None for any other text."""
        try:
            return json.loads(self._decoded)
        except (ValueError, RecursionError):
            return None

    @property
    def _decoded(self) -> str:
        """The body decoded by its charset, else as UTF-8, else as Latin-1."""
        kind = self.headers.get("content-type", "")
        named = re.search(_CHARSET, kind) if "=" in kind else None
        for charset in (named[1] if named else "utf-8", "utf-8"):
            with suppress(LookupError, ValueError):
                return self.content.decode(charset).removeprefix("\ufeff")
        return self.content.decode("latin-1")


def _find_error(body: object) -> object:
    """Return the object or text that describes the error; servers use different places."""
    error = body.get("error") or body if isinstance(body, dict) else None
    if not isinstance(error, dict) or error.get("message") or error.get("title"):
        return error
    # Gateways and frameworks return a list of errors; only the first one is used.
    lists = (each for each in (error.get("errors"), error.get("detail")) if isinstance(each, list))
    return next((items[0] for items in lists if items), error)
