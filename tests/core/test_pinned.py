# SPDX-License-Identifier: MIT
"""The way of a setting that the installed `openai` package does not know yet."""

from __future__ import annotations

import copy

from core.pinned import drop_pinned
from openai_realtime.api import Api
from openai_realtime.form import Form, load_form
from openai_realtime.schema import load_schema
from realtime_dev.sandbox import check_ga

FORM = load_form()
TURNS = "session.audio.input.turn_detection"


def test_settings_that_the_package_does_not_know() -> None:
    """A pinned field, value or variant is taken out of a body before the package is asked."""
    lines = [
        "session.mood: field: schema has it, package has not",
        f"{TURNS}[server_vad].depth: field: schema has it, package has not",
        "session.tools[function].mood: field: schema has it, package has not",
        "session.tools[robot]: variant: schema has it, package has not",
        "session.truncation[some]: variant: schema has it, package has not",
        "session.reasoning.effort: enum: schema has 'utmost', package has not",
        "session.temperature: field: schema has it, package has not (the beta API only)",
    ]
    vad, function = {"type": "server_vad"}, {"type": "function", "name": "f"}
    body = {
        "session": {
            "type": "realtime",
            "mood": "calm",
            "audio": {"input": {"turn_detection": {**vad, "depth": 1}}},
            "tools": [{"type": "robot"}, {**function, "mood": 1}, {"type": "robot"}],
            "truncation": {"type": "some"},
            "reasoning": {"effort": "utmost"},
        }
    }
    known = drop_pinned(body, FORM, lines=lines)
    assert known == {
        "session": {
            "type": "realtime",
            "audio": {"input": {"turn_detection": vad}},
            "tools": [function],
            "reasoning": {},
        }
    }
    assert check_ga(body) is not None
    assert check_ga(known) is None
    schema = copy.deepcopy(load_schema())
    schema["properties"]["session"]["properties"]["mood"] = {
        "type": "string",
        "x-beta": "soul.mood",
    }
    assert drop_pinned({"soul": {"mood": 1}}, Form(schema), Api.BETA, lines) == {"soul": {}}
    assert drop_pinned({"temperature": 1}, FORM, Api.BETA, lines) == {"temperature": 1}
