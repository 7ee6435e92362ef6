# SPDX-License-Identifier: MIT
"""Redirects: followed only to the same origin (scheme, host, port), because the key goes along."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from openai_realtime.client.transport import httpx
from openai_realtime.errors import fold

LIMIT = 5
"""How many redirects in a row are followed."""

TOO_MANY = f"The server redirects the request more than {LIMIT} times. Check the base URL."

_KEEPING_METHOD = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
_CHANGING_METHOD = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER})


class Redirect(NamedTuple):
    """Where to send the request again (`url`), or why not (`problem`, for the user)."""

    url: str = ""
    problem: str = ""


def resolve_redirect(method: str, url: str, status: int, location: str) -> Redirect | None:
    """Return what the answer to a request to `url` demands, or None if it is no redirect.

    `location` is the header of that name, or empty.
    """
    if status not in _KEEPING_METHOD | _CHANGING_METHOD:
        return None
    here, there = httpx.URL(url), _resolve(url, location)
    said = f"The server sends the request elsewhere ({status})"
    if there is None:
        return Redirect(problem=f"{said}, but does not say where. Check the base URL.")
    # A user name in the address would replace our key.
    if _get_origin(here) != _get_origin(there) or there.userinfo:
        host = fold(there.host, 80)
        if here.host == there.host:
            host = f"{there.scheme}://{host}:{_get_origin(there)[2]}"
        return Redirect(
            problem=f"The server sends the request to {host} ({status}). It is not sent there, "
            "because the key is for one server only. If that one is right, enter it as the base "
            "URL."
        )
    if status in _CHANGING_METHOD and method != "GET":
        return Redirect(problem=f"{said}, without what is sent to it. Check the base URL.")
    return Redirect(url=str(there.copy_with(fragment=None)))


def _resolve(url: str, location: str) -> httpx.URL | None:
    # A backslash is a slash to some, and part of a name to others.
    if not location or "\\" in location:
        return None
    try:
        there = httpx.URL(url).join(location)
    except (httpx.InvalidURL, ValueError):
        return None
    return there if there.host and there.scheme in ("http", "https") else None


def _get_origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)
