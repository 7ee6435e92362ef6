# SPDX-License-Identifier: MIT
"""The key on its way into the header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_realtime.client.authentication import check_secret, use_api_key, use_bearer
from openai_realtime.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = "the credential 'key'"
MARK = "Vd2mXw9ZbT4n"


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
@pytest.mark.parametrize("use", [use_bearer, use_api_key])
def test_refuses_unusable_secrets(
    world: Any, use: Callable[..., Any], secret: str, problem: str
) -> None:
    """What cannot travel in a header is refused by name and cause, without being shown."""
    error = world.fail(CredentialError, use(SOURCE, lambda: secret).make_header)
    assert str(error).startswith(f"{SOURCE} {problem}")
    assert MARK not in f"{error}{error!r}{error.args}{vars(error)}"
    assert error.__cause__ is error.__context__ is None


def test_makes_headers() -> None:
    """OpenAI and Entra tokens travel as Bearer, Azure's keys in a header of their own."""
    assert use_bearer(SOURCE, lambda: "a-key").make_header() == ("Authorization", "Bearer a-key")
    assert use_api_key(SOURCE, lambda: " a-key ").make_header() == ("api-key", "a-key")


def test_fetches_each_time() -> None:
    """The secret is fetched anew for each header, so that a token may change."""
    tokens = iter(["first", "second"])
    authentication = use_bearer(SOURCE, lambda: next(tokens))
    assert authentication.make_header()[1] == "Bearer first"
    assert authentication.make_header()[1] == "Bearer second"


def test_passes_on_failures_to_fetch(world: Any) -> None:
    """What the source of the secret raises comes through."""

    def fetch() -> str:
        raise CredentialError("gone")

    assert str(world.fail(CredentialError, use_bearer(SOURCE, fetch).make_header)) == "gone"


def test_hides_the_secret() -> None:
    """The representation shows where the secret comes from, not how to get it."""
    shown = repr(use_bearer(SOURCE, MARK.lower))
    assert SOURCE in shown
    assert "fetch" not in shown
    assert MARK not in shown
