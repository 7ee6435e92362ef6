# SPDX-License-Identifier: MIT
"""Both nodes on KNIME's real Python backend."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
RESPONSES = ROOT / "tests" / "data" / "responses"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Hand out a running sandbox."""
    with Sandbox() as sandbox:
        yield sandbox


def connect(knime: Any, url: str, key: str, **settings: Any) -> Any:
    """Execute the configuration node; return its output."""
    given = {"provider": "compatible", "base_url": url, "credential": "key", **settings}
    return knime.execute("configuration", given, [None], {"key": ("", key)})[0]


def test_knime_finds_no_problem(knime: Any) -> None:
    """KNIME would load the extension, list its nodes and open their dialogs."""
    assert knime.check() == []


@pytest.mark.parametrize("api", ["ga", "beta"])
@pytest.mark.parametrize("table", ["structured", "raw"])
def test_nodes_run_chained(knime: Any, tool: Any, sandbox: Sandbox, table: str, api: str) -> None:
    """The table is exactly what was configured and the key shows up nowhere."""
    port = connect(knime, sandbox.base_url, sandbox.api_key, api=api)
    key = {"key": ("", sandbox.api_key)}
    execution = knime.execute("session", {"format": table}, [port], key)
    assert execution.spec_mismatch == []
    assert tool.find_secret(execution, sandbox.api_key) == []
    assert execution[1].spec.data == port.spec.data
    assert len(execution[0].to_pandas()) == 1


NULLS = {"value": "ek_1", "expires_at": None, "session": None}
RECORDED = sorted(
    path.stem
    for path in RESPONSES.glob("*.json")
    if not path.stem.startswith("error") and not path.stem.endswith(("REQUEST", "not_found"))
)


@pytest.mark.parametrize("name", [*RECORDED, "nulls"])
def test_types_never_depend_on_the_values(knime: Any, name: str) -> None:
    """Every recorded answer, and one of nothing but nulls, fits the configured schema."""
    path = RESPONSES / f"{name}.json"
    body = path.read_bytes() if path.exists() else json.dumps(NULLS).encode()
    with RawServer([Step.READ, compose_answer(body)]) as server:
        port = connect(knime, server.url, "sk-1234567890", verify=False)
        execution = knime.execute("session", {}, [port], {"key": ("", "sk-1234567890")})
    assert execution.spec_mismatch == []


def test_client_secret_is_in_the_table_only(knime: Any, tool: Any, sandbox: Sandbox) -> None:
    """Neither logs nor ports nor settings hold the client secret."""
    port = connect(knime, sandbox.base_url, sandbox.api_key)
    execution = knime.execute("session", {}, [port], {"key": ("", sandbox.api_key)})
    secret = execution[0].to_pandas()["Client Secret"].iloc[0]
    assert tool.find_secret(execution, secret) == ["data of port 0"]


FAILURES: list[tuple[dict[str, Any], str]] = [
    ({"model": "no-such-model"}, "The model does not exist"),
    (
        {"speech.speed_set": True, "speech.speed": 1.6},
        "Speed: must be a number from 0.25 to 1.5",
    ),
    ({"limits.temperature_set": True}, "has no such setting"),
]


@pytest.mark.parametrize(("settings", "expected"), FAILURES)
def test_failures_are_one_line_without_the_key(
    knime: Any, tool: Any, sandbox: Sandbox, settings: dict[str, Any], expected: str
) -> None:
    """What KNIME shows and logs of a failure names the cause and not the key."""
    port = connect(knime, sandbox.base_url, sandbox.api_key)
    with pytest.raises(tool.KnimeNodeFailure) as caught:
        knime.execute("session", settings, [port], {"key": ("", sandbox.api_key)})
    assert expected in caught.value.user_message
    assert "\n" not in caught.value.user_message
    assert tool.find_secret(caught.value, sandbox.api_key) == []


def test_saved_port_still_works(knime: Any, sandbox: Sandbox) -> None:
    """A configuration read back from a saved workflow mints in a process of its own."""
    port = connect(knime, sandbox.base_url, sandbox.api_key)
    key = {"key": ("", sandbox.api_key)}
    execution = knime.execute("session", {}, [port], key, isolated=True)
    assert execution.spec_mismatch == []


def test_credential_port(knime: Any, tool: Any, sandbox: Sandbox) -> None:
    """A token from KNIME's credential port serves both nodes and is never saved."""
    token = tool.CredentialOut("Bearer", sandbox.api_key)
    given = {"provider": "compatible", "base_url": sandbox.base_url}
    first = knime.execute("configuration", given, [token], {})
    second = knime.execute("session", {}, [first[0]], {})
    assert tool.find_secret(first, sandbox.api_key) == []
    assert tool.find_secret(second, sandbox.api_key) == []
