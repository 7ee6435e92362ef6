# SPDX-License-Identifier: MIT
"""Redirects: followed where the key may go, explained where it may not.

The key goes to the server that the user entered and to no other, and never unencrypted where
encryption was asked for. So only redirects to the same origin (scheme, host, port) are followed.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from openai_realtime.errors import fold

LIMIT = 5
"""How many redirects in a row are followed."""

CIRCLES = (
    f"The server sends the request in circles (more than {LIMIT} redirects). Check the base URL."
)

_KEEPING = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
_CHANGING = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER})
_PORTS = {"http": 80, "https": 443}


class Redirect(NamedTuple):
    """Where to go on (`url`), or why not (`problem`, one sentence for the user)."""

    url: str = ""
    problem: str = ""


def read_redirect(method: str, url: str, status: int, location: str) -> Redirect | None:
    """Return what the answer to a request to `url` demands, or None if it is no redirect.

    `location` is the header of that name, or empty.
    """
    if status not in _KEEPING | _CHANGING:
        return None
    here, there = urlsplit(url), _split(_join(url, location))
    if there is None or not location or there.scheme not in _PORTS or not there.hostname:
        return Redirect(
            problem=f"The server sends the request elsewhere ({status}), but does not say where. "
            "Check the base URL."
        )
    # A user name in the address is another way to say who asks, which is ours to say.
    if _find_origin(here) != _find_origin(there) or "@" in there.netloc:
        return Redirect(problem=_explain_origin(here, there, status))
    if status in _CHANGING and method != "GET":
        return Redirect(
            problem=f"The server sends the request elsewhere ({status}) in a way that would lose "
            "what is sent. Check the base URL."
        )
    return Redirect(url=there._replace(fragment="").geturl())


def _join(url: str, location: str) -> str:
    """Return where `location`, which may be relative, leads from `url`; empty for nonsense."""
    if "\\" in location:  # a slash to some, part of a name to others
        return ""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading the port checks it
    except ValueError:
        return None
    return parts


def _find_origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def _explain_origin(here: SplitResult, there: SplitResult, status: int) -> str:
    host = fold(there.hostname or "", 80)
    if here.scheme == "https" and there.scheme == "http":
        return (
            f"The server sends the request to {host} without encryption ({status}). It is not "
            "sent there, because the key would be seen by others. Check the base URL."
        )
    if here.hostname == there.hostname:
        host = f"{there.scheme}://{host}:{there.port or _PORTS[there.scheme]}"
    return (
        f"The server sends the request to {host} ({status}). It is not sent there, because the "
        "key is for one server only. If that one is right, enter it as the base URL."
    )
