# SPDX-License-Identifier: MIT
"""Schema -> fields of a dialog."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from openai_realtime.api import Api
from openai_realtime.errors import SettingsError
from openai_realtime.fields import ABSENT, Choice, Field, ListField, Number, Option, TextList
from openai_realtime.form import load_form, read_form
from openai_realtime.request import build_request
from openai_realtime.shape import describe_body
from openai_realtime.validation import check_body

if TYPE_CHECKING:
    from openai_realtime.schema import Schema

FORM = load_form()
FIELDS = list(FORM.walk())
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


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.id)
def test_every_option_stands_for_one_thing(option: Option) -> None:
    """An option is a constant, or a field, or an object; retirement dates are dates."""
    assert option.label
    assert option.id not in ("", "unset")
    assert [option.constant is not ABSENT, option.value is not None, option.is_object].count(
        True
    ) == 1
    assert re.fullmatch(r"(\d{4}-\d\d-\d\d)?", option.retires)


def test_settings_keys_differ() -> None:
    """No two fields, and no field and check box, share a settings key."""
    keys = [item.setting for item in FIELDS]
    keys += [item.switch for item in FIELDS if isinstance(item, Number) and not item.required]
    assert len(set(keys)) == len(keys)


def test_titles_differ() -> None:
    """An error that names a field by its title means one field."""
    titles = [item.title for item in FIELDS]
    assert len(set(titles)) == len(titles)


def test_choices_differ() -> None:
    """No drop-down has the same option, or the same label, twice."""
    for item in FIELDS:
        if isinstance(item, Choice):
            for names in ([o.id for o in item.options], [o.label for o in item.options]):
                assert len(set(names)) == len(names), item.title


def test_numbers_begin_in_their_range() -> None:
    """What the dialog shows first, once a number is switched on, is a good value."""
    for item in FIELDS:
        if isinstance(item, Number):
            assert item.minimum is None or item.initial >= item.minimum, item.title
            assert item.maximum is None or item.initial <= item.maximum, item.title


def test_fields_stand_in_order() -> None:
    """Fields come by section in the order of the sections, those without a section first."""
    sections = ["", *(section.key for section in FORM.sections)]
    places = [(sections.index(item.section), item.order) for item in FORM.fields]
    assert places == sorted(places)
    assert FORM.fields[0].label == "Model"


def test_hidden_fields_name_real_options() -> None:
    """What hides a field is an option of another field."""
    for item in FIELDS:
        for setting, options in item.hidden_when.items():
            selector = FORM.find_field(setting)
            assert isinstance(selector, Choice)
            assert all(selector.find_option(option) for option in options)


TOOLS = "Functions or MCP servers or Tools (JSON)"


@pytest.mark.parametrize(
    ("param", "api", "settings", "title"),
    [
        ("session.tools[0].name", Api.GA, {}, TOOLS),
        ("tools[3]", Api.GA, {}, TOOLS),
        ("tools[3]", Api.BETA, {}, TOOLS),
        ("session.audio.output.voice.id", Api.GA, {}, "Voice"),
        ("session.audio.output.voice.id", Api.GA, {"voice": "custom"}, "Voice id (Custom voice)"),
        ("session.model", Api.GA, {}, "Model"),
        ("model", Api.BETA, {}, "Model"),
        ("session.model", Api.BETA, {}, "Model"),
        ("audio.output.speed", Api.GA, {}, "Speed"),
        ("input_audio_transcription.model", Api.BETA, {}, "Input transcription"),
        (
            "input_audio_transcription.model",
            Api.BETA,
            {"hearing": {"transcription": "on"}},
            "Transcription model (Transcript)",
        ),
        ("expires_after.seconds", Api.GA, {}, "Expires after (seconds)"),
        ("client_secret.expires_after.seconds", Api.BETA, {}, "Expires after (seconds)"),
        ("max_response_output_tokens", Api.BETA, {}, "Answer length"),
        ("session.audio.input.turn_detection.threshold", Api.GA, {}, "Turn detection"),
        (
            "session.audio.input.turn_detection.threshold",
            Api.GA,
            {"turn_detection": "server_vad"},
            "Threshold (Server VAD)",
        ),
        (
            "turn_detection.create_response",
            Api.BETA,
            {"turn_detection": "semantic_vad"},
            "Answer by itself (Semantic VAD)",
        ),
        (
            "session.truncation.token_limits.post_instructions",
            Api.GA,
            {"limits": {"truncation": "retention_ratio"}},
            "Token limit (Retention)",
        ),
        ("session.reasoning.effort", Api.GA, {}, "Reasoning effort"),
        ("session.temperature", Api.GA, {}, "Temperature"),
    ],
)
def test_fields_are_found_by_the_servers_name(
    param: str, api: Api, settings: dict[str, Any], title: str
) -> None:
    """What a server calls a parameter leads to the label of what the dialog shows for it."""
    assert FORM.name_param(param, api, settings) == title


@pytest.mark.parametrize("param", ["", "session", "session.modelling", "nonsense", "...", "[0]"])
def test_unknown_names_are_no_field(param: str) -> None:
    """A name that means no field gives none."""
    assert FORM.name_param(param, Api.GA, {}) == ""


def test_lists_have_members() -> None:
    """Each kind of item in a list has the fields of its schema, in order, by their own names."""
    lists = {item.setting[-1]: item for item in FIELDS if isinstance(item, ListField)}
    keys = {name: [member.setting[-1] for member in item.members] for name, item in lists.items()}
    assert keys == {
        "functions": ["name", "description", "parameters"],
        "mcp_servers": [
            *("server_label", "server_url", "tunnel_id", "credential", "server_description"),
            *("allowed_tools", "require_approval", "defer_loading"),
        ],
    }
    for item in lists.values():
        assert all(len(member.setting) == 1 for member in item.members)
        assert all(member.description.endswith(".") for member in item.members)
        assert item.item_title
        assert item.button
    assert (lists["functions"].constants, lists["functions"].beta) == (
        {"type": "function"},
        ("tools",),
    )
    assert (lists["mcp_servers"].constants, lists["mcp_servers"].beta) == ({"type": "mcp"}, None)


def test_unknown_setting() -> None:
    """Asking for a setting that is not there fails with its name."""
    with pytest.raises(LookupError, match=r"no\.such"):
        FORM.find_field(("no", "such"))


def test_schemas_without_a_control_are_refused() -> None:
    """A property that no control can show, or of an unknown section, fails when it is read."""
    with pytest.raises(ValueError, match="odd: no control shows this schema"):
        read_form(make_schema(odd=describe(type="object")))
    with pytest.raises(ValueError, match="It: there is no section 'lost'"):
        read_form(make_schema(odd=describe(type="string", **{"x-section": "lost"})))


def test_lists_are_texts_by_line() -> None:
    """An array of texts is entered one a line, and checked against its schema."""
    form = read_form(
        make_schema(
            words=describe(type="array", items={"type": "string", "maxLength": 3}, maxItems=2)
        )
    )
    assert isinstance(form.fields[0], TextList)
    assert build_request(form, {"words": " a \n\n b\n"}, Api.GA).body == {"words": ["a", "b"]}
    assert build_request(form, {"words": "\n"}, Api.GA).body == {}
    for text, message in [
        ("a\nbcde", r"It: line\[1\]: is too long; at most 3 characters fit\."),
        ("a\nb\nc", r"It: line: is too long; at most 2 elements fit\."),
    ]:
        with pytest.raises(SettingsError, match=message):
            build_request(form, {"words": text}, Api.GA)


def test_later_keys_are_later_for_all_below() -> None:
    """`x-since` of an object holds for its members, unless they came later still."""
    form = read_form(
        make_schema(
            group={
                "type": "object",
                "x-since": "0.9.0",
                "properties": {
                    "a": describe(type="string", **{"x-since": "0.10.0"}),
                    "b": describe(type="string", **{"x-since": "0.2.0"}),
                },
            }
        )
    )
    assert [item.since for item in form.fields] == ["0.10.0", "0.9.0"]


RETIRED = {"enum": ["new"], "x-retired": ["old", "older"]}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", **RETIRED},
        {"oneOf": [{"const": None, "x-label": "Off"}, {"type": "string", **RETIRED}]},
        {"oneOf": [{"const": "new", "x-label": "New"}], "x-retired": ["old", "older"]},
    ],
    ids=["enum", "enum in a branch", "branches"],
)
@pytest.mark.parametrize("api", list(Api))
def test_retired_values_are_sent(schema: Schema, api: Api) -> None:
    """A closed drop-down sends a saved value that it no longer lists, and no other text."""
    form = read_form(make_schema(word=describe(**schema)))
    (item,) = form.fields
    assert isinstance(item, Choice)
    assert "old" not in [option.id for option in item.options]
    assert build_request(form, {"word": "old"}, api).body == {"word": "old"}
    assert build_request(form, {"word": "older"}, api).body == {"word": "older"}
    with pytest.raises(SettingsError, match="It: 'oldest' is none of unset, "):
        build_request(form, {"word": "oldest"}, api)
    for word, problem in [("old", ""), ("new", ""), ("oldest", "word: ")]:
        found, _ = check_body({"word": word}, describe_body(form.schema, api))
        assert found.startswith(problem)
        assert bool(found) is bool(problem)


def test_lengths_and_patterns_of_texts() -> None:
    """A text's length and form are checked; the message keeps its end however long the text."""
    form = read_form(
        make_schema(word=describe(type="string", minLength=2, maxLength=300, pattern="^[a-z]+$"))
    )
    for text, message in [
        ("a", r"It: enter at least 2 characters\."),
        (301 * "a", r"It: 301 characters are too many, at most 300 fit\."),
        (300 * "A", r"It: 'A+…' is not of the form that the description asks\."),
    ]:
        with pytest.raises(SettingsError, match=message):
            build_request(form, {"word": text}, Api.GA)
