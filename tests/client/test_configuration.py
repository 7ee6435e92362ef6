# SPDX-License-Identifier: MIT
"""Where the API is, and what may be said of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.refusals import catch
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


@pytest.mark.parametrize(
    ("provider", "text", "expected"),
    [
        ("openai", "", OPENAI_URL),
        ("openai", "  \n", OPENAI_URL),
        ("openai", "https://api.openai.com/v1", OPENAI_URL),
        ("openai", " https://api.openai.com/v1/ ", OPENAI_URL),
        ("openai", "https://eu.api.openai.com/v1", "https://eu.api.openai.com/v1"),
        ("azure", "https://r.openai.azure.com", "https://r.openai.azure.com/openai/v1"),
        ("azure", "https://r.openai.azure.com/", "https://r.openai.azure.com/openai/v1"),
        ("azure", "https://r.openai.azure.com//", "https://r.openai.azure.com/openai/v1"),
        ("azure", "https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com/openai/v1"),
        ("azure", "https://gate.example/azure", "https://gate.example/azure"),
        ("azure", "http://127.0.0.1:8080", "http://127.0.0.1:8080/openai/v1"),
        ("compatible", "https://api.x.ai/v1", "https://api.x.ai/v1"),
        ("compatible", "http://localhost:4000", "http://localhost:4000"),
        ("compatible", "http://localhost:65535/", "http://localhost:65535"),
        ("compatible", "http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("compatible", "https://[2001:db8::1]", "https://[2001:db8::1]"),
        ("compatible", "HTTPS://Host.Example/v1", "https://Host.Example/v1"),
        ("compatible", "https://b\xfccher.example/v1", "https://b\xfccher.example/v1"),
        ("compatible", "https://host.example./v1", "https://host.example./v1"),
        ("compatible", "https://host.example/a%20b/v1", "https://host.example/a%20b/v1"),
    ],
)
def test_completes_addresses(provider: str, text: str, expected: str) -> None:
    """What the user enters becomes a whole base URL without a slash at its end."""
    assert complete_base_url(Provider(provider), text, "Base URL") == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("api.example.com/v1", "does not begin with https://"),
        ("localhost:8080", "does not begin with https://"),
        ("//api.example.com", "does not begin with https://"),
        ("https:api.example.com", "does not begin with https://"),
        ("sk-proj-Hq8sLw2zPm", "does not begin with https://"),
        ("https://api example.com", "has spaces or line breaks"),
        ("https://api.example.com/v 1", "has spaces or line breaks"),
        ("https://api.example.com/v1\nx", "has spaces or line breaks"),
        ("https://api.example.com/v1\tx", "has spaces or line breaks"),
        ("https://api.example.com/\x00", "has spaces or line breaks"),
        ("https://api.example.com\u200b/v1", "has spaces or line breaks"),
        ("https://api.example.com/v1?api-version=1", "has a query or fragment"),
        ("https://api.example.com/v1?", "has a query or fragment"),
        ("https://api.example.com/v1#top", "has a query or fragment"),
        ("https://api.example.com/v1#", "has a query or fragment"),
        ("ftp://api.example.com", "'ftp' is no web address"),
        ("wss://api.example.com/v1", "'wss' is no web address"),
        ("file:///etc/passwd", "'file' is no web address"),
        ("https://", "does not begin with https://"),
        ("https:///v1", "names no host"),
        ("https://:8080/v1", "names no host"),
        ("https://host:0/v1", "names no host"),
        ("https://host:99999/v1", "this is no web address"),
        ("https://host:-1/v1", "this is no web address"),
        ("https://host:port/v1", "this is no web address"),
        ("https://[::1/v1", "this is no web address"),
        ("https://[hello]/v1", "this is no web address"),
        ("https://a..b/v1", "this is no web address"),
        ("https://.example.com/v1", "this is no web address"),
        (f"https://{'a' * 64}.example.com/v1", "this is no web address"),
        ("https://user:Hq8sLw2zPm@host/v1", "has a user name or password"),
        ("https://Hq8sLw2zPm@host/v1", "has a user name or password"),
        ("https://user:Hq8sLw2zPm@/v1", "has a user name or password"),
        ("ftp://user:Hq8sLw2zPm@host/v1", "'ftp' is no web address"),
        ("https://user:Hq8sLw2zPm/x@host/v1", "this is no web address"),
        ("https://user:Hq8sLw2zPm@host:Hq8sLw2zPm/v1", "this is no web address"),
        ("https://host/v1?key=Hq8sLw2zPm", "has a query or fragment"),
    ],
)
@pytest.mark.parametrize("provider", Provider)
def test_refuses_addresses(provider: Provider, text: str, problem: str) -> None:
    """A wrong address is refused with its fault named and without a password in it repeated."""
    error = catch(SettingsError, complete_base_url, provider, text, "Base URL")
    assert str(error).startswith("Base URL: ")
    assert problem in str(error)
    assert error.setting == "Base URL"
    assert error.__context__ is None


@pytest.mark.parametrize("provider", [Provider.AZURE, Provider.COMPATIBLE])
@pytest.mark.parametrize("text", ["", "  ", "/"])
def test_needs_an_address(provider: Provider, text: str) -> None:
    """Only OpenAI's own address can be left out."""
    error = catch(SettingsError, complete_base_url, provider, text, "Base URL")
    assert str(error).startswith("Base URL: it is empty.")


@given(st.text() | st.from_regex(r"https?://[^ ]{0,20}(:[0-9]{0,6})?/?[^ ]{0,9}"))
def test_takes_or_refuses_any_text(text: str) -> None:
    """Whatever is entered is either completed to something stable or refused in our words."""
    try:
        url = complete_base_url(Provider.COMPATIBLE, text, "Base URL")
    except SettingsError:
        return
    assert complete_base_url(Provider.COMPATIBLE, url, "Base URL") == url
    assert Configuration(base_url=url).host


@pytest.mark.parametrize("name", ["X-A", "cf-aig-authorization", "a!#$%&'*+-.^_`|~9"])
def test_takes_names_of_headers(name: str) -> None:
    """A name is a token of HTTP."""
    check_header_name(name, "Name")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "it is empty"),
        ("X A", "this is not the name of a header"),
        ("X-A:", "this is not the name of a header"),
        ("X-A\n", "this is not the name of a header"),
        ("X-A\x00", "this is not the name of a header"),
        ("X-\xc4", "this is not the name of a header"),
        ("(X)", "this is not the name of a header"),
        ("Bearer Hq8sLw2zPm", "this is not the name of a header"),
        ("Authorization", "'Authorization' cannot be set here"),
        ("AUTHORIZATION", "'AUTHORIZATION' cannot be set here"),
        ("Proxy-Authorization", "'Proxy-Authorization' cannot be set here"),
        ("Api-Key", "'Api-Key' cannot be set here"),
        ("Host", "'Host' cannot be set here"),
        ("Content-Type", "'Content-Type' cannot be set here"),
        ("content-length", "'content-length' cannot be set here"),
        ("Transfer-Encoding", "'Transfer-Encoding' cannot be set here"),
        ("OpenAI-Beta", "'OpenAI-Beta' cannot be set here"),
    ],
)
def test_refuses_names_of_headers(name: str, problem: str) -> None:
    """What is no name is refused unseen, and so are headers that the nodes set themselves."""
    error = catch(SettingsError, check_header_name, name, "Name")
    assert str(error).startswith(f"Name: {problem}")


def test_checks_header_values() -> None:
    """Organization and project have to fit into a header, too."""
    check_header_value("", "Project")
    check_header_value("proj_1 ~", "Project")
    for value in ("Hq8sLw2zPm\nb", "a\rb", "\xe4", "\x7f"):
        error = catch(SettingsError, check_header_value, value, "Project")
        assert str(error).startswith("Project: only plain ASCII")


@pytest.mark.parametrize("configuration", [Configuration(), FULL])
def test_survives_the_port(configuration: Configuration) -> None:
    """What goes into a port's spec as JSON comes out of it the same."""
    data = json.loads(json.dumps(configuration.to_dict()))
    again = Configuration.from_dict(data)
    assert again == configuration
    assert isinstance(again.provider, Provider)
    assert isinstance(again.api, Api)


def test_reads_other_versions() -> None:
    """Keys of a newer version are skipped, keys that an older one lacks have their defaults."""
    newer = json.loads(json.dumps({"retires": "never", **FULL.to_dict()}))
    assert Configuration.from_dict(newer) == FULL
    assert Configuration.from_dict({}) == Configuration()
    assert Configuration.from_dict({"attempts": 5}) == Configuration(attempts=5)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"provider": "acme"}, "Provider: the connected configuration has 'acme', which this"),
        ({"api": "v3"}, "API: the connected configuration has 'v3', which this version does not"),
        ({"api": None}, "API: the connected configuration has 'None'"),
        ({"provider": ["openai"]}, "Provider: the connected configuration has"),
    ],
)
def test_names_what_is_newer(data: dict[str, Any], problem: str) -> None:
    """A provider or an API of a newer version is named, with what to do."""
    with pytest.raises(SettingsError, match="Update the extension") as caught:
        Configuration.from_dict(data)
    assert str(caught.value).startswith(problem)


def test_reads_older_versions() -> None:
    """A port's spec from before these settings has their defaults; one that is gone is skipped."""
    new = {"ca_file", "minimal", "credential_headers"}
    data = {name: value for name, value in FULL.to_dict().items() if name not in new}
    again = Configuration.from_dict({**data, "http2": True})
    assert (again.ca_file, again.minimal, again.credential_headers) == ("", False, {})
    assert again.headers == FULL.headers


def test_holds_no_key() -> None:
    """There is no field for a secret, and the dictionary's headers are a copy."""
    data = FULL.to_dict()
    assert not [name for name in data if "key" in name or "secret" in name or "password" in name]
    assert data["credential_headers"] == {
        "X-B": {"credential": "gateway", "template": "Bearer {password}"}
    }
    data["headers"]["X-B"] = "2"
    assert "X-B" not in FULL.headers


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.example.com/v1", "api.example.com"),
        ("https://api.example.com:8443/v1", "api.example.com:8443"),
        ("http://api.example.com/v1", "api.example.com"),
        ("http://192.168.1.5:4000", "192.168.1.5:4000"),
        ("http://127.0.0.1:4000", "127.0.0.1:4000"),
        ("http://LOCALHOST:4000", "LOCALHOST:4000"),
        ("http://[::1]:4000/v1", "[::1]:4000"),
    ],
)
def test_knows_the_host(url: str, host: str) -> None:
    """Messages name host and port."""
    assert Configuration(base_url=url).host == host
