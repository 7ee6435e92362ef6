# SPDX-License-Identifier: MIT
"""From names of credentials, or a connected credential, to headers."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from openai_realtime.client.authentication import fetch_headers
from openai_realtime.client.configuration import Configuration, CredentialHeader, Provider
from openai_realtime.errors import CredentialError, SettingsError
from openai_realtime.nodes.credentials import (
    authenticate,
    check_credential,
    check_secrets,
    find_secrets,
)
from openai_realtime.nodes.ports import ConfigurationSpec

KEY = "sk-0123456789"
PASSWORDS = {"full": KEY, "gateway": "the-token", "long": "a\nb", "empty": ""}


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


def make_spec(
    credential: str = "", *, token: Any = None, azure: bool = False, gateway: str = ""
) -> ConfigurationSpec:
    """Return a configuration with that credential, and one for a header of a gateway, if any."""
    header = CredentialHeader(credential=gateway, template="Bearer {password}")
    configuration = Configuration(
        provider=Provider.AZURE if azure else Provider.OPENAI,
        base_url="https://example.com/v1",
        credential_headers={"X-Token": header} if gateway else {},
    )
    return ConfigurationSpec(configuration, credential, token)


def encode(text: bytes) -> str:
    """Return a user name and password as a credential port gives them."""
    return base64.b64encode(text).decode()


def make_token(schema: str, parameters: Any) -> SimpleNamespace:
    """Return a connected credential."""
    return SimpleNamespace(auth_schema=schema, auth_parameters=parameters)


BEARER, BASIC = make_token("Bearer", "t0k"), make_token("Basic", encode(b"me:the-password"))
GATEWAY = {"X-Token": "Bearer the-token"}


@pytest.mark.parametrize(
    ("spec", "secrets", "headers"),
    [
        (make_spec("full"), (KEY,), {"Authorization": f"Bearer {KEY}"}),
        (make_spec("full", azure=True), (KEY,), {"api-key": KEY}),
        (make_spec(token=BEARER), ("t0k",), {"Authorization": "Bearer t0k"}),
        (make_spec(token=BEARER, azure=True), ("t0k",), {"Authorization": "Bearer t0k"}),
        (make_spec(token=BASIC), ("the-password",), {"Authorization": "Bearer the-password"}),
        (make_spec(token=BASIC, azure=True), ("the-password",), {"api-key": "the-password"}),
        (
            make_spec("full", gateway="gateway"),
            (KEY, "the-token"),
            {"Authorization": f"Bearer {KEY}", **GATEWAY},
        ),
        (
            make_spec(token=BEARER, gateway="gateway"),
            ("t0k", "the-token"),
            {"Authorization": "Bearer t0k", **GATEWAY},
        ),
    ],
)
def test_headers(
    spec: ConfigurationSpec, secrets: tuple[str, ...], headers: dict[str, str]
) -> None:
    """Keys and tokens go into the headers that their servers want, and all are to be masked."""
    found = fetch_headers(authenticate(CTX, spec))
    assert (found.values, found.secrets) == (headers, secrets)


def test_tokens_are_fetched_anew() -> None:
    """A token that expires is the one of its time, each time that the headers are fetched."""
    token = make_token("Bearer", "first")
    wanted = authenticate(CTX, make_spec(token=token, gateway="gateway"))
    first = fetch_headers(wanted)
    assert fetch_headers(wanted) == first
    token.auth_parameters = "second"
    second = fetch_headers(wanted)
    assert second != first
    assert second.secrets == ("second", "the-token")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (make_spec("empty"), "The credential 'empty' has an empty password."),
        (make_spec("gone"), "There is no credential 'gone' in this workflow."),
        (make_spec("long"), "The credential 'long' has a line break in its password."),
        (make_spec("full", gateway="empty"), "The credential 'empty' has an empty password."),
        (make_spec("full", gateway="gone"), "There is no credential 'gone' in this workflow."),
        (make_spec("full", gateway="long"), "The credential 'long' has a line break in its pass"),
        (make_spec(token=BrokenToken()), "The connected credential cannot be read."),
        (make_spec(token=BrokenToken(), azure=True), "The connected credential cannot be read."),
        (make_spec(token=make_token("Bearer", "")), "The connected credential has no token."),
        (make_spec(token=make_token("Bearer", None)), "The connected credential has no token."),
        (
            make_spec(token=make_token("basic", "~~~")),
            "The connected credential is not a readable user name and password.",
        ),
        (
            make_spec(token=make_token("basic", encode(b"\xff\xfe"))),
            "The connected credential is not a readable user name and password.",
        ),
    ],
)
def test_unusable_credentials(spec: ConfigurationSpec, message: str) -> None:
    """What cannot open the door is said, with what to do, and never shown."""
    with pytest.raises(CredentialError) as caught:
        fetch_headers(authenticate(CTX, spec))
    assert str(caught.value).startswith(message)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (make_spec(""), "Credential: none is chosen."),
        (make_spec("<none>"), "Credential: none is chosen."),
        (make_spec("other"), "Credential: there is no credential 'other' in this workflow."),
        (make_spec("full", gateway="other"), "Additional headers: 'X-Token' needs the credential"),
        (make_spec(token=BrokenToken(), gateway="other"), "Additional headers: 'X-Token' needs"),
    ],
)
def test_missing_credentials(spec: ConfigurationSpec, message: str) -> None:
    """When configured, a credential that is not chosen, or not in the workflow, is named."""
    with pytest.raises(SettingsError) as caught:
        check_credential(CTX, spec)
    assert str(caught.value).startswith(message)


def test_credentials_are_read_late() -> None:
    """A credential that is there, or one that is connected, is fine until the node runs."""
    check_credential(CTX, make_spec("gone", gateway="empty"))
    check_credential(CTX, make_spec(token=BrokenToken()))


def test_secrets_of_the_body() -> None:
    """MCP servers' tokens are only looked for when configured, and fetched when the node runs."""
    assert check_secrets(CTX)("full") == "secret of full"
    assert find_secrets(CTX)("full") == "sk-0123456789"
    with pytest.raises(SettingsError, match="no credential 'other'"):
        check_secrets(CTX)("other")
    with pytest.raises(CredentialError, match="'empty' has an empty password"):
        find_secrets(CTX)("empty")
