# SPDX-License-Identifier: MIT
"""From a credential's name, or a connected credential, to a header."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from openai_realtime.client.configuration import Configuration, Provider
from openai_realtime.errors import CredentialError, SettingsError
from realtime_dev.knime_standin.install import install

install()

from openai_realtime.nodes.credentials import (  # noqa: E402 - the stand-in must be there first
    authenticate,
    check_credential,
    check_secrets,
    find_secrets,
)
from openai_realtime.nodes.ports import ConfigurationSpec  # noqa: E402

PASSWORDS = {"full": "sk-0123456789", "empty": ""}
BASIC = base64.b64encode(b"me:the-password").decode()


class Context:
    """As much of KNIME's context as credentials need."""

    def get_credential_names(self) -> list[str]:
        """Return the names of all credentials; one of them cannot be fetched."""
        return [*PASSWORDS, "gone"]

    def get_credentials(self, name: str) -> SimpleNamespace:
        """Return a credential, as KNIME does: KeyError without one."""
        return SimpleNamespace(username="", password=PASSWORDS[name])


class BrokenToken:
    """A credential port whose node was reset."""

    @property
    def auth_schema(self) -> str:
        """Raise what KNIME raises."""
        raise ValueError("no credential")


CTX: Any = Context()


def make_spec(credential: str = "", *, token: Any = None, azure: bool = False) -> ConfigurationSpec:
    """Return a configuration with that credential."""
    provider = Provider.AZURE if azure else Provider.OPENAI
    configuration = Configuration(provider=provider, base_url="https://example.com/v1")
    return ConfigurationSpec(configuration, credential, token)


def make_token(schema: str, parameters: Any) -> SimpleNamespace:
    """Return a connected credential."""
    return SimpleNamespace(auth_schema=schema, auth_parameters=parameters)


@pytest.mark.parametrize(
    ("spec", "header"),
    [
        (make_spec("full"), ("Authorization", "Bearer sk-0123456789")),
        (make_spec("full", azure=True), ("api-key", "sk-0123456789")),
        (make_spec(token=make_token("Bearer", "t0k")), ("Authorization", "Bearer t0k")),
        (
            make_spec(token=make_token("Bearer", "t0k"), azure=True),
            ("Authorization", "Bearer t0k"),
        ),
        (make_spec(token=make_token("Basic", BASIC)), ("Authorization", "Bearer the-password")),
        (make_spec(token=make_token("Basic", BASIC), azure=True), ("api-key", "the-password")),
    ],
)
def test_headers(spec: ConfigurationSpec, header: tuple[str, str]) -> None:
    """A key or a token goes into the header that its server wants."""
    assert authenticate(CTX, spec).make_header() == header


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (make_spec("empty"), "The credential 'empty' has an empty password."),
        (make_spec("gone"), "There is no credential 'gone' in this workflow."),
        (make_spec(token=BrokenToken()), "The connected credential cannot be read."),
        (make_spec(token=BrokenToken(), azure=True), "The connected credential cannot be read."),
        (make_spec(token=make_token("Bearer", "")), "The connected credential holds no token."),
        (make_spec(token=make_token("Bearer", None)), "The connected credential holds no token."),
        (
            make_spec(token=make_token("basic", "~~~")),
            "The connected credential is no readable user name and password.",
        ),
        (
            make_spec(token=make_token("basic", base64.b64encode(b"\xff\xfe").decode())),
            "The connected credential is no readable user name and password.",
        ),
    ],
)
def test_unusable_credentials(spec: ConfigurationSpec, message: str) -> None:
    """What cannot open the door is said, with what to do, and never shown."""
    with pytest.raises(CredentialError) as caught:
        authenticate(CTX, spec).make_header()
    assert str(caught.value).startswith(message)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", ["", "<none>", "other"])
def test_missing_credentials(name: str) -> None:
    """A credential that is not chosen, or not in the workflow, is found when configured."""
    with pytest.raises(SettingsError, match=r"^Credential: "):
        check_credential(CTX, make_spec(name))


@pytest.mark.parametrize("spec", [make_spec("full"), make_spec(token=BrokenToken())])
def test_available_credentials(spec: ConfigurationSpec) -> None:
    """A credential that is there, or one that is connected, is fine until the node runs."""
    check_credential(CTX, spec)


def test_secrets_of_the_body() -> None:
    """MCP servers' tokens are only looked for when configured, and fetched when the node runs."""
    assert check_secrets(CTX)("full") == "secret of full"
    assert find_secrets(CTX)("full") == "sk-0123456789"
    with pytest.raises(SettingsError, match="no credential 'other'"):
        check_secrets(CTX)("other")
    with pytest.raises(CredentialError, match="'empty' has an empty password"):
        find_secrets(CTX)("empty")
