# SPDX-License-Identifier: MIT
"""Where the API is, and how the configuration travels over a port."""

import json
from typing import Any

import pytest

from client.conftest import catch
from openai_realtime.api import Api
from openai_realtime.client.configuration import Configuration, Provider
from openai_realtime.errors import SettingsError

FULL = Configuration(
    provider=Provider.AZURE,
    base_url="https://r.openai.azure.com/openai/v1",
    api=Api.BETA,
    organization="org-1",
    project="proj_1",
    headers={"X-A": "1"},
    credential_headers={"X-B": {"credential": "gateway", "template": "Bearer {password}"}},
    connect_timeout=1.5,
    read_timeout=2.5,
    attempts=7,
    longest_wait=3.5,
    deadline=4.5,
    ca_file="/etc/company.pem",
    minimal=True,
)


@pytest.mark.parametrize("missing", Configuration._fields)
def test_reads_other_versions(missing: str) -> None:
    """Keys of a newer version are skipped, keys that an older one lacks have their defaults."""
    data = json.loads(json.dumps({"http2": True, **FULL._asdict()}))
    del data[missing]
    found = Configuration.from_dict(data)
    assert found._asdict() == {**FULL._asdict(), missing: Configuration()._asdict()[missing]}
    assert (type(found.provider), type(found.api)) == (Provider, Api)


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
