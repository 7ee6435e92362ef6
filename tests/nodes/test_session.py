# SPDX-License-Identifier: MIT
"""*Create Realtime Session*, from the dialog's settings to the table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import knime.extension as knext
import pytest

from openai_realtime.nodes.boundary import NodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_dev.host import Host
    from realtime_dev.sandbox import Sandbox

CONTRACT = [
    ("Client Secret", "String"),
    ("Modalities", "List (Collection of: String)"),
    ("Instructions", "String"),
    ("Voice", "String"),
    ("Input Audio Format", "String"),
    ("Output Audio Format", "String"),
    ("Input Audio Transcription", "JSON"),
    ("Speed", "Number (Float)"),
    ("Tracing", "JSON"),
    ("Turn Detection", "JSON"),
    ("Tools", "JSON"),
    ("Tool Choice", "String"),
    ("Temperature", "Number (Float)"),
    ("Max Response Output Tokens", "String"),
    ("Expires At", "Zoned Date Time"),
]


def test_table_honours_the_contract(chain: Any) -> None:
    """The structured table has the promised columns, in the promised order and types."""
    assert chain.run().outputs[0].columns[: len(CONTRACT)] == CONTRACT


def test_secret_opens_a_session(chain: Any, sandbox: Sandbox) -> None:
    """The secret in the table is one that the server takes for the session's model."""
    row = chain.row({"model": "gpt-realtime-2", "voice": "cedar", "instructions": "Be brief."})
    from websockets.sync.client import connect  # noqa: PLC0415 - used here only

    url = sandbox.base_url.replace("http://", "ws://") + "/realtime?model=gpt-realtime-2"
    headers = {"Authorization": f"Bearer {row['Client Secret']}"}
    with connect(url, additional_headers=headers, proxy=None) as socket:
        event = json.loads(socket.recv(timeout=60))
    assert event["type"] == "session.created"
    assert event["session"]["instructions"] == "Be brief."
    assert event["session"]["audio"]["output"]["voice"] == "cedar"


def test_settings_come_back_in_their_columns(chain: Any) -> None:
    """What is set in the dialog is what the table says."""
    row = chain.row(
        {
            "model": "gpt-realtime-2",
            "output": "text",
            "turn_detection": "semantic_vad",
            "semantic_vad.eagerness": "high",
            "hearing.input_format": "audio/pcmu",
            "hearing.noise_reduction": "near_field",
            "hearing.transcription": "on",
            "hearing.transcript.language": "de",
            "abilities.tool_choice": "none",
            "limits.max_output_tokens": "limit",
            "limits.max_output_tokens_limit": 99,
            "tracing.mode": "auto",
        }
    )
    assert list(row["Modalities"]) == ["text"]
    assert row["Turn Detection"]["eagerness"] == "high"
    assert row["Input Audio Format"] == "audio/pcmu"
    assert row["Noise Reduction"]["type"] == "near_field"
    assert row["Input Audio Transcription"]["language"] == "de"
    assert (row["Tool Choice"], row["Max Response Output Tokens"]) == ("none", "99")
    assert (row["Tracing"], row["Model"]) == ("auto", "gpt-realtime-2")


def test_beta_api(chain: Any, sandbox: Sandbox) -> None:
    """The same dialog mints through the beta API, temperature included."""
    settings = {"limits.temperature_set": True, "limits.temperature": 0.7, "output": "audio"}
    row = chain.row(settings, {"api": "beta"})
    assert row["Temperature"] == 0.7
    assert list(row["Modalities"]) == ["audio", "text"]
    assert row["Input Audio Format"] == "pcm16"
    assert sandbox.calls[-1].path.endswith("/realtime/sessions")


def test_azure(host: Host, sandbox: Sandbox) -> None:
    """Azure gets its path and its header, and the deployment as the model."""
    credentials = {"key": ("", sandbox.api_key)}
    url = sandbox.azure_base_url.removesuffix("/openai/v1")
    settings = {"provider": "azure", "base_url": url, "credential": "key"}
    first = host.execute("configuration", settings, [None], credentials=credentials)
    model = {"model": "gpt-realtime"}
    second = host.execute("session", model, [first.outputs[0]], credentials=credentials)
    assert second.outputs[0].to_pandas()["Model"].iloc[0] == "gpt-realtime"
    assert sandbox.calls[-1].path == "/openai/v1/realtime/client_secrets"


def test_raw_row_is_what_came(chain: Any) -> None:
    """Raw output holds the body as it came and the status."""
    row = chain.row({"format": "raw"})
    assert row["status"] == 200
    assert json.loads(row["body"])["value"].startswith("ek_")


def test_configuration_passes_through(chain: Any) -> None:
    """The second output is the configuration, so that nodes chain."""
    first = chain.connect()
    second = chain.host.execute("session", {}, first.outputs, credentials=chain.credentials)
    assert second.outputs[1].spec_json == first.outputs[0].spec_json
    third = chain.host.execute("session", {}, [second.outputs[1]], credentials=chain.credentials)
    assert third.outputs[0].num_rows == 1


RECORDED: list[tuple[str, dict[str, Any]]] = [
    ("ga_realtime_recorded", {"Client Secret": "ek_scrubbed", "Voice": "marin", "Speed": 1.0}),
    ("azure_realtime_text_recorded", {"Client Secret": "ek_scrubbed", "Model": "gpt-realtime"}),
    ("beta_sessions_docs_sample", {"Client Secret": "ek_abc123", "Temperature": 0.7}),
]


@pytest.mark.parametrize(("name", "expected"), RECORDED)
def test_recorded_answers(
    name: str, expected: dict[str, Any], serve: Callable[..., Any], responses: dict[str, bytes]
) -> None:
    """Each recorded answer, served over a socket, gives its columns."""
    row = serve("200 OK", responses[name]).row()
    assert {column: row[column] for column in expected} == expected


ERRORS = [
    ("azure_error_404_deployment_not_found", "404 Not Found", "Azure OpenAI has no such deploy"),
    ("error_400_beta_api_shape_disabled", "400 Bad Request", "This server has switched the beta"),
    ("error_400_unknown_parameter_temperature", "400 Bad Request", "Setting: Temperature."),
    ("error_401_invalid_api_key", "401 Unauthorized", "does not accept the API key of the cred"),
    ("error_404_model_not_found", "404 Not Found", "The model does not exist"),
    ("error_429_credit_balance_exhausted", "429 Too Many Requests", "no credit left"),
    ("error_429_rate_limit_exceeded_rpd", "429 Too Many Requests", "takes no more requests"),
    ("error_500_server_error", "500 Internal Server Error", "The server failed or was overloaded"),
]


@pytest.mark.parametrize(("name", "status", "expected"), ERRORS)
def test_recorded_errors(
    name: str, status: str, expected: str, serve: Callable[..., Any], responses: dict[str, bytes]
) -> None:
    """Each recorded error gives its own line with the server's reason and the request id."""
    with pytest.raises(NodeError) as caught:
        serve(status, responses[name]).run()
    message = str(caught.value)
    assert expected in message
    assert "The server says: " in message
    assert message.endswith("(request id req_42)")
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(("name", "status", "_"), ERRORS)
def test_raw_output_keeps_errors(
    name: str, status: str, _: str, serve: Callable[..., Any], responses: dict[str, bytes]
) -> None:
    """In raw output an HTTP error is a row to branch on."""
    row = serve(status, responses[name]).row({"format": "raw"})
    assert row["body"] == responses[name].decode()
    assert row["status"] == int(status[:3])


ODD_BODIES = [
    (b"", "is empty"),
    (b"<html><title>Sign in</title></html>", "web page"),
    (b'{"value": "ek_1", "sess', "cut off"),
    (b"[1, 2]", "no JSON object"),
    (b"hello", "no JSON"),
    (b'{"session": {}}', "'value' is missing"),
    (b'{"value": null, "session": {}}', "is null"),
]


@pytest.mark.parametrize(("body", "expected"), ODD_BODIES)
def test_odd_bodies(body: bytes, expected: str, serve: Callable[..., Any]) -> None:
    """A body that is no client secret is a clear error, and a row in raw output."""
    chain = serve("200 OK", body, "text/plain")
    with pytest.raises(NodeError, match=expected):
        chain.run()
    assert chain.row({"format": "raw"})["body"] == body.decode()


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"speech.speed_set": True, "speech.speed": 1.6}, "Speed: must be .* not '1.6'"),
    ({"limits.temperature_set": True}, r"Temperature: the current \(GA\) API has no such setting"),
    (
        {"expires_after_seconds_set": True, "expires_after_seconds": 5},
        "Lifetime of the secret.*must be a whole number from 10 to 7200, not '5'",
    ),
    (
        {
            "turn_detection": "server_vad",
            "server_vad.threshold_set": True,
            "server_vad.threshold": 2.0,
        },
        "Threshold .*must be a number from 0 to 1, not '2.0'",
    ),
    ({"abilities.tools_json": "["}, r"Tools .*line 1, column 2"),
    ({"abilities.tools_json": "{}"}, "must be a list"),
    ({"abilities.tools_json": '[{"type": "function"}]'}, r"tools\[0\]: 'name' is missing"),
    (
        {"abilities.tools_json": '[{"type": "function", "name": "f", "strict": true}]'},
        r"tools\[0\]: unknown key 'strict'",
    ),
    ({"format": "yaml"}, "Result format: 'yaml' is neither"),
    ({"model": "other"}, "Another model: enter a value"),
]


@pytest.mark.parametrize(("settings", "expected"), REFUSED)
def test_wrong_settings_are_refused_before_anything_is_sent(
    settings: dict[str, Any], expected: str, chain: Any, sandbox: Sandbox
) -> None:
    """A wrong setting is named when the node is configured; the server hears nothing."""
    first = chain.connect()
    with pytest.raises(knext.InvalidParametersError, match=expected):
        chain.host.configure("session", settings, first.outputs, credentials=chain.credentials)
    assert sandbox.calls == []


def test_temperature_out_of_range_under_beta(chain: Any) -> None:
    """The beta API's temperature has a range, too."""
    settings = {"limits.temperature_set": True, "limits.temperature": 0.5}
    with pytest.raises(knext.InvalidParametersError, match="Temperature: must be a number"):
        chain.run(settings, {"api": "beta"})


BAD_CREDENTIALS: list[tuple[dict[str, tuple[str, str]], str]] = [
    ({}, "there is no credential 'key'"),
    ({"key": ("", "")}, "credential 'key' has an empty password"),
    ({"key": ("", "sk-1\nsk-2")}, "line break"),
    ({"key": ("", "schlüssel")}, "no key or token has"),
]


@pytest.mark.parametrize(("credentials", "expected"), BAD_CREDENTIALS)
def test_bad_credentials_send_nothing(
    credentials: dict[str, tuple[str, str]], expected: str, chain: Any, sandbox: Sandbox
) -> None:
    """A credential that cannot be used is named, never shown, and no request goes out."""
    first = chain.connect()
    with pytest.raises((NodeError, knext.InvalidParametersError), match=expected) as caught:
        chain.host.execute("session", {}, first.outputs, credentials=credentials)
    for _, password in credentials.values():
        assert not password or password not in str(caught.value)
    assert sandbox.calls == []


def test_cancel_ends_the_node(host: Host) -> None:
    """A canceled node does not wait for a server that hangs."""
    from realtime_dev.sandbox import RawServer, Step  # noqa: PLC0415 - used here only

    from .conftest import KEY, Chain  # noqa: PLC0415 - the fixture's own class

    with RawServer([Step.READ, Step.HOLD]) as server, pytest.raises(NodeError, match="Canceled"):
        Chain(host, server.url + "/v1", KEY).run(canceled=lambda: bool(server.requests))


def test_progress_is_told(chain: Any) -> None:
    """The progress line says what the node waits for."""
    messages = [message for _, message in chain.run().progress]
    assert any("attempt 1 of 1" in message for message in messages)


def test_basic_dialog_fits_one_screen(chain: Any) -> None:
    """The dialog opens with at most eight controls."""
    first = chain.connect()
    shown = [
        control
        for control in chain.host.visible("session", {}, [first.outputs[0].spec])
        if not control.advanced
    ]
    assert [control.path.removeprefix("model.") for control in shown][:2] == [
        "session_from",
        "model",
    ]
    assert len(shown) <= 8


def test_server_is_told_nothing_that_is_left_alone(chain: Any, sandbox: Sandbox) -> None:
    """A new node sends the session's type and nothing else."""
    chain.run()
    assert sandbox.calls[-1].body == {"session": {"type": "realtime"}}


def test_host_unknown(host: Host) -> None:
    """A host that does not exist is named."""
    from .conftest import KEY, Chain  # noqa: PLC0415 - the fixture's own class

    with pytest.raises(NodeError, match=r"nowhere\.invalid"):
        Chain(host, "http://nowhere.invalid/v1", KEY).run()


def test_official_client_mints_too(sandbox: Sandbox) -> None:
    """The sandbox that the nodes are tested with is no private dialect."""
    from openai import OpenAI  # noqa: PLC0415 - slow, and used here only

    with OpenAI(
        base_url=sandbox.base_url, api_key=sandbox.api_key, http_client=httpx.Client(timeout=60)
    ) as client:
        secret = client.realtime.client_secrets.create(session={"type": "realtime"})
    assert secret.value.startswith("ek_")
