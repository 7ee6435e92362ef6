# SPDX-License-Identifier: MIT
"""Additional headers: a list in the configuration's dialog, each with a text or a credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import knime.extension as knext

from openai_realtime.client.configuration import (
    PLACEHOLDER,
    CredentialHeader,
    check_header_name,
    check_header_value,
)
from openai_realtime.errors import SettingsError
from openai_realtime.fields import NO_CREDENTIAL
from openai_realtime.nodes.controls import list_credentials
from openai_realtime.nodes.parameters import read_items

LABEL = "Additional headers"
_SINCE = "0.3.0"
_MEMBERS = {"name": "", "value": "", "credential": NO_CREDENTIAL}


@knext.parameter_group("Header", since_version=_SINCE)
class _Header:
    """One header."""

    name = knext.StringParameter(
        "Name",
        "The name of the header, such as `X-Team` or `cf-aig-authorization`. Headers that the "
        "nodes set themselves, such as `Authorization`, are refused.",
        "",
        since_version=_SINCE,
    )
    value = knext.StringParameter(
        "Value",
        "The text to send. With a credential leave it empty to send the password alone, or write "
        f"`{PLACEHOLDER}` in the place of the password, such as `Bearer {PLACEHOLDER}`.",
        "",
        since_version=_SINCE,
    )
    credential = knext.StringParameter(
        "Credential",
        "The KNIME credential whose **password** is sent, for a key or token of the gateway. Only "
        "its name is saved.",
        NO_CREDENTIAL,
        choices=list_credentials,
        since_version=_SINCE,
    )


@dataclass(frozen=True)
class Headers:
    """The headers of the list by name: those with a text, and those with a credential."""

    plain: dict[str, str]
    secret: dict[str, CredentialHeader]


def make_headers() -> Any:  # noqa: ANN401 - a KNIME parameter
    """Return the parameter for the list of headers."""
    return knext.ParameterArray(
        _Header(),
        LABEL,
        "Headers that your gateway needs. Their values are saved in the workflow: choose a "
        "credential for a key, token or password.",
        since_version=_SINCE,
        is_advanced=True,
        button_text="Add header",
        array_title="Header",
    )


def read_headers(node: object) -> Headers:
    """Return what the list `headers` of `node` holds. Raises SettingsError for a wrong item."""
    headers = Headers({}, {})
    known: set[str] = set()
    for number, item in enumerate(read_items(node, "headers", _MEMBERS, LABEL), start=1):
        where = f"{LABEL}, header {number}"
        name, value = item["name"].strip(), item["value"].strip()
        check_header_name(name, f"{where}, Name")
        if name.lower() in known:
            raise SettingsError(f"{where}, Name", f"'{name}' is in the list already. Remove one.")
        known.add(name.lower())
        check_header_value(value, f"{where}, Value")
        if item["credential"] in ("", NO_CREDENTIAL):
            headers.plain[name] = _check_plain(value, where)
        else:
            template = _check_template(value, where)
            headers.secret[name] = {"credential": item["credential"], "template": template}
    return headers


def _check_plain(value: str, where: str) -> str:
    if PLACEHOLDER in value:
        raise SettingsError(
            f"{where}, Credential", f"none is chosen, but the value has {PLACEHOLDER} in it."
        )
    if not value:
        raise SettingsError(where, "enter a value or choose a credential.")
    return value


def _check_template(value: str, where: str) -> str:
    if value and PLACEHOLDER not in value:
        raise SettingsError(
            f"{where}, Value",
            f"a credential is chosen, too. Leave the value empty, or write {PLACEHOLDER} into it, "
            "in the place of the credential's password.",
        )
    return value or PLACEHOLDER
