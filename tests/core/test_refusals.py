# SPDX-License-Identifier: MIT
"""What a wrong setting is called, and what the user is told to do about it, word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.settings_strategy import nest_dotted
from openai_realtime.api import Api
from openai_realtime.errors import SettingsError
from openai_realtime.fields import Field, Text
from openai_realtime.form import load_form
from openai_realtime.request import build_request, encode

ID = "tracing.safety_identifier"


@pytest.mark.parametrize(
    ("schema", "flat", "message"),
    [
        ("session", {"instructions": "\ud800"}, "Instructions: a character is broken; enter the"),
        ("translation", {"model": "unset"}, "Model: choose a value."),
        ("session", {"abilities.functions": "x"}, "Functions: 'x' is no list."),
        (
            "session",
            {"abilities.functions": ["x"]},
            "Function 1: 'x' is no group of settings.",
        ),
        (
            "session",
            {"speech.speed_set": True, "speech.speed": "fast"},
            "Speed: 'fast' is no number. Enter a number from 0.25 to 1.5.",
        ),
        ("session", {ID: "x" * 513}, "Safety identifier: 513 characters are too many, at most 512"),
        (
            "session",
            {"hearing.transcription": "on", "hearing.transcript.languages": "de\n" + "x" * 999},
            "Possible languages (Transcript): line[1]: ",
        ),
    ],
)
def test_message_names_setting_and_remedy(schema: str, flat: dict[str, Any], message: str) -> None:
    """A message begins with the setting's label and says what is wrong and what to do."""
    with pytest.raises(SettingsError) as caught:
        build_request(load_form(schema), nest_dotted(flat), Api.GA)
    assert str(caught.value).startswith(message)


def test_longest_text_is_sent() -> None:
    """A text of just the length that fits is taken."""
    request = build_request(load_form(), nest_dotted({ID: "x" * 512}), Api.GA)
    assert request.headers == {"OpenAI-Safety-Identifier": "x" * 512}


def test_short_text_is_refused() -> None:
    """A text with fewer characters than needed is refused by name, one with just enough is not."""
    field = load_form().find_field(("tracing", "safety_identifier"))
    assert isinstance(field, Text)
    field = replace(field, minimum_length=3)
    with pytest.raises(SettingsError, match=r"^Safety identifier: enter at least 3 characters.$"):
        encode(field, nest_dotted({ID: "ab"}), Api.GA)
    assert encode(field, nest_dotted({ID: "abc"}), Api.GA) == "abc"


def test_unknown_kind_of_field_is_named() -> None:
    """A field of a class that nobody has taught to the request is a mistake of ours."""

    class Picture(Field):
        pass

    field = load_form().find_field(("instructions",))
    picture = Picture(
        **{name: getattr(field, name) for name in Field.__dataclass_fields__},
    )
    with pytest.raises(TypeError, match=r"^Picture$"):
        encode(picture, {"instructions": "x"}, Api.GA)


@pytest.mark.parametrize("api", Api)
def test_request_tells_its_api(api: Api) -> None:
    """The request says which API it is for."""
    assert build_request(load_form(), {}, api).api is api
