# SPDX-License-Identifier: MIT
"""Takes secrets out of texts and mappings before anybody sees or stores them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MASK = "***"

_PATTERNS = (
    # API keys and client secrets by their prefix, also in the half-masked form that OpenAI's
    # own messages repeat (sk-proj-...abcd)
    re.compile(r"\b(?:sk|ek|rk)[-_][A-Za-z0-9_\-.*…]{3,}(?<!\.)"),
    re.compile(r"(?i)(?<=bearer )[^\s\"',;]+"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{8,}"),
    # user:password@ in an address, also that of a proxy
    re.compile(r"(?<=://)[^/\s@\"']+(?=@)"),
)
_SECRET_KEYS = frozenset(
    {"authorization", "api-key", "api_key", "value", "client_secret", "headers", "password"}
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with each of `secrets`, and all that looks like one, replaced by a mask."""
    for secret in sorted((s for s in secrets if s), key=len, reverse=True):
        text = text.replace(secret, MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text


def redact_mapping(value: object, secrets: Iterable[str] = ()) -> object:
    """Return a copy of JSON-like `value` in which the values of secret-bearing keys are masked."""
    known = tuple(secrets)
    if isinstance(value, Mapping):
        return {
            key: MASK
            if str(key).lower() in _SECRET_KEYS and not isinstance(item, (Mapping, type(None)))
            else redact_mapping(item, known)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact_mapping(item, known) for item in value]
    return redact(value, known) if isinstance(value, str) else value
