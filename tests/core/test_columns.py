# SPDX-License-Identifier: MIT
"""Client secret -> columns: their order and types, and exact rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.settings_strategy import nest_dotted
from openai_realtime.answer import ClientSecret, read_answer
from openai_realtime.api import Api
from openai_realtime.columns import OTHER_FIELDS, load_columns, place_values, read_time

RESPONSES = Path(__file__).parents[1] / "data" / "responses"
COLUMNS = load_columns()
CONTRACT = [
    ("Client Secret", "string"),
    ("Modalities", "strings"),
    ("Instructions", "string"),
    ("Voice", "string"),
    ("Input Audio Format", "string"),
    ("Output Audio Format", "string"),
    ("Input Audio Transcription", "json"),
    ("Speed", "double"),
    ("Tracing", "json"),
    ("Turn Detection", "json"),
    ("Tools", "json"),
    ("Tool Choice", "string"),
    ("Temperature", "double"),
    ("Max Response Output Tokens", "string"),
]
OURS = [
    ("Expires At", "datetime"),
    ("Session ID", "string"),
    ("Session Type", "string"),
    ("Model", "string"),
    ("Noise Reduction", "json"),
    ("Truncation", "json"),
    ("Reasoning", "json"),
    ("Include", "json"),
]
NOTHING: dict[str, Any] = dict.fromkeys(column.name for column in COLUMNS)
TRANSCRIPTION = {"model": "gpt-realtime-whisper", "language": None, "prompt": None}
SERVER_VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 200,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
GA_ROW = {
    **NOTHING,
    "Client Secret": "ek_scrubbed",
    "Modalities": ["audio"],
    "Instructions": "Be brief.",
    "Voice": "marin",
    "Input Audio Format": "audio/pcm",
    "Output Audio Format": "audio/pcm",
    "Input Audio Transcription": TRANSCRIPTION,
    "Speed": 1.0,
    "Turn Detection": SERVER_VAD,
    "Tools": [],
    "Tool Choice": "auto",
    "Max Response Output Tokens": "inf",
    "Expires At": datetime(2026, 7, 24, 0, 22, 44, tzinfo=UTC),
    "Session ID": "sess_E4xxYuHDYuijglxO2CQYN",
    "Session Type": "realtime",
    "Model": "gpt-realtime",
    "Truncation": "auto",
    "Other Fields": {"session": {"object": "realtime.session", "prompt": None, "expires_at": 0}},
}
ROWS: dict[str, dict[str, Any]] = {
    "ga_realtime_recorded": GA_ROW,
    "azure_realtime_text_recorded": {
        **GA_ROW,
        "Modalities": ["text"],
        "Instructions": "Answer in two words.",
        "Voice": "alloy",
        "Expires At": datetime(2026, 7, 24, 6, 13, 2, tzinfo=UTC),
        "Session ID": "sess_E51ZOec7cu0PSkJyWYvTW",
    },
    "beta_sessions_docs_sample": {
        **NOTHING,
        "Client Secret": "ek_abc123",
        "Modalities": ["audio", "text"],
        "Instructions": "You are a friendly assistant.",
        "Voice": "alloy",
        "Input Audio Format": "pcm16",
        "Output Audio Format": "pcm16",
        "Input Audio Transcription": {"model": "whisper-1"},
        "Speed": 1.1,
        "Tracing": "auto",
        "Tools": [],
        "Tool Choice": "none",
        "Temperature": 0.7,
        "Max Response Output Tokens": "200",
        "Expires At": datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC),
        "Session ID": "sess_001",
        "Session Type": "realtime",
        "Model": "gpt-realtime-2025-08-25",
        "Other Fields": {"object": "realtime.session"},
    },
}


def place(flat: dict[str, Any], api: Api = Api.GA) -> dict[str, Any]:
    """Return the row of an answer with values at dotted paths, without what is missing."""
    row = place_values(ClientSecret(api, "v", nest_dotted(flat)), COLUMNS)
    assert list(row) == [column.name for column in COLUMNS]
    return {name: value for name, value in row.items() if value is not None}


def test_names_types_and_order() -> None:
    """The first fourteen columns are the contract; then come ours, and later ones, and the rest."""
    found = [(column.name, column.type.value) for column in COLUMNS]
    assert found[:14] == CONTRACT
    assert found[14 : 14 + len(OURS)] == OURS
    assert found[-1] == ("Other Fields", "json")


@pytest.mark.parametrize("name", ROWS)
def test_recorded_answers(name: str) -> None:
    """What servers really sent gives exactly this row."""
    secret = read_answer((RESPONSES / f"{name}.json").read_text("utf-8"))
    before = json.dumps(secret.body)
    row = place_values(secret, COLUMNS)
    assert row == ROWS[name]
    assert {n: type(value) for n, value in row.items()} == {
        n: type(value) for n, value in ROWS[name].items()
    }
    assert json.dumps(secret.body) == before


SESSION = "session"
AUDIO = "session.audio"
CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({f"{AUDIO}.output.voice": {"id": "voice_1"}}, {"Voice": "voice_1"}),
    (
        {f"{AUDIO}.output.voice": {"id": "voice_1", "name": "Ann"}},
        {
            "Voice": "voice_1",
            "Other Fields": {"session": {"audio": {"output": {"voice": {"name": "Ann"}}}}},
        },
    ),
    ({f"{AUDIO}.output.voice": {"id": 5}}, {"Voice": '{"id":5}'}),
    (
        {f"{AUDIO}.input.format": {"type": "audio/pcm", "rate": 16000}},
        {
            "Input Audio Format": "audio/pcm",
            "Other Fields": {"session": {"audio": {"input": {"format": {"rate": 16000}}}}},
        },
    ),
    ({f"{AUDIO}.output.format": {"type": "audio/pcmu"}}, {"Output Audio Format": "audio/pcmu"}),
    (
        {f"{SESSION}.tool_choice": {"type": "function", "name": "größe"}},
        {"Tool Choice": '{"type":"function","name":"größe"}'},
    ),
    ({f"{SESSION}.model": {"": "odd"}}, {"Model": '{"":"odd"}'}),
    ({f"{SESSION}.max_output_tokens": 4096}, {"Max Response Output Tokens": "4096"}),
    ({f"{SESSION}.expires_at": 0}, {"Other Fields": {"session": {"expires_at": 0}}}),
    ({f"{AUDIO}.output.speed": 1}, {"Speed": 1.0}),
    (
        {f"{AUDIO}.output.speed": True},
        {"Other Fields": {"session": {"audio": {"output": {"speed": True}}}}},
    ),
    (
        {f"{AUDIO}.output.speed": "fast"},
        {"Other Fields": {"session": {"audio": {"output": {"speed": "fast"}}}}},
    ),
    (
        {f"{AUDIO}.output.speed": 10**400},
        {"Other Fields": {"session": {"audio": {"output": {"speed": 10**400}}}}},
    ),
    (
        {f"{SESSION}.output_modalities": ["audio", 5]},
        {"Other Fields": {"session": {"output_modalities": ["audio", 5]}}},
    ),
    (
        {f"{SESSION}.output_modalities": "audio"},
        {"Other Fields": {"session": {"output_modalities": "audio"}}},
    ),
    ({f"{SESSION}.output_modalities": []}, {"Modalities": []}),
    ({AUDIO: "loud"}, {"Other Fields": {"session": {"audio": "loud"}}}),
    ({SESSION: None}, {"Other Fields": {"session": None}}),
    ({AUDIO: {}}, {"Other Fields": {"session": {"audio": {}}}}),
    ({f"{SESSION}.instructions": None, f"{AUDIO}.input.turn_detection": None}, {}),
    ({f"{SESSION}.instructions": ""}, {"Instructions": ""}),
    ({"new": [1]}, {"Other Fields": {"new": [1]}}),
]


@pytest.mark.parametrize(("flat", "row"), CASES)
def test_single_values(flat: dict[str, Any], row: dict[str, Any]) -> None:
    """What a column cannot hold, and what none is for, stays in Other Fields."""
    found = place(flat)
    assert found == row
    assert all(type(found[name]) is type(row[name]) for name in row)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (0.5, datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        (float("inf"), None),
        (1784852564, datetime(2026, 7, 24, 0, 22, 44, tzinfo=UTC)),
        (1784852564.5, datetime(2026, 7, 24, 0, 22, 44, 500_000, tzinfo=UTC)),
        (0, None),
        (-1, None),
        (1784852564000, None),
        (10**400, None),
        (1e300, None),
        (True, None),
        ("1784852564", None),
        (None, None),
        ([], None),
    ],
)
def test_times(value: object, moment: datetime | None) -> None:
    """A Unix time becomes a moment in UTC; anything else is kept in Other Fields."""
    assert read_time(value) == moment
    row = place({"expires_at": value})
    if moment is None and value is not None:
        assert row == {OTHER_FIELDS: {"expires_at": value}}
    else:
        assert row == ({} if moment is None else {"Expires At": moment})


COPY = {"value": "v", "expires_at": 5}
EXPIRY = datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("beside", "other"),
    [
        ({"session": {"client_secret": {"value": "v"}}}, None),
        ({"session": {"client_secret": COPY}}, None),
        ({"session": {"client_secret": COPY, "object": "x"}}, {"session": {"object": "x"}}),
        ({"copies": [[COPY], "v", 1]}, {"copies": [1]}),
        ({"copies": [[], {}, "v"]}, {"copies": [[], {}]}),
        (
            {"session": {"client_secret": {"value": "v", "expires_at": 6}}},
            {"session": {"client_secret": {"expires_at": 6}}},
        ),
        (
            {"session": {"client_secret": {"value": "w", "expires_at": 5}}},
            {"session": {"client_secret": {"value": "w", "expires_at": 5}}},
        ),
        ({"session": {"expires_at": 5}}, {"session": {"expires_at": 5}}),
        ({"session": {"name": "value"}}, {"session": {"name": "value"}}),
    ],
)
def test_copies_of_the_secret_are_dropped(beside: dict[str, Any], other: Any) -> None:
    """Another copy of the secret is nowhere in the row; what stands beside it is kept."""
    for api, body in ((Api.GA, COPY), (Api.BETA, {"client_secret": COPY})):
        answer = json.loads(json.dumps({**body, **beside}))
        row = place_values(ClientSecret(api, "v", answer), COLUMNS)
        assert (row["Client Secret"], row["Expires At"]) == ("v", EXPIRY)
        assert row[OTHER_FIELDS] == other


def test_a_secret_in_the_session_only_is_not_repeated() -> None:
    """What the reader has copied to the top is not left in Other Fields."""
    secret = read_answer('{"session": {"client_secret": {"value": "v", "expires_at": 5}}}')
    row = place_values(secret, COLUMNS)
    assert (row["Client Secret"], row["Expires At"], row[OTHER_FIELDS]) == ("v", EXPIRY, None)


def test_the_beta_api_has_one_type_of_session() -> None:
    """The beta API does not name the session's type: it is always the same."""
    assert place({"type": 5}, Api.BETA) == {"Session Type": "realtime", OTHER_FIELDS: {"type": 5}}
