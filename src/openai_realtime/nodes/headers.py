# SPDX-License-Identifier: MIT
"""Additional headers of the configuration, each with a text or a credential.

Imports the client, so nodes import this module only when they are configured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_realtime.client.configuration import (
    PLACEHOLDER,
    CredentialHeader,
    check_header_name,
    check_header_value,
)
from openai_realtime.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def read_headers(
    items: Iterable[Mapping[str, str]],
) -> tuple[dict[str, str], dict[str, CredentialHeader]]:
    """Return the headers in the list's `items`: those with a text, and those with a credential.

    Raises SettingsError for a wrong item.
    """
    plain: dict[str, str] = {}
    secret: dict[str, CredentialHeader] = {}
    known: set[str] = set()
    for number, item in enumerate(items, start=1):
        where = f"Header {number}"
        name, value = item["name"], item.get("value", "")
        check_header_name(name, f"{where}, Name")
        if name.lower() in known:
            raise SettingsError(f"{where}, Name", f"'{name}' is in the list already. Remove one.")
        known.add(name.lower())
        check_header_value(value, f"{where}, Value")
        if "credential" in item:
            template = _check_template(value, where)
            secret[name] = {"credential": item["credential"], "template": template}
        else:
            plain[name] = _check_plain(value, where)
    return plain, secret


def _check_plain(value: str, where: str) -> str:
    if PLACEHOLDER in value:
        raise SettingsError(
            f"{where}, Credential", f"none is chosen, but the value contains {PLACEHOLDER}."
        )
    if not value:
        raise SettingsError(where, "enter a value or choose a credential.")
    return value


def _check_template(value: str, where: str) -> str:
    if value and PLACEHOLDER not in value:
        raise SettingsError(
            f"{where}, Value",
            f"a credential is chosen too. Leave the value empty, or write {PLACEHOLDER} in the "
            "place of the credential's password.",
        )
    return value or PLACEHOLDER
