# SPDX-License-Identifier: MIT
"""The key on its way into the request header, the only place where it exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openai_realtime.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Authentication:
    """How to prove who asks: a header's name, a prefix, and where the secret comes from.

    `fetch` is called for each request, so that a token that expires is fetched anew; it may
    raise CredentialError. `source` names the credential in messages.
    """

    header: str
    prefix: str
    source: str
    fetch: Callable[[], str] = field(repr=False)

    def make_header(self) -> tuple[str, str]:
        """Return name and value of the header. Raises CredentialError for an unusable secret."""
        return self.header, self.prefix + check_secret(self.fetch(), self.source)


def use_bearer(source: str, fetch: Callable[[], str]) -> Authentication:
    """Return the authentication of OpenAI, of compatible servers and of Entra tokens."""
    return Authentication("Authorization", "Bearer ", source, fetch)


def use_api_key(source: str, fetch: Callable[[], str]) -> Authentication:
    """Return the authentication of Azure OpenAI with a key."""
    return Authentication("api-key", "", source, fetch)


def check_secret(secret: str, source: str) -> str:
    """Return `secret` if it can travel in a header, without ever showing it.

    Blanks around it are dropped, for they come from copying. Raises CredentialError.
    """
    secret = secret.strip(" \t")
    if not secret:
        raise CredentialError(f"{source} has an empty password. Enter the API key as its password.")
    if "\n" in secret or "\r" in secret:
        raise CredentialError(
            f"{source} has a line break in its password. Enter the API key again, on one line."
        )
    if any(not "!" <= char <= "~" for char in secret):
        raise CredentialError(
            f"{source} has a blank or a character in its password that no API key has (only "
            "plain ASCII is possible). Enter the API key again."
        )
    return secret
