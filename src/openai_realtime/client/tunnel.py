# SPDX-License-Identifier: MIT
"""Connections through a proxy that are given up where they cannot be made."""

from __future__ import annotations

import httpcore


class TunnelPool(httpcore.ConnectionPool):
    """httpcore's pool for a proxy, without a leak.

    httpcore counts a tunnel as in use for good if TLS with the server behind it fails: after as
    many failures as there may be connections, every request waits for one in vain.
    """

    def create_connection(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        """Return a new connection to `origin`, as the pool asks for it."""
        return Tunnel(super().create_connection(origin))


class Tunnel(httpcore.ConnectionInterface):
    """A connection that is over when it cannot be made; all else is that of `inner`."""

    def __init__(self, inner: httpcore.ConnectionInterface) -> None:
        self._inner = inner

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Return the answer to `request`."""
        try:
            return self._inner.handle_request(request)
        except httpcore.ConnectionNotAvailable:
            # Another request has it; the pool finds another connection.
            raise
        except BaseException:
            self._inner.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def info(self) -> str:
        """Return the connection's state in words."""
        return self._inner.info()

    def can_handle_request(self, origin: httpcore.Origin) -> bool:
        """Return whether requests to `origin` can go this way."""
        return self._inner.can_handle_request(origin)

    def is_available(self) -> bool:
        """Return whether the next request can go this way."""
        return self._inner.is_available()

    def has_expired(self) -> bool:
        """Return whether the connection has been idle for too long, or was closed."""
        return self._inner.has_expired()

    def is_idle(self) -> bool:
        """Return whether nothing is under way."""
        return self._inner.is_idle()

    def is_closed(self) -> bool:
        """Return whether the connection is closed."""
        return self._inner.is_closed()
