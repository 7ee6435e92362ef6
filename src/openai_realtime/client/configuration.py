# SPDX-License-Identifier: MIT
"""Where the API is and how to treat it: everything but the secrets."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from openai_realtime.api import Api
from openai_realtime.errors import SettingsError, fold

if TYPE_CHECKING:
    from collections.abc import Mapping

_Option = TypeVar("_Option", bound=StrEnum)

OPENAI_URL = "https://api.openai.com/v1"
_AZURE_PATH = "/openai/v1"
_OWN_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "api-key",
        "host",
        "content-type",
        "content-length",
        "transfer-encoding",
        "openai-beta",
    }
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

PLACEHOLDER = "{password}"
"""Stands for a credential's password in the value of a header."""


class Provider(StrEnum):
    """Who runs the server; it decides on the base URL and on the header for the key."""

    OPENAI = "openai"
    AZURE = "azure"
    COMPATIBLE = "compatible"


@dataclass(frozen=True)
class CredentialHeader:
    """The value of a header: `template`, with the password of `credential` for PLACEHOLDER."""

    credential: str
    template: str


@dataclass(frozen=True)
class Configuration:
    """A server and how to treat it. It never holds the key, nor another secret.

    `base_url` is complete, without a slash at the end. Times are in seconds: `connect_timeout`
    for making a connection, `read_timeout` for each wait on an answer, `longest_wait` for one
    pause that the server asks for, `deadline` for everything together. `attempts` counts the
    first one. `headers` are sent as they are; the values of `credential_headers` are put together
    when a node runs. `ca_file` is the path of certificates to trust besides those of the system, or
    empty. With `minimal`, requests hold the lifetime of the secret and no session.
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
        return urlsplit(self.base_url).netloc

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-like data for a port's spec."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Configuration:
        """Return what `to_dict` gave; keys of newer versions are skipped, older lack some.

        Raises SettingsError for a provider or API that only a newer version knows.
        """
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        if "provider" in values:
            values["provider"] = _recognise(Provider, "Provider", values["provider"])
        if "api" in values:
            values["api"] = _recognise(Api, "API", values["api"])
        if "credential_headers" in values:
            values["credential_headers"] = {
                name: CredentialHeader(header["credential"], header["template"])
                for name, header in values["credential_headers"].items()
            }
        return cls(**values)


def _recognise(kind: type[_Option], setting: str, value: object) -> _Option:
    found = next((option for option in kind if option == value), None)
    if found is None:
        raise SettingsError(
            setting,
            f"the connected configuration has '{fold(str(value), 40)}', which this version does "
            "not know. Update the extension, or execute 'OpenAI Realtime Configuration' again.",
        )
    return found


def complete_base_url(provider: Provider, text: str, setting: str) -> str:
    """Return the base URL to use for what the user entered (may be empty for OpenAI).

    For Azure the resource's address is enough. Raises SettingsError naming `setting`.
    """
    if provider is Provider.OPENAI and not text.strip():
        return OPENAI_URL
    url = text.strip().rstrip("/")
    parts = _check_url(url, setting)
    # However it was written, it is compared with lower case from here on.
    url = parts.scheme + url[len(parts.scheme) :]
    if provider is Provider.AZURE and not parts.path:
        return url + _AZURE_PATH
    return url


def _check_url(url: str, setting: str) -> SplitResult:
    example = "such as https://api.example.com/v1."

    def fail(problem: str) -> SettingsError:
        return SettingsError(setting, f"{problem} Enter an address {example}")

    if not url:
        raise fail("it is empty.")
    if any(char.isspace() or not char.isprintable() for char in url):
        raise fail("it has spaces or line breaks in it.")
    parts = _split_url(url)
    if parts is None:
        raise fail("this is no web address.")
    if "://" not in url:
        raise fail("it does not begin with https:// or http://.")
    if parts.scheme not in ("https", "http"):
        raise fail(f"'{parts.scheme}' is no web address.")
    if "@" in parts.netloc:
        raise SettingsError(
            setting, "it has a user name or password in it. Put the key into a credential."
        )
    if not parts.hostname or parts.port == 0:
        raise fail("it names no host.")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise fail("it has a query or fragment in it ('?' or '#').")
    return parts


def _split_url(url: str) -> SplitResult | None:
    # Apart from its caller, so that ValueError, which quotes what it read, is no one's context.
    try:
        parts = urlsplit(url)
        # Reading the port checks it; the resolver would fail for a name that this fails for.
        _ = parts.port, (parts.hostname or "").encode("idna")
    except ValueError:
        return None
    return parts


def check_header_name(name: str, setting: str) -> None:
    """Raise SettingsError if `name` is not the name of a header, or of one that is ours to set."""
    if not _TOKEN.match(name):
        # What it is instead is not shown: it may be a key in the wrong place.
        problem = "this is not the name of a header, such as X-Team." if name else "it is empty."
        raise SettingsError(setting, problem)
    if name.lower() in _OWN_HEADERS:
        raise SettingsError(
            setting,
            f"'{name}' cannot be set here: the nodes set this header themselves, and the API key "
            "comes from the credential of the configuration.",
        )


def check_header_value(value: str, setting: str) -> None:
    """Raise SettingsError if `value` cannot travel in an HTTP header."""
    if any(not " " <= char <= "~" for char in value):
        raise SettingsError(setting, "only plain ASCII characters on one line can be sent.")
