# SPDX-License-Identifier: MIT
"""Takes secrets out of texts before anybody sees or stores them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"
_ASCII = 128
_BEGINNING = 6  # characters of a secret by which most texts are told not to hold it
_NAMES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot"}  # in HTML

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


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with each of `secrets`, and all that looks like one, replaced by a mask."""
    text = mask(text, secrets)
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text


def mask(text: str, secrets: Iterable[str]) -> str:
    r"""Return `text` with each of `secrets` replaced by a mask, however it is escaped.

    Servers repeat what they got as JSON (also with `\/` and `\u002B`), in web pages and in
    addresses. Where two secrets overlap, nothing of either remains.
    """
    held = [secret for secret in secrets if _may_hold(text, secret)]
    if not held:
        return text
    spans = sorted(match.span(1) for secret in held for match in _compile(secret).finditer(text))
    pieces: list[str] = []
    end = 0
    for start, stop in spans:
        if start >= end:
            pieces += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


def find_secrets(value: object) -> Iterator[str]:
    """Yield the tokens and header values for MCP servers that a JSON-like body holds."""
    if isinstance(value, list):
        for item in value:
            yield from find_secrets(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "authorization" and isinstance(item, str):
                yield item
            elif key == "headers" and isinstance(item, Mapping):
                yield from (text for text in item.values() if isinstance(text, str))
            else:
                yield from find_secrets(item)


def _may_hold(text: str, secret: str) -> bool:
    """Return whether `secret` may be in `text`; False is certain, and much faster to find out.

    To compile the pattern of a whole key takes longer than to import half of httpcore.
    """
    if not secret or secret in text:
        return bool(secret)
    is_escaped = "\\" in text or "%" in text or "&" in text
    return is_escaped and _compile(secret[:_BEGINNING]).search(text) is not None


@lru_cache(maxsize=64)
def _compile(secret: str) -> re.Pattern[str]:
    """Return what finds `secret`, also where single characters of it are escaped."""
    characters = "".join(
        f"(?:{re.escape(char)}|\\\\{re.escape(char)}|\\\\u00(?i:{ord(char):02x})|%(?i:{ord(char):02x})"
        f"|&#0*{ord(char)};|&#(?i:x0*{ord(char):x});{_name(char)})"
        if ord(char) < _ASCII
        else re.escape(char)
        for char in secret
    )
    return re.compile(f"(?=({characters}))")


def _name(char: str) -> str:
    return f"|&{_NAMES[char]};" if char in _NAMES else ""
