# SPDX-License-Identifier: MIT
"""Where the API is, and how the configuration travels over a port."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.conftest import catch
from openai_realtime.api import Api
from openai_realtime.client.configuration import (
    OPENAI_URL,
    PLACEHOLDER,
    Configuration,
    Provider,
    check_header_name,
    check_header_value,
    complete_base_url,
)
from openai_realtime.errors import SettingsError

FULL = Configuration(
    provider=Provider.AZURE,
    base_url="https://r.openai.azure.com/openai/v1",
    api=Api.BETA,
    organization="org-1",
    project="proj_1",
    headers={"X-A": "1"},
    credential_headers={"X-B": {"credential": "gateway", "template": f"Bearer {PLACEHOLDER}"}},
    connect_timeout=1.5,
    read_timeout=2.5,
    attempts=7,
    longest_wait=3.5,
    deadline=4.5,
    ca_file="/etc/company.pem",
    minimal=True,
)
AZURE_URL = "https://r.openai.azure.com/openai/v1"


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
        ("azure", "https://gate.example/azure", "https://gate.example/azure"),
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
        ("wss://api.example.com/v1", "'wss' is no web address"),
        ("ftp://user:Hq8sLw2zPm@host/v1", "'ftp' is no web address"),
        ("https:///v1", "names no host"),
        ("https://host:0/v1", "names no host"),
        ("https://host:99999/v1", "this is no web address"),
        ("https://host:port/v1", "this is no web address"),
        ("https://[::1/v1", "this is no web address"),
        ("https://a..b/v1", "this is no web address"),
        (f"https://{'a' * 64}.example.com/v1", "this is no web address"),
        ("https://user:Hq8sLw2zPm/x@host/v1", "this is no web address"),
        ("https://user:Hq8sLw2zPm@host/v1", "has a user name or password"),
        ("https://Hq8sLw2zPm@host/v1", "has a user name or password"),
    ],
)
def test_refuses_addresses(text: str, problem: str) -> None:
    """A wrong address is refused with its fault named and without a password in it repeated."""
    error = catch(SettingsError, complete_base_url, Provider.COMPATIBLE, text, "Base URL")
    assert str(error).startswith("Base URL: ")
    assert problem in str(error)
    assert error.setting == "Base URL"


@given(st.text() | st.from_regex(r"https?://[^ ]{0,20}(:[0-9]{0,6})?/?[^ ]{0,9}"))
def test_accepts_or_refuses_any_text(text: str) -> None:
    """Whatever is entered is either completed to something stable or refused in our words."""
    try:
        url = complete_base_url(Provider.COMPATIBLE, text, "Base URL")
    except SettingsError:
        return
    assert complete_base_url(Provider.COMPATIBLE, url, "Base URL") == url
    assert Configuration(base_url=url).host


SYNTAX = ["X A", "X-A:", "X-A\n", "X-A\x00", "X-\xc4", "(X)", "Bearer Hq8sLw2zPm"]
RESERVED = [
    *("Authorization", "PROXY-AUTHORIZATION", "Api-Key", "Host", "Content-Type"),
    *("content-length", "Transfer-Encoding", "OpenAI-Beta"),
]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "it is empty"),
        *[(name, "this is not the name of a header") for name in SYNTAX],
        *[(name, f"'{name}' cannot be set here") for name in RESERVED],
    ],
)
def test_refuses_header_names(name: str, problem: str) -> None:
    """A name is a token of HTTP; what is not is refused without being shown."""
    for accepted in ("X-Host", "cf-aig-authorization", "a!#$%&'*+-.^_`|~9"):
        check_header_name(accepted, "Name")
    error = catch(SettingsError, check_header_name, name, "Name")
    assert str(error).startswith(f"Name: {problem}")


def test_checks_header_values() -> None:
    """Organization and project have to fit into a header, too."""
    for value in ("", "proj_1 ~"):
        check_header_value(value, "Project")
    for value in ("Hq8sLw2zPm\nb", "a\rb", "\xe4", "\x7f"):
        error = catch(SettingsError, check_header_value, value, "Project")
        assert str(error).startswith("Project: only plain ASCII")


def through_json(data: Any) -> Any:
    """Return what is left of data once it has been saved."""
    return json.loads(json.dumps(data))


@pytest.mark.parametrize("configuration", [Configuration(), FULL])
def test_survives_the_port(configuration: Configuration) -> None:
    """What goes into a port's spec as JSON comes out of it the same; no field is for a secret."""
    data = configuration.to_dict()
    again = Configuration.from_dict(through_json(data))
    assert again == configuration
    assert isinstance(again.provider, Provider)
    assert isinstance(again.api, Api)
    assert not [name for name in data if "key" in name or "secret" in name or "password" in name]


@pytest.mark.parametrize("missing", [each.name for each in fields(Configuration)])
def test_reads_other_versions(missing: str) -> None:
    """Keys of a newer version are skipped, keys that an older one lacks have their defaults."""
    data = through_json({"http2": True, **FULL.to_dict()})
    del data[missing]
    expected = {**FULL.to_dict(), missing: Configuration().to_dict()[missing]}
    assert Configuration.from_dict(data).to_dict() == expected


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"provider": "acme"}, "Provider: 'acme' in the connected configuration is not known"),
        ({"provider": ["openai"]}, "Provider: '['openai']' in the connected configuration"),
        ({"api": None}, "API: 'None' in the connected"),
    ],
)
def test_names_what_is_newer(data: dict[str, Any], problem: str) -> None:
    """A provider or an API of a newer version is named, with what to do."""
    error = catch(SettingsError, Configuration.from_dict, data)
    assert str(error).startswith(problem)
    assert "Update the extension" in str(error)
