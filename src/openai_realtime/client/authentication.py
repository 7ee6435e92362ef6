# SPDX-License-Identifier: MIT
"""The headers with secrets in them: the API key, and what a gateway wants besides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openai_realtime.client.configuration import PLACEHOLDER
from openai_realtime.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class SecretHeader:
    """How to make one header: its value is `template`, with a secret in the place of PLACEHOLDER.

    `fetch` returns the secret and may raise CredentialError. `source` names the credential in
    messages.
    """

    name: str
    template: str
    source: str
    fetch: Callable[[], str] = field(repr=False)


@dataclass(frozen=True)
class SecretHeaders:
    """Headers ready to be sent, by name, and the secrets in them, to be masked everywhere.

    Two of them are equal exactly if no secret has changed.
    """

    values: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Authentication:
    """How to prove who asks: the header with the API key, and those of a gateway."""

    key: SecretHeader
    additional: tuple[SecretHeader, ...] = ()

    @property
    def source(self) -> str:
        """What the API key comes from, for messages."""
        return self.key.source

    def fetch_headers(self) -> SecretHeaders:
        """Fetch all secrets, anew each time; raises CredentialError for one that is unusable."""
        values, secrets = {}, []
        for header in (self.key, *self.additional):
            secrets.append(check_secret(header.fetch(), header.source))
            values[header.name] = header.template.replace(PLACEHOLDER, secrets[-1])
        return SecretHeaders(values, tuple(secrets))


def use_bearer(
    source: str, fetch: Callable[[], str], additional: tuple[SecretHeader, ...] = ()
) -> Authentication:
    """Return the authentication of OpenAI, of compatible servers and of Entra tokens."""
    key = SecretHeader("Authorization", f"Bearer {PLACEHOLDER}", source, fetch)
    return Authentication(key, additional)


def use_api_key(
    source: str, fetch: Callable[[], str], additional: tuple[SecretHeader, ...] = ()
) -> Authentication:
    """Return the authentication of Azure OpenAI with a key."""
    return Authentication(SecretHeader("api-key", PLACEHOLDER, source, fetch), additional)


def check_secret(secret: str, source: str) -> str:
    """Return `secret` if it can be sent in a header. Raises CredentialError, which never shows it.

    Blanks around it are removed: they come from copying.
    """
    secret = secret.strip(" \t")
    if not secret:
        problem = "an empty password. Enter the key or token as its password."
    elif "\n" in secret or "\r" in secret:
        problem = "a line break in its password. Enter the key or token again, on one line."
    elif " " in secret or not (secret.isascii() and secret.isprintable()):
        problem = (
            "a blank or a character in its password that no key or token has (only plain ASCII is "
            "possible). Enter the key or token again, and nothing else."
        )
    else:
        return secret
    raise CredentialError(f"{source[:1].upper()}{source[1:]} has {problem}")
