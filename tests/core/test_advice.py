# SPDX-License-Identifier: MIT
"""Warnings about bodies that can be sent."""

from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from core.settings_strategy import nest_dotted
from openai_realtime.advice import advise
from openai_realtime.api import Api
from openai_realtime.form import load_form
from realtime_dev.sandbox import check_ga

FORM = load_form()
TODAY = date(2026, 11, 22)
TRANSCRIPT = "session.audio.input.transcription"
ONE_DAY = timedelta(days=1)
TOOL = {"type": "function", "name": "f"}
SERVER = {"type": "mcp", "server_label": "s"}
V2 = "gpt-realtime-2.1"
OLDER = [
    *("whisper-1", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize"),
    *("gpt-4o-mini-transcribe", "gpt-4o-mini-transcribe-2025-12-15"),
]


def warn(flat: dict[str, Any], api: Api = Api.GA, today: date = TODAY) -> list[str]:
    """Return the warnings about a body with values at dotted paths."""
    return advise(FORM, nest_dotted(flat), api, today)


MODEL = "Model"
TRANSCRIBER = "Transcription model"
PLACES = {
    MODEL: {Api.GA: "session.model", Api.BETA: "model"},
    TRANSCRIBER: {Api.GA: f"{TRANSCRIPT}.model", Api.BETA: "input_audio_transcription.model"},
}
RETIRING = [
    *((MODEL, f"gpt-realtime{tail}", "2027-01-20", V2) for tail in ("", "-2025-08-28")),
    *((MODEL, f"gpt-realtime-mini{tail}", "2027-01-20", f"{V2}-mini") for tail in ("", "-1")),
    *((TRANSCRIBER, name, "2027-02-26", "gpt-realtime-whisper") for name in OLDER),
]


@pytest.mark.parametrize("api", list(Api))
@pytest.mark.parametrize(("label", "model", "ends", "better"), RETIRING)
def test_models_that_retire(label: str, model: str, ends: str, better: str, api: Api) -> None:
    """Before its last day a model's end is announced; from then on the model has been shut down."""
    body = {PLACES[label][api]: model}
    last = date.fromisoformat(ends)
    before = [f"{label}: {model} will be shut down on {ends}. Use {better} instead."]
    after = [f"{label}: {model} has been shut down. Use {better} instead."]
    assert warn(body, api) == before
    assert warn(body, api, last - ONE_DAY) == before
    assert warn(body, api, last) == after
    assert warn(body, api, last + ONE_DAY) == after


SILENT: list[dict[str, Any]] = [
    *({"session": {"model": model}} for model in ("gpt-realtime-2.1", "gpt-realtimes", "", "*")),
    *({"model": model} for model in ("gpt-realtime-1.5", "gpt-realtime-3", "my-deployment")),
    {},
    {"session": None, "model": None},
    {"session": [], "model": {}, "instructions": 5},
    {"session": {"model": 5, "instructions": {}, "audio": [], "prompt": None}},
    {"session": {"model": "unknown", "audio": {"input": {"transcription": None}}}},
]


@pytest.mark.parametrize("api", list(Api))
@pytest.mark.parametrize("body", SILENT, ids=range(len(SILENT)))
def test_most_bodies_are_silent(api: Api, body: dict[str, Any]) -> None:
    """Active and unknown models, null and values of another type give no warning at any time."""
    assert advise(FORM, body, api, date(2099, 1, 1)) == []


@pytest.mark.parametrize("api", list(Api))
def test_long_instructions(api: Api) -> None:
    """Very long instructions cost time and money with each answer."""
    place = "session.instructions" if api is Api.GA else "instructions"
    assert warn({place: 16000 * "a"}, api) == []
    (warning,) = warn({place: 16001 * "a"}, api)
    assert warning.startswith("Instructions: the text is very long (16001 characters); each")


REASONERS = ["gpt-realtime-2", "gpt-realtime-2.1-mini", "gpt-realtime-2.1-2026-09-01", "mine"]


@pytest.mark.parametrize("unable", ["gpt-realtime-1.5", "gpt-realtime-2025-08-28"])
def test_settings_of_reasoning_models(unable: str) -> None:
    """A model that is known not to reason gives a warning; others, or none, do not."""
    settings = {"session.parallel_tool_calls": False, "session.reasoning.effort": "low"}
    what = f"{unable} does not support this setting. gpt-realtime-2.1 does."
    labels = ("Parallel tool calls", "Reasoning effort")
    assert warn(settings | {"session.model": unable})[-2:] == [f"{name}: {what}" for name in labels]
    assert warn(settings) == []
    for model in REASONERS:
        assert warn(settings | {"session.model": model}) == []


LANGUAGES, TURNS = "Possible languages", "Turn detection"
LISTENING: dict[str, tuple[str, Any]] = {
    "Spoken language": (f"{TRANSCRIPT}.language", "de"),
    LANGUAGES: (f"{TRANSCRIPT}.languages", ["de"]),
    "Keywords": (f"{TRANSCRIPT}.keywords", ["KNIME"]),
    "Transcription hint": (f"{TRANSCRIPT}.prompt", "Names"),
    "Transcription delay": (f"{TRANSCRIPT}.delay", "low"),
    TURNS: ("session.audio.input.turn_detection", {"type": "semantic_vad"}),
}
UNSUPPORTED: dict[str, set[str]] = {
    "gpt-realtime-whisper": {TURNS, "Transcription hint", LANGUAGES, "Keywords"},
    "gpt-live-transcribe": {TURNS, "Spoken language"},
    "gpt-transcribe": {"Spoken language", "Transcription delay"},
    **{model: {LANGUAGES, "Keywords", "Transcription delay"} for model in OLDER},
    # Deployments.
    **{model: set() for model in ("my-gpt-realtime-whisper", "gpt-4o-mine")},
}


@pytest.mark.parametrize("model", UNSUPPORTED)
@pytest.mark.parametrize("kind", ["session", "transcription"])
def test_warns_of_what_the_sandbox_refuses(kind: str, model: str) -> None:
    """Any one or two settings of a transcript are warned of when the server refuses them."""
    form = load_form(kind)
    start = {"session.type": form.schema["properties"]["session"]["properties"]["type"]["const"]}
    # A conversation has its turns whatever model writes the transcript.
    unsupported = UNSUPPORTED[model] - ({TURNS} if kind == "session" else set())
    for labels in (*combinations(LISTENING, 1), *combinations(LISTENING, 2)):
        flat = {f"{TRANSCRIPT}.model": model} | dict(LISTENING[label] for label in labels)
        body = nest_dotted(start | flat)
        expected = unsupported & {*labels}
        expected |= {LANGUAGES} if {*labels} == {"Spoken language", LANGUAGES} else set()
        warned = {line.split(": ")[0] for line in advise(form, body, Api.GA, TODAY)}
        assert warned - {MODEL, TRANSCRIBER} == expected
        problem = check_ga(body)
        found = problem and (problem.code, problem.param)
        assert found in ([("invalid_value", LISTENING[label][0]) for label in expected] or [None])


USE = f"Use {V2} instead."
WORDS: list[tuple[dict[str, Any], str]] = [
    (
        {f"{TRANSCRIPT}.language": "ja", f"{TRANSCRIPT}.languages": ["en"]},
        f"{LANGUAGES}: cannot be used together with Spoken language. Leave one of them empty.",
    ),
    (
        {"session.model": "gpt-live-1.1"},
        f"Model: gpt-live-1.1 belongs to the Live API, which has no client secrets. {USE}",
    ),
    ({"session.model": "gpt-transcribe"}, f"Model: gpt-transcribe only transcribes speech. {USE}"),
    *(
        ({"session.model": model}, f"Model: {model} has been shut down. {USE}")
        for model in ("gpt-4o-realtime-preview", "gpt-4o-realtime-preview-2024-12-17")
    ),
    ({"session.prompt": {"id": "p"}}, "prompt: this setting will be shut down on 2026-11-30."),
    ({"session.tool_choice": TOOL}, "Function name: 'f' is not in any list of tools."),
]


@pytest.mark.parametrize(("flat", "told"), WORDS)
def test_words(flat: dict[str, Any], told: str) -> None:
    """A warning begins with the label and says what to do; what was shut down long ago is gone."""
    assert warn(flat, today=date.min) == [told]


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        *((choice, []) for choice in (TOOL, SERVER, SERVER | {"name": "any"}, "required")),
        (TOOL | {"name": "s"}, ["Function name: 's' is not in any list of tools."]),
        (SERVER | {"server_label": "f"}, ["MCP server label: 'f' is not in any list of tools."]),
    ],
)
def test_chosen_tools(choice: Any, told: list[str]) -> None:
    """A tool that must be called is in the list; which tools a server has is not known here."""
    assert warn({"session.tool_choice": choice, "session.tools": [TOOL, SERVER]}) == told


def test_each_api_reads_its_own_places() -> None:
    """A model at the place of the other API gives no warning."""
    assert warn({"model": "gpt-realtime"}) == []
    assert warn({"session.model": "gpt-realtime"}, Api.BETA) == []


def test_warnings_stand_once_in_the_bodys_order() -> None:
    """Several warnings come in the schema's order, and none twice."""
    models = {f"{TRANSCRIPT}.model": "whisper-1", "session.model": "gpt-realtime"}
    found = warn({f"{TRANSCRIPT}.delay": "low", "session.reasoning.effort": "high"} | models)
    labels = [line.split(":")[0] for line in found]
    assert labels == ["Model", "Transcription model", "Transcription delay", "Reasoning effort"]
