# SPDX-License-Identifier: MIT
"""From the names of credentials, or a credential port, to the headers with secrets in them."""

from __future__ import annotations

from binascii import a2b_base64
from contextlib import suppress
from typing import TYPE_CHECKING

from openai_realtime.client.configuration import PLACEHOLDER, Provider
from openai_realtime.errors import CredentialError, SettingsError
from openai_realtime.fields import NO_CREDENTIAL, FindSecret, hide_secrets
from openai_realtime.nodes.headers import LABEL as HEADERS_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable

    import knime.extension as knext

    from openai_realtime.client.authentication import SecretHeader
    from openai_realtime.nodes.ports import ConfigurationSpec

LABEL = "Credential"
_BASIC = "basic"
_WHERE = (
    "Make one with the node 'Credentials Configuration' or in the workflow's credentials: its "
    "password is the key or token"
)


def check_credential(ctx: knext.ConfigurationContext, spec: ConfigurationSpec) -> None:
    """Raise SettingsError if a credential that `spec` names is missing in the workflow."""
    known = ctx.get_credential_names()
    if spec.token is None:
        _check_key(spec.credential, known)
    for name, header in spec.configuration.credential_headers.items():
        if header["credential"] not in known:
            raise SettingsError(
                HEADERS_LABEL,
                f"'{name}' needs the credential '{header['credential']}', which this workflow does "
                f"not have. {_WHERE}.",
            )


def _check_key(credential: str, known: list[str]) -> None:
    if credential in ("", NO_CREDENTIAL):
        raise SettingsError(LABEL, f"none is chosen. {_WHERE}, then choose it in the dialog.")
    if credential not in known:
        raise SettingsError(
            LABEL,
            f"there is no credential '{credential}' in this workflow. {_WHERE}, or choose "
            "another one in 'OpenAI Realtime Configuration'.",
        )


def authenticate(ctx: knext.ConfigurationContext, spec: ConfigurationSpec) -> list[SecretHeader]:
    """Return the headers that prove who asks, that of the API key first. Raises CredentialError.

    A token of a credential port is sent as Bearer, to Azure too (Entra), and is fetched anew each
    time that the headers are. A key is sent to Azure in the header `api-key`.
    """
    # Imported here, because listing the nodes must not pay for it.
    from openai_realtime.client.authentication import SecretHeader  # noqa: PLC0415

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
        # A user name and a password is how KNIME Hub keeps a key, which is no token.
        is_bearer = not (is_azure and _read_schema(token) == _BASIC)
    bearer, api_key = ("Authorization", f"Bearer {PLACEHOLDER}"), ("api-key", PLACEHOLDER)
    name, template = bearer if is_bearer else api_key
    return [SecretHeader(name, template, source, fetch), *additional]


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
    from openai_realtime.client.authentication import check_secret  # noqa: PLC0415 - as above

    return lambda name: check_secret(_read_password(ctx, name), f"The credential '{name}'")


def _prepare_password(ctx: knext.ConfigurationContext, name: str) -> tuple[str, Callable[[], str]]:
    """Return what messages call the credential, and what returns its password.

    The password is read at once: unlike a token it does not change while a node runs.
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
            "password, in the node or workflow that makes the credential. KNIME forgets passwords "
            "when a workflow is closed, unless they are saved with it."
        )
    return password


def _fetch_token(token: knext.CredentialPortObjectSpec) -> str:
    schema, parameters = _read_schema(token), None
    with suppress(ValueError):
        parameters = token.auth_parameters
    if not isinstance(parameters, str) or not parameters:
        raise CredentialError(
            "The connected credential holds no token. Execute the node that provides it again."
        )
    if schema != _BASIC:
        return parameters
    with suppress(ValueError):
        return a2b_base64(parameters, strict_mode=True).decode().partition(":")[2]
    raise CredentialError(
        "The connected credential is no readable user name and password. Connect another one."
    )


def _read_schema(token: knext.CredentialPortObjectSpec) -> str:
    with suppress(ValueError):
        return str(token.auth_schema).lower()
    raise CredentialError(
        "The connected credential cannot be read. Execute the node that provides it again."
    )
