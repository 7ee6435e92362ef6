# SPDX-License-Identifier: MIT
"""Redirects: followed only to the same origin (scheme, host, port), because the key goes along."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from openai_realtime.client.configuration import DEFAULT_PORTS
from openai_realtime.client.transport import httpx
from openai_realtime.errors import fold

LIMIT = 5
"""How many redirects in a row are followed."""

TOO_MANY = f"The server redirects the request more than {LIMIT} times. Check the base URL."

_KEEPS_METHOD = {301: False, 302: False, 303: False, 307: True, 308: True}


class Redirect(NamedTuple):
    """Where to send the request again (`url`), or why not (`problem`, for the user)."""

    url: str = ""
    problem: str = ""


def resolve_redirect(method: str, url: str, status: int, location: str) -> Redirect | None:
    """Return what the answer to a request to `url` demands, or None if it is no redirect.

    `location` is the header of that name, or empty.
    """
    if status not in _KEEPS_METHOD:
        return None
    said = f"The server sends the request elsewhere ({status})"
    here, there = httpx.URL(url), httpx.URL()
    # A backslash is a slash to some, and part of a name to others.
    if location and "\\" not in location:
        with suppress(httpx.InvalidURL, ValueError):
            there = here.join(location)
    if not there.host or there.scheme not in DEFAULT_PORTS:
        return Redirect(problem=f"{said}, but does not say where. Check the base URL.")
    is_same = (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port)
    # A user name in the address would replace our key.
    if not is_same or there.userinfo:
        host = fold(there.host, 80)
        if here.host == there.host:
            host = f"{there.scheme}://{host}:{there.port or DEFAULT_PORTS[there.scheme]}"
        return Redirect(
            problem=f"The server sends the request to {host} ({status}). It is not sent there, "
            "because the key is for one server only. If that one is right, enter it as the base "
            "URL."
        )
    if method != "GET" and not _KEEPS_METHOD[status]:
        return Redirect(problem=f"{said}, without what is sent to it. Check the base URL.")
    return Redirect(url=str(there.copy_with(fragment=None)))
