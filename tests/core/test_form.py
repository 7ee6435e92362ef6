# SPDX-License-Identifier: MIT
"""Schema -> fields of a dialog."""

import re
from typing import Any

import pytest

from openai_realtime.api import Api
from openai_realtime.choices import Choice, Option
from openai_realtime.fields import ABSENT, Field, Number
from openai_realtime.form import Form, load_form
from openai_realtime.request import name_param
from openai_realtime.schema import Schema, load_schema

FORM = load_form()
FIELDS = list(FORM.by_setting.values())
OPTIONS = [option for item in FIELDS if isinstance(item, Choice) for option in item.options]


def make_schema(**members: Schema) -> Schema:
    """Return a small schema with those members and a section `more`."""
    return {
        "title": "Small",
        "x-endpoint": {"ga": "a", "beta": "b"},
        "x-sections": {"more": {"label": "More", "description": "The rest."}},
        "type": "object",
        "properties": members,
    }


def describe(**more: Any) -> Schema:
    """Return a property's schema with a label and a description."""
    return {"x-label": "It", "description": "What it is.", **more}


@pytest.mark.parametrize("item", FIELDS, ids=lambda item: ".".join(item.setting))
def test_every_field_is_described(item: Field) -> None:
    """A field has a label, a description of whole sentences, and names that KNIME can store."""
    assert item.label
    assert item.description.endswith(".")
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in item.setting)
    assert re.fullmatch(r"\d+\.\d+\.\d+", item.since)
    for setting, options in item.hidden_when.items():
        selector = FORM.by_setting[setting]
        assert isinstance(selector, Choice)
        assert all(selector.find_option(option) for option in options)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.id)
def test_every_option_stands_for_one_thing(option: Option) -> None:
    """An option is a constant, or a field, or an object; retirement dates are dates."""
    assert option.label
    kinds = [option.constant is not ABSENT, option.value is not None, bool(option.members)]
    assert kinds.count(True) == 1
    assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", option.retires)


def test_names_differ() -> None:
    """No two fields share a settings key or a label, no two options an id or a label."""
    fields = list(Form(load_schema()).by_setting.values())
    keys = [item.setting for item in fields]
    keys += [item.switch for item in fields if isinstance(item, Number) and not item.required]
    labels = [item.label for item in fields]
    options = [
        names
        for item in fields
        if isinstance(item, Choice)
        for names in zip(
            ("unset", item.unset_label), *(each[:2] for each in item.options), strict=True
        )
    ]
    for names in (keys, labels, *options):
        assert len(set(names)) == len(names)


NAMES = {
    Api.GA: {
        "tools[3]": "Tools (JSON) or Functions or MCP servers",
        "session.model": "Model",
        "audio.output.speed": "Speed",
        "session.audio.output.voice.id": "Voice",
        "session.audio.input.turn_detection.threshold": "Turn detection",
        "expires_after.seconds": "Secret lifetime (s)",
    },
    Api.BETA: {
        "tools[3]": "Tools (JSON) or Functions or MCP servers",
        "model": "Model",
        "session.model": "Model",
        "input_audio_transcription.model": "Input transcription",
        "client_secret.expires_after.seconds": "Secret lifetime (s)",
        "max_response_output_tokens": "Answer length",
    },
}


@pytest.mark.parametrize("api", list(Api))
def test_fields_are_found_by_the_servers_name(api: Api) -> None:
    """What a server calls a parameter leads to the label of what the dialog shows for it."""
    for param, title in NAMES[api].items():
        assert name_param(Form(load_schema()), param, api, {}) == f"{title} (not set)"
    for unknown in ("", "session", "session.modelling", "...", "[0]"):
        assert name_param(Form(load_schema()), unknown, api, {}) == ""


def test_schemas_without_a_control_are_refused() -> None:
    """A property that no control can show, or of an unknown section, fails when it is read."""
    with pytest.raises(ValueError, match="odd: no control shows this schema"):
        Form(make_schema(odd=describe(type="object")))
    with pytest.raises(KeyError, match="lost"):
        Form(make_schema(odd=describe(type="string", **{"x-section": "lost"})))


def test_later_keys_are_later_for_all_below() -> None:
    """`x-since` of an object holds for its members, unless they have their own."""
    form = Form(
        make_schema(
            group={
                "type": "object",
                "x-since": "1.9.0",
                "properties": {
                    "a": describe(type="string", **{"x-since": "1.10.0"}),
                    "b": describe(type="string"),
                },
            }
        )
    )
    assert [item.since for item in form.fields] == ["1.10.0", "1.9.0"]
