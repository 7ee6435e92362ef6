# SPDX-License-Identifier: MIT
"""Which proxy to use for a server: from the variables that KNIME or the system sets.

KNIME sets http_proxy, https_proxy and no_proxy from its preferences. Where none is set, Windows
and macOS are asked for theirs, as Python's own urllib does it.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

from openai_realtime.client.configuration import DEFAULT_PORTS
from openai_realtime.errors import UnreachableError

_WHERE = "See KNIME's network preferences."


class Proxy(NamedTuple):
    """A proxy: its `url`, `place` (host:port), and what it wants to see, if anything.

    `authorization` is the value of the header. A proxy may repeat the `password`; masking finds
    it in base64, too.
    """

    url: str
    place: str
    password: str = ""
    authorization: str = ""

    def __repr__(self) -> str:
        return f"Proxy({self.place})"


def resolve_proxy(url: str) -> Proxy | None:
    """Return the proxy for requests to `url`, or None for a direct connection.

    Raises UnreachableError for a proxy that cannot be used; its address, which may hold a
    password, is not repeated.
    """
    address = _find_address(url).strip()
    if not address:
        return None
    scheme, _, rest = (address if "://" in address else f"http://{address}").partition("://")
    scheme = scheme.lower()
    if scheme.startswith("socks"):
        problem = "The proxy is one for SOCKS, but only HTTP proxies can be used."
        raise UnreachableError(f"{problem} {_WHERE}")
    # A password that was not encoded may hold anything, but a host has no @ in it.
    account, _, place = rest.rpartition("@")
    parts = split_url(f"{scheme}://{place}")
    if scheme not in DEFAULT_PORTS or not parts.hostname:
        raise UnreachableError(f"The address of the proxy cannot be used. {_WHERE}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = f"{host}:{parts.port or DEFAULT_PORTS[scheme]}"
    user, _, password = map(unquote, account.partition(":"))
    # Bytes that are not UTF-8 stay what they were in the environment.
    encoded = base64.b64encode(f"{user}:{password}".encode(errors="surrogateescape")).decode()
    authorization = f"Basic {encoded}" if user or password else ""
    return Proxy(f"{scheme}://{place}", place, password, authorization)


def split_url(url: str) -> SplitResult:
    """Return the parts of a URL, all empty for one that is invalid."""
    try:
        parts = urlsplit(url)
        # Reading the port checks it; the resolver would fail for a name that this fails for.
        _ = parts.port, (parts.hostname or "").encode("idna")
    except ValueError:
        # Not raised, because the error quotes what it read.
        return SplitResult("", "", "", "", "")
    return parts


def travels_unencrypted(url: str) -> bool:
    """Return whether what is sent to `url` leaves this computer unencrypted.

    A request to localhost does so, too, if a proxy is used for it.
    """
    parts = urlsplit(url)
    is_remote = not _is_loopback(parts.hostname or "") or bool(_find_address(url))
    return parts.scheme == "http" and is_remote


def _find_address(url: str) -> str:
    """Return the address of the proxy for `url` as it is configured, or empty."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    # Python prefers lower case where a variable is set in both.
    proxies = getproxies_environment()
    if proxies:
        exceptions = re.split(r"[,;|\s]+", proxies.get("no", ""))
        is_direct = any(_covers(entry, host, port) for entry in exceptions)
    else:
        proxies = getproxies()
        is_direct = bool(proxies) and bool(proxy_bypass(host))
    return "" if is_direct else proxies.get(parts.scheme) or proxies.get("all", "")


def _covers(entry: str, host: str, port: int) -> bool:
    """Return whether an entry of no_proxy excepts a host.

    It is `*`, `<local>`, an address, a network such as 10.0.0.0/8, a name (with its subdomains) or
    the beginning of one up to a full stop (KNIME turns `10.*` into `10.`); a port may follow.
    """
    entry = entry.lower().rpartition("://")[2]
    if entry in ("*", "<local>"):
        return entry == "*" or not re.search("[.:]", host) or _is_loopback(host)
    with suppress(ValueError):
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    # With another port, the entry is the name of no host.
    entry = entry.removesuffix(f":{port}").strip("[]").lstrip("*.")
    if entry.rstrip("*").endswith("."):
        return f"{host}.".startswith(entry.rstrip("*"))
    return bool(entry) and f".{host}".endswith(f".{entry}")


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
