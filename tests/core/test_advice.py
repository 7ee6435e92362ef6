# SPDX-License-Identifier: MIT
"""Warnings about bodies that can be sent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core.settings_strategy import nest_dotted
from openai_realtime.advice import advise
from openai_realtime.api import Api
from openai_realtime.form import load_form

FORM = load_form()
TODAY = date(2026, 11, 22)
TRANSCRIPT = "session.audio.input.transcription"
ONE_DAY = timedelta(days=1)


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
    (MODEL, "gpt-realtime", "2027-01-20", "gpt-realtime-2.1"),
    (MODEL, "gpt-realtime-2025-08-28", "2027-01-20", "gpt-realtime-2.1"),
    (MODEL, "gpt-realtime-mini", "2027-01-20", "gpt-realtime-2.1-mini"),
    (MODEL, "gpt-realtime-mini-2025-10-06", "2027-01-20", "gpt-realtime-2.1-mini"),
    (MODEL, "gpt-realtime-mini-2025-12-15", "2027-01-20", "gpt-realtime-2.1-mini"),
    (TRANSCRIBER, "whisper-1", "2027-02-26", "gpt-realtime-whisper"),
    (TRANSCRIBER, "gpt-4o-transcribe", "2027-02-26", "gpt-realtime-whisper"),
    (TRANSCRIBER, "gpt-4o-transcribe-diarize", "2027-02-26", "gpt-realtime-whisper"),
    (TRANSCRIBER, "gpt-4o-mini-transcribe", "2027-02-26", "gpt-realtime-whisper"),
    (TRANSCRIBER, "gpt-4o-mini-transcribe-2025-12-15", "2027-02-26", "gpt-realtime-whisper"),
]


@pytest.mark.parametrize("api", list(Api))
@pytest.mark.parametrize(("label", "model", "ends", "better"), RETIRING)
def test_models_that_retire(label: str, model: str, ends: str, better: str, api: Api) -> None:
    """Before its last day a model's end is announced; from then on the model has been shut down."""
    body = {PLACES[label][api]: model}
    last = date.fromisoformat(ends)
    before = [f"{label}: {model} is shut down on {ends}. Use {better} instead."]
    after = [f"{label}: {model} has been shut down. Use {better} instead."]
    assert warn(body, api) == before
    assert warn(body, api, last - ONE_DAY) == before
    assert warn(body, api, last) == after
    assert warn(body, api, last + ONE_DAY) == after


@pytest.mark.parametrize(
    ("model", "better"),
    [
        ("gpt-4o-realtime-preview", "gpt-realtime-2.1"),
        ("gpt-4o-realtime-preview-2024-12-17", "gpt-realtime-2.1"),
        ("gpt-4o-mini-realtime-preview", "gpt-realtime-2.1-mini"),
    ],
)
def test_models_that_are_gone(model: str, better: str) -> None:
    """Models that were shut down long ago are named so at any date."""
    message = f"Model: {model} has been shut down. Use {better} instead."
    assert warn({"session.model": model}, today=date(2020, 1, 1)) == [message]


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


LISTENERS = ["gpt-transcribe", "gpt-live-transcribe", "my-deployment"]
REASONERS = [
    *("gpt-realtime-2", "gpt-realtime-2.1", "gpt-realtime-2.1-mini"),
    *("gpt-realtime-2.1-2026-09-01", "gpt-realtime-2-2026-01-01", "my-deployment"),
]
SETTINGS: list[tuple[str, Any, str, list[str], str]] = [
    (f"{TRANSCRIPT}.languages", ["de"], "Possible languages", LISTENERS, "gpt-realtime-whisper"),
    (f"{TRANSCRIPT}.keywords", ["KNIME"], "Keywords", LISTENERS, "gpt-realtime-whisper"),
    (
        f"{TRANSCRIPT}.delay",
        "low",
        "Transcription delay",
        ["gpt-realtime-whisper"],
        "gpt-transcribe",
    ),
    ("session.reasoning.effort", "low", "Reasoning effort", REASONERS, "gpt-realtime-1.5"),
    ("session.parallel_tool_calls", True, "Parallel tool calls", REASONERS, "gpt-realtime-1.5"),
    ("session.parallel_tool_calls", False, "Parallel tool calls", REASONERS, "gpt-realtime-1.5"),
]


@pytest.mark.parametrize(("path", "value", "label", "able", "unable"), SETTINGS)
def test_settings_that_only_some_models_know(
    path: str, value: Any, label: str, able: list[str], unable: str
) -> None:
    """A model that is known to lack a setting gives a warning; others, or none, do not."""
    place = f"{TRANSCRIPT}.model" if path.startswith(TRANSCRIPT) else "session.model"
    assert warn({path: value, place: unable}) == [
        f"{label}: {unable} does not support this setting."
    ]
    assert warn({place: unable}) == []
    assert warn({path: value}) == []
    for model in able:
        assert warn({path: value, place: model}) == []


def test_dates_are_no_versions() -> None:
    """The date in a model's name is not taken for its version."""
    found = warn({"session.model": "gpt-realtime-2025-08-28", "session.reasoning.effort": "low"})
    assert found[1].endswith(": gpt-realtime-2025-08-28 does not support this setting.")


def test_prompts_retire() -> None:
    """A reusable prompt is sent, with a warning that tells the date of its end."""
    body = {"session.prompt": {"id": "pmpt_1"}}
    assert warn(body) == ["prompt is shut down on 2026-11-30."]


def test_each_api_reads_its_own_places() -> None:
    """A model at the place of the other API gives no warning."""
    assert warn({"model": "gpt-realtime"}) == []
    assert warn({"session.model": "gpt-realtime"}, Api.BETA) == []


def test_warnings_stand_once_in_the_bodys_order() -> None:
    """Several warnings come in the schema's order, and none twice."""
    found = warn(
        {
            f"{TRANSCRIPT}.model": "whisper-1",
            f"{TRANSCRIPT}.delay": "low",
            "session.model": "gpt-realtime",
            "session.reasoning.effort": "high",
        }
    )
    assert [line.split(":")[0] for line in found] == [
        *("Model", "Transcription model", "Transcription delay", "Reasoning effort")
    ]
