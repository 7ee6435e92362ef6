# SPDX-License-Identifier: MIT
"""The API's routes over real sockets: answers, refusals, the log of calls."""

import re
import sys
from typing import Any

import httpx
import pytest
from openai import OpenAI
from openai.types.realtime import ClientSecretCreateResponse
from pydantic import TypeAdapter

from realtime_dev.sandbox import Fault, Sandbox

from .conftest import load_recorded

SECRETS = "/realtime/client_secrets"
CALLS = "/realtime/calls"
SDP = {"content-type": "application/sdp"}


def realtime(**settings: Any) -> dict[str, Any]:
    """Return a body with those settings of the session."""
    return {"session": {"type": "realtime", **settings}}


def post(sandbox: Sandbox, path: str, body: Any, **headers: str) -> httpx.Response:
    """Return the answer of a sandbox to a request with its key; in names of headers _ is for -."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"authorization": f"Bearer {sandbox.api_key}", **given}
    return httpx.post(sandbox.base_url + path, json=body, headers=sent, timeout=60)


def test_serves_the_official_client(sandbox: Sandbox) -> None:
    """The official client mints a secret and reads the session as its own type."""
    with OpenAI(base_url=sandbox.base_url, api_key=sandbox.api_key) as client:
        made = client.realtime.client_secrets.create(
            session={"type": "realtime", "model": "gpt-realtime", "instructions": "Be brief."}
        )
    assert re.fullmatch(r"ek_[0-9a-f]{32}", made.value)
    assert made.session.type == "realtime"
    assert made.session.instructions == "Be brief."


@pytest.mark.parametrize(
    ("request_stem", "answer_stem"),
    [
        ("ga_realtime_recorded_REQUEST", "ga_realtime_recorded"),
        ("azure_realtime_text_recorded_REQUEST", "azure_realtime_text_recorded"),
    ],
)
def test_answers_as_recorded(request_stem: str, answer_stem: str, client: httpx.Client) -> None:
    """Recorded requests get the recorded answers, nulls and order of members included."""
    answer = client.post(SECRETS, json=load_recorded(request_stem))
    expected = load_recorded(answer_stem)
    body = answer.json()
    expected["value"], expected["expires_at"] = body["value"], body["expires_at"]
    expected["session"]["id"] = body["session"]["id"]
    assert body == expected
    assert list(body["session"]) == list(expected["session"])
    assert re.fullmatch(r"sess_\w{21}", body["session"]["id"])
    assert re.fullmatch(r"req_[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("model", "voice", "silence"),
    [("gpt-realtime", "alloy", 200), ("gpt-realtime-2.1", "marin", 500), (None, "marin", 500)],
)
def test_defaults_depend_on_the_model(
    model: str | None, voice: str, silence: int, client: httpx.Client
) -> None:
    """Voice and silence that the request leaves alone come from the model."""
    wanted = {"type": "realtime"} | ({"model": model} if model else {})
    session = client.post(SECRETS, json={"session": wanted}).json()["session"]
    assert session["model"] == (model or "gpt-realtime-2.1")
    assert session["audio"]["output"]["voice"] == voice
    assert session["audio"]["input"]["turn_detection"]["silence_duration_ms"] == silence
    assert "reasoning" not in session
    assert "parallel_tool_calls" not in session


def test_echoes_what_was_set(client: httpx.Client) -> None:
    """Everything that the request sets comes back, and the answer suits the official type."""
    wanted = {
        "type": "realtime",
        "model": "gpt-realtime-2",
        "output_modalities": ["text"],
        "max_output_tokens": 77,
        "reasoning": {"effort": "high"},
        "parallel_tool_calls": True,
        "tracing": "auto",
        "truncation": {"type": "retention_ratio", "retention_ratio": 0.5},
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
        "tool_choice": {"type": "function", "name": "f"},
        "include": ["item.input_audio_transcription.logprobs"],
    }
    turns = {"type": "semantic_vad", "eagerness": "low"}
    noise = {"type": "far_field", "strength": 0.25}
    audio = {
        "input": {"turn_detection": turns, "noise_reduction": noise},
        "output": {"voice": "cedar", "speed": 1, "format": {"type": "audio/pcma"}},
    }
    answer = client.post(SECRETS, json={"session": wanted | {"audio": audio}}).json()
    session = answer["session"]
    assert {name: session[name] for name in wanted} == wanted
    assert session["audio"]["output"] == audio["output"]
    assert session["audio"]["input"]["noise_reduction"] == noise
    assert session["audio"]["input"]["turn_detection"] == turns | {
        "create_response": True,
        "interrupt_response": True,
    }
    TypeAdapter(ClientSecretCreateResponse).validate_python(answer)


def test_answers_transcription(client: httpx.Client) -> None:
    """Transcription sessions have audio input and include, and no model of their own."""
    audio = {"input": {"transcription": {"model": "gpt-realtime-whisper"}}}
    wanted = {"type": "transcription", "audio": audio}
    session = client.post(SECRETS, json={"session": wanted}).json()["session"]
    assert session["object"] == "realtime.transcription_session"
    assert session["audio"]["input"]["transcription"] == {
        "model": "gpt-realtime-whisper",
        "language": None,
        "prompt": None,
    }
    assert session["audio"]["input"]["turn_detection"] is None
    assert "model" not in session
    assert "output" not in session["audio"]


def test_answers_beta_as_documented(client: httpx.Client) -> None:
    """The documented beta answer comes from asking for its settings."""
    expected = load_recorded("beta_sessions_docs_sample")
    made = ("id", "object", "client_secret")
    settings = {name: value for name, value in expected.items() if name not in made}
    settings["model"] = "gpt-realtime"
    body = client.post("/realtime/sessions", json=settings).json()
    assert list(body) == list(expected)
    assert {name: body[name] for name in settings} == settings
    assert body["client_secret"]["value"].startswith("ek_")


@pytest.mark.parametrize(
    ("path", "body", "life"),
    [
        (SECRETS, {}, 600),
        (SECRETS, {"expires_after": {"seconds": 60}}, 60),
        ("/realtime/sessions", {}, 60),
        (
            "/realtime/sessions",
            {"client_secret": {"expires_after": {"anchor": "created_at", "seconds": 90}}},
            90,
        ),
        (
            "/realtime/transcription_sessions",
            {"client_secret": {"expires_at": {"seconds": 120}}},
            120,
        ),
    ],
)
def test_lifetimes(path: str, body: Any, life: int) -> None:
    """A secret lives as long as asked for, or as the API's default says."""
    with Sandbox(clock=lambda: 1000.9) as sandbox:
        answer = post(sandbox, path, body).json()
    expires_at = answer.get("expires_at") or answer["client_secret"]["expires_at"]
    assert expires_at == 1000 + life


def test_lists_models(client: httpx.Client) -> None:
    """Models have a shutdown date or null; added ones have no date, and can be used."""
    body = client.get("/models").json()
    models = {model["id"]: model for model in body["data"]}
    assert body["object"] == "list"
    assert models["gpt-realtime"]["shutdown_date"] == "2027-01-20"
    assert models["gpt-realtime-2.1"]["shutdown_date"] is None
    assert "shutdown_date" not in models["custom-model"]
    assert models["text-embedding-3-small"]["shutdown_date"] is None
    assert client.post(SECRETS, json=realtime(model="custom-model")).status_code == 200


@pytest.mark.parametrize("model", ["gpt-live-1", "gpt-live-transcribe", "gpt-realtime-whisper"])
def test_models_of_other_apis(model: str, client: httpx.Client) -> None:
    """A model that exists, but not for conversations, is invalid."""
    assert model in {each["id"] for each in client.get("/models").json()["data"]}
    answer = client.post(SECRETS, json=realtime(model=model))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_model")


GONE = "gpt-4o-realtime-preview"
LITERAL: list[tuple[str, str, dict[str, Any], dict[str, str]]] = [
    ("404_model_not_found", SECRETS, realtime(model=GONE), {}),
    ("404_model_not_found", "/realtime/sessions", {"model": GONE}, {}),
    ("400_unknown_parameter_temperature", SECRETS, realtime(temperature=0.8), {}),
    ("400_beta_api_shape_disabled", SECRETS, {}, {"openai-beta": "realtime=v1"}),
    ("400_beta_api_shape_disabled", SECRETS, {}, {"openai-beta": "assistants=v2, realtime=v1"}),
    ("401_invalid_api_key", SECRETS, {}, {"authorization": "Bearer sk-proj-0123456789abcdefsQoA"}),
]


@pytest.mark.parametrize(("stem", "path", "body", "headers"), LITERAL)
def test_refuses_as_recorded(
    stem: str, path: str, body: dict[str, Any], headers: dict[str, str], client: httpx.Client
) -> None:
    """Models that are gone, the beta API and unknown keys are refused in the literal shape."""
    answer = client.post(path, json=body, headers=headers)
    assert answer.status_code == int(stem.partition("_")[0])
    assert answer.json() == load_recorded(f"error_{stem}")


REFUSED: list[tuple[str, str, bytes, dict[str, str], int, str | None]] = [
    # Another wording than for a wrong key; `api-key` is for Azure only.
    *(
        ("POST", SECRETS, b"{}", {"authorization": key, "api-key": "any"}, 401, None)
        for key in ("", "Bearer", "Basic eDp5")
    ),
    *(
        ("POST", SECRETS, content, {}, 400, None)
        for content in (b"", b"{", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000)
    ),
    ("POST", SECRETS, b"{}", {"content-type": "text/plain"}, 415, "unsupported_content_type"),
    ("GET", SECRETS, b"{}", {}, 405, "method_not_supported"),
    ("POST", "/realtime/nothing", b"{}", {}, 404, None),
    # A call needs a secret or the key, and the media type.
    ("POST", CALLS, b"", SDP | {"authorization": ""}, 401, None),
    ("POST", CALLS, b"", SDP | {"authorization": "Bearer ek_unknown"}, 401, "invalid_api_key"),
    ("POST", CALLS, b"v=0", {}, 415, "unsupported_content_type"),
]


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status", "code"), REFUSED, ids=range(len(REFUSED))
)
def test_refuses_in_one_envelope(  # noqa: PLR0917 - a table's columns
    method: str,
    path: str,
    content: bytes,
    headers: dict[str, str],
    status: int,
    code: str | None,
    client: httpx.Client,
) -> None:
    """Missing keys, broken bodies, wrong media types, methods and paths are refused."""
    sent = {"content-type": "application/json", **headers}
    answer = client.request(method, path, content=content, headers=sent)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, None)
    assert set(error) == {"message", "type", "param", "code"}


def test_calls_need_aiortc(
    client: httpx.Client, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without that package a page learns what is missing; faults are for other requests."""
    monkeypatch.setitem(sys.modules, "realtime_dev.sandbox.webrtc", None)
    sandbox.faults.add(Fault(status=503))  # for the next secret
    headers = {**SDP, "origin": "https://page.example"}
    answer = client.post(CALLS, content=b"v=0", headers=headers)
    assert answer.status_code == 501
    assert "pip install aiortc" in answer.json()["error"]["message"]
    assert answer.headers["access-control-allow-origin"] == "*"


DEPLOYED = realtime(model="gpt-realtime")
AZURE: list[tuple[str, dict[str, Any], dict[str, str], int, str | None]] = [
    (SECRETS, DEPLOYED, {}, 200, None),
    (SECRETS, DEPLOYED, {"api-key": "", "authorization": "Bearer {}"}, 200, None),
    # A model without a deployment.
    (SECRETS, realtime(model="gpt-realtime-2.1"), {}, 404, "DeploymentNotFound"),
    (SECRETS, realtime(speed=1), {}, 400, "unknown_parameter"),
    (SECRETS, realtime(model="my-whisper"), {}, 500, "InternalServerError"),
    (SECRETS, {}, {"api-key": "wrong"}, 401, "401"),
    ("/realtime/translations/client_secrets", {}, {}, 404, "404"),
]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "code"), AZURE, ids=range(len(AZURE))
)
def test_azure(  # noqa: PLR0917 - a table's columns and its fixtures
    path: str,
    body: dict[str, Any],
    headers: dict[str, str],
    status: int,
    code: str | None,
    azure: httpx.Client,
    sandbox: Sandbox,
) -> None:
    """Azure takes keys and tokens, and deployments as models; its errors are short."""
    sent = {name: value.format(sandbox.api_key) for name, value in headers.items()}
    answer = azure.post(path, json=body, headers=sent)
    assert answer.status_code == status
    if status != 200:
        error = answer.json()["error"]
        assert (set(error), error["code"]) == ({"code", "message"}, code)
    if not headers:
        assert sandbox.calls[0].headers["api-key"] == "<known>"


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({"checks": False}, {"nonsense": 1}),
        ({"newer_paths": ["session.tempo"]}, realtime(tempo=2)),
    ],
)
def test_options(options: Any, body: Any) -> None:
    """The checks can be switched off; places ahead of the package are taken."""
    with Sandbox(**options) as sandbox:
        assert post(sandbox, SECRETS, body).status_code == 200


def test_logs_calls_without_keys(client: httpx.Client, sandbox: Sandbox) -> None:
    """The log tells what came and what was answered, and never holds a key."""
    client.post(SECRETS, json={"expires_after": {"seconds": 60}}, headers={"x-a": "b"})
    client.get("/models?a=1", headers={"authorization": "Bearer sk-nobody-knows-this"})
    client.post(SECRETS, content=b"\xff", headers={"x-copy": sandbox.api_key})
    secret = client.post(SECRETS, json={}).json()["value"]
    for key in (sandbox.api_key, secret):
        headers = {"cookie": f"a={key}", "sec-websocket-protocol": f"realtime, {key}"}
        client.get("/models", params={"api-key": key}, headers=headers)
    assert sandbox.calls[-1].query == "api-key=<known>"
    assert secret not in repr(sandbox.calls)
    minted, listed, broken = sandbox.calls[:3]
    assert (minted.method, minted.path, minted.status) == ("POST", f"/v1{SECRETS}", 200)
    assert minted.body == {"expires_after": {"seconds": 60}}
    assert minted.headers["authorization"] == "Bearer <known>"
    assert minted.headers["x-a"] == "b"
    assert (listed.method, listed.query, listed.status) == ("GET", "a=1", 401)
    assert listed.headers["authorization"] == "Bearer <unknown>"
    assert broken.body == b"\xff"
    assert sandbox.api_key not in repr(sandbox.calls)
    assert "nobody-knows" not in repr(sandbox.calls)
