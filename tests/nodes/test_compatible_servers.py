# SPDX-License-Identifier: MIT
"""Servers that are not OpenAI's: without sessions (xAI), with other secrets (LiteLLM), Azure."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import knime.extension as knext
import pytest

from realtime_dev.host import CredentialPort
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer

from .conftest import Chain

MINIMAL = {"minimal": True}
LIFETIME = {"expires_after_seconds_set": True, "expires_after_seconds": 60}
# LiteLLM's are the provider's, encrypted: no prefix, and of any length.
ENCRYPTED = "7VHKToWne5W-I9nNAFx1Kssy4aCslZJmtSYOTkm6Xk5cH3-gP6Q6RGj9UhO9CqYL2fB3oxSquDo1SxL=="
XAI = {"value": "xai-realtime-secret-0123456789", "expires_at": 1_800_000_000}


@pytest.fixture
def xai() -> Iterator[RawServer]:
    """Hand out a server that answers as xAI does: with a secret, and no session."""
    with RawServer([Step.READ, compose_answer(json.dumps(XAI).encode())]) as server:
        yield server


def run(chain: Chain, server: RawServer, settings: dict[str, Any]) -> Any:
    """Execute both nodes in front of a server that takes no session."""
    return chain.run(settings, {**MINIMAL, "base_url": f"{server.url}/v1"})


@pytest.mark.parametrize(
    ("settings", "body", "named"),
    [
        ({}, {}, ""),
        (LIFETIME, {"expires_after": {"seconds": 60}}, ""),
        ({**LIFETIME, "voice": "marin"}, {"expires_after": {"seconds": 60}}, "Voice"),
        (
            {"additional_json": '{"expires_after": {"seconds": 30}}'},
            {"expires_after": {"seconds": 30}},
            "",
        ),
        ({"additional_json": '{"session": {"voice": "x"}}'}, {}, "Additional JSON"),
        ({"additional_json": '{"new_field": 1}'}, {"new_field": 1}, ""),
        (
            {
                "session_from": "json",
                "session_json": '{"session": {"type": "realtime"}, "expires_after": '
                '{"anchor": "created_at", "seconds": 30}}',
                "instructions": "not asked for",
            },
            {"expires_after": {"seconds": 30}},
            "Session (JSON)",
        ),
    ],
)
def test_leaves_the_session_out(
    chain: Chain, xai: RawServer, settings: dict[str, Any], body: Any, named: str
) -> None:
    """Only the lifetime is sent, and a warning names the settings that are not."""
    execution = run(chain, xai, settings)
    assert json.loads(xai.requests[-1].partition(b"\r\n\r\n")[2]) == body
    why = "because 'Leave out the session' is set in the configuration"
    warning = f"{named}: not sent, {why}. The client"
    told = {line[: len(warning)] for line in execution.warnings if "not sent" in line}
    assert told == ({warning} if named else set())
    assert execution.outputs[0].to_pandas()["Client Secret"].iloc[0] == XAI["value"]


def test_names_not_too_many(chain: Chain, xai: RawServer) -> None:
    """A long list of settings is cut, and says so."""
    settings = {
        "model": "gpt-realtime-2.1",
        "instructions": "Hi",
        "voice": "marin",
        "turn_detection": "off",
        "audio_output": {"output_format": "audio/pcmu"},
        "audio_input": {"noise_reduction": "near_field", "input_format": "audio/pcmu"},
        "tracing": {"tracing": "auto"},
    }
    execution = run(chain, xai, settings)
    assert " more: not sent, because" in execution.warnings[-1]


def test_fetches_no_secrets_in_vain(chain: Chain, xai: RawServer) -> None:
    """The token of an MCP server that is not sent is not asked for."""
    server = {"server_label": "s", "server_url": "https://m.example", "credential": "mcp"}
    chain.credentials["mcp"] = ("", "mcp-token-0123456789")
    execution = run(chain, xai, {"tools": {"mcp_servers": [server]}})
    assert "MCP servers" in execution.warnings[-1]
    assert b"mcp-token" not in xai.requests[-1]


def test_still_checks_the_settings(chain: Chain, xai: RawServer) -> None:
    """A value that is wrong is refused, also where it would not be sent."""
    settings = {"expires_after_seconds_set": True, "expires_after_seconds": 5}
    with pytest.raises(knext.InvalidParametersError, match="Secret lifetime"):
        run(chain, xai, settings)


def test_beta_always_has_a_session(chain: Chain) -> None:
    """Without a session there is nothing for the beta API to make."""
    with pytest.raises(knext.InvalidParametersError, match="Leave out the session: the beta API"):
        chain.connect({**MINIMAL, "api": "beta"})


@pytest.mark.parametrize("value", [ENCRYPTED, "x", "a b/c+d=", "sécret"])
def test_takes_any_secret(chain: Chain, value: str) -> None:
    """A client secret need not begin with ek_."""
    body = {"value": value, "expires_at": 1_800_000_000, "session": {"type": "realtime"}}
    answer = compose_answer(json.dumps(body).encode())
    with RawServer([Step.READ, answer]) as server:
        row = chain.row({}, {"base_url": server.url})
    assert row["Client Secret"] == value


AZURE_NODES = [
    ("session", {"model": "gpt-realtime"}, "gpt-realtime"),
    (
        "transcription",
        {"transcription_model": "other", "transcription_model_other": "my-whisper"},
        "my-whisper",
    ),
]


@pytest.mark.parametrize(("node", "settings", "model"), AZURE_NODES)
def test_azure(
    node: str, settings: dict[str, Any], model: str, chain: Chain, sandbox: Sandbox
) -> None:
    """Azure gets its path, the key in its own header, and the deployment as the model."""
    url = sandbox.azure_base_url.removesuffix("/openai/v1")
    row = chain.row(settings, {"provider": "azure", "base_url": url}, node)
    assert row["Model"] == model
    call = sandbox.calls[-1]
    assert call.path == "/openai/v1/realtime/client_secrets"
    assert call.headers["api-key"] == "<known>"
    assert "authorization" not in call.headers


def test_azure_token_is_fetched_anew(
    chain: Chain, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An Entra token is sent as Bearer: the one of the time when the session node runs."""
    token = CredentialPort("Bearer", "expired-token-0123456789")
    settings = {"provider": "azure", "base_url": sandbox.azure_base_url, "credential": "<none>"}
    port = chain.connect(settings, token).outputs[0]
    monkeypatch.setattr(
        knext.CredentialPortObjectSpec, "auth_parameters", property(lambda _: sandbox.api_key)
    )
    assert chain.host.execute("session", {"model": "gpt-realtime-2.1"}, [port], credentials={})
    (call,) = sandbox.calls
    assert call.headers["authorization"] == "Bearer <known>"
    assert "api-key" not in call.headers


MASTER = "sk-litellm-0123456789abcdef"


@pytest.fixture(scope="module")
def litellm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Sandbox]]:
    """Run LiteLLM's proxy in front of a sandbox; hand out its address.

    LITELLM names its command, where it is installed elsewhere.
    """
    command = os.environ.get("LITELLM") or str(Path(sys.executable).with_name("litellm"))
    if shutil.which(command) is None:
        pytest.skip("litellm[proxy] is not installed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    folder = tmp_path_factory.mktemp("litellm")
    with Sandbox() as sandbox:
        behind = {
            "model": "openai/gpt-realtime-2.1",
            "api_base": sandbox.base_url,
            "api_key": sandbox.api_key,
        }
        models = [{"model_name": "gpt-realtime-2.1", "litellm_params": behind}]
        config = {"model_list": models, "general_settings": {"master_key": MASTER}}
        (folder / "config.yaml").write_text(json.dumps(config))
        process = subprocess.Popen(  # noqa: S603 - the command that was named
            [command, "--config", "config.yaml", "--host", "127.0.0.1", "--port", port],
            cwd=folder,
            env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health/liveliness", process)
            yield f"http://127.0.0.1:{port}/v1", sandbox
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    while process.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - on loopback
            return
        time.sleep(0.2)
    pytest.fail("the server has ended")


def test_litellm(chain: Chain, litellm: tuple[str, Sandbox]) -> None:
    """Through a real LiteLLM proxy a secret is minted that is not the provider's own."""
    url, sandbox = litellm
    chain.credentials = {"key": ("", MASTER)}
    settings = {"model": "gpt-realtime-2.1", "voice": "marin", **LIFETIME}
    row = chain.row(settings, {"base_url": url, "verify": True})
    assert not row["Client Secret"].startswith("ek_")
    assert len(row["Client Secret"]) > 40
    assert (row["Model"], row["Voice"]) == ("gpt-realtime-2.1", "marin")
    sent = sandbox.calls[-1].body
    assert sent["session"]["model"] == "gpt-realtime-2.1"
    assert sent["expires_after"]["seconds"] == 60


def test_litellm_names_the_model(chain: Chain, litellm: tuple[str, Sandbox]) -> None:
    """What LiteLLM says of a model that it does not know is passed on."""
    chain.credentials = {"key": ("", MASTER)}
    with pytest.raises(Exception, match=r"The server says: .*Invalid model name") as caught:
        chain.run({"model": "gpt-realtime-2"}, {"base_url": litellm[0]})
    assert MASTER not in str(caught.value)
