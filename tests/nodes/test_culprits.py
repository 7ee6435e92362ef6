# SPDX-License-Identifier: MIT
"""Whom a message blames: what the user wrote, for each way in which a value can be given."""

import json
from typing import Any

import knime.extension as knext
import pandas as pd
import pytest

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.sandbox import Sandbox, faults

from .conftest import Chain

OPENAI = {"provider": "openai"}
SERVER = {"server_label": "l", "server_url": "https://mcp.example.com"}
CONNECTOR = {"server_label": "l", "connector_id": "connector_gmail"}
TOKEN = {**CONNECTOR, "type": "mcp", "authorization": "hush-0123456789"}
KEY_HEADER = {**SERVER, "type": "mcp", "headers": {"X-API-Key": "hush-0123456789"}}
FUNCTIONS = {"functions": [{"name": "f"}], "tools_json": '[{"type": "function", "name": "g"}]'}
LANGUAGES = {"audio_input.transcription": "on", "audio_input.languages": "de\nx!"}
SPEED = {"audio_output.speed_set": True, "audio_output.speed": 1.2}
VAD = {"turn_detection": "server_vad", "threshold_set": True}
CUSTOM = {"voice": "custom", "voice_id": "v"}
PATCH_COLUMN = "Additional JSON column 'c'"


def servers(*items: dict[str, Any]) -> dict[str, Any]:
    """Return settings with those MCP servers."""
    return {"tools": {"mcp_servers": list(items)}}


def patch(body: object) -> dict[str, Any]:
    """Return settings with that Additional JSON."""
    return {"additional_json": json.dumps(body)}


def whole(body: object) -> dict[str, Any]:
    """Return settings with that Session (JSON)."""
    return {"session_from": "json", "session_json": json.dumps(body)}


def speak(**output: Any) -> dict[str, Any]:
    """Return a body with that sound of the model."""
    return {"session": {"type": "realtime", "audio": {"output": output}}}


def column(name: str, cells: list[Any], **settings: Any) -> dict[str, Any]:
    """Return settings with a column of the table for `name`, and its cells."""
    return {**settings, f"{name}_column": "c", "in_flight": 1, "cells": cells}


def run(chain: Chain, settings: dict[str, Any], node: str = "session", **server: Any) -> Any:
    """Execute the node; that for tables if the settings have cells."""
    if "cells" not in settings:
        return chain.run(settings, server, node=node)
    cells = [json.dumps(cell) if isinstance(cell, dict) else cell for cell in settings["cells"]]
    values = pd.array(cells, "string" if isinstance(cells[0], str) else "Int64")
    rows = pd.DataFrame({"c": values}, [f"r{number}" for number in range(len(cells))])
    settings = {key: value for key, value in settings.items() if key != "cells"}
    return chain.run(settings, server, node="sessions", rows=rows)


OURS: list[tuple[dict[str, Any], str]] = [
    ({"audio_output.speed_set": True, "audio_output.speed": 9.0}, "Speed: must be"),
    ({**VAD, "threshold": 2.0}, "Speech threshold: must be"),
    ({"result_format": "yaml"}, "Result format: must be one of structured, raw"),
    # A flow variable may contain what no entry of the drop-down has.
    ({"turn_detection": "loud"}, "Turn detection: must be one of"),
    (LANGUAGES, "Possible languages: line 2: "),
    (servers(SERVER, {"server_label": "l"}), "MCP server 2: enter exactly one of Address"),
    (servers({**SERVER, **CONNECTOR}), "MCP server 1: enter exactly one of Address (URL),"),
    (servers({**SERVER, "headers": "X-Team"}), "MCP server 1, Headers (JSON): this is not valid"),
    (servers({**SERVER, "headers": '{"X-Key": "hush"}'}), "MCP server 1, Headers (JSON): a token"),
    (
        servers({**SERVER, "headers": '{"X-Key": "{password}"}'}),
        "MCP server 1, Token's credential: none is chosen, but",
    ),
    (
        servers({**SERVER, "credential": "gone"}),
        "MCP server 1, Token's credential: there is no credential 'gone'",
    ),
    (
        servers({**CONNECTOR, "credential": "empty"}),
        "MCP server 1, Token's credential: The credential 'empty' has an empty password.",
    ),
    ({"tools.tools_json": json.dumps([KEY_HEADER])}, "Tools (JSON): a token in this"),
    (patch(speak(speed=9)), "Additional JSON: session.audio.output.speed: must be"),
    (patch({"model": "m"}), "Additional JSON: 'model' must be inside of 'session'"),
    (whole(speak(speed=9)), "Session (JSON): session.audio.output.speed: must be"),
    (
        whole({"type": "realtime", "model": "m"}),
        "Session (JSON): 'type', 'model' must be inside of 'session'",
    ),
    (column("expires_after_seconds", [60, 5]), "Row 'r1': Secret lifetime column 'c': must be"),
    (column("additional_json", ["", "{"]), f"Row 'r1': {PATCH_COLUMN}: this is not valid JSON"),
    (
        column("additional_json", [speak(), speak(speed=9)]),
        f"Row 'r1': {PATCH_COLUMN}: session.audio.output.spe",
    ),
]
CASES = [
    *(("session", *case) for case in OURS),
    ("transcription", {"language": "German!"}, "Spoken language: "),
    ("translation", whole({"session": 1}), "Session (JSON): session: must be an object, not 1."),
    *(
        (node, {"expires_after_seconds_set": True, "expires_after_seconds": 9}, "Secret lifetime")
        for node in ("session", "transcription", "translation")
    ),
]


@pytest.mark.parametrize(("node", "settings", "message"), CASES, ids=range(len(CASES)))
def test_what_cannot_be_sent(
    chain: Chain, sandbox: Sandbox, node: str, settings: dict[str, Any], message: str
) -> None:
    """A value that cannot be sent is found before any request, with what the user wrote."""
    chain.credentials["empty"] = ("", "")
    with pytest.raises((knext.InvalidParametersError, NodeError)) as caught:
        run(chain, settings, node, **OPENAI)
    # Rows and passwords are looked at when the node runs, all else when it is configured.
    is_early = "configure" in {each.name for each in caught.traceback}
    assert is_early is isinstance(caught.value, knext.InvalidParametersError)
    assert str(caught.value).startswith(message)
    assert "hush" not in str(caught.value)
    assert sandbox.calls == []


SPEED_PATH = "session.audio.output.speed"
THEIRS: list[tuple[dict[str, Any], str, str]] = [
    (SPEED, SPEED_PATH, "Speed"),
    (SPEED, "audio.output.speed", "Speed"),
    (SPEED, f"Invalid value: '9'. See '{SPEED_PATH}'.", "Speed"),
    ({}, SPEED_PATH, "Speed (not set)"),
    (VAD, "session.audio.input.turn_detection.threshold", "Speech threshold"),
    (VAD, "session.audio.input.turn_detection.create_response", "Turn detection"),
    (CUSTOM, "session.audio.output.voice.id", "Voice id"),
    ({"tools": FUNCTIONS}, "session.tools[1].name", "Function 1, Name"),
    ({"tools": FUNCTIONS}, "session.tools[0].name", "Tools (JSON)"),
    (servers(SERVER), "session.tools[0].authorization", "MCP server 1, Token's credential"),
    (servers(SERVER), "session.tools", "MCP servers"),
    (patch({"session": {"x": 1}}), "Unknown parameter: 'session'.", "Additional JSON"),
    (patch(speak(speed=1)), SPEED_PATH, "Additional JSON"),
    ({**SPEED, **patch(speak(speed=1))}, SPEED_PATH, "Additional JSON"),
    ({**SPEED, **patch(speak(voice="ash"))}, SPEED_PATH, "Speed"),
    (patch({"session": {"x": 1}}), "Unknown parameter: 'session.x'.", "Additional JSON"),
    (patch({"x": 1}), "Unknown parameter: 'x'.", "Additional JSON"),
    (patch({"x": 1}), "Unknown parameter: 'session.y'.", ""),
    (patch({"x": 1}), "Your request is bad.", ""),
    (whole(speak(speed=1)), SPEED_PATH, "Session (JSON)"),
    (whole(speak()), "Missing required parameter: 'session.model'.", "Session (JSON)"),
    (column("model", ["m"], model="a"), "session.model", "Model column 'c'"),
    (column("model", [""], model="a"), "session.model", "Model"),
    (column("model", ["m"]), "The model `m` does not exist.", "Model column 'c'"),
    (column("additional_json", [speak(speed=1)], **SPEED), SPEED_PATH, PATCH_COLUMN),
    (column("additional_json", [speak(voice="ash")], **SPEED), SPEED_PATH, "Speed"),
]


@pytest.mark.parametrize(("settings", "said", "label"), THEIRS)
def test_what_the_server_refuses(
    chain: Chain, sandbox: Sandbox, settings: dict[str, Any], said: str, label: str
) -> None:
    """A parameter that the server names, or only quotes, is called what the user wrote."""
    error = {"message": said, "param": None if " " in said else said, "code": "invalid_value"}
    sandbox.faults.add(faults.Fault(status=400, body={"error": error}))
    with pytest.raises(Exception, match="The server says") as caught:
        run(chain, settings)
    named = str(caught.value).partition(" Setting: ")[2].partition(". The server says")[0]
    assert named == label


def test_a_missing_scope_is_no_wrong_key(chain: Chain, sandbox: Sandbox) -> None:
    """The server knows the key, which lacks a permission."""
    error = {"message": "You have insufficient permissions. Missing scopes: api.model.request."}
    sandbox.faults.add(faults.Fault(status=401, body={"error": error}))
    with pytest.raises(Exception, match=r"API key of .* do this \(401\).*permissions \(scopes\)"):
        chain.run()


def test_a_translation_needs_its_session(chain: Chain, sandbox: Sandbox) -> None:
    """Without a session there is nothing to translate, so that configuration is refused."""
    with pytest.raises(Exception, match=r"^Leave out the session: a realtime translation session"):
        chain.run({}, {"minimal": True}, node="translation")
    assert sandbox.calls == []


def test_other_servers_take_other_values(chain: Chain, sandbox: Sandbox) -> None:
    """With a compatible server, a value that OpenAI's does not take is sent, with a warning."""
    session = {"reasoning": {"effort": "none"}, "temperature": 1, **speak(speed=2)["session"]}
    session["audio"]["input"] = {
        "format": {"type": "audio/pcm", "rate": 16000},
        "turn_detection": {"type": "smart_turn"},
    }
    sandbox.faults.add(faults.Fault(status=200, body={"value": "ek_0123456789abcdef"}))
    lines = chain.run(patch({"session": session})).warnings[-1].splitlines()
    assert len(lines) == 5
    assert all(line.endswith(". This is sent unchanged.") for line in lines)
    assert sandbox.calls[-1].body == {"session": session}


def test_tokens_of_mcp_servers(chain: Chain, sandbox: Sandbox) -> None:
    """A password is sent where its server needs it, and masked; in JSON it is a warning."""
    chain.credentials["mcp"] = ("", "hush-0123456789")
    given = '{"X-Team": "voice", "X-Pass": "a {password}"}'
    items = [{**SERVER, "headers": given, "credential": "mcp"}, {**CONNECTOR, "credential": "mcp"}]
    execution = chain.run({**servers(*items), "result_format": "raw"})
    headers = {"X-Team": "voice", "X-Pass": "a hush-0123456789"}
    sent = [{"type": "mcp", **SERVER, "headers": headers}, TOKEN]
    assert sandbox.calls[-1].body["session"]["tools"] == sent
    assert "hush" not in execution.outputs[0].to_pandas()["body"].iloc[0]
    for source in (patch, whole):
        (warning,) = set(
            chain.run(source({"session": {"type": "realtime", "tools": sent}})).warnings
        )
        assert ": a token in this text is saved in the workflow." in warning


def test_null_in_patches(chain: Chain, sandbox: Sandbox) -> None:
    """Null is sent where the API takes it; elsewhere it removes what the dialog set."""
    null = {"session": {"model": None, "audio": {"input": {"turn_detection": None}}}}
    settings = {"model": "gpt-realtime-2", "turn_detection": "server_vad", **patch(null)}
    (warning,) = set(chain.run(settings).warnings)
    session = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
    assert sandbox.calls[-1].body == {"session": session}
    text = "Additional JSON: session.model: null only removes this key, it is not sent."
    assert warning == text
