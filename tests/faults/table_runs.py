# SPDX-License-Identifier: MIT
"""Runs of the table node with instructions from a column: what the tests of such runs share."""

import json
import time
from typing import Any, NamedTuple

import pandas as pd

from realtime_dev.faultsuite.suite import CREDENTIALS
from realtime_dev.host import Execution, Host
from realtime_dev.sandbox import MintingServer

GUARD = 60.0
"""Seconds after which a run is canceled, so that one that would never end fails its test."""


def connect(host: Host, url: str, **configuration: Any) -> Any:
    """Return the output of the configuration node. A row has one attempt unless told otherwise."""
    settings = {
        "provider": "compatible",
        "base_url": url,
        "credential": "key",
        "verify": False,
        "attempts": 1,
        **configuration,
    }
    return host.execute("configuration", settings, [None], credentials=CREDENTIALS).outputs[0]


def run_node(host: Host, node: str, settings: dict[str, Any], *inputs: Any) -> Execution:
    """Execute a node, and cancel it when the guard's time is over."""
    end = time.monotonic() + GUARD
    return host.execute(
        node,
        settings,
        inputs,
        credentials=CREDENTIALS,
        canceled=lambda: time.monotonic() > end,
    )


def make_rows(count: int) -> pd.DataFrame:
    """Return a table whose rows have words of their own."""
    words = [f"agent {number}" for number in range(count)]
    return pd.DataFrame({"words": pd.array(words, "string")})


def run_table(
    host: Host,
    url: str,
    rows: pd.DataFrame,
    settings: dict[str, Any],
    **configuration: Any,
) -> Execution:
    """Execute the table node; the instructions come from the column `words`."""
    given = {"instructions_column": "words", **settings}
    return run_node(host, "sessions", given, connect(host, url, **configuration), host.table(rows))


def read(execution: Execution) -> pd.DataFrame:
    """Return the table."""
    table: Any = execution.outputs[0]
    frame: pd.DataFrame = table.to_pandas()
    return frame


class Rows(NamedTuple):
    """Numbers of rows: with a secret of their own, with that of another request, with none."""

    right: int
    wrong: int
    failed: int


def judge(execution: Execution, server: MintingServer) -> Rows:
    """Compare each row's words with the request that its secret was minted for."""
    frame = read(execution)
    right = failed = 0
    for row in frame.to_dict("records"):
        secret = _find_secret(row)
        failed += secret is None
        body = server.minted.get(secret or "", {})
        right += body.get("session", {}).get("instructions") == row["words"]
    return Rows(right, len(frame) - right - failed, failed)


def _find_secret(row: dict[Any, Any]) -> str | None:
    if "body" in row:
        return json.loads(row["body"]).get("value") if row["status"] == 200 else None
    return None if pd.isna(row["Client Secret"]) else str(row["Client Secret"])
