# SPDX-License-Identifier: MIT
"""Secrets go, everything else stays."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_realtime.redact import mask, redact

LONG = "AbC123xyzAbC123xyz"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"key sk-{LONG}", "key ***"),
        (f"key sk-proj-{LONG}_-a.", "key ***."),
        (f"key sk_test_{LONG}", "key ***"),
        (f"key ek_{LONG}, ek-{LONG}", "key ***, ***"),
        (f"key rk-{LONG}/rk_{LONG}", "key ***/***"),
        (f'{{"value":"ek_{LONG}"}}', '{"value":"***"}'),
        (f"api_key=sk-{LONG}&x=1", "api_key=***&x=1"),
        ("provided: sk-proj-...sQoA. You can", "provided: ***. You can"),
        ("provided: sk-proj-********sQoA.", "provided: ***."),
        ("provided: sk-abc…wxyz!", "provided: ***!"),
        (f"Authorization: Bearer {LONG}", "Authorization: Bearer ***"),
        ("authorization: bearer eyJh.eyJz.c2ln, x", "authorization: bearer ***, x"),
        ("'Bearer a1'", "'Bearer ***'"),
        ("Bearer abcdefghijklmnop", "Bearer ***"),
        ("Proxy-Authorization: Basic dXNlcjpwYXNz", "Proxy-Authorization: Basic ***"),
        ("basic dXNlcjpwYQ==", "basic ***"),
        ("https://me:pass@host/x", "https://***@host/x"),
        ("https://token@host", "https://***@host"),
        ("proxy http://user:p@ss@proxy.local:8080 failed", "proxy http://***@proxy.local:8080"),
        ("socks5://u:p@h:1, http://v:q@i:2", "socks5://***@h:1, http://***@i:2"),
    ],
)
def test_secrets_are_masked(text: str, expected: str) -> None:
    """Keys by their prefix, half-masked ones too, tokens of headers, and users in addresses."""
    assert redact(text).startswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a risk-free task_list on desk-1234, or task-4567-abcd",
        "ek",
        "sk",
        "ek_",
        "sk-ab and rk",
        "seek_and_find whisk-er asterisk_mark",
        "gpt-realtime-2.1 sess_E51ZOec7cu0PSkJyWYvTW req_0123456789abcdef",
        "Missing bearer or basic authentication in header",
        "Give a Bearer token. The bearer is known. Not a Bearer Token",
        "https://api.openai.com/v1/realtime?model=a&to=me@here.org",
        "https://platform.openai.com/account/api-keys, or write to help@openai.com",
        "the scheme:// is needed @ once",
    ],
)
def test_other_texts_stay(text: str) -> None:
    """Words that look a little like secrets are left alone."""
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("my hunter2!", ["hunter2"], "my ***!"),
        ("abcdef abc", ["abc", "abcdef"], "*** ***"),
        ("abcXdef", ["abcX", "Xdef"], "***"),
        ("aXaXa", ["aXa"], "***"),
        ("one two", ["two", "one"], "*** ***"),
        ("a.c abc", ["a.c"], "*** abc"),
        ("text", ["", "none"], "text"),
        ("2 * 3", ["*"], "2 *** 3"),
    ],
)
def test_known_secrets(text: str, secrets: list[str], expected: str) -> None:
    """Known secrets go whatever they look like; of two that overlap nothing remains."""
    assert redact(text, secrets) == expected


@given(st.text(), st.lists(st.text(min_size=4), max_size=3), st.data())
def test_no_known_secret_survives(text: str, secrets: list[str], data: st.DataObject) -> None:
    """Wherever known secrets stand in a text, they are not in what comes out."""
    for secret in secrets:
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + secret + text[place:]
    shown = redact(text, secrets)
    # A secret that consists of what the mask brings with it cannot be told from it.
    assert not any(secret in shown for secret in secrets if "*" not in secret)


KEY = "abcDEF+ghi/JKL0123456789=="
ESCAPED = [
    KEY,
    KEY.replace("/", "\\/"),
    KEY.replace("+", "\\u002B"),
    "".join(f"\\u{ord(char):04x}" for char in KEY),
    quote(KEY, safe=""),
    KEY.replace("+", "&#43;").replace("/", "&#x2F;"),
]


@pytest.mark.parametrize("text", ESCAPED)
def test_known_secrets_are_found_however_they_are_escaped(text: str) -> None:
    """A key that comes back as JSON, in a page or in an address is masked as well."""
    assert mask(f"Bad key {text}, sorry", [KEY]) == "Bad key ***, sorry"
