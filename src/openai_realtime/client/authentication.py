# SPDX-License-Identifier: MIT
"""The headers with secrets in them: the API key, and what a gateway wants besides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from openai_realtime.errors import CredentialError
from openai_realtime.fields import PLACEHOLDER


class SecretHeader(NamedTuple):
    """A header whose value is `template`, with a secret in the place of PLACEHOLDER.

    `fetch` returns it or raises CredentialError; `source` names the credential in messages.
    """

    name: str
    template: str
    source: str
    fetch: Callable[[], str]


class SecretHeaders(NamedTuple):
    """Headers by name, and the secrets in them, for masking; equal if no secret has changed."""

    values: Mapping[str, str]
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return "SecretHeaders(...)"


def fetch_headers(headers: Iterable[SecretHeader]) -> SecretHeaders:
    """Fetch all secrets, anew each time; raises CredentialError for one that is unusable."""
    values = {}
    secrets = []
    for header in headers:
        secrets.append(check_secret(header.fetch(), header.source))
        values[header.name] = header.template.replace(PLACEHOLDER, secrets[-1])
    return SecretHeaders(values, tuple(secrets))


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
