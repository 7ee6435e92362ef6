# SPDX-License-Identifier: MIT
"""Secrets go, everything else stays."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_realtime.redact import MASK, mask, redact

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
        ("my hunter2hunter2!", ["hunter2hunter2"], "my ***!"),
        ("abcdefghijk abcdefgh", ["abcdefgh", "abcdefghijk"], "*** ***"),
        ("abcdefghXijklmnop", ["abcdefghX", "Xijklmnop"], "***"),
        ("abcdXabcdXabcd", ["abcdXabcd"], "***"),
        ("first-secret second-secret", ["second-secret", "first-secret"], "*** ***"),
        ("abcdefgh.c abcdefghxc", ["abcdefgh.c"], "*** abcdefghxc"),
        ("seven77 none", ["seven77", "", "none"], "seven77 none"),
        ("none of these 8 letters", ["letters", "8 letters"], "none of these ***"),
        ("\ud800 broken\ud800text \ud800", ["broken\ud800text"], "\ud800 *** \ud800"),
        ("a pass phrase, a pass+phrase", ["pass phrase"], "a ***, a ***"),
    ],
)
def test_known_secrets(text: str, secrets: list[str], expected: str) -> None:
    """Known secrets go if they are long enough; of two that overlap nothing remains."""
    assert mask(text, secrets) == expected
    assert redact(text, secrets) == expected


@given(st.text(), st.lists(st.text(min_size=8), max_size=3), st.data())
def test_no_known_secret_survives(text: str, secrets: list[str], data: st.DataObject) -> None:
    """Known secrets are removed wherever they stand in a text."""
    for secret in secrets:
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + secret + text[place:]
    shown = redact(text, secrets)
    # A secret that consists of what the mask brings with it cannot be told from it.
    assert not any(secret in shown for secret in secrets if "*" not in secret)


def break_lines(text: str, line_end: str) -> str:
    """Return `text` in lines of five characters."""
    return line_end.join(text[place : place + 5] for place in range(0, len(text), 5))


def quote_twice(text: str) -> str:
    """Return `text` as an address within an address."""
    return quote(quote(text, safe=""), safe="")


def nest(text: str, levels: int) -> str:
    """Return `text` as JSON within JSON, without the outer quotes."""
    for _ in range(levels):
        text = json.dumps(text)[1:-1]
    return text


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": lambda text: nest(text, 1),
    "JSON, slashes": lambda text: nest(text, 1).replace("/", "\\/"),
    "JSON, codes": lambda text: "".join(f"\\u{ord(char):04X}" for char in text),
    "JSON in JSON": lambda text: nest(text, 2),
    "JSON five times": lambda text: nest(nest(text, 1).replace("/", "\\/"), 4),
    "JSON, codes, in JSON": lambda text: nest(text.replace("+", "\\u002b"), 3),
    "repr": lambda text: repr(text)[1:-1],
    "\\x codes": lambda text: "".join(f"\\x{ord(char):02x}" for char in text),
    "HTML": html.escape,
    "XML": lambda text: html.escape(text).replace("&#x27;", "&apos;"),
    "HTML twice": lambda text: html.escape(html.escape(text)),
    "HTML in JSON": lambda text: html.escape(text).replace("&", "\\u0026"),
    "HTML, codes": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "HTML, codes in JSON": lambda text: "".join(f"\\u0026#{ord(char):04};" for char in text),
    "HTML, hex codes twice": lambda text: "".join(f"&amp;#X{ord(char):04X};" for char in text),
    "address": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "address twice": quote_twice,
    "address three times": lambda text: quote_twice(quote(text, safe="")),
    "address, all": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "lines": lambda text: break_lines(text, "\n"),
    "lines, indented": lambda text: break_lines(text, "\r\n \t  "),
    "lines in JSON": lambda text: nest(break_lines(text, "\r\n\t"), 1),
    "lines in JSON in JSON": lambda text: nest(break_lines(text, "\n  "), 2),
    "lines in an address": lambda text: quote(break_lines(text, "\r\n "), safe=""),
    "lines of addresses": lambda text: break_lines(quote(text, safe="").replace("%", "%25"), "\n"),
    "lines, quoted-printable": lambda text: break_lines(text, "=\r\n"),
    "HTML, quoted-printable": lambda text: break_lines(html.escape(text), "=\n"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in an address": lambda text: quote_twice(base64.b64encode(text.encode()).decode()),
    "base64 in JSON": lambda text: base64.b64encode(text.encode()).decode().replace("/", "\\/"),
    "base64 in lines": lambda text: break_lines(base64.b64encode(text.encode()).decode(), "\r\n"),
}
BASE64 = [name for name in ENCODINGS if name.startswith("base64")]
KEY = "abcDEF+ghi/JKL0123456789=="
PASSWORD = "<Hq8'sL\\w2zPm\"@/#?%:&+"
printable = st.text(
    # Without what makes a secret look like an escape itself, which is ambiguous at times.
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\\%&"),
    min_size=8,
    max_size=60,
)


@pytest.mark.parametrize("secret", [KEY, PASSWORD, "n" * 9, "%41bc%42de&lt;f", "0" * 8])
@pytest.mark.parametrize("name", ENCODINGS)
def test_known_secrets_are_found_however_they_are_encoded(name: str, secret: str) -> None:
    """A key that comes back as JSON, in a page, an address, base64 or in lines is masked."""
    text = ENCODINGS[name](secret)
    assert mask(f"Bad key {text}, sorry", [secret]) == "Bad key ***, sorry"


@given(printable)
def test_any_secret_is_found_however_it_is_encoded(secret: str) -> None:
    """The same, for any secret that can travel in a header."""
    for name in set(ENCODINGS) - set(BASE64):
        text = ENCODINGS[name](secret)
        assert mask(f'"got": "{text}"\n', [secret]) == '"got": "***"\n', name


@pytest.mark.parametrize("secret", ["Pässwörter", "пароль-пароль", "1234567é", "日本語日本語日本"])
@pytest.mark.parametrize(
    "name", ["plain", "JSON", "JSON, codes", "address", "address twice", "HTML, codes"]
)
def test_other_alphabets(name: str, secret: str) -> None:
    """Passwords that are not ASCII are found as well."""
    assert mask(f"<{ENCODINGS[name](secret)}>", [secret]) == "<***>"


@given(st.binary(max_size=7), printable, st.binary(max_size=7), st.sampled_from(["+/", "-_"]))
def test_nothing_of_a_secret_is_left_in_base64(
    before: bytes, secret: str, behind: bytes, alphabet: str
) -> None:
    """Of a base64 text, no character that depends on the secret is shown."""
    text = base64.b64encode(before + secret.encode() + behind, alphabet.encode()).decode()
    shown = mask(f"Basic {text}", [secret])
    start, mark, end = shown.partition(MASK)
    assert mark
    assert len(start.removeprefix("Basic ")) <= len(before) * 8 // 6
    assert len(text) - len(end) >= -(-len(before + secret.encode()) * 8 // 6)


# Texts that are much like encoded secrets; none has a Q in it, nor stands for one.
FRAGMENTS = [
    *("\\", "\\\\", "\\n", "\\r\\n", "\\t", "\\u", "\\u00", "\\u002b", "\\u0026", "\\x2b", '\\"'),
    *("%", "%25", "%2", "%2B", "%252b", "%0A", "%C3%A9", "&", "&amp;", "&#", "&#43;", "&#x2B;"),
    *("\n", "\r\n   ", "\t", " ", "=\r\n", "=", "==", "+", "/", "-", "_", "é", "日", "\ud800"),
    *("sk-", "abc", "DEF", "0123", "n", "r", "t", "YWJj", "x", "amp;", "25", "***", ";", "\\/"),
]
innocent = st.lists(st.sampled_from(FRAGMENTS)).map("".join)


@given(innocent, innocent, innocent, innocent)
def test_innocent_texts_stay(text: str, more: str, before: str, behind: str) -> None:
    """A text that holds no secret comes through as it is."""
    secret = f"{before}Q{behind}".ljust(8, "Q")
    assert mask(text + more, [secret]) == text + more


@given(printable, st.integers(1, 6), st.sampled_from(sorted(ENCODINGS)))
def test_other_secrets_stay(secret: str, place: int, name: str) -> None:
    """A text that differs by one character from a secret is not masked, however it is encoded."""
    secret = f"{secret[:place]}Q{secret[place:]}"
    text = ENCODINGS[name](f"{secret[:place]}Z{secret[place + 1 :]}")
    assert mask(text, [secret]) == text
