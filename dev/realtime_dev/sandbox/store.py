# SPDX-License-Identifier: MIT
"""What the sandbox remembers: its key, the secrets that it minted, the calls that it got."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .answers import Draft, Route

SECRET_PREFIX = "openai-insecure-api-key."  # noqa: S105 - the name of a subprotocol


@dataclass(slots=True)
class Call:
    """A request as the sandbox got it, in the order of arrival.

    `headers` have lower-case names; in place of a key they say which scheme carried it and
    whether it was the known one (`Bearer <known>`, `<unknown>`). `body` is the parsed JSON, or
    bytes where it was none. `status` is None as long as nothing was answered, and for good when
    a fault left the request without a status. `at` is the sandbox's clock, in seconds.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int | None
    at: float
    query: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """A minted client secret: good from now until `expires_at` (seconds since 1970)."""

    value: str
    expires_at: int
    session: dict[str, Any]
    model: str | None
    route: Route


class Store:
    """Mints and finds secrets; knows the one API key. `clock` returns seconds since 1970."""

    def __init__(self, api_key: str, clock: Callable[[], float]) -> None:
        self.api_key = api_key
        self.clock = clock
        self._secrets: dict[str, Secret] = {}

    def mint(self, draft: Draft) -> Secret:
        """Give the drafted session an id and a secret of its own."""
        draft.session["id"] = f"sess_{secrets.token_hex(11)[:21]}"
        secret = Secret(
            value=f"ek_{secrets.token_hex(16)}",
            expires_at=int(self.clock()) + draft.seconds,
            session=draft.session,
            model=draft.model,
            route=draft.route,
        )
        self._secrets[secret.value] = secret
        return secret

    def find(self, value: str) -> Secret | None:
        """Return the secret of that value unless it is unknown or has expired."""
        secret = self._secrets.get(value)
        if secret is None or self.clock() >= secret.expires_at:
            return None
        return secret

    def knows(self, key: str) -> bool:
        """Tell whether this is the sandbox's API key."""
        return secrets.compare_digest(key.encode(), self.api_key.encode())

    def mask(self, headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
        """Return headers that are fit to be kept: without any key or secret."""
        result = {}
        for raw_name, raw_value in headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            result[name] = self._mask_value(name, value)
        return result

    def _mask_value(self, name: str, value: str) -> str:
        if name == "authorization":
            scheme, _, key = value.partition(" ")
            return f"{scheme} {self._judge(key)}" if key else self._judge(value)
        if name == "api-key":
            return self._judge(value)
        if name == "sec-websocket-protocol":
            parts = [part.strip() for part in value.split(",")]
            return ", ".join(
                f"{SECRET_PREFIX}{self._judge(part.removeprefix(SECRET_PREFIX))}"
                if part.startswith(SECRET_PREFIX)
                else part
                for part in parts
            )
        return value.replace(self.api_key, "<known>")

    def _judge(self, key: str) -> str:
        return "<known>" if self.knows(key) or self.find(key) else "<unknown>"
