# SPDX-License-Identifier: MIT
"""The nodes for one session, from the dialog's settings to the table."""

import json
from collections.abc import Callable
from typing import Any

import knime.extension as knext
import pytest

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.sandbox import (
    Sandbox,
)

from .conftest import RESPONSES, Chain

COLUMNS = {
    "session": [
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
    ],
    "transcription": [
        ("Client Secret", "String"),
        ("Expires At", "Zoned Date Time"),
        ("Session ID", "String"),
        ("Session Type", "String"),
        ("Model", "String"),
        ("Input Audio Transcription", "JSON"),
        ("Input Audio Format", "String"),
        ("Turn Detection", "JSON"),
        ("Noise Reduction", "JSON"),
        ("Include", "JSON"),
        ("Other Fields", "JSON"),
    ],
    "translation": [
        ("Client Secret", "String"),
        ("Expires At", "Zoned Date Time"),
        ("Session ID", "String"),
        ("Session Type", "String"),
        ("Model", "String"),
        ("Output Language", "String"),
        ("Input Audio Transcription", "JSON"),
        ("Noise Reduction", "JSON"),
        ("Other Fields", "JSON"),
    ],
}
"""The columns that users count on; those of a session are the first of its table."""

NODES = list(COLUMNS)
ENDPOINTS = [
    ("session", "ga", "/v1/realtime/client_secrets"),
    ("session", "beta", "/v1/realtime/sessions"),
    ("transcription", "ga", "/v1/realtime/client_secrets"),
    ("transcription", "beta", "/v1/realtime/transcription_sessions"),
    ("translation", "ga", "/v1/realtime/translations/client_secrets"),
]


@pytest.mark.parametrize(("node", "api", "path"), ENDPOINTS)
def test_node_mints_at_its_endpoint(
    node: str, api: str, path: str, chain: Chain, sandbox: Sandbox
) -> None:
    """A new node mints a secret at its own endpoint; both tables have the columns configured."""
    table = chain.run({}, {"api": api}, node=node).outputs[0]
    row = table.to_pandas().iloc[0]
    assert table.columns[: len(COLUMNS[node])] == COLUMNS[node]
    assert row["Client Secret"].startswith("ek_")
    raw = chain.row({"result_format": "raw"}, {"api": api}, node)
    assert raw["status"] == 200
    assert json.loads(raw["body"])["session" if api == "ga" else "client_secret"]
    assert [call.path for call in sandbox.calls] == [path] * 2


@pytest.mark.parametrize(
    ("node", "session"),
    [
        ("session", {"type": "realtime"}),
        ("transcription", {"type": "transcription"}),
        ("translation", {"model": "gpt-realtime-translate"}),
    ],
)
def test_nothing_is_sent_that_is_not_set(
    node: str, session: dict[str, Any], chain: Chain, sandbox: Sandbox
) -> None:
    """A new node sends only what the API requires."""
    chain.run(node=node)
    assert sandbox.calls[-1].body == {"session": session}


@pytest.mark.parametrize("node", NODES)
def test_configuration_passes_through(node: str, chain: Chain) -> None:
    """The second output is the configuration, so that nodes chain in any order."""
    first = chain.connect()
    second = chain.host.execute(node, {}, first.outputs, credentials=chain.credentials)
    assert second.outputs[1].spec_json == first.outputs[0].spec_json
    third = chain.host.execute("session", {}, [second.outputs[1]], credentials=chain.credentials)
    assert third.outputs[0].num_rows == 1


HEARD: dict[str, Any] = {
    "transcription_model": "gpt-4o-transcribe",
    "language": "de",
    "hint": "KNIME",
    "turn_detection": "server_vad",
    "audio_input.include": "logprobs",
    "audio_input.input_format": "audio/pcmu",
    "audio_input.noise_reduction": "far_field",
}
HEARD_COLUMNS: dict[str, Any] = {
    "Model": "gpt-4o-transcribe",
    "Input Audio Transcription": {"language": "de", "prompt": "KNIME"},
    "Noise Reduction": {"type": "far_field"},
    "Include": ["item.input_audio_transcription.logprobs"],
}
COME_BACK: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "session",
        "ga",
        {
            "model": "gpt-realtime-2",
            "output": "text",
            "audio_input.input_format": "audio/pcmu",
            "audio_input.noise_reduction": "near_field",
            "tools.tool_choice": "none",
            "answers.max_output_tokens": "limit",
            "answers.max_output_tokens_limit": 99,
            "tracing.tracing": "auto",
        },
        {
            "Modalities": ["text"],
            "Input Audio Format": "audio/pcmu",
            "Tool Choice": "none",
            "Max Response Output Tokens": "99",
            "Tracing": "auto",
            "Model": "gpt-realtime-2",
        },
    ),
    (
        "session",
        "beta",
        {"answers.temperature_set": True, "answers.temperature": 0.7, "output": "audio"},
        {"Temperature": 0.7, "Modalities": ["audio", "text"], "Input Audio Format": "pcm16"},
    ),
    ("transcription", "ga", HEARD, {**HEARD_COLUMNS, "Input Audio Format": "audio/pcmu"}),
    ("transcription", "beta", HEARD, {**HEARD_COLUMNS, "Input Audio Format": "g711_ulaw"}),
    (
        "translation",
        "ga",
        {
            "output_language": "es",
            "audio_input.transcription": "on",
            "audio_input.noise_reduction": "near_field",
        },
        {
            "Model": "gpt-realtime-translate",
            "Output Language": "es",
            "Input Audio Transcription": {"model": "gpt-realtime-whisper"},
            "Noise Reduction": {"type": "near_field"},
        },
    ),
]


@pytest.mark.parametrize(("node", "api", "settings", "columns"), COME_BACK)
def test_settings_come_back_in_their_columns(
    node: str, api: str, settings: dict[str, Any], columns: dict[str, Any], chain: Chain
) -> None:
    """What is set in the dialog is what the table says, whichever the API."""
    row = chain.row(settings, {"api": api}, node)
    if "Modalities" in columns:
        row["Modalities"] = list(row["Modalities"])
    assert {name: row[name] for name in columns} == columns


def test_errors_of_the_server(serve: Callable[..., Chain]) -> None:
    """An error names the setting as the dialog does, in one line; raw output makes it a row."""
    body = (RESPONSES / "error_400_unknown_parameter_temperature.json").read_bytes()
    chain = serve("400 Bad Request", body)
    with pytest.raises(NodeError) as caught:
        chain.run()
    assert "Setting: Temperature (not set)." in str(caught.value)
    assert "The server says: " in str(caught.value)
    assert str(caught.value).endswith("(request id req_42)")
    assert "\n" not in str(caught.value)
    row = chain.row({"result_format": "raw"})
    assert (row["body"], row["status"]) == (body.decode(), 400)


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"api": "beta"}, "API: the beta API has no realtime translation session. "),
        (
            {"provider": "azure", "base_url": "https://x.openai.azure.com"},
            "Provider: Azure OpenAI has no realtime translation session. ",
        ),
    ],
)
@pytest.mark.parametrize("settings", [{}, {"session_from": "json", "session_json": "{}"}])
def test_servers_without_translation(
    configuration: dict[str, Any], message: str, settings: dict[str, Any], chain: Chain
) -> None:
    """Where there are no translation sessions, the message says so and what to do."""
    with pytest.raises(knext.InvalidParametersError) as caught:
        chain.run(settings, configuration, node="translation")
    assert str(caught.value).startswith(message)
    assert "Connect a configuration with" in str(caught.value)


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [({}, "there is no credential 'key'"), ({"key": ("", "sk-1\nsk-2")}, "line break")],
)
def test_bad_credentials_send_nothing(
    credentials: dict[str, tuple[str, str]], expected: str, chain: Chain, sandbox: Sandbox
) -> None:
    """A credential that cannot be used is named, never shown, and no request is sent."""
    first = chain.connect()
    with pytest.raises((NodeError, knext.InvalidParametersError), match=expected) as caught:
        chain.host.execute("session", {}, first.outputs, credentials=credentials)
    assert "sk-1" not in str(caught.value)
    assert sandbox.calls == []
