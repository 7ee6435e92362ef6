# SPDX-License-Identifier: MIT
"""Check and complete the base URL that a user entered.

Imports the client, so nodes import this module only when they are configured.
"""

from __future__ import annotations

import re

from openai_realtime.client.configuration import DEFAULT_PORTS, OPENAI_URL, Provider
from openai_realtime.client.proxy import split_url
from openai_realtime.errors import SettingsError

# The end of a URL that was copied from an example of a request.
_ROUTE = (
    "(/(realtime/(client_secrets|sessions|transcription_sessions|translations(/client_secrets)?"
    r"|calls)|models|responses|chat/completions))+$|(?<=/v1)/realtime$"
)
# Also what is copied for an older version of Azure's API, or for a project in Microsoft Foundry.
_AZURE_REST = "(/api/projects/[^/]+)?(/openai)?(/deployments/[^/]+)?(/v1)?(/realtime)?"
_EXAMPLES = {
    Provider.OPENAI: OPENAI_URL,
    Provider.AZURE: "https://my-resource.openai.azure.com",
    Provider.COMPATIBLE: "https://api.example.com/v1",
}
# A host name in lower case: a key that was entered here nearly always has capitals.
_HOST_AND_PATH = r"(?:(?:http|ws)s?://|//)?((?:[a-z\d-]+\.)+[a-z]{2,}(?::\d+)?)(/[\w./-]*)?([?#]|$)"


def complete_base_url(provider: Provider, text: str, setting: str) -> str:
    """Return the base URL for the text that the user entered (may be empty for OpenAI).

    A route at the end is removed. For OpenAI `/v1` is added; for Azure the address of the resource,
    or of a project in Microsoft Foundry, is enough. Raises SettingsError naming `setting`.
    """
    if provider is Provider.OPENAI and not text.strip():
        return OPENAI_URL
    url = text.strip().rstrip("/")
    parts = split_url(url)
    problems = {
        "it is empty.": not url,
        "it has spaces or line breaks in it.": " " in url or not url.isprintable(),
        "this is not a web address.": not any(parts),
        "it does not begin with https:// or http://.": parts.scheme not in DEFAULT_PORTS
        or "://" not in url,
        "it has a user name or password in it. Put the key into a credential.": "@" in parts.netloc,
        "it names no host.": not parts.hostname
        or parts.port == 0
        or {*parts.netloc} & {*"\"'<>;,"},
        "it has a query or fragment in it ('?' or '#').": "?" in url or "#" in url,
    }
    for problem, is_found in problems.items():
        if is_found:
            raise SettingsError(setting, f"{problem} Enter {_suggest(provider, url)}.")
    # urllib turns the scheme into lower case.
    return f"{parts.scheme}://{parts.netloc}{_complete_path(provider, parts.path)}"


def _complete_path(provider: Provider, path: str) -> str:
    path = re.sub(_ROUTE, "", path).rstrip("/")
    if provider is Provider.AZURE:
        return "/openai/v1" if re.fullmatch(_AZURE_REST, path) else path
    return path or ("/v1" if provider is Provider.OPENAI else "")


def _suggest(provider: Provider, url: str) -> str:
    """Return the address that the user probably wants, or an example.

    Only the host and the path are repeated, because other parts may contain a secret.
    """
    found = re.match(_HOST_AND_PATH, url)
    if found is not None:
        scheme = "http" if re.match("(http|ws)://", url) else "https"
        address = f"{scheme}://{found[1]}{_complete_path(provider, found[2] or '')}"
        if split_url(address).port != 0 and any(split_url(address)):
            return address
    return f"an address such as {_EXAMPLES[provider]}"
