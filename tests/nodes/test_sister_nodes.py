# SPDX-License-Identifier: MIT
"""*Create Realtime Transcription Session* and *Create Realtime Translation Session*.

Both come of a schema and the machinery of *Create Realtime Session*.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import knime.extension as knext
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pinned import drop_pinned
from core.settings_strategy import COSTLY, make_settings, make_token
from openai_realtime.api import Api
from openai_realtime.errors import SettingsError
from openai_realtime.form import load_form
from openai_realtime.request import build_request
from realtime_dev.sandbox import check_beta_transcription, check_ga, check_translation

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_dev.host import Execution
    from realtime_dev.sandbox import Sandbox, Violation

COLUMNS = {
    "transcription": [
        ("Client Secret", "String"),
        ("Expires At", "Zoned Date Time"),
        ("Session ID", "String"),
        ("Session Type", "String"),
        ("Model", "String"),
        ("Input Audio Transcription", "JSON"),
        ("Input Audio Format", "String"),
        ("Turn Detection", "JSON"),
        ("Noise Reduction", "JSON"),
        ("Include", "JSON"),
        ("Other Fields", "JSON"),
    ],
    "translation": [
        ("Client Secret", "String"),
        ("Expires At", "Zoned Date Time"),
        ("Session ID", "String"),
        ("Session Type", "String"),
        ("Model", "String"),
        ("Output Language", "String"),
        ("Input Audio Transcription", "JSON"),
        ("Noise Reduction", "JSON"),
        ("Other Fields", "JSON"),
    ],
}
NODES = list(COLUMNS)
ENDPOINTS = [
    ("transcription", "ga", "/v1/realtime/client_secrets"),
    ("transcription", "beta", "/v1/realtime/transcription_sessions"),
    ("translation", "ga", "/v1/realtime/translations/client_secrets"),
]
CHECKS: list[tuple[str, Api, Callable[[object], Violation | None]]] = [
    ("transcription", Api.GA, check_ga),
    ("transcription", Api.BETA, check_beta_transcription),
    ("translation", Api.GA, check_translation),
]
"""What the sandbox takes from each node and in each API."""


def run(chain: Any, node: str, flat: dict[str, Any], **configuration: Any) -> Execution:
    """Execute the configuration node and `node` after it."""
    ports = chain.connect(configuration).outputs
    done: Execution = chain.host.execute(node, flat, ports, credentials=chain.credentials)
    return done


def read_row(execution: Execution) -> dict[str, Any]:
    """Return the table's only row."""
    frame = execution.outputs[0].to_pandas()
    assert len(frame) == 1
    return dict(frame.iloc[0])


@pytest.mark.parametrize(("node", "api", "path"), ENDPOINTS)
def test_structured(node: str, api: str, path: str, chain: Any, sandbox: Sandbox) -> None:
    """A node that is left alone mints a secret, at its own endpoint, with its own columns."""
    done = run(chain, node, {}, api=api)
    assert done.outputs[0].columns == COLUMNS[node]
    row = read_row(done)
    assert row["Client Secret"].startswith("ek_")
    assert row["Session ID"].startswith("sess_")
    assert row["Session Type"] == node
    assert sandbox.calls[-1].path == path


@pytest.mark.parametrize(("node", "api", "path"), ENDPOINTS)
def test_raw(node: str, api: str, path: str, chain: Any, sandbox: Sandbox) -> None:
    """Raw output is the answer as it came."""
    row = read_row(run(chain, node, {"format": "raw"}, api=api))
    assert row["status"] == 200
    assert json.loads(row["body"])["session" if api == "ga" else "client_secret"]
    assert sandbox.calls[-1].path == path


@pytest.mark.parametrize(
    ("node", "body"),
    [
        ("transcription", {"session": {"type": "transcription"}}),
        ("translation", {"session": {"model": "gpt-realtime-translate"}}),
    ],
)
def test_nothing_is_sent_of_its_own_accord(
    node: str, body: dict[str, Any], chain: Any, sandbox: Sandbox
) -> None:
    """A node that is left alone sends only what the API requires."""
    run(chain, node, {})
    assert sandbox.calls[-1].body == body


HEARD: dict[str, Any] = {
    "model": "gpt-4o-transcribe",
    "language": "de",
    "prompt": "KNIME",
    "turns.turn_detection": "server_vad",
    "turns.server_vad.threshold_set": True,
    "turns.server_vad.threshold": 0.7,
    "words.include": "logprobs",
    "hearing.input_format": "audio/pcmu",
    "hearing.noise_reduction": "far_field",
    "expires_after_seconds_set": True,
    "expires_after_seconds": 60,
}


@pytest.mark.parametrize(("api", "sound"), [("ga", "audio/pcmu"), ("beta", "g711_ulaw")])
def test_transcription_settings_come_back(api: str, sound: str, chain: Any) -> None:
    """What is set in the dialog is what the table says, whichever the API."""
    row = read_row(run(chain, "transcription", HEARD, api=api))
    assert (row["Model"], row["Input Audio Format"]) == ("gpt-4o-transcribe", sound)
    assert row["Input Audio Transcription"] == {"language": "de", "prompt": "KNIME"}
    assert (row["Turn Detection"]["type"], row["Turn Detection"]["threshold"]) == (
        "server_vad",
        0.7,
    )
    assert row["Noise Reduction"] == {"type": "far_field"}
    assert row["Include"] == ["item.input_audio_transcription.logprobs"]


def test_transcription_settings_of_ga_only(chain: Any, sandbox: Sandbox) -> None:
    """Languages, keywords, delay, strength and the safety identifier are sent, too."""
    flat = {
        "model": "gpt-live-transcribe",
        "words.languages": "de\nen",
        "words.keywords": "KNIME",
        "words.delay": "low",
        "hearing.noise_reduction": "near_field",
        "hearing.noise.strength_set": True,
        "hearing.noise.strength": 0.5,
        "safety_identifier": "0a1b2c",
    }
    row = read_row(run(chain, "transcription", flat))
    assert row["Input Audio Transcription"]["languages"] == ["de", "en"]
    assert row["Noise Reduction"] == {"type": "near_field", "strength": 0.5}
    assert sandbox.calls[-1].headers["openai-safety-identifier"] == "0a1b2c"


def test_translation_settings_come_back(chain: Any, sandbox: Sandbox) -> None:
    """What is set in the dialog is what the table says."""
    flat = {
        "language": "es",
        "hearing.transcription": "on",
        "hearing.noise_reduction": "near_field",
        "expires_after_seconds_set": True,
        "expires_after_seconds": 60,
    }
    row = read_row(run(chain, "translation", flat))
    assert (row["Model"], row["Output Language"]) == ("gpt-realtime-translate", "es")
    assert row["Input Audio Transcription"] == {"model": "gpt-realtime-whisper"}
    assert row["Noise Reduction"] == {"type": "near_field"}
    assert sandbox.calls[-1].body["expires_after"] == {"anchor": "created_at", "seconds": 60}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("transcription", {"language": "German!"}, "Language: "),
    ("transcription", {"model": "other"}, "Another model: enter a value"),
    ("transcription", {"words.languages": "de\nx!"}, "Possible languages: "),
    ("transcription", {"turns.turn_detection": "loud"}, "Turn detection: must be one of"),
    ("translation", {"model": "unset"}, "Model: choose a value"),
    ("translation", {"language": "?"}, "Translate into: "),
    ("translation", {"hearing.noise_reduction": "loud"}, "Noise reduction: must be one of"),
    ("translation", {"session_from": "json"}, "Session (JSON): "),
    *(
        (node, {"expires_after_seconds_set": True, "expires_after_seconds": 9}, "Lifetime of the")
        for node in NODES
    ),
    *((node, {"additional_json": '{"session": 1}'}, "Additional JSON: session") for node in NODES),
]


@pytest.mark.parametrize(("node", "flat", "message"), WRONG)
def test_wrong_settings_are_named(
    node: str, flat: dict[str, Any], message: str, chain: Any, sandbox: Sandbox
) -> None:
    """A wrong setting is named as the dialog names it, and nothing is sent."""
    with pytest.raises(knext.InvalidParametersError) as caught:
        run(chain, node, flat)
    assert str(caught.value).startswith(message)
    assert [call for call in sandbox.calls if call.path.endswith("secrets")] == []


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"api": "beta"}, "API: the beta API has no realtime translation session. "),
        (
            {"provider": "azure", "base_url": "https://x.openai.azure.com"},
            "Provider: Azure OpenAI has no realtime translation session. ",
        ),
    ],
)
@pytest.mark.parametrize("flat", [{}, {"session_from": "json", "session_json": "{}"}])
def test_no_translation_there(
    configuration: dict[str, Any], message: str, flat: dict[str, Any], chain: Any
) -> None:
    """Where there are no translation sessions, the message says so and what to do."""
    with pytest.raises(knext.InvalidParametersError) as caught:
        run(chain, "translation", flat, **configuration)
    assert str(caught.value).startswith(message)
    assert "Connect a configuration with" in str(caught.value)


def test_azure_transcription(chain: Any, sandbox: Sandbox) -> None:
    """Azure's deployment for transcripts goes where Azure takes it."""
    url = sandbox.azure_base_url.removesuffix("/openai/v1")
    flat = {"model": "other", "model_other": "my-whisper"}
    row = read_row(run(chain, "transcription", flat, provider="azure", base_url=url))
    assert row["Model"] == "my-whisper"
    assert sandbox.calls[-1].path == "/openai/v1/realtime/client_secrets"


def test_model_without_turn_detection_is_warned_of(chain: Any) -> None:
    """gpt-realtime-whisper takes no turn detection in these sessions."""
    flat = {"model": "gpt-realtime-whisper", "turns.turn_detection": "semantic_vad"}
    warning = run(chain, "transcription", flat).warnings[-1]
    assert "gpt-realtime-whisper does not" in warning
    assert run(chain, "transcription", {**flat, "turns.turn_detection": "off"}).warnings == []


@pytest.mark.parametrize("node", NODES)
def test_configuration_passes_through(node: str, chain: Any) -> None:
    """All nodes chain in any order."""
    first = chain.connect()
    second = chain.host.execute(node, {}, first.outputs, credentials=chain.credentials)
    third = chain.host.execute("session", {}, [second.outputs[1]], credentials=chain.credentials)
    assert third.outputs[0].num_rows == 1


@pytest.mark.parametrize(("name", "api", "check"), CHECKS)
def test_whatever_the_form_takes_the_api_takes(
    name: str, api: Api, check: Callable[[object], Violation | None]
) -> None:
    """Any good settings give a body that strict checks accept."""

    @given(st.data())
    @COSTLY
    def run_examples(data: st.DataObject) -> None:
        form = load_form(name)
        settings = data.draw(make_settings(form, api))
        body = build_request(form, settings, api, make_token).body
        assert check(json.loads(json.dumps(drop_pinned(body, form, api)))) is None

    run_examples()


def test_required_choices_start_with_their_default() -> None:
    """What the API requires has an entry chosen, and none that leaves it to the server."""
    form = load_form("translation")
    with pytest.raises(SettingsError, match="Model: choose a value"):
        build_request(form, {"model": "unset"}, Api.GA)
    assert build_request(form, {}, Api.GA).body["session"]["model"] == "gpt-realtime-translate"


def test_first_entry_of_a_required_choice(chain: Any) -> None:
    """The drop-down of a required model does not offer the server's choice."""
    shown = {item.path: item for item in chain.host.visible("translation", {})}
    assert (shown["model"].choices or [])[0][0] == "gpt-realtime-translate"
    assert (shown["hearing.transcription"].choices or [])[0][0] == "unset"
