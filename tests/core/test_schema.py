# SPDX-License-Identifier: MIT
"""The schema is valid, its references resolve, and one edit of it adds a setting."""

import copy
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import meta

from core.settings_strategy import nest_dotted
from openai_realtime.answer import ClientSecret
from openai_realtime.api import Api
from openai_realtime.choices import Choice
from openai_realtime.columns import place_values, read_columns
from openai_realtime.errors import SettingsError
from openai_realtime.fields import Number
from openai_realtime.form import Form
from openai_realtime.request import build_request
from openai_realtime.schema import Schema, load_schema, resolve_references

NAMES = ["session", "transcription", "translation", "configuration", "source", "rows", "result"]
MOOD: Schema = {
    "type": "string",
    "enum": ["calm", "merry"],
    "description": "How the model feels.",
    "x-label": "Mood",
    "x-section": "audio_output",
    "x-unset": "by mood",
    "x-order": 99,
    "x-since": "1.2.0",
    "x-column": {"name": "Mood", "type": "string", "order": 30},
}
DEPTH: Schema = {
    "type": "integer",
    "minimum": 1,
    "maximum": 9,
    "default": 3,
    "description": "How deep the model thinks.",
    "x-label": "Depth",
    "x-beta": "thinking.depth",
    "x-column": {"name": "Depth", "type": "double", "order": 31},
}


def read_text(name: str) -> str:
    """Return a schema as it is written."""
    return files("openai_realtime").joinpath(f"schemas/{name}.schema.json").read_text("utf-8")


def extend() -> Schema:
    """Return the schema with two more settings."""
    schema = copy.deepcopy(load_schema())
    schema["properties"]["session"]["properties"].update(mood=MOOD, depth=DEPTH)
    return schema


@pytest.fixture(name="form")
def read_extended() -> Form:
    """Return the form of the schema with two more settings."""
    return Form(extend())


def test_new_settings_are_in_the_form(form: Form) -> None:
    """One edit of the schema brings a drop-down and a number into the dialog, and columns."""
    mood, depth = form.by_setting["audio_output", "mood"], form.by_setting[("depth",)]
    assert isinstance(mood, Choice)
    assert [option.id for option in mood.options] == ["calm", "merry"]
    assert mood.since == "1.2.0"
    assert isinstance(depth, Number)
    assert (depth.minimum, depth.maximum, depth.initial, depth.integer) == (1, 9, 3, True)
    columns = read_columns(form)
    assert [column.name for column in columns[-3:]] == ["Mood", "Depth", "Other Fields"]
    body = {"value": "v", "session": {"mood": "calm", "depth": 2}}
    row = place_values(ClientSecret(Api.GA, "v", body), columns)
    assert (row["Mood"], row["Depth"], row["Other Fields"]) == ("calm", 2.0, None)


def test_new_settings_are_sent(form: Form) -> None:
    """Both APIs get them at the places that the schema tells, and bad values are refused."""
    settings = nest_dotted({"audio_output.mood": "merry", "depth_set": True, "depth": 9})
    session = {"type": "realtime", "mood": "merry", "depth": 9}
    assert build_request(form, settings, Api.GA).body == {"session": session}
    beta = {"mood": "merry", "thinking": {"depth": 9}}
    assert build_request(form, settings, Api.BETA).body == beta
    with pytest.raises(SettingsError, match=r"Mood: must be one of unset, calm, merry, not 'sad'."):
        build_request(form, {"audio_output": {"mood": "sad"}}, Api.GA)


@pytest.mark.parametrize(
    ("api", "settings", "message"),
    [
        (
            Api.BETA,
            {"audio_output": {"mood": "calm"}},
            "Mood: the beta API does not have this setting",
        ),
        (
            Api.GA,
            {"depth_set": True, "depth": 2},
            r"Depth: the current \(GA\) API does not have this setting",
        ),
    ],
)
def test_settings_of_one_api(api: Api, settings: dict[str, Any], message: str) -> None:
    """`x-beta: false` and `x-ga: false` make the other API refuse a setting."""
    schema = extend()
    members = schema["properties"]["session"]["properties"]
    members["mood"], members["depth"] = {**MOOD, "x-beta": False}, {**DEPTH, "x-ga": False}
    with pytest.raises(SettingsError, match=message):
        build_request(Form(schema), settings, api)


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_valid(name: str) -> None:
    """Each file is a JSON Schema by the standard's own measure, before and after resolving."""
    for schema in (json.loads(read_text(name)), load_schema(name)):
        meta.validate(schema)


def test_annotations_are_documented() -> None:
    """docs/schema.md explains each annotation that the schemas use, and `x-since`, for later."""
    used = {"x-since"}
    used |= {key for name in NAMES for key in re.findall(r'"(x-[a-z-]+)"', read_text(name))}
    used |= set(re.findall(r'"(x-[a-z-]+)"', read_text("shared")))
    page = (Path(__file__).parents[2] / "docs" / "schema.md").read_text("utf-8")
    assert set(re.findall(r"`(x-[a-z-]+)`", page)) == used


@pytest.mark.parametrize("name", NAMES)
def test_references_are_gone(name: str) -> None:
    """The loaded schema holds neither references nor their targets."""
    text = json.dumps(load_schema(name))
    assert '"$ref"' not in text
    assert '"$defs"' not in text


def test_what_stands_beside_a_reference_wins() -> None:
    """A reference is replaced by its target, also inside of targets, and may be adorned."""
    document: Schema = {
        "a": {"$ref": "#/$defs/x", "title": "mine"},
        "list": [{"$ref": "#/$defs/y"}],
        "other": {"$ref": "shared.schema.json#/$defs/input_format", "x-label": "mine"},
        "$defs": {
            "x": {"title": "theirs", "of": {"$ref": "#/$defs/y"}},
            "y": {"type": "null"},
            "audio_format": {"type": "null"},
        },
    }
    resolved = resolve_references(document)
    other = resolved.pop("other")
    # References in another file stay within that file.
    assert other["oneOf"][0]["properties"]["type"] == {"const": "audio/pcm"}
    assert other["x-label"] == "mine"
    assert resolved == {
        "a": {"title": "mine", "of": {"type": "null"}},
        "list": [{"type": "null"}],
    }
