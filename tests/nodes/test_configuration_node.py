# SPDX-License-Identifier: MIT
"""*OpenAI Realtime Configuration*."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import knime.extension as knext
import pytest
import trustme

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.host import CredentialPort
from realtime_dev.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"base_url": "api.example.com/v1"}, "Base URL: .*https://"),
    ({"base_url": "https://api.example .com/v1"}, "Base URL: .*spaces"),
    ({"base_url": "https://api.example.com/v1?x=1"}, "Base URL: .*query"),
    ({"base_url": "ftp://api.example.com"}, "Base URL: .*'ftp' is no web address"),
    ({"base_url": ""}, "Base URL: it is empty"),
    ({"base_url": "https://me:secret@api.example.com"}, "Base URL: .*user name or password"),
    ({"credential": "<none>"}, "Credential: none is chosen.*Credentials Configuration"),
    ({"credential": "nope"}, "Credential: there is no credential 'nope'"),
    ({"provider": "acme"}, "Provider: 'acme' is none of"),
    ({"api": "v3"}, "API: 'v3' is none of"),
    ({"headers": "Authorization: Bearer x"}, "Additional headers: line 1.*cannot be set"),
    ({"headers": "no colon"}, "Additional headers: line 1 is not of the form"),
    ({"ca_file": "/no/such/ca.pem"}, "CA file: '/no/such/ca.pem' does not exist"),
    ({"ca_file": __file__}, "CA file: .* has no certificate in PEM form"),
    ({"ca_file": "/"}, "CA file: '/' is a folder"),
    ({"organization": "org\n1"}, "Organization: only plain ASCII"),
]


@pytest.mark.parametrize(("settings", "expected"), REFUSED)
def test_wrong_settings_are_refused(settings: dict[str, Any], expected: str, chain: Any) -> None:
    """A wrong setting is named when the node is configured."""
    given = {"provider": "compatible", "base_url": chain.base_url, "credential": "key", **settings}
    with pytest.raises(knext.InvalidParametersError, match=expected) as caught:
        chain.host.configure("configuration", given, [None], credentials=chain.credentials)
    assert "secret@" not in str(caught.value)


def test_verifies_by_listing_models(chain: Any, sandbox: Sandbox) -> None:
    """By default the node asks for the models, which costs nothing."""
    execution = chain.connect({"verify": True})
    assert [call.path for call in sandbox.calls] == ["/v1/models"]
    assert execution.warnings == []


def test_wrong_key_fails_here(chain: Any) -> None:
    """A wrong key shows at the configuration node already."""
    chain.credentials = {"key": ("", "sk-wrong-key-0123456789")}
    with pytest.raises(NodeError, match="does not accept the API key of the credential 'key'"):
        chain.connect({"verify": True})


@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed"])
def test_server_without_models_is_a_warning(status: str, serve: Callable[..., Any]) -> None:
    """A server without a list of models is no failure."""
    execution = serve(status, b"").connect({"verify": True})
    assert "has no list of models" in execution.warnings[0]


def test_plain_http_to_another_machine_warns(chain: Any) -> None:
    """A key that would travel unencrypted is worth a warning."""
    execution = chain.connect({"base_url": "http://gateway.example.com/v1"})
    assert "unencrypted" in execution.warnings[0]


def test_key_is_not_in_the_port(chain: Any) -> None:
    """The port names the credential and does not hold the key."""
    output = chain.connect().outputs[0]
    key = chain.credentials["key"][1]
    assert key not in json.dumps(output.spec_json) + output.data.decode()
    assert "key" in json.dumps(output.spec_json)


TOKENS = [
    ("Bearer", lambda key: key),
    ("Basic", lambda key: base64.b64encode(f"user:{key}".encode()).decode()),
]


@pytest.mark.parametrize(("schema", "encode"), TOKENS)
def test_credential_port(
    schema: str, encode: Callable[[str], str], chain: Any, sandbox: Sandbox
) -> None:
    """A connected credential is used instead of a named one, and is not saved."""
    token = CredentialPort(schema, encode(sandbox.api_key))
    first = chain.connect({"verify": True}, token)
    assert sandbox.api_key not in json.dumps(first.outputs[0].spec_json)
    second = chain.host.execute("session", {}, [first.outputs[0]], credentials={})
    assert second.outputs[0].num_rows == 1


def test_credential_port_hides_the_drop_down(chain: Any) -> None:
    """With a credential connected there is no name to choose."""
    paths = {
        control.path.removeprefix("model.")
        for control in chain.host.visible("configuration", {}, [CredentialPort("Bearer", "x")])
    }
    assert "credential" not in paths
    assert "base_url" in paths


def test_headers_are_sent(chain: Any, sandbox: Sandbox) -> None:
    """Organization, project and additional headers travel with the request."""
    settings = {"organization": "org-1", "project": "proj_1", "headers": "X-Team: voice"}
    chain.run(None, settings)
    headers = {name.lower(): value for name, value in sandbox.calls[-1].headers.items()}
    assert headers["openai-organization"] == "org-1"
    assert headers["openai-project"] == "proj_1"
    assert headers["x-team"] == "voice"
    assert "openai-beta" not in headers


def test_says_what_http2_needs(chain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package h2 the setting is refused when the node is configured."""
    find = "openai_realtime.nodes.configuration.find_spec"
    monkeypatch.setattr(find, lambda _: None)
    with pytest.raises(knext.InvalidParametersError, match="Use HTTP/2: this needs"):
        chain.connect({"http2": True})


def test_ca_file_opens_the_connection(
    chain: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the company's certificate in the CA file both nodes reach a server behind TLS."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    files = {name: tmp_path / f"{name}.pem" for name in ("ca", "certfile", "keyfile")}
    authority.cert_pem.write_to_path(str(files["ca"]))
    certificate.cert_chain_pems[0].write_to_path(str(files["certfile"]))
    certificate.private_key_pem.write_to_path(str(files["keyfile"]))
    with Sandbox(certfile=files["certfile"], keyfile=files["keyfile"]) as secure:
        chain.credentials = {"key": ("", secure.api_key)}
        settings = {"base_url": secure.base_url, "verify": True}
        with pytest.raises(NodeError, match="is not trusted"):
            chain.connect(settings)
        settings |= {"ca_file": str(files["ca"]), "http2": True}
        assert chain.run({}, settings).outputs[0].num_rows == 1
        assert [call.path for call in secure.calls][-1] == "/v1/realtime/client_secrets"
