# SPDX-License-Identifier: MIT
"""Takes secrets out of texts and mappings before anybody sees or stores them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MASK = "***"

# What follows "Bearer" in prose: a word, too short for a token.
_NO_WORD = r"(?![A-Za-z]?[a-z]{1,14}\.?(?:[^\w\-.~+/=]|\Z))"

_PATTERNS = (
    # API keys and client secrets by their prefix, also in the half-masked form that OpenAI's
    # own messages repeat (sk-proj-...abcd)
    re.compile(r"\b(?:sk|ek|rk)[-_][A-Za-z0-9_\-.*…]{3,}(?<!\.)"),
    re.compile(rf"(?<=(?i:bearer) ){_NO_WORD}[^\s\"',;]+"),
    re.compile(rf"(?<=(?i:basic) ){_NO_WORD}[A-Za-z0-9+/=]{{8,}}"),
    # user:password@ in an address, also that of a proxy; a password may contain an @
    re.compile(r"(?<=://)[^/\s\"'?#]+(?=@)"),
)
_SECRET_KEYS = frozenset(
    {"authorization", "api-key", "api_key", "value", "client_secret", "headers", "password"}
)
# Objects with secrets at any key; in other objects the keys tell.
_SECRET_OBJECTS = frozenset({"headers"})


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with each of `secrets`, and all that looks like one, replaced by a mask."""
    text = _mask_known(text, [secret for secret in secrets if secret])
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text


def redact_mapping(value: object, secrets: Iterable[str] = ()) -> object:
    """Return a copy of JSON-like `value` in which the values of secret-bearing keys are masked."""
    known = tuple(secrets)
    if isinstance(value, Mapping):
        return {
            key: MASK if _is_secret(str(key).lower(), item) else redact_mapping(item, known)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact_mapping(item, known) for item in value]
    return redact(value, known) if isinstance(value, str) else value


def _is_secret(key: str, value: object) -> bool:
    if isinstance(value, Mapping):
        return key in _SECRET_OBJECTS
    return key in _SECRET_KEYS and value is not None


def _mask_known(text: str, secrets: list[str]) -> str:
    """Mask every occurrence; where two overlap, nothing of either remains."""
    spans = sorted(
        match.span(1)
        for secret in secrets
        for match in re.finditer(f"(?=({re.escape(secret)}))", text)
    )
    pieces: list[str] = []
    end = 0
    for start, stop in spans:
        if start >= end:
            pieces += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])
