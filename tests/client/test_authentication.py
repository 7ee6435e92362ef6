# SPDX-License-Identifier: MIT
"""Secrets on their way into headers."""

import pytest

from client.conftest import PASSWORD, catch
from openai_realtime.client.authentication import SecretHeader, fetch_headers
from openai_realtime.errors import CredentialError

SOURCE = "the credential 'key'"
GATEWAY = "the credential 'gateway'"
TOKEN = "!the-gateway-s-token~"
KEY = SecretHeader("Authorization", "Bearer {password}", SOURCE, lambda: " a-key ")


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("", "has an empty password"),
        (" \t ", "has an empty password"),
        (f"{PASSWORD}\n", "has a line break"),
        (f"\r{PASSWORD} x", "has a line break"),
        *[
            (f"{PASSWORD}{wrong}x", "has a blank or a character")
            for wrong in (" ", "\t", "\xa0", "\xe9", "\U0001f511", "\ud800", "\x00", "\x7f")
        ],
    ],
)
def test_refuses_unusable_secrets(secret: str, problem: str) -> None:
    """What cannot be sent in a header is refused by name and cause, without being shown."""
    header = SecretHeader("X-Token", "Bearer {password}", GATEWAY, lambda: secret)
    error = catch(CredentialError, fetch_headers, [KEY, header])
    assert str(error).startswith(f"The credential 'gateway' {problem}")


@pytest.mark.parametrize(
    ("template", "token", "value"),
    [
        ("Bearer {password}", f" {TOKEN}\t", f"Bearer {TOKEN}"),
        ("a={password}; b={password}", TOKEN, f"a={TOKEN}; b={TOKEN}"),
        ("{} {0} {user} {password}", TOKEN, f"{{}} {{0}} {{user}} {TOKEN}"),
        ("Bearer {password}", "x{password}y", "Bearer x{password}y"),
    ],
)
def test_puts_passwords_into_additional_headers(template: str, token: str, value: str) -> None:
    """The password takes the placeholder's place; to be masked is the password alone."""
    headers = fetch_headers([KEY, SecretHeader("X-Token", template, GATEWAY, lambda: token)])
    assert headers.values == {"Authorization": "Bearer a-key", "X-Token": value}
    assert headers.secrets == ("a-key", token.strip())


def test_hides_the_secrets() -> None:
    """The representations show where the secrets come from, not the secrets or how to get them."""
    wanted = [SecretHeader("X-Token", "{password}", GATEWAY, lambda: PASSWORD)]
    headers = fetch_headers(wanted)
    assert headers.secrets == (PASSWORD,)
    shown = f"{wanted!r}{headers!r}{headers}"
    assert GATEWAY in shown
    assert PASSWORD.lower() not in shown.lower()
