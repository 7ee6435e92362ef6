# SPDX-License-Identifier: MIT
"""The sandbox's memory: its API key, the minted secrets, and the recorded calls."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .answers import Draft, Route
from .server_events import create_id

if TYPE_CHECKING:
    from .webrtc import WebRtcCall

SECRET_PREFIX = "openai-insecure-api-key."  # noqa: S105 - of a WebSocket subprotocol
_KEY = re.compile(rf"(?<={re.escape(SECRET_PREFIX)})[^,\s]+|ek_[0-9a-f]{{32}}")


@dataclass(slots=True)
class Call:
    """A recorded request.

    `headers` have lower-case names; in them and in `query` a key is replaced by `<known>` or
    `<unknown>`, as in `Bearer <known>`. `body` is the parsed JSON, or bytes if it is not JSON.
    `status` is None until the request is answered, and stays None if a fault prevents the answer.
    `at` is the time of the request by the sandbox's clock, in seconds.
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
    """A minted client secret, valid until `expires_at` (seconds since 1970)."""

    value: str
    expires_at: int
    session: dict[str, Any]
    model: str | None
    route: Route


class Store:
    """Holds the API key, the minted secrets and the calls. `clock` returns seconds since 1970."""

    def __init__(self, api_key: str, clock: Callable[[], float]) -> None:
        self.api_key = api_key
        self.clock = clock
        self.webrtc_calls: list[WebRtcCall] = []
        self._secrets: dict[str, Secret] = {}

    def mint(self, draft: Draft) -> Secret:
        """Give the session an id, and return a new secret for it."""
        draft.session["id"] = create_id("sess")
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
        """Return the secret with this value; None if it is unknown or has expired."""
        secret = self._secrets.get(value)
        if secret is None or self.clock() >= secret.expires_at:
            return None
        return secret

    def is_api_key(self, key: str) -> bool:
        """Return whether `key` is the sandbox's API key."""
        return secrets.compare_digest(key.encode(), self.api_key.encode())

    def mask_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
        """Return the headers without keys and secrets."""
        result = {}
        for raw_name, raw_value in headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            if name in {"authorization", "api-key"}:
                start = value.find(" ") + 1  # after the scheme
                value = value[:start] + self._mask_key(value[start:])
            result[name] = self.mask(value)
        return result

    def mask(self, text: str) -> str:
        """Return a text without the API key and secrets."""
        masked = _KEY.sub(lambda found: self._mask_key(found[0]), text)
        return masked.replace(self.api_key, "<known>")

    def _mask_key(self, key: str) -> str:
        return "<known>" if self.is_api_key(key) or self.find(key) else "<unknown>"
