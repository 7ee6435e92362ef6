# SPDX-License-Identifier: MIT
"""From the credential's name, or a credential port, to what goes into the request header."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from openai_realtime.client.authentication import Authentication, use_api_key, use_bearer
from openai_realtime.client.configuration import Provider
from openai_realtime.errors import CredentialError, SettingsError

if TYPE_CHECKING:
    import knime.extension as knext

    from openai_realtime.nodes.ports import ConfigurationSpec

NO_CREDENTIAL = "<none>"
"""The drop-down's entry for no credential; KNIME would preselect one for an empty text."""

LABEL = "Credential"
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
    if token is not None:
        return use_bearer("the credential port", lambda: _fetch_token(token))
    source = f"the credential '{spec.credential}'"
    use = use_api_key if spec.configuration.provider is Provider.AZURE else use_bearer
    # Read at once and in KNIME's own thread: a worker thread must not call back.
    password = _read_password(ctx, spec.credential)
    return use(source, lambda: password)


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
    if schema.lower() == "basic":
        # A user name and a password, as KNIME Hub keeps secrets: the password is the key.
        try:
            return base64.b64decode(parameters).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return parameters
