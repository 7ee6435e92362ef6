# SPDX-License-Identifier: MIT
"""Our schema beside the installed `openai` package's types: every difference is known."""

import copy
from pathlib import Path
from typing import Any

import pytest

from openai_realtime.schema import load_schema
from realtime_dev import drift
from realtime_dev.shapes import shape_from_schema, shape_from_type


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Hand out the differences that there are."""
    return set(drift.list_drift())


def test_every_difference_is_known() -> None:
    """The differences between the package and our schema are those of the pinned list."""
    expected = drift.PINNED.read_text("utf-8").splitlines()
    changes = drift.compare_lists(expected, ["", *drift.list_drift()])
    assert changes == [], (
        "Mend schemas/session.schema.json; what is meant to differ goes into the list: "
        "python -m realtime_dev.drift > tests/data/schema-drift.txt"
    )


SOUND = "audio.properties.input.properties"
VAD = f"{SOUND}.turn_detection.oneOf"
TURNS = "session.audio.input.turn_detection"
WORDS = f"{SOUND}.transcription.oneOf.1.properties.keywords.items.type"
VOICE = "audio.properties.output.properties.voice.oneOf.1.properties"
EFFORT = "reasoning.properties.effort.x-open"
HEADERS = "tools.items.oneOf.1.properties.headers.additionalProperties"
TEXT = {"type": "string"}
GONE = object()
CHANGES: list[tuple[str, str, Any]] = [
    ("session.instructions: field: package has it, schema", "instructions", GONE),
    ("session.mood: field: schema has it, package", "mood", TEXT),
    ("session.mood: field: schema has it, package has not (", "mood", TEXT | {"x-ga": False}),
    ("session.instructions: type: schema has integer", "instructions.type", "integer"),
    ("session.instructions: type: package has string", "instructions.type", "integer"),
    ("session.model: enum: package has 'gpt-realtime-2'", "model.enum.2", GONE),
    ("session.model: enum: schema has 'x', package has", "model.enum.0", "x"),
    ("session.model: enum: package has any other text", "model.x-open", GONE),
    ("session.reasoning.effort: enum: schema has any other text", EFFORT, 1),
    (f"{TURNS}: type: package has null", f"{VAD}.0", GONE),
    (f"{TURNS}[semantic_vad]: variant: package has it", f"{VAD}.2", GONE),
    (f"{TURNS}[server_vad].threshold: field: package", f"{VAD}.1.properties.threshold", GONE),
    (f"{TURNS}[server_vad].type: required: package has it", f"{VAD}.1.required", []),
    ("session.audio.input.transcription.keywords[]: type: schema has number", WORDS, "number"),
    ("session.tools[mcp].headers.*: type: schema has integer", HEADERS, {"type": "integer"}),
    ("session.audio.output.voice: variant: package has an object of id", VOICE, GONE),
    # What types cannot say is no difference.
    *(("", f"instructions.{key}", 3) for key in ("minimum", "maxLength", "description", "x-order")),
]


@pytest.mark.parametrize(("expected", "place", "value"), CHANGES, ids=range(len(CHANGES)))
def test_each_kind_of_difference_is_seen(
    expected: str, place: str, value: Any, known: set[str]
) -> None:
    """A change of the schema shows up as a line that names the place and who has what."""
    from openai.types.realtime.client_secret_create_params import (  # noqa: PLC0415 - slow
        ClientSecretCreateParams,
    )

    schema = copy.deepcopy(load_schema())
    holder: Any = schema["properties"]["session"]["properties"]
    *way, last = [int(part) if part.isdecimal() else part for part in place.split(".")]
    for part in way:
        holder = holder[part]
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    package = shape_from_type(ClientSecretCreateParams)
    found = set(drift.compare(package, shape_from_schema(schema), ""))
    if expected:
        assert any(line.startswith(expected) for line in found - known), found - known
    else:
        assert found == known


def test_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command names the package's version and fails only for another list than expected."""
    assert drift.main([]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("openai ")
    same = tmp_path / "same.txt"
    same.write_text("openai 1.0\n" + printed.split("\n", 1)[1])
    assert drift.main(["--expect", str(same)]) == 0
    same.write_text("openai 1.0\nsession.x: field: package has it, schema has not\n")
    capsys.readouterr()
    assert drift.main(["--expect", str(same)]) == 1
    told = capsys.readouterr().out
    assert "gone: session.x: field" in told
    assert "new: session.temperature: field" in told


def test_places_ahead_of_the_package(tmp_path: Path) -> None:
    """The sandbox takes what only our schema has, and sends in the body of the current API."""
    pinned = tmp_path / "pinned.txt"
    lines = [
        "openai 1.0 and session.schema.json: 7 differences",
        "session.tools[mcp].cost: field: schema has it, package has not",
        "session.audio.input.turn_detection[smart]: variant: schema has it, package has not",
        "session.include[]: enum: schema has 'x', package has not",
        "session.temperature: field: schema has it, package has not (the beta API only)",
        "session.include: type: schema has null, package has not",
        "session.prompt: field: package has it, schema has not",
        "session.model: required: schema has it as required, package has not",
    ]
    pinned.write_text("\n".join(lines))
    places = {"session.tools.cost", "session.audio.input.turn_detection.type", "session.include"}
    assert drift.read_newer_paths(pinned) == places
