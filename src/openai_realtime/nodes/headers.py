# SPDX-License-Identifier: MIT
"""Additional headers of the configuration, each with a text or a credential."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from openai_realtime.client.configuration import CredentialHeader
from openai_realtime.errors import SettingsError
from openai_realtime.fields import PLACEHOLDER

_HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_OWN_HEADERS = (
    "(?i)(proxy-)?authorization|api-key|host|content-(type|length)|transfer-encoding|openai-beta"
)


def read_headers(
    items: Iterable[Mapping[str, str]],
) -> tuple[dict[str, str], dict[str, CredentialHeader]]:
    """Return the headers in the list's `items`: those with a text, and those with a credential.

    Raises SettingsError for a wrong item.
    """
    plain: dict[str, str] = {}
    secret: dict[str, CredentialHeader] = {}
    for number, item in enumerate(items, start=1):
        where = f"Header {number}"
        name, value = item["name"], item.get("value", "")
        check_header_name(name, f"{where}, Name")
        if name.lower() in map(str.lower, (*plain, *secret)):
            raise SettingsError(f"{where}, Name", f"'{name}' is in the list already. Remove one.")
        check_header_value(value, f"{where}, Value")
        if "credential" not in item:
            if PLACEHOLDER in value:
                problem = f"none is chosen, but the value contains {PLACEHOLDER}."
                raise SettingsError(f"{where}, Credential", problem)
            if not value:
                raise SettingsError(where, "enter a value or choose a credential.")
            plain[name] = value
        elif value and PLACEHOLDER not in value:
            raise SettingsError(
                f"{where}, Value",
                f"a credential is chosen too. Leave the value empty, or write {PLACEHOLDER} in the "
                "place of the credential's password.",
            )
        else:
            secret[name] = {"credential": item["credential"], "template": value or PLACEHOLDER}
    return plain, secret


def check_header_name(name: str, setting: str) -> None:
    """Raise SettingsError for an invalid name, and for a header that the nodes set themselves."""
    if not re.fullmatch(_HEADER_NAME, name):
        # The text is not shown, because it may be a key in the wrong field.
        raise SettingsError(setting, "this is not the name of a header, such as X-Team.")
    if re.fullmatch(_OWN_HEADERS, name):
        problem = f"'{name}' cannot be set here: the nodes set this header themselves."
        raise SettingsError(setting, f"{problem} The API key comes from the credential.")


def check_header_value(value: str, setting: str) -> None:
    """Raise SettingsError if `value` cannot be sent in an HTTP header."""
    if not (value.isascii() and value.isprintable()):
        raise SettingsError(setting, "only plain ASCII characters on one line can be sent.")
