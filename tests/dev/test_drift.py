# SPDX-License-Identifier: MIT
"""Our schema beside the installed `openai` package's types: every difference is known."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from openai_realtime.schema import load_schema
from realtime_dev import drift
from realtime_dev.shapes import shape_from_schema, shape_from_type

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Hand out the differences that there are."""
    return set(drift.list_drift())


def find_new(known: set[str], change: Callable[[Any], object]) -> tuple[set[str], set[str]]:
    """Return which differences a change of the schema brings, and which it takes away."""
    from openai.types.realtime.client_secret_create_params import (  # noqa: PLC0415 - slow
        ClientSecretCreateParams,
    )

    schema = copy.deepcopy(load_schema())
    change(schema["properties"]["session"]["properties"])
    now = set(
        drift.compare(shape_from_type(ClientSecretCreateParams), shape_from_schema(schema), "")
    )
    return now - known, known - now


def test_every_difference_is_known() -> None:
    """What the package has and we have not, and the other way round, is what the list tells."""
    expected = drift.PINNED.read_text("utf-8").splitlines()
    changes = drift.compare_lists(expected, ["", *drift.list_drift()])
    assert changes == [], (
        "Mend schemas/session.schema.json; what is meant to differ goes into the list: "
        "python -m realtime_dev.drift > tests/data/schema-drift.txt"
    )


def _drop(*path: Any) -> Callable[[Any], object]:
    """Return a change that takes away what stands at `path`."""

    def change(properties: Any) -> None:
        for part in path[:-1]:
            properties = properties[part]
        del properties[path[-1]]

    return change


def _put(*path: Any) -> Callable[[Any], object]:
    """Return a change that puts the last of `path` at the others."""

    def change(properties: Any) -> None:
        for part in path[:-2]:
            properties = properties[part]
        properties[path[-2]] = path[-1]

    return change


SOUND = ("audio", "properties", "input", "properties")
VAD = (*SOUND, "turn_detection", "oneOf")
TRANSCRIPT = (*SOUND, "transcription", "oneOf", 1, "properties")
TEXT = {"type": "string"}
CHANGES: list[tuple[str, Callable[[Any], object]]] = [
    ("session.instructions: field: package has it, schema", _drop("instructions")),
    ("session.mood: field: schema has it, package", _put("mood", TEXT)),
    (
        "session.mood: field: schema has it, package has not (the beta API only)",
        _put("mood", {**TEXT, "x-ga": False}),
    ),
    ("session.instructions: type: schema has integer", _put("instructions", "type", "integer")),
    ("session.instructions: type: package has string", _put("instructions", "type", "integer")),
    ("session.model: enum: package has 'gpt-realtime-2'", _drop("model", "enum", 2)),
    ("session.model: enum: schema has 'x', package has", _put("model", "enum", 0, "x")),
    ("session.model: enum: package has any other text", _drop("model", "x-open")),
    (
        "session.reasoning.effort: enum: schema has any other text",
        _put("reasoning", "properties", "effort", "x-open", 1),
    ),
    ("session.audio.input.turn_detection: type: package has null", _drop(*VAD, 0)),
    ("session.audio.input.turn_detection[semantic_vad]: variant: package has it", _drop(*VAD, 2)),
    (
        "session.audio.input.turn_detection[server_vad].threshold: field: package has it",
        _drop(*VAD, 1, "properties", "threshold"),
    ),
    (
        "session.audio.input.turn_detection[server_vad].type: required: package has it",
        _put(*VAD, 1, "required", []),
    ),
    (
        "session.audio.input.transcription.keywords[]: type: schema has number",
        _put(*TRANSCRIPT, "keywords", "items", "type", "number"),
    ),
    (
        "session.tools[mcp].headers.*: type: schema has integer",
        _put(
            *("tools", "items", "oneOf", 1, "properties", "headers"),
            *("additionalProperties", {"type": "integer"}),
        ),
    ),
    (
        "session.audio.output.voice: variant: package has an object of id",
        _drop("audio", "properties", "output", "properties", "voice", "oneOf", 1, "properties"),
    ),
]


@pytest.mark.parametrize(("expected", "change"), CHANGES, ids=[line for line, _ in CHANGES])
def test_each_kind_of_difference_is_seen(
    expected: str, change: Callable[[Any], object], known: set[str]
) -> None:
    """A change of the schema shows up as a line that names the place and who has what."""
    new, _ = find_new(known, change)
    assert any(line.startswith(expected) for line in new), new


def test_a_mended_difference_goes_away(known: set[str]) -> None:
    """A value that the schema learns of is no difference any more."""
    _, gone = find_new(known, _put("model", "enum", 0, "gpt-audio-1.5"))
    assert gone == {"session.model: enum: package has 'gpt-audio-1.5', schema has not"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("minimum", 3), ("pattern", "^x"), ("maxLength", 3), ("description", "other"), ("x-order", 9)],
)
def test_what_types_cannot_say_is_no_difference(name: str, value: object, known: set[str]) -> None:
    """Ranges, patterns and our own annotations are not compared."""
    assert find_new(known, _put("instructions", name, value)) == (set(), set())


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
