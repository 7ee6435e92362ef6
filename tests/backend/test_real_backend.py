# SPDX-License-Identifier: MIT
"""The nodes for one session on KNIME's real Python backend."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from realtime_dev.faultsuite.case import KEY
from realtime_dev.faultsuite.suite import CREDENTIALS
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer

RESPONSES = Path(__file__).parents[1] / "data" / "responses"


def test_knime_finds_no_problem(knime: Any) -> None:
    """KNIME would load the extension, list its nodes and open their dialogs."""
    assert knime.check() == []


@pytest.mark.parametrize(
    ("node", "api"),
    [
        ("session", "ga"),
        ("session", "beta"),
        ("transcription", "ga"),
        ("transcription", "beta"),
        ("translation", "ga"),
    ],
)
@pytest.mark.parametrize("table", ["structured", "raw"])
def test_nodes_run_chained(
    knime: Any, tool: Any, connect: Callable[..., Any], *, node: str, api: str, table: str
) -> None:
    """The table is exactly what was configured and the key shows up nowhere."""
    with Sandbox(api_key=KEY) as sandbox:
        port = connect(sandbox.base_url, api=api, verify=True)
        execution = knime.execute(node, {"result_format": table}, [port], CREDENTIALS)
    assert execution.spec_mismatch == []
    assert tool.find_secret(execution, KEY) == []
    assert execution[1].spec.data == port.spec.data
    assert len(execution[0].to_pandas()) == 1


NULLS = {"value": "ek_1", "expires_at": None, "session": None}
RECORDED = sorted(
    path.stem
    for path in RESPONSES.glob("*.json")
    if not path.stem.startswith("error") and not path.stem.endswith(("REQUEST", "not_found"))
)


@pytest.mark.parametrize("name", [*RECORDED, "nulls"])
def test_types_never_depend_on_the_values(
    knime: Any, connect: Callable[..., Any], name: str
) -> None:
    """Every recorded answer, and one of nothing but nulls, fits the configured schema."""
    path = RESPONSES / f"{name}.json"
    body = path.read_bytes() if path.exists() else json.dumps(NULLS).encode()
    with RawServer([Step.READ, compose_answer(body)]) as server:
        execution = knime.execute("session", {}, [connect(server.url)], CREDENTIALS)
    assert execution.spec_mismatch == []


def test_client_secret_is_in_the_table_only(
    knime: Any, tool: Any, connect: Callable[..., Any], sandbox: Sandbox
) -> None:
    """Neither logs nor ports nor settings hold the client secret, in a process of its own too."""
    port = connect(sandbox.base_url)
    execution = knime.execute("session", {}, [port], CREDENTIALS)
    secret = execution[0].to_pandas()["Client Secret"].iloc[0]
    assert tool.find_secret(execution, secret) == ["data of port 0"]
    # As from a saved workflow.
    assert knime.execute("session", {}, [port], CREDENTIALS, isolated=True).spec_mismatch == []


@pytest.mark.parametrize("result_format", ["secret", "structured", "raw"])
def test_view_has_the_secret(
    knime: Any, connect: Callable[..., Any], sandbox: Sandbox, result_format: str
) -> None:
    """The view of the tester has the secrets of KNIME's own tables, and nothing else has them."""
    port = connect(sandbox.base_url)
    given = pd.DataFrame({"name": ["a", "b"]})
    settings = {"result_format": result_format}
    made = knime.execute("sessions", settings, [port, given], CREDENTIALS)
    shown = knime.execute("tester", {}, [made[0], made[1]], CREDENTIALS)
    (data,) = re.findall(r'<script id="data"[^>]*>(.*?)</script>', shown.call.view_html)
    sessions = json.loads(data)["sessions"]
    assert [session["row"] for session in sessions] == ["Row0", "Row1"]
    assert all(session["expires"] > 1e9 for session in sessions)
    assert sandbox.base_url in data
    secret = sessions[0]["secret"]
    assert secret.startswith("ek_")
    told = json.dumps(shown.call.to_json()) + json.dumps(shown.parameters)
    assert secret not in told
    assert KEY not in told + shown.call.view_html


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"audio_output.speed_set": True, "audio_output.speed": 1.6},
            "Speed: must be a number from 0.25 to 1.5",
        ),
        ({"answers.temperature_set": True}, "does not have this setting"),
    ],
)
def test_wrong_settings_are_one_line(
    knime: Any,
    tool: Any,
    connect: Callable[..., Any],
    sandbox: Sandbox,
    *,
    settings: dict[str, Any],
    expected: str,
) -> None:
    """What KNIME shows and logs of a wrong setting names it and not the key."""
    with pytest.raises(tool.KnimeNodeFailure) as caught:
        knime.execute("session", settings, [connect(sandbox.base_url)], CREDENTIALS)
    assert expected in caught.value.user_message
    assert "\n" not in caught.value.user_message
    assert tool.find_secret(caught.value, KEY) == []


def test_credential_port(
    knime: Any, tool: Any, connect: Callable[..., Any], sandbox: Sandbox
) -> None:
    """A token from KNIME's credential port serves both nodes and is never saved."""
    port = connect(sandbox.base_url, tool.CredentialOut("Bearer", KEY), credential="<none>")
    execution = knime.execute("session", {}, [port], {})
    assert len(execution[0].to_pandas()) == 1
    assert tool.find_secret(execution, KEY) == []


def test_lists_and_tokens_reach_the_server(
    knime: Any, tool: Any, connect: Callable[..., Any], sandbox: Sandbox
) -> None:
    """Functions and MCP servers are sent, the token from its credential; no port holds it."""
    settings = {
        "tools.functions": [{"name": "find", "parameters": '{"type": "object"}'}],
        "tools.mcp_servers": [
            {"server_label": "docs", "server_url": "https://x.example", "credential": "mcp"}
        ],
        "tools.tools_json": '[{"type": "function", "name": "third"}]',
    }
    credentials = {**CREDENTIALS, "mcp": ("", "mcp-token-0123456789")}
    execution = knime.execute("session", settings, [connect(sandbox.base_url)], credentials)
    tools = sandbox.calls[-1].body["session"]["tools"]
    assert [tool.get("name") or tool["server_label"] for tool in tools] == ["third", "find", "docs"]
    assert tools[2]["authorization"] == "mcp-token-0123456789"
    assert execution.spec_mismatch == []
    assert tool.find_secret(execution, "mcp-token-0123456789") == []


def test_dialog_knows_its_input(knime: Any, sandbox: Sandbox) -> None:
    """Controls show by the API of the connected configuration; models come from its server."""
    given = {"provider": "compatible", "base_url": sandbox.base_url, "credential": "key"}
    shown = {}
    for api in ("ga", "beta"):
        spec = knime.configure("configuration", {**given, "api": api}, [None], CREDENTIALS)[0]
        about = {"input_specs": [spec], "credentials": CREDENTIALS}
        controls = knime.controls("session", {"model": "other"}, **about)
        shown[api] = {c["path"].removeprefix("model.") for c in controls if c["visible"]}
        dated = "gpt-realtime-2025-08-28 (until 2027-01-20)"
        for found, is_listed in ((controls, True), (knime.controls("session"), False)):
            models = next(c["choices"] for c in found if c["label"] == "Model")
            assert (dated in models) == is_listed
    assert {"model_other", "answers.truncation"} <= shown["ga"] - {"answers.temperature_set"}
    assert shown["beta"] - shown["ga"] == {"answers.temperature_set"}
    assert [call.path for call in sandbox.calls] == ["/v1/models"] * 2


def test_settings_of_the_first_version_load(knime: Any) -> None:
    """A workflow that version 1.0.0 saved opens."""
    saved = json.loads((RESPONSES.parent / "settings/1.0.0.json").read_text("utf-8"))["many"][
        "session"
    ]
    knime.compatibility("session", "1.0.0", {"model": saved})
