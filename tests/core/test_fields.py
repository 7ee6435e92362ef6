# SPDX-License-Identifier: MIT
"""What a wrong setting is called, and what the user is told about it, word for word."""

import math
from typing import Any

import pytest

from core.builders import refuse
from core.settings_strategy import nest_dotted
from openai_realtime.api import Api
from openai_realtime.choices import Choice
from openai_realtime.errors import SettingsError, fold
from openai_realtime.fields import Field, Number, walk_fields
from openai_realtime.form import Form, load_form
from openai_realtime.schema import Path, load_schema

ID = "safety_identifier"
NAMES = ["session", "transcription", "translation", "configuration", "source"]
FIELDS = [(name, item.setting) for name in NAMES for item in walk_fields(load_form(name).fields)]
EVERY_FIELD = pytest.mark.parametrize(
    ("schema", "setting"), FIELDS, ids=[f"{name}-{'.'.join(setting)}" for name, setting in FIELDS]
)


def make_field(schema: str, setting: Path) -> Field:
    """Return a field of a form that is made anew."""
    return Form(load_schema(schema)).by_setting[setting]


@EVERY_FIELD
def test_every_field_refuses_what_it_cannot_hold(schema: str, setting: Path) -> None:
    """A value of a wrong type is refused under the label of its field."""
    item = make_field(schema, setting)
    flat = {".".join(item.setting): {"wrong": "type"}}
    if isinstance(item, Number) and not item.required:
        flat[".".join(item.switch)] = True  # type: ignore[assignment]
    with pytest.raises(SettingsError) as caught:
        item.encode(nest_dotted(flat), Api.GA)
    assert caught.value.setting == item.label


@EVERY_FIELD
def test_every_field_takes_what_a_new_node_has(schema: str, setting: Path) -> None:
    """The value in a new node is a good one, or asks for what is missing."""
    item = make_field(schema, setting)
    settings = nest_dotted({".".join(item.setting): item.initial})
    if item.initial in ("", "unset") and item.required:
        with pytest.raises(SettingsError, match=r": (enter|choose) a value\.$"):
            item.encode(settings, Api.GA)
    else:
        item.encode(settings, Api.GA)
    if isinstance(item, Choice):
        assert item.initial in item.option_ids
        assert item.initial != "unset" or "None" not in item.unset_label


@pytest.mark.parametrize(
    ("schema", "flat", "message"),
    [
        ("session", {"instructions": "\ud800"}, "Instructions: a character is broken. Enter the"),
        ("session", {"instructions": ["a"]}, "Instructions: must be a text, not '['a']'."),
        ("translation", {"model": "unset"}, "Model: choose a value."),
        ("session", {"voice": "other", "voice_other": " "}, "Another voice: enter a value."),
        ("session", {"voice": "other"}, "Another voice: enter a value."),
        ("session", {"voice": "custom"}, "Voice id: enter a value."),
        ("session", {"tools.functions": "x"}, "Functions: must be a list, not 'x'."),
        (
            "session",
            {"tools.tool_choice": "always"},
            "Tool choice: must be one of unset, auto, none, required, function, mcp, not 'always'.",
        ),
        ("session", {ID: "x" * 513}, "Safety identifier: must have at most 512 characters"),
        (
            "session",
            {ID: f"J{300 * 'ü'}"},
            f"Safety identifier: 'J{38 * 'ü'}…' does not have the required form, such as",
        ),
        (
            "session",
            {"audio_input.transcription": "on", "audio_input.languages": "de\n" + "x" * 999},
            "Possible languages: line 2: ",
        ),
        ("transcription", {"language": "en-US"}, "Spoken language: enter 'en' instead of 'en-US'."),
        (
            "translation",
            {"output_language": "pt_BR"},
            "Translate into: enter 'pt' instead of 'pt_BR'.",
        ),
        ("transcription", {"keywords": "K\n<b>"}, "Keywords: line 2: enter 'b' instead of"),
        ("configuration", {"verify": 1}, "Verify the connection: must be true or false, not '1'."),
        (
            "session",
            {"answers.temperature_set": True, "answers.temperature": 0.8},
            "Temperature: the current (GA) API does not have this setting. Leave it unset",
        ),
    ],
)
def test_message_names_setting_and_remedy(schema: str, flat: dict[str, Any], message: str) -> None:
    """A message begins with the setting's label and says what is wrong and what to do."""
    assert refuse(flat, schema=schema).startswith(message)


NUMBERS = [
    ("audio_output.speed", 1.6, "Speed: must be a number from 0.25 to 1.5, not '1.6'."),
    ("audio_output.speed", 0.2, "Speed: must be a number from 0.25 to 1.5, not '0.2'."),
    ("threshold", 2, "Speech threshold: must be a number from 0 to 1, not '2'."),
    ("silence_duration_ms", -1, "must be a whole number of at least 0, not '-1'."),
    ("silence_duration_ms", 0.5, "must be a whole number of at least 0, not '0.5'."),
    *(
        (setting, value, f", not '{fold(str(value), 40)}'.")
        for setting in ("audio_output.speed", "expires_after_seconds")
        for value in (math.nan, math.inf, -math.inf, True, False, "1", [1], 10**400)
    ),
]


@pytest.mark.parametrize(("setting", "value", "message"), NUMBERS, ids=range(len(NUMBERS)))
def test_bad_numbers(setting: str, value: object, message: str) -> None:
    """What is not a number, or out of range, is refused with what may be entered."""
    flat = {"turn_detection": "server_vad", f"{setting}_set": True, setting: value}
    assert message in refuse(flat)


TUNNEL = f"tunnel_{32 * 'a'}"
TOOLS = [
    ("nonsense", "this is not valid JSON: line 1, column 1: a value is missing, or"),
    ("[\n  {'a': 1}]", 'line 2, column 4: texts need straight double quotes (").'),
    ("{}", "Tools (JSON): must be a list, not an object."),
    ("[5]", "tools[0]: must be an object, not 5."),
    ('[{"type": "function", "name": "a b"}]', "tools[0].name: 'a b' does not have the"),
    (
        '[{"type": "function", "name": "f", "strict": true}]',
        "tools[0]: unknown key 'strict'; known keys are type, name, description, parameters.",
    ),
    (
        f'[{{"type": "mcp", "server_label": "l", "server_url": "u", "tunnel_id": "{TUNNEL}"}}]',
        "tools[0]: exactly one of server_url, tunnel_id, connector_id is required.",
    ),
    (
        '[{"type": "function"}, {"type": "mcp", "server_label": "l", "authorization": "hush"}]',
        "tools[0]: 'name' is missing.",
    ),
    (
        '[{"type": "mcp", "server_label": "l", "server_url": "u", "authorization": "hush"}]',
        "a token in this text is saved in the workflow. Use the list of MCP servers and",
    ),
    (
        '[{"type": "mcp", "server_label": "l", "server_url": "u", "authorization": null}]',
        "tools[0].authorization: this value has the wrong type.",
    ),
    (200 * "[" + 200 * "]", "it is nested too deeply."),
]


@pytest.mark.parametrize(("text", "message"), TOOLS, ids=range(len(TOOLS)))
def test_bad_tools(text: str, message: str) -> None:
    """What is wrong with JSON that was typed is told by line and column, or by element."""
    refusal = refuse({"tools.tools_json": text})
    assert refusal.startswith("Tools (JSON): ")
    assert message in refusal
    assert "hush" not in refusal
