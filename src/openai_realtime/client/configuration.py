# SPDX-License-Identifier: MIT
"""Where the API is and how to treat it: everything but the secrets."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict

from openai_realtime.api import Api
from openai_realtime.errors import SettingsError, fold

OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_PORTS = {"https": 443, "http": 80}


class Provider(StrEnum):
    """Who runs the server; it decides on the base URL and on the header for the key."""

    OPENAI = "openai"
    AZURE = "azure"
    COMPATIBLE = "compatible"


class CredentialHeader(TypedDict):
    """The value of a header: `template`, with the password of `credential` for PLACEHOLDER."""

    credential: str
    template: str


class Configuration(NamedTuple):
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
    headers: Mapping[str, str] = {}
    credential_headers: Mapping[str, CredentialHeader] = {}
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
        return self.base_url.partition("://")[2].partition("/")[0]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Configuration:
        """Return what `_asdict` gave; keys of newer versions are skipped, older lack some.

        Raises SettingsError for a provider or API that only a newer version knows.
        """
        values = {name: data.get(name, default) for name, default in cls()._asdict().items()}
        for name, label, options in (("provider", "Provider", Provider), ("api", "API", Api)):
            if values[name] not in list(options):
                found = fold(str(values[name]), 40)
                problem = f"'{found}' in the connected configuration is not known to this version."
                advice = "Update the extension, or execute 'OpenAI Realtime Configuration' again."
                raise SettingsError(label, f"{problem} {advice}")
            values[name] = options(values[name])
        return cls(**values)
