# SPDX-License-Identifier: MIT
"""Masks secrets in texts before they are shown or stored."""

from __future__ import annotations

import re
from array import array
from binascii import b2a_base64
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

MASK = "***"
SHORTEST_SECRET = 8
"""In characters. A shorter text may be a word such as "none"; masking it would damage answers."""

# Patterns are texts, so that they are compiled when they are first used, not when KNIME lists the
# nodes.

_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

# No word follows: "Bearer" or "Basic" may be part of a sentence.
_NO_WORD = r"(?![A-Za-z]?[a-z]{1,14}\.?(?:[^\w\-.~+/=]|\Z))"

# By what a text with a match contains in lower case: most texts contain none of it.
_PATTERNS = {
    # API keys and client secrets by their prefix, also in the half-masked form that OpenAI's
    # own messages repeat (sk-proj-...abcd)
    ("k-", "k_"): r"\b(?:sk|ek|rk)[-_][A-Za-z0-9_\-.*…]{3,}(?<!\.)",
    ("bearer",): rf"(?<=(?i:bearer) ){_NO_WORD}[^\s\"',;]+",
    ("basic",): rf"(?<=(?i:basic) ){_NO_WORD}[A-Za-z0-9+/=]{{8,}}",
    # user:password@ in an address, also that of a proxy; a password may contain an @
    ("@",): r"(?<=://)[^/\s\"'?#]+(?=@)",
}

# A character as encoders write it, also if it is encoded several times. Each pattern takes linear
# time, even for a malicious text. Python searches fast for a set of characters, but slowly for
# alternatives.
_HEX = "[0-9a-fA-F]"
_SLASHES = r"(?<=\\)(?<!\\\\)\\*+"
_ESCAPE = (
    rf"[%&\\](?:(?<=%)((?:25)*[c-fC-F]{_HEX}(?:%(?:25)*[89abAB]{_HEX}){{1,3}})"
    rf"|(?<=%)(?:25)*([0-7]{_HEX})"
    rf"|{_SLASHES}u({_HEX}{{4}})"
    rf"|{_SLASHES}x({_HEX}{{2}})"
    rf"|(?<=&)(?:amp;)*(?:#[xX]0*({_HEX}{{1,5}})|#0*([0-9]{{1,6}})|(amp|lt|gt|quot|apos));)"
)
_UTF8, _DECIMAL, _NAME = 1, 6, 7  # groups of _ESCAPE that are not hexadecimal
# A text without matches has no escaped ASCII characters, not even with a line end in them.
_MARKS = {
    "%": r"%[0-7=\r\n]",
    "&": r"&[#aglq=\r\n]",
    "\\u": r"\\u(?:00[0-7]|0?0?[=\r\n])",
    "\\x": r"\\x[0-7=\r\n]",
}
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

# Line ends and the indentation after them: of quoted-printable, plain, both, and plain or escaped.
# The last also matches backslashes before punctuation.
_SOFT_END = r"=\r?\n"
_RAW_END = r"(?:\r?\n|\r)[ \t]*"
_ANY_END = r"=?(?:\r?\n|\r)[ \t]*"
_LINE_END = r"(?:\r?\n|\r|(?<!\\)\\++[rn])(?:[ \t]|\\++t)*|(?<!\\)\\++([^\w\s\\]?)"

# Ways to decode a text before the search: patterns to apply in order. Escapes come twice, because
# one kind may be inside another, such as \\u0026quot; in JSON.
_READINGS = (
    (),
    (_LINE_END,),
    (_SOFT_END, _LINE_END),
    (_RAW_END, _ESCAPE, _ESCAPE, _LINE_END),
    (_SOFT_END, _RAW_END, _ESCAPE, _ESCAPE, _LINE_END),
)

# The quick search compares letters and digits only, because other characters depend on the way to
# decode. So do r, n and t, which may be part of an escaped line end.
_IGNORED = bytes(set(range(128)) - set(_ALPHANUMERIC.encode()) | set(b"rnt"))
_STANDARD_BASE64 = str.maketrans("-_", "+/")
_BASE64 = frozenset(_ALPHANUMERIC + "+/")


class _Spelling(NamedTuple):
    """A spelling of a secret; the quick search looks for its `core`.

    In base64 the character `before` or `behind` it may contain bits of the secret too.
    """

    text: str
    core: bytes
    is_base64: bool = False
    before: bool = False
    behind: bool = False


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with each of `secrets`, and whatever looks like a secret, masked.

    For messages only, because this may also hide harmless text.
    """
    text = mask(text, secrets)
    lower = text.lower()
    for marks, pattern in _PATTERNS.items():
        if any(mark in lower for mark in marks):
            text = re.sub(pattern, MASK, text)
    return text


def mask(text: str, secrets: Iterable[str]) -> str:
    r"""Return `text` with each of `secrets` masked, in any encoding.

    Servers repeat what they received in JSON (also with `\/` and `\u002B`), web pages, addresses
    and base64, and with line breaks in it. If two secrets overlap, both are masked completely.
    Secrets shorter than `SHORTEST_SECRET` are not masked.
    """
    spellings = [spelling for secret in secrets for spelling in _spell(secret)]
    if not spellings:
        return text
    reduced = _reduce(text)
    decoded = b""
    if any(mark in text and re.search(near, text) for mark, near in _MARKS.items()):
        decoded = _reduce(_decode_escapes(re.sub(_ANY_END, "", text)))
    # Nearly all texts contain no secret, and decoding them completely would take a hundred times
    # longer than this search.
    likely = [each for each in spellings if each.core in reduced or each.core in decoded]
    if not likely:
        return text
    pieces: list[str] = []
    end = 0
    for start, stop in sorted(span for each in _READINGS for span in _find(text, each, likely)):
        if start >= end:
            pieces += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


@lru_cache(maxsize=64)
def _spell(secret: str) -> tuple[_Spelling, ...]:
    if len(secret) < SHORTEST_SECRET:
        return ()
    texts = [secret]
    if any(mark in secret for mark in "%&\\\r\n"):
        # Escapes and line ends in the secret itself are decoded together with the text.
        texts.append(_decode_escapes(secret))
        texts += [re.sub(_LINE_END, _decode_match, each) for each in texts]
    if " " in secret:
        texts.append(secret.replace(" ", "+"))
    spellings = [
        # The quick search decodes ASCII only.
        _Spelling(text, _reduce(text) if secret.isascii() else b"")
        for text in dict.fromkeys(texts)
        if len(text) >= SHORTEST_SECRET
    ]
    raw = secret.encode("utf-8", "surrogatepass")
    for offset in range(3):
        missing = -(offset + len(raw)) % 3
        low, high = (
            b2a_base64(fill * offset + raw + fill * missing, newline=False).decode()
            for fill in (b"\0", b"\xff")
        )
        # The other characters depend on the bytes before and after the secret.
        text = "".join(a for a, b in zip(low, high, strict=True) if a == b)
        spellings.append(
            _Spelling(text, _reduce(text), is_base64=True, before=offset > 0, behind=missing > 0)
        )
    return tuple(spellings)


def _reduce(text: str) -> bytes:
    return text.encode("ascii", "ignore").translate(None, _IGNORED)


def _decode_escapes(text: str) -> str:
    return re.sub(_ESCAPE, _decode_match, re.sub(_ESCAPE, _decode_match, text))


def _find(
    text: str, reading: tuple[str, ...], spellings: list[_Spelling]
) -> Iterator[tuple[int, int]]:
    """Yield the start and end in `text` of each of `spellings`, after decoding by `reading`."""
    plain = text
    # The start and end in `text` of each character of `plain`.
    starts, ends = array("I", range(len(text))), array("I", range(1, len(text) + 1))
    for pattern in reading:
        plain, starts, ends = _decode(pattern, plain, starts, ends)
    for spelling in spellings:
        searched = plain.translate(_STANDARD_BASE64) if spelling.is_base64 else plain
        place = searched.find(spelling.text)
        while place >= 0:
            first, stop = place, place + len(spelling.text)
            if spelling.before and first > 0 and searched[first - 1] in _BASE64:
                first -= 1
            if spelling.behind:
                stop += searched[stop : stop + 1] in _BASE64
                stop += len(searched[stop : stop + 2]) - len(searched[stop : stop + 2].lstrip("="))
            yield starts[first], ends[stop - 1]
            place = searched.find(spelling.text, place + 1)


def _decode(
    pattern: str, text: str, starts: array[int], ends: array[int]
) -> tuple[str, array[int], array[int]]:
    """Return `text` decoded by `pattern`, and the start and end of each character."""
    pieces: list[str] = []
    new_starts, new_ends = array("I"), array("I")
    done = 0
    for match in re.finditer(pattern, text):
        start, stop = match.span()
        char = _decode_match(match)
        pieces += [text[done:start], char]
        new_starts += starts[done:start] + array("I", [starts[start]] * len(char))
        new_ends += ends[done:start] + array("I", [ends[stop - 1]] * len(char))
        done = stop
    pieces.append(text[done:])
    return "".join(pieces), new_starts + starts[done:], new_ends + ends[done:]


def _decode_match(match: re.Match[str]) -> str:
    """Return the character for a match of one of the patterns; empty for a line end."""
    index = match.lastindex
    if index is None:
        return ""
    found: str = match[index]
    if match.re.pattern == _LINE_END:
        return found or "\\"
    if index == _UTF8:
        raw = bytes.fromhex(re.sub("%?(?:25)*", "", found))
        return raw.decode("utf-8", "replace")
    if index == _NAME:
        return _ENTITIES[found]
    return chr(int(found, 10 if index == _DECIMAL else 16))
