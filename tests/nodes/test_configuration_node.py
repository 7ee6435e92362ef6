# SPDX-License-Identifier: MIT
"""*OpenAI Realtime Configuration*."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import knime.extension as knext
import pytest
import trustme

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.host import CredentialPort
from realtime_dev.sandbox import Sandbox

from .conftest import Chain

# test_addresses, test_credentials and the client's test_trust have all that can be wrong.
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"base_url": "https://me:secret@api.example.com"}, "Base URL: .*user name or password"),
    ({"credential": "<none>"}, "Credential: none is chosen.*Credentials Configuration"),
    ({"credential": "nope"}, "Credential: there is no credential 'nope'"),
    ({"provider": "acme"}, "Provider: must be one of .* not 'acme'"),
    ({"api": "v3"}, "API: must be one of ga, beta, not 'v3'"),
    ({"ca_file": "/no/such/ca.pem"}, "CA file: '/no/such/ca.pem' does not exist"),
    ({"organization": "org\n1"}, "Organization: only plain ASCII"),
]


GOOD = {"name": "X-Team", "value": "voice"}
SECRET = {"name": "X-Token", "credential": "gateway"}

REFUSED_HEADERS: list[tuple[list[dict[str, Any]], str]] = [
    ([{"name": "Authorization", "value": "x"}], "1, Name: 'Authorization' cannot be set here"),
    ([GOOD, {"name": "api-key", "credential": "key"}], "2, Name: 'api-key' cannot be set here"),
    ([GOOD, {"value": "x"}], "2, Name: enter a value"),
    ([{"name": "X Team", "value": "x"}], "1, Name: this is not the name of a header"),
    ([GOOD, SECRET, {"name": "x-team", "value": "x"}], "3, Name: 'x-team' is in the list already"),
    ([SECRET, {"name": "x-TOKEN", "value": "x"}], "2, Name: 'x-TOKEN' is in the list already"),
    ([{"name": "X-Team", "value": "sécret"}], "1, Value: only plain ASCII"),
    ([SECRET | {"value": "é{password}"}], "1, Value: only plain ASCII"),
    ([GOOD, {"name": "X-B"}], "2: enter a value or choose a credential"),
    ([{"name": "X-B", "value": "  ", "credential": "<none>"}], "1: enter a value or choose"),
    ([SECRET | {"value": "secret"}], "1, Value: a credential is chosen too.*{password}"),
    ([{"name": "X-B", "value": "Bearer {password}"}], "1, Credential: none is chosen, but"),
]


@pytest.mark.parametrize(("headers", "expected"), REFUSED_HEADERS)
def test_wrong_headers_are_refused(
    headers: list[dict[str, Any]], expected: str, chain: Chain
) -> None:
    """A wrong header is named by its number in the list, and its value is not repeated."""
    chain.credentials["gateway"] = ("", "a-token")
    with pytest.raises(knext.InvalidParametersError, match=f"^Header {expected}") as caught:
        chain.connect({"headers": headers})
    assert "secret" not in str(caught.value)


def test_items_of_a_wrong_type_are_refused(chain: Chain) -> None:
    """An item that KNIME cannot read is an error of the list."""
    with pytest.raises(knext.InvalidParametersError, match=r"^Additional headers: an item cannot"):
        chain.connect({"headers": [GOOD | {"value": 1}]})


def test_missing_credential_of_a_header_is_refused(chain: Chain) -> None:
    """The header is named, by the configuration node and by every node behind it."""
    with pytest.raises(knext.InvalidParametersError, match="Additional headers: 'X-Token' needs"):
        chain.connect({"headers": [SECRET]})
    chain.credentials["gateway"] = ("", "a-token")
    port = chain.connect({"headers": [SECRET]}).outputs[0]
    del chain.credentials["gateway"]
    with pytest.raises(knext.InvalidParametersError, match="Additional headers: 'X-Token' needs"):
        chain.host.configure("session", {}, [port.spec], credentials=chain.credentials)


@pytest.mark.parametrize(("settings", "expected"), REFUSED)
def test_wrong_settings_are_refused(settings: dict[str, Any], expected: str, chain: Chain) -> None:
    """A wrong setting is named when the node is configured."""
    with pytest.raises(knext.InvalidParametersError, match=expected) as caught:
        chain.connect(settings)
    assert "secret@" not in str(caught.value)


def test_verifies_by_listing_models(chain: Chain, sandbox: Sandbox) -> None:
    """By default the node asks for the models, which costs nothing."""
    execution = chain.connect({"verify": True})
    assert [call.path for call in sandbox.calls] == ["/v1/models"]
    assert execution.warnings == []


def test_wrong_key_fails_here(chain: Chain) -> None:
    """A wrong key shows at the configuration node already."""
    chain.credentials = {"key": ("", "sk-wrong-key-0123456789")}
    with pytest.raises(NodeError, match="does not accept the API key of the credential 'key'"):
        chain.connect({"verify": True})


@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed"])
def test_server_without_models_is_a_warning(status: str, serve: Callable[..., Chain]) -> None:
    """A server without a list of models is no failure."""
    execution = serve(status, b"").connect({"verify": True})
    assert "has no list of models" in execution.warnings[0]


def test_plain_http_to_another_machine_warns(chain: Chain) -> None:
    """A key that would travel unencrypted is worth a warning."""
    execution = chain.connect({"base_url": "http://gateway.example.com/v1"})
    assert "unencrypted" in execution.warnings[0]


def test_secrets_are_not_in_the_port(chain: Chain) -> None:
    """The port names the credentials and holds neither the key nor a gateway's token."""
    chain.credentials["gateway"] = ("", "a-token")
    output = chain.connect({"headers": [GOOD, SECRET]}).outputs[0]
    key = chain.credentials["key"][1]
    saved = json.dumps(output.spec_json) + output.data.decode()
    assert key not in saved
    assert "a-token" not in saved
    data = output.spec_json["data"]
    assert data["credential"] == "key"
    configuration = data["configuration"]
    assert configuration["headers"] == {"X-Team": "voice"}
    assert configuration["credential_headers"] == {
        "X-Token": {"credential": "gateway", "template": "{password}"}
    }


TOKENS = [
    ("Bearer", lambda key: key),
    ("Basic", lambda key: base64.b64encode(f"user:{key}".encode()).decode()),
]


@pytest.mark.parametrize(("schema", "encode"), TOKENS)
def test_credential_port(
    schema: str, encode: Callable[[str], str], chain: Chain, sandbox: Sandbox
) -> None:
    """A connected credential is used instead of a named one, and is not saved."""
    token = CredentialPort(schema, encode(sandbox.api_key))
    first = chain.connect({"verify": True}, token)
    assert sandbox.api_key not in json.dumps(first.outputs[0].spec_json)
    second = chain.host.execute("session", {}, [first.outputs[0]], credentials={})
    assert second.outputs[0].num_rows == 1


def test_headers_are_sent(chain: Chain, sandbox: Sandbox) -> None:
    """Organization, project and additional headers travel with the request."""
    chain.credentials |= {"gateway": ("", "a-token"), "other": ("", "t0k")}
    more = {"name": " X-Other ", "value": " Token {password} ", "credential": "other"}
    settings = {
        "organization": "org-1",
        "project": "proj_1",
        "headers": [GOOD, SECRET, more],
    }
    chain.run(None, settings)
    headers = sandbox.calls[-1].headers
    assert headers["openai-organization"] == "org-1"
    assert headers["openai-project"] == "proj_1"
    assert headers["x-team"] == "voice"
    assert headers["x-token"] == "a-token"
    assert headers["x-other"] == "Token t0k"
    assert "openai-beta" not in headers


def test_ca_file_opens_the_connection(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the company's certificate in the CA file both nodes reach a server behind TLS."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with Sandbox(authority=authority) as secure:
        chain.credentials = {"key": ("", secure.api_key)}
        settings = {"base_url": secure.base_url, "verify": True}
        with pytest.raises(NodeError, match="is not trusted"):
            chain.connect(settings)
        settings |= {"ca_file": str(tmp_path / "ca.pem")}
        assert chain.run({}, settings).outputs[0].num_rows == 1
        assert [call.path for call in secure.calls][-1] == "/v1/realtime/client_secrets"
