# SPDX-License-Identifier: MIT
"""Secrets on their way into headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from client.refusals import MARK, catch
from openai_realtime.client.authentication import Authentication, SecretHeader, check_secret
from openai_realtime.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = "the credential 'key'"
GATEWAY = "the credential 'gateway'"
TOKEN = "the-gateway-s-token"


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ("sk-abc", "sk-abc"),
        ("  sk-abc \t", "sk-abc"),
        ("\tsk-abc", "sk-abc"),
        ("!~", "!~"),
        ("x", "x"),
    ],
)
def test_takes_usable_secrets(secret: str, expected: str) -> None:
    """Printable ASCII passes; blanks around it are dropped."""
    assert check_secret(secret, SOURCE) == expected


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("", "has an empty password"),
        ("   ", "has an empty password"),
        (" \t ", "has an empty password"),
        (f"{MARK}\n", "has a line break"),
        (f"\r\n{MARK}", "has a line break"),
        (f"{MARK}\n{MARK}", "has a line break"),
        (f"{MARK}\rx", "has a line break"),
        (f"{MARK} x", "has a blank or a character"),
        (f"{MARK}\tx", "has a blank or a character"),
        (f"{MARK}\xa0", "has a blank or a character"),
        (f"{MARK}\xe9", "has a blank or a character"),
        (f"{MARK}\u2026", "has a blank or a character"),
        (f"{MARK}\U0001f511", "has a blank or a character"),
        (f"{MARK}\ud800", "has a blank or a character"),
        (f"{MARK}\ufeff", "has a blank or a character"),
        (f"{MARK}\x00", "has a blank or a character"),
        (f"{MARK}\x1b[0m", "has a blank or a character"),
        (f"{MARK}\x7f", "has a blank or a character"),
        (f"{MARK}\x0b", "has a blank or a character"),
        (f"{MARK}\u2028", "has a blank or a character"),
    ],
)
@pytest.mark.parametrize("is_bearer", [True, False])
def test_refuses_unusable_secrets(secret: str, problem: str, *, is_bearer: bool) -> None:
    """What cannot be sent in a header is refused by name and cause, without being shown."""
    key = Authentication(SOURCE, lambda: secret, is_bearer=is_bearer)
    error = catch(CredentialError, key.fetch_headers)
    assert str(error).startswith(f"The credential 'key' {problem}")
    additional = (SecretHeader("X-Token", "Bearer {password}", GATEWAY, lambda: secret),)
    gateway = Authentication(SOURCE, lambda: "a-key", additional, is_bearer=is_bearer)
    error = catch(CredentialError, gateway.fetch_headers)
    assert str(error).startswith(f"The credential 'gateway' {problem}")


def test_puts_the_key_into_its_header() -> None:
    """The key of OpenAI and a token of Entra are sent as Bearer, Azure's key in its own header."""
    headers = Authentication(SOURCE, lambda: "a-key").fetch_headers()
    assert headers.values == {"Authorization": "Bearer a-key"}
    assert headers.secrets == ("a-key",)
    headers = Authentication(SOURCE, lambda: " a-key ", is_bearer=False).fetch_headers()
    assert headers.values == {"api-key": "a-key"}
    assert headers.secrets == ("a-key",)


@pytest.mark.parametrize(
    ("template", "token", "value"),
    [
        ("{password}", TOKEN, TOKEN),
        ("Bearer {password}", f" {TOKEN}\t", f"Bearer {TOKEN}"),
        ("a={password}; b={password}", TOKEN, f"a={TOKEN}; b={TOKEN}"),
        ("{} {0} {user} {password}", TOKEN, f"{{}} {{0}} {{user}} {TOKEN}"),
        ("Bearer {password}", "x{password}y", "Bearer x{password}y"),
    ],
)
def test_puts_passwords_into_additional_headers(template: str, token: str, value: str) -> None:
    """The password takes the placeholder's place; to be masked is the password alone."""
    additional = (SecretHeader("X-Token", template, GATEWAY, lambda: token),)
    headers = Authentication(SOURCE, lambda: "a-key", additional).fetch_headers()
    assert headers.values == {"Authorization": "Bearer a-key", "X-Token": value}
    assert headers.secrets == ("a-key", token.strip())


@pytest.mark.parametrize("changes", ["key", "gateway", ""])
def test_equality_tells_whether_a_secret_has_changed(changes: str) -> None:
    """The secrets are fetched each time; the headers are equal as long as all are the same."""

    def make_fetch(name: str) -> Callable[[], str]:
        tokens = iter(["first", "second" if name == changes else "first"])
        return lambda: next(tokens)

    additional = (SecretHeader("X-Token", "{password}", GATEWAY, make_fetch("gateway")),)
    authentication = Authentication(SOURCE, make_fetch("key"), additional)
    first, second = authentication.fetch_headers(), authentication.fetch_headers()
    assert (first == second) is (changes == "")


def test_passes_on_failures_to_fetch() -> None:
    """What the source of the secret raises comes through."""

    def fetch() -> str:
        raise CredentialError("gone")

    assert str(catch(CredentialError, Authentication(SOURCE, fetch).fetch_headers)) == "gone"


def test_hides_the_secrets() -> None:
    """The representations show where the secrets come from, not the secrets or how to get them."""
    additional = (SecretHeader("X-Token", "{password}", GATEWAY, lambda: MARK),)
    authentication = Authentication(SOURCE, MARK.lower, additional)
    shown = repr(authentication)
    assert SOURCE in shown
    assert GATEWAY in shown
    assert "fetch" not in shown
    headers = authentication.fetch_headers()
    assert headers.secrets == (MARK.lower(), MARK)
    assert MARK not in f"{shown}{headers!r}{headers}"
    assert MARK.lower() not in f"{shown}{headers!r}{headers}"
