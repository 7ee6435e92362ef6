# SPDX-License-Identifier: MIT
"""From the credential's name, or a credential port, to what goes into the request header."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from openai_realtime.client.authentication import (
    Authentication,
    check_secret,
    use_api_key,
    use_bearer,
)
from openai_realtime.client.configuration import Provider
from openai_realtime.errors import CredentialError, SettingsError
from openai_realtime.fields import NO_CREDENTIAL
from openai_realtime.request import FindSecret, hide_secrets

if TYPE_CHECKING:
    import knime.extension as knext

    from openai_realtime.nodes.ports import ConfigurationSpec

LABEL = "Credential"
_BASIC = "basic"
_WHERE = (
    "Make one with the node 'Credentials Configuration' or in the workflow's credentials: the API "
    "key is its password"
)


def check_credential(ctx: knext.ConfigurationContext, spec: ConfigurationSpec) -> None:
    """Raise SettingsError if the credential that `spec` names is not to be had."""
    if spec.token is not None:
        return
    if spec.credential in ("", NO_CREDENTIAL):
        raise SettingsError(LABEL, f"none is chosen. {_WHERE}, then choose it in the dialog.")
    if spec.credential not in ctx.get_credential_names():
        raise SettingsError(
            LABEL,
            f"there is no credential '{spec.credential}' in this workflow. {_WHERE}, or choose "
            "another one in 'OpenAI Realtime Configuration'.",
        )


def authenticate(ctx: knext.ConfigurationContext, spec: ConfigurationSpec) -> Authentication:
    """Return how the requests of a node prove who asks; fetches nothing yet.

    A token of a credential port travels as Bearer, to Azure too (Entra), and is asked for anew
    with each request. A key goes to Azure in the header `api-key`.
    """
    token = spec.token
    is_azure = spec.configuration.provider is Provider.AZURE
    if token is not None:
        # A user name and a password is how KNIME Hub keeps a key, which is no token.
        use = use_api_key if is_azure and _read_schema(token) == _BASIC else use_bearer
        return use("the credential port", lambda: _fetch_token(token))
    source = f"the credential '{spec.credential}'"
    use = use_api_key if is_azure else use_bearer
    # Read at once and in KNIME's own thread: a worker thread must not call back.
    password = _read_password(ctx, spec.credential)
    return use(source, lambda: password)


def check_secrets(ctx: knext.ConfigurationContext) -> FindSecret:
    """Return what finds out, when a node is configured, whether a credential exists."""

    def check(name: str) -> str:
        if name not in ctx.get_credential_names():
            raise SettingsError(
                LABEL, f"there is no credential '{name}' in this workflow. {_WHERE}."
            )
        return hide_secrets(name)

    return check


def find_secrets(ctx: knext.ConfigurationContext) -> FindSecret:
    """Return what fetches the password of a credential for a request's body."""
    return lambda name: check_secret(_read_password(ctx, name), f"The credential '{name}'")


def _read_password(ctx: knext.ConfigurationContext, name: str) -> str:
    missing = False
    try:
        password = ctx.get_credentials(name).password
    except KeyError:
        missing = True
    if missing:
        raise CredentialError(f"There is no credential '{name}' in this workflow. {_WHERE}.")
    if not password:
        raise CredentialError(
            f"The credential '{name}' has an empty password. Enter the API key as its password, "
            "in the node or workflow that makes the credential. KNIME forgets passwords when a "
            "workflow is closed, unless they are saved with it."
        )
    return password


def _read_schema(token: knext.CredentialPortObjectSpec) -> str:
    try:
        return str(token.auth_schema).lower()
    except ValueError:
        return ""


def _fetch_token(token: knext.CredentialPortObjectSpec) -> str:
    failed = False
    try:
        schema, parameters = token.auth_schema, token.auth_parameters
    except ValueError:
        failed = True
    if failed:
        raise CredentialError(
            "The connected credential cannot be read. Execute the node that provides it again."
        )
    if not isinstance(parameters, str) or not parameters:
        raise CredentialError(
            "The connected credential holds no token. Execute the node that provides it again."
        )
    if str(schema).lower() != _BASIC:
        return parameters
    try:
        return base64.b64decode(parameters, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        pass
    raise CredentialError(
        "The connected credential is no readable user name and password. Connect another one."
    )
