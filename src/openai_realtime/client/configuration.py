# SPDX-License-Identifier: MIT
"""Where the API is and how to treat it: everything but the secrets."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict

from openai_realtime.api import Api
from openai_realtime.errors import SettingsError, fold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_PORTS = {"https": 443, "http": 80}

PLACEHOLDER = "{password}"
"""Stands for a credential's password in the value of a header."""

_HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_OWN_HEADERS = (
    "(?i)(proxy-)?authorization|api-key|host|content-(type|length)|transfer-encoding|openai-beta"
)


class Provider(StrEnum):
    """Who runs the server; it decides on the base URL and on the header for the key."""

    OPENAI = "openai"
    AZURE = "azure"
    COMPATIBLE = "compatible"


class CredentialHeader(TypedDict):
    """The value of a header: `template`, with the password of `credential` for PLACEHOLDER."""

    credential: str
    template: str


@dataclass(frozen=True)
class Configuration:
    """A server and how to treat it. It never holds the key, nor another secret.

    `base_url` has no slash at the end. Times are in seconds: `read_timeout` for each wait on an
    answer, `longest_wait` for one pause that the server asks for, `deadline` for everything
    together. `attempts` counts the first one. `ca_file` is the path of certificates to trust
    besides those of the system, or empty. With `minimal`, requests hold no session.
    """

    provider: Provider = Provider.OPENAI
    base_url: str = OPENAI_URL
    api: Api = Api.GA
    organization: str = ""
    project: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    credential_headers: Mapping[str, CredentialHeader] = field(default_factory=dict)
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    attempts: int = 3
    longest_wait: float = 60.0
    deadline: float = 180.0
    ca_file: str = ""
    minimal: bool = False

    @property
    def host(self) -> str:
        """The host, and the port if it is written out, for messages."""
        # Imported here, because listing the nodes must not pay for it.
        from urllib.parse import urlsplit  # noqa: PLC0415

        return urlsplit(self.base_url).netloc

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-like data for a port's spec."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Configuration:
        """Return what `to_dict` gave; keys of newer versions are skipped, older lack some.

        Raises SettingsError for a provider or API that only a newer version knows.
        """
        values = {name: data.get(name, default) for name, default in asdict(cls()).items()}
        for name, label, options in (("provider", "Provider", Provider), ("api", "API", Api)):
            if values[name] not in list(options):
                found = fold(str(values[name]), 40)
                problem = f"'{found}' in the connected configuration is not known to this version."
                advice = "Update the extension, or execute 'OpenAI Realtime Configuration' again."
                raise SettingsError(label, f"{problem} {advice}")
            values[name] = options(values[name])
        return cls(**values)


def complete_base_url(provider: Provider, text: str, setting: str) -> str:
    """Return the base URL to use for what the user entered (may be empty for OpenAI).

    For Azure the resource's address is enough. Raises SettingsError naming `setting`.
    """
    if provider is Provider.OPENAI and not text.strip():
        return OPENAI_URL
    url = text.strip().rstrip("/")
    parts = split_url(url)
    problems = {
        "it is empty.": not url,
        "it has spaces or line breaks in it.": " " in url or not url.isprintable(),
        "this is no web address.": not any(parts),
        "it does not begin with https:// or http://.": "://" not in url,
        f"'{parts.scheme}' is no web address.": parts.scheme not in DEFAULT_PORTS,
        "it has a user name or password in it. Put the key into a credential.": "@" in parts.netloc,
        "it names no host.": not parts.hostname or parts.port == 0,
        "it has a query or fragment in it ('?' or '#').": "?" in url or "#" in url,
    }
    for problem, is_found in problems.items():
        if is_found:
            example = "Enter an address such as https://api.example.com/v1."
            raise SettingsError(setting, f"{problem} {example}")
    # However it was written, it is compared with lower case from here on.
    url = parts.scheme + url[len(parts.scheme) :]
    return f"{url}/openai/v1" if provider is Provider.AZURE and not parts.path else url


def split_url(url: str) -> SplitResult:
    """Return the parts of a URL, all empty for one that is invalid."""
    from urllib.parse import SplitResult, urlsplit  # noqa: PLC0415 - as above

    try:
        parts = urlsplit(url)
        # Reading the port checks it; the resolver would fail for a name that this fails for.
        _ = parts.port, (parts.hostname or "").encode("idna")
    except ValueError:
        # Not raised, because the error quotes what it read.
        return SplitResult("", "", "", "", "")
    return parts


def check_header_name(name: str, setting: str) -> None:
    """Raise SettingsError if `name` is not the name of a header, or of one that is ours to set."""
    if not name:
        raise SettingsError(setting, "it is empty.")
    if not re.fullmatch(_HEADER_NAME, name):
        # What it is instead is not shown: it may be a key in the wrong place.
        raise SettingsError(setting, "this is not the name of a header, such as X-Team.")
    if re.fullmatch(_OWN_HEADERS, name):
        problem = f"'{name}' cannot be set here: the nodes set this header themselves."
        raise SettingsError(setting, f"{problem} The API key comes from the credential.")


def check_header_value(value: str, setting: str) -> None:
    """Raise SettingsError if `value` cannot travel in an HTTP header."""
    if not (value.isascii() and value.isprintable()):
        raise SettingsError(setting, "only plain ASCII characters on one line can be sent.")
