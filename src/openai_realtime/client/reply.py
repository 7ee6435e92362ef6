# SPDX-License-Identifier: MIT
"""An HTTP answer as it came, whatever it is."""

from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from openai_realtime.answer import read_answer
from openai_realtime.errors import UnexpectedAnswerError, UnreachableError
from openai_realtime.redact import mask, redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_realtime.answer import ClientSecret

_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_SUCCESS = range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)
_PAGE_LIMIT = 10_000  # of a page's characters; a title that stands further down is not looked for
_CHARSETS = (
    "utf-8",
    "utf-16",
    "utf-32",
    "ascii",
    "iso8859",
    "cp125",
    "shift_jis",
    "gb",
    "big5",
    "euc",
    "koi8",
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """What an error's body says: the envelope of OpenAI, of Azure, of a gateway, or any text."""

    message: str = ""
    code: str = ""
    type: str = ""
    param: str = ""


@dataclass(eq=False)
class Reply:
    """Status, headers (names in lower case) and body; `attempts` and `seconds` it took.

    `secrets` are those of the request. Servers repeat them at times, so they are masked in all
    texts that are read from the reply. `redirect_problem` says why a redirect was not followed;
    empty for any other answer. `is_undecodable`: the body is as it came, because it is not in its
    declared encoding. `wait_exceeds_limit`: the server takes no request for longer than the
    configuration allows to wait.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    attempts: int = 1
    seconds: float = 0.0
    secrets: tuple[str, ...] = field(default=(), repr=False)
    redirect_problem: str = field(default="", repr=False)
    is_undecodable: bool = field(default=False, repr=False)
    wait_exceeds_limit: bool = field(default=False, repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 2xx."""
        return self.status in _SUCCESS

    @property
    def is_object(self) -> bool:
        """Whether the body is a JSON object."""
        try:
            return isinstance(json.loads(self._decoded), dict)
        except (ValueError, RecursionError):
            return False

    @property
    def request_id(self) -> str:
        """The id under which the server's support finds the request, or empty."""
        name = "x-request-id" if self.headers.get("x-request-id") else "apim-request-id"
        return redact(self.headers.get(name, ""), self.secrets)

    @cached_property
    def text(self) -> str:
        """The body as text, whatever it is: never fails."""
        return mask(self._decoded, self.secrets)

    @cached_property
    def client_secret(self) -> ClientSecret:
        """The client secret in the body of a success.

        Raises UnexpectedAnswerError if there is none, UnreachableError if the body is not in its
        declared encoding.
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

    @property
    def _decoded(self) -> str:
        """The body as its charset says, else as UTF-8, else byte by byte."""
        for charset in _list_charsets(self.headers.get("content-type", "")):
            try:
                return self.content.decode(charset).removeprefix("\ufeff")
            except ValueError:
                continue
        return self.content.decode("latin-1")

    @cached_property
    def problem(self) -> Problem:
        """What the body says of an error; empty texts where it says nothing."""
        if self.is_undecodable:
            return Problem()
        try:
            body = json.loads(self._decoded)
        except (ValueError, RecursionError):
            return Problem(message=_read_page(self.text))
        error = _find_error(body)
        if isinstance(error, str):
            return Problem(message=mask(error, self.secrets))
        if not isinstance(error, dict):
            return Problem(message=self.text)
        said = [self._read(error, name) for name in ("message", "msg")]
        # RFC 7807: `title` names the kind of problem, `detail` this one.
        said.append(": ".join(filter(None, map(partial(self._read, error), ("title", "detail")))))
        return Problem(
            message=next(filter(None, said), ""),
            code=self._read(error, "code"),
            type=self._read(error, "type"),
            param=self._read(error, "param"),
        )

    def _read(self, error: dict[str, Any], name: str) -> str:
        return mask(_read_text(error, name), self.secrets)


@lru_cache(maxsize=16)
def _list_charsets(content_type: str) -> tuple[str, ...]:
    """Return how to read a body with that header: as it says, and as UTF-8."""
    found = _CHARSET.search(content_type)
    usable: list[str] = []
    for charset in (found[1] if found else "utf-8", "utf-8"):
        # Other codecs (base64, zlib, unicode_escape, utf-7) make things of bytes that are no
        # text, or halves of characters.
        with suppress(LookupError, ValueError):
            if codecs.lookup(charset).name.startswith(_CHARSETS):
                usable.append(charset)
    return tuple(usable)


def _find_error(body: object) -> object:
    """Return the object or text that tells of the error, wherever a server puts it."""
    if not isinstance(body, dict):
        return None
    error = body.get("error") or body
    if isinstance(error, dict) and not (error.get("message") or error.get("title")):
        # Gateways and frameworks list what is wrong; the first of it has to do.
        for listed in (error.get("errors"), error.get("detail")):
            if isinstance(listed, list) and listed:
                return listed[0]
    return error


def _read_text(error: dict[str, Any], name: str) -> str:
    value = error.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _read_page(text: str) -> str:
    title = _TITLE.search(text, 0, _PAGE_LIMIT)
    return _TAG.sub(" ", title[1] if title else text[:2000]).strip()
