# SPDX-License-Identifier: MIT
"""KNIME's credentials, by name or from a credential port -> authentication and secrets."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable
from contextlib import suppress

import knime.extension as knext

from openai_realtime.client.authentication import SecretHeader, check_secret
from openai_realtime.client.configuration import Provider
from openai_realtime.errors import CredentialError, SettingsError
from openai_realtime.fields import NO_CREDENTIAL, PLACEHOLDER, FindSecret, hide_secrets
from openai_realtime.nodes.ports import ConfigurationSpec

_LABEL = "Credential"
_BASIC = "basic"
_WHERE = (
    "Create one with the node 'Credentials Configuration' or in the workflow's credentials (its "
    "password is the key or token)"
)


def check_credential(ctx: knext.ConfigurationContext, spec: ConfigurationSpec) -> None:
    """Raise SettingsError if the workflow does not have a credential that `spec` names."""
    if spec.token is None:
        if spec.credential in ("", NO_CREDENTIAL):
            raise SettingsError(_LABEL, f"none is chosen. {_WHERE}, then choose it in the dialog.")
        _require(ctx, spec.credential, ", or choose another one in 'OpenAI Realtime Configuration'")
    known = ctx.get_credential_names()
    for name, header in spec.configuration.credential_headers.items():
        if header["credential"] not in known:
            problem = f"'{name}' needs the credential '{header['credential']}', which is missing"
            raise SettingsError("Additional headers", f"{problem} in this workflow. {_WHERE}.")


def check_secrets(ctx: knext.ConfigurationContext) -> FindSecret:
    """Return a FindSecret that only checks that the credential exists; for `configure`."""

    def check(name: str) -> str:
        _require(ctx, name)
        return hide_secrets(name)

    return check


def _require(ctx: knext.ConfigurationContext, name: str, alternative: str = "") -> None:
    if name not in ctx.get_credential_names():
        problem = f"there is no credential '{name}' in this workflow"
        raise SettingsError(_LABEL, f"{problem}. {_WHERE}{alternative}.")


def authenticate(ctx: knext.ConfigurationContext, spec: ConfigurationSpec) -> list[SecretHeader]:
    """Return the headers with secrets, that of the API key first. Raises CredentialError.

    The token of a credential port is sent as Bearer, also to Azure (Entra), and is fetched again
    whenever headers are built. A key is sent to Azure in the header `api-key`.
    """
    additional = [
        SecretHeader(name, header["template"], *_prepare_password(ctx, header["credential"]))
        for name, header in spec.configuration.credential_headers.items()
    ]
    token = spec.token
    is_azure = spec.configuration.provider is Provider.AZURE
    if token is None:
        source, fetch = _prepare_password(ctx, spec.credential)
        is_bearer = not is_azure
    else:
        source, fetch = "the credential port", lambda: _fetch_token(token)
        # KNIME Hub stores a key as a user name and a password.
        is_bearer = not (is_azure and _read_schema(token) == _BASIC)
    bearer, api_key = ("Authorization", f"Bearer {PLACEHOLDER}"), ("api-key", PLACEHOLDER)
    name, template = bearer if is_bearer else api_key
    return [SecretHeader(name, template, source, fetch), *additional]


def find_secrets(ctx: knext.ConfigurationContext) -> FindSecret:
    """Return a FindSecret that returns the credential's password; for `execute`."""
    return lambda name: check_secret(_read_password(ctx, name), f"The credential '{name}'")


def _prepare_password(ctx: knext.ConfigurationContext, name: str) -> tuple[str, Callable[[], str]]:
    """Return the credential's name in messages, and a function that returns its password.

    The password is read now: unlike a token, it does not change while a node runs.
    """
    password = _read_password(ctx, name)
    return f"the credential '{name}'", lambda: password


def _read_password(ctx: knext.ConfigurationContext, name: str) -> str:
    credential = None
    with suppress(KeyError):
        credential = ctx.get_credentials(name)
    if credential is None:
        raise CredentialError(f"There is no credential '{name}' in this workflow. {_WHERE}.")
    password = credential.password
    if not password:
        raise CredentialError(
            f"The credential '{name}' has an empty password. Enter the key or token as its "
            "password, in the node or workflow that creates the credential. KNIME forgets "
            "passwords when a workflow is closed, unless they are saved with it."
        )
    return password


def _fetch_token(token: knext.CredentialPortObjectSpec) -> str:
    schema, parameters = _read_schema(token), None
    with suppress(ValueError):
        parameters = token.auth_parameters
    if not isinstance(parameters, str) or not parameters:
        raise CredentialError(
            "The connected credential has no token. Execute the node that provides it again."
        )
    if schema != _BASIC:
        return parameters
    with suppress(ValueError):
        return a2b_base64(parameters, strict_mode=True).decode().partition(":")[2]
    raise CredentialError(
        "The connected credential is not a readable user name and password. Connect another one."
    )


def _read_schema(token: knext.CredentialPortObjectSpec) -> str:
    with suppress(ValueError):
        return str(token.auth_schema).lower()
    raise CredentialError(
        "The connected credential cannot be read. Execute the node that provides it again."
    )
