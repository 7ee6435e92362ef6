# SPDX-License-Identifier: MIT
"""Client secret -> columns: their order and types, and exact rows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings_strategy import COSTLY, json_objects, json_values, nest_dotted
from openai_realtime.answer import ClientSecret, read_answer
from openai_realtime.api import Api
from openai_realtime.columns import (
    OTHER_FIELDS,
    ColumnType,
    place_values,
    read_columns,
    read_time,
)
from openai_realtime.form import load_form

RESPONSES = Path(__file__).parents[1] / "data" / "responses"
COLUMNS = read_columns(load_form())
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
        {f"{AUDIO}.output.speed": 10**400},
        {"Other Fields": {"session": {"audio": {"output": {"speed": 10**400}}}}},
    ),
    (
        {f"{SESSION}.output_modalities": ["audio", 5]},
        {"Other Fields": {"session": {"output_modalities": ["audio", 5]}}},
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


def test_the_beta_api_has_one_type_of_session() -> None:
    """The beta API does not name the session's type, so the column is always `realtime`."""
    assert place({"type": 5}, Api.BETA) == {"Session Type": "realtime", OTHER_FIELDS: {"type": 5}}


LIKELY = {
    ColumnType.STRING: st.text(st.characters(exclude_categories=["Cs"])) | json_values,
    ColumnType.DATETIME: st.integers(1, 2**32) | json_values,
}


def list_leaves(value: Any) -> Iterator[str]:
    """Yield every text, number and Boolean in `value` as JSON, at any depth."""
    if isinstance(value, datetime):
        yield json.dumps(value.timestamp())
    elif isinstance(value, dict):
        for item in value.values():
            yield from list_leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from list_leaves(item)
    elif value is not None:
        yield json.dumps(value)


@st.composite
def make_bodies(draw: st.DrawFn) -> tuple[Api, dict[str, Any]]:
    """Draw an API and an answer with any values at the columns' places, and elsewhere."""
    api = draw(st.sampled_from(Api))
    body: dict[str, Any] = draw(json_objects)
    for column in COLUMNS[:-1]:
        path = column.path if api is Api.GA else column.beta
        if path and draw(st.booleans()):
            holder: Any = body
            for name in path[:-1]:
                holder = holder.setdefault(name, {}) if isinstance(holder, dict) else None
            if isinstance(holder, dict):
                holder[path[-1]] = draw(LIKELY.get(column.type, json_values))
    return api, body


def is_found(leaf: str, leaves: list[str]) -> bool:
    """Return whether a leaf is there, perhaps as a double or within a text that is JSON."""
    value = json.loads(leaf)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    inner = json.dumps(value, ensure_ascii=False)
    for other in map(json.loads, leaves):
        if other == value and isinstance(other, bool) == isinstance(value, bool):
            return True
        if isinstance(other, str) and inner in other:
            return True
        if is_number and isinstance(other, float) and other == float(value):
            return True
    return False


@given(make_bodies())
@COSTLY
def test_nothing_is_lost(drawn: tuple[Api, dict[str, Any]]) -> None:
    """Every leaf of any answer is in a column or in Other Fields, and JSON can hold it."""
    api, body = drawn
    if api is Api.BETA and not isinstance(body.get("client_secret"), dict):
        body["client_secret"] = {}
    row = place_values(ClientSecret(api, "none of the values", body), COLUMNS)
    leaves = list(list_leaves(row))
    assert [leaf for leaf in list_leaves(body) if not is_found(leaf, leaves)] == []
    for column in COLUMNS:
        check_type(column.type, row[column.name])


def check_type(kind: ColumnType, value: Any) -> None:
    """Fail if a column of that type cannot hold the value."""
    if kind is ColumnType.JSON or value is None:
        json.dumps(value, allow_nan=False)
    elif kind is ColumnType.STRINGS:
        assert all(type(item) is str for item in value)
    else:
        expected = {"string": str, "double": float, "datetime": datetime}[kind.value]
        assert type(value) is expected
