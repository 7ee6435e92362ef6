# SPDX-License-Identifier: MIT
"""Servers that send extra responses: no row gets the secret of another row."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from faults.table_runs import Rows, judge, make_rows, read, run_table
from realtime_dev.faultsuite import certificates
from realtime_dev.host import Execution, Host
from realtime_dev.sandbox import EXTRA_RESPONSES, MintingServer, RelayProxy

ROWS = 40
COMBINATIONS = [
    # Requests at a time; every how many answers have something behind them; if a row fails.
    (1, 3, "fail"),
    (4, 1, "continue"),
    (16, 2, "fail"),
]
# The kinds that differ in how they are found.
SELECTED = [
    "doubled, same packet",
    "minted twice, 1 ms later",
    "400, 1 ms later",
    "junk, 1 ms later",
    "planted without a session, same packet",
]


def check(execution: Execution, server: MintingServer, in_flight: int) -> None:
    """Each row has its own secret; an extra response costs at most one request and connection."""
    assert judge(execution, server) == Rows(right=ROWS, wrong=0, failed=0)
    assert server.extra_sent
    assert len(server.bodies) <= ROWS + server.extra_sent
    assert server.connections <= in_flight + server.extra_sent


@pytest.mark.parametrize(("in_flight", "every", "on_error"), COMBINATIONS)
@pytest.mark.parametrize("kind", EXTRA_RESPONSES)
def test_extra_responses(host: Host, kind: str, in_flight: int, every: int, on_error: str) -> None:
    """With any extra response, no row gets the secret of another row, and no row fails."""
    settings = {"in_flight": in_flight, "on_error": on_error}
    with MintingServer(EXTRA_RESPONSES[kind], every=every) as server:
        execution = run_table(host, server.url, make_rows(ROWS), settings)
    check(execution, server, in_flight)
    # The bytes really came: connections were not used again, but for what HTTP lets pass.
    assert server.connections > 1 or kind.startswith(("100", "line end"))


@pytest.mark.parametrize(("in_flight", "on_error"), [(1, "continue"), (16, "fail")])
@pytest.mark.parametrize("kind", SELECTED)
@pytest.mark.parametrize("line", ["TLS", "proxy", "tunnel"])
def test_extra_responses_over_tls_and_proxies(  # noqa: PLR0917 - fixtures
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    line: str,
    kind: str,
    in_flight: int,
    on_error: str,
) -> None:
    """Over TLS and through a proxy, no row gets another row's secret either."""
    context, configuration = None, dict[str, Any]()
    if line != "proxy":
        context = certificates.create_server_context("good")
        configuration["ca_file"] = str(certificates.write_authority(tmp_path))
    settings = {"in_flight": in_flight, "on_error": on_error}
    with (
        MintingServer(EXTRA_RESPONSES[kind], every=3, ssl_context=context) as server,
        RelayProxy() as relay,
    ):
        if line != "TLS":
            monkeypatch.setenv(f"{server.url.partition(':')[0]}_proxy", relay.url)
        execution = run_table(host, server.url, make_rows(ROWS), settings, **configuration)
    check(execution, server, in_flight)
    assert relay.connections == (0 if line == "TLS" else server.connections)


@pytest.mark.parametrize("kind", SELECTED)
def test_extra_responses_with_raw_results(host: Host, kind: str) -> None:
    """Raw results, which include errors, also belong to their row."""
    settings = {"in_flight": 4, "on_error": "continue", "result_format": "raw"}
    with MintingServer(EXTRA_RESPONSES[kind], every=3) as server:
        execution = run_table(host, server.url, make_rows(ROWS), settings)
    check(execution, server, 4)


def test_rows_without_instructions(host: Host) -> None:
    """Rows with identical requests each get their own secret."""
    settings = {"instructions_column": "<none>", "in_flight": 4}
    with MintingServer(EXTRA_RESPONSES["doubled, 1 ms later"], every=3) as server:
        execution = run_table(host, server.url, make_rows(ROWS), settings)
    assert read(execution)["Client Secret"].nunique() == ROWS


DIFFERENCES = [
    ("model", ["gpt-realtime-2", "gpt-realtime-2.1"]),
    ("voice", ["ash", "sage"]),
    (
        "additional_json",
        [f'{{"session": {{"audio": {{"output": {{"speed": {n}}}}}}}}}' for n in (0.5, 1.2)],
    ),
]


@pytest.mark.parametrize(("column", "values"), DIFFERENCES)
def test_rows_that_differ_in_other_settings(host: Host, column: str, values: list[str]) -> None:
    """An answer with another model, voice or speed is not accepted for the row."""
    rows = pd.DataFrame({"values": pd.array(values * 10, "string")})
    settings = {"instructions_column": "<none>", f"{column}_column": "values", "in_flight": 1}
    with MintingServer(EXTRA_RESPONSES["minted twice, 1 ms later"], every=3) as server:
        execution = run_table(host, server.url, rows, settings)
    secrets = read(execution)["Client Secret"]
    minted = [str(server.minted[secret]["session"]) for secret in secrets]
    assert minted == [minted[0], minted[1]] * 10
    assert minted[0] != minted[1]


@pytest.mark.parametrize("close", [True, False])
@pytest.mark.parametrize("on_error", ["fail", "continue"])
def test_one_secret_for_several_rows_warns(host: Host, on_error: str, *, close: bool) -> None:
    """Answers on new connections are believed; the node warns if rows have the same secret."""
    settings = {"on_error": on_error, "in_flight": 4}
    with MintingServer(value="ek_the_same_for_all", close=close) as server:
        execution = run_table(host, server.url, make_rows(8), settings)
        assert len(server.bodies) <= 2 * 8
    assert list(read(execution)["Client Secret"]) == ["ek_the_same_for_all"] * 8
    assert any("same client secret" in warning.lower() for warning in execution.warnings)
