# SPDX-License-Identifier: MIT
"""The base URL: what users enter, completed or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_realtime.client.configuration import OPENAI_URL, Configuration, Provider
from openai_realtime.errors import SettingsError
from openai_realtime.nodes.addresses import complete_base_url

AZURE_URL = "https://r.openai.azure.com/openai/v1"
FOUNDRY_URL = "https://r.services.ai.azure.com/openai/v1"
SECRET = "Hq8sLw2zPm"


@pytest.mark.parametrize(
    ("provider", "text", "expected"),
    [
        ("openai", "", OPENAI_URL),
        ("openai", "  \n", OPENAI_URL),
        ("openai", " https://api.openai.com/v1/ ", OPENAI_URL),
        ("openai", "https://eu.api.openai.com/v1", "https://eu.api.openai.com/v1"),
        ("azure", "https://r.openai.azure.com", AZURE_URL),
        ("azure", "https://r.openai.azure.com//", AZURE_URL),
        ("azure", "https://r.openai.azure.com/openai/v1/", AZURE_URL),
        ("azure", "https://r.openai.azure.com/openai", AZURE_URL),
        ("azure", "https://r.openai.azure.com/openai/v1/realtime/client_secrets", AZURE_URL),
        ("azure", "https://r.services.ai.azure.com/api/projects/demo", FOUNDRY_URL),
        ("azure", "https://r.services.ai.azure.com/api/projects/demo/openai/v1", FOUNDRY_URL),
        ("azure", "https://r.services.ai.azure.com/openai/deployments/x/realtime", FOUNDRY_URL),
        ("azure", "https://gate.example/azure", "https://gate.example/azure"),
        ("openai", "https://api.openai.com", OPENAI_URL),
        ("openai", "https://api.openai.com/v1/realtime/sessions", OPENAI_URL),
        ("openai", "https://api.openai.com/v1/realtime", OPENAI_URL),
        ("openai", "https://api.openai.com/v1/models/", OPENAI_URL),
        ("openai", "https://api.openai.com/v1/models/models", OPENAI_URL),
        (
            "compatible",
            "http://localhost:4000/v1/realtime/client_secrets",
            "http://localhost:4000/v1",
        ),
        ("compatible", "https://gate.example/realtime", "https://gate.example/realtime"),
        ("compatible", "http://localhost:65535/", "http://localhost:65535"),
        ("compatible", "http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("compatible", "HTTPS://Host.Example/v1", "https://Host.Example/v1"),
        ("compatible", "https://b\xfccher.example/v1", "https://b\xfccher.example/v1"),
        ("compatible", "https://host.example./v1", "https://host.example./v1"),
        ("compatible", "https://host.example/a%20b/v1", "https://host.example/a%20b/v1"),
    ],
)
def test_completes_addresses(provider: str, text: str, expected: str) -> None:
    """What the user enters becomes a complete base URL without a slash at its end."""
    assert complete_base_url(Provider(provider), text, "Base URL") == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("/", "it is empty"),
        ("localhost:8080", "does not begin with https://"),
        ("//api.example.com", "does not begin with https://"),
        ("https:api.example.com", "does not begin with https://"),
        ("sk-proj-Hq8sLw2zPm", "does not begin with https://"),
        ("https://api.example.com/v 1", "has spaces or line breaks"),
        ("https://api.example.com/v1\tx", "has spaces or line breaks"),
        ("https://api.example.com\u200b/v1", "has spaces or line breaks"),
        ("https://api.example.com/v1?", "has a query or fragment"),
        ("https://api.example.com/v1#", "has a query or fragment"),
        ("https://host/v1?key=Hq8sLw2zPm", "has a query or fragment"),
        (
            "wss://api.example.com/v1",
            "does not begin with https:// or http://. Enter https://api.example.com/v1.",
        ),
        ("ftp://user:Hq8sLw2zPm@host/v1", "does not begin with"),
        ("https:///v1", "names no host"),
        ("https://host:0/v1", "names no host"),
        ("https://host;script-src/v1", "names no host"),
        ("https://host:99999/v1", "this is not a web address"),
        ("https://host:port/v1", "this is not a web address"),
        ("https://[::1/v1", "this is not a web address"),
        ("https://a..b/v1", "this is not a web address"),
        (f"https://{'a' * 64}.example.com/v1", "this is not a web address"),
        ("https://user:Hq8sLw2zPm/x@host/v1", "this is not a web address"),
        ("https://user:Hq8sLw2zPm@host/v1", "has a user name or password"),
        ("https://Hq8sLw2zPm@host/v1", "has a user name or password"),
    ],
)
def test_refuses_addresses(text: str, problem: str) -> None:
    """A wrong address is refused with its fault named and without a password in it repeated."""
    with pytest.raises(SettingsError) as caught:
        complete_base_url(Provider.COMPATIBLE, text, "Base URL")
    error = caught.value
    assert error.__context__ is None
    assert SECRET not in str(error)
    assert str(error).startswith("Base URL: ")
    assert problem in str(error)
    assert error.setting == "Base URL"


@pytest.mark.parametrize(
    ("provider", "text", "address"),
    [
        ("openai", "wss://api.openai.com/v1/realtime", OPENAI_URL),
        ("openai", "api.openai.com", OPENAI_URL),
        ("openai", f"https://api.openai.com/v1?key={SECRET}", OPENAI_URL),
        ("azure", "r.openai.azure.com/openai/realtime/sessions?api-version=2024-10-01", AZURE_URL),
        ("compatible", "http://gate.corp:8080/v1?a=b", "http://gate.corp:8080/v1"),
        ("compatible", "https://gate.example:99999/v1", "an address such as https://api.example"),
        ("compatible", "https://gate.example:0/v1", "an address such as https://api.example"),
        ("azure", "", "an address such as https://my-resource.openai.azure.com"),
        ("compatible", SECRET, "an address such as https://api.example.com/v1"),
        ("compatible", f"https://{SECRET}@api.example.com/v1", "an address such as https://api."),
    ],
)
def test_suggests_the_right_address(provider: str, text: str, address: str) -> None:
    """The message has the address that was meant, or an example of the provider's."""
    with pytest.raises(SettingsError) as caught:
        complete_base_url(Provider(provider), text, "Base URL")
    assert f" Enter {address}" in str(caught.value)
    assert SECRET not in str(caught.value)


@given(st.text() | st.from_regex(r"https?://[^ ]{0,20}(:[0-9]{0,6})?/?[^ ]{0,9}"))
def test_accepts_or_refuses_any_text(text: str) -> None:
    """Whatever is entered is either completed to something stable or refused in our words."""
    try:
        url = complete_base_url(Provider.COMPATIBLE, text, "Base URL")
    except SettingsError:
        return
    assert complete_base_url(Provider.COMPATIBLE, url, "Base URL") == url
    assert Configuration(base_url=url).host
