# SPDX-License-Identifier: MIT
"""The table node on KNIME's real Python backend."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

from realtime_dev.faultsuite.case import KEY
from realtime_dev.faultsuite.suite import CREDENTIALS
from realtime_dev.sandbox import Sandbox, faults

COLUMNS = {"instructions_column": "words", "expires_after_seconds_column": "seconds"}


def make_rows(count: int) -> pd.DataFrame:
    """Return a table of agents, with a column that has the name of one to append."""
    names = pd.array([f"agent {number}" for number in range(count)], "string")
    return pd.DataFrame(
        {
            "words": names,
            "seconds": [60 + number % 9 for number in range(count)],
            "Client Secret": pd.array(["mine"] * count, "string"),
        },
        index=[f"Row{number}" for number in range(count)],
    )


@pytest.mark.parametrize("result", ["secret", "structured", "raw"])
@pytest.mark.parametrize("on_error", ["fail", "continue"])
@pytest.mark.parametrize("count", [0, 1, 30])
def test_table_is_as_configured(
    knime: Any,
    tool: Any,
    connect: Callable[..., Any],
    sandbox: Sandbox,
    *,
    result: str,
    on_error: str,
    count: int,
) -> None:
    """For each kind of result the table fits what configure announced, and hides the key."""
    settings = {"result_format": result, "on_error": on_error, **COLUMNS}
    inputs = [connect(sandbox.base_url), make_rows(count)]
    execution = knime.execute("sessions", settings, inputs, CREDENTIALS)
    assert execution.spec_mismatch == []
    assert tool.find_secret(execution, KEY) == []
    assert execution[1].spec.data == inputs[0].spec.data
    frame = execution[0].to_pandas()
    assert list(frame.index) == [f"Row{number}" for number in range(count)]
    assert list(frame["Client Secret"]) == ["mine"] * count
    assert len(sandbox.calls) == count


def test_long_table(knime: Any, tool: Any, connect: Callable[..., Any], sandbox: Sandbox) -> None:
    """A long table comes back whole, in order, each row with what was asked for it."""
    rows = make_rows(3_000)
    inputs = [connect(sandbox.base_url), rows]
    execution = knime.execute("sessions", {"result_format": "raw", **COLUMNS}, inputs, CREDENTIALS)
    assert execution.spec_mismatch == []
    frame = execution[0].to_pandas()
    assert list(frame.index) == list(rows.index)
    assert list(frame["words"]) == list(rows["words"])
    bodies = [json.loads(body) for body in frame["body"]]
    assert [body["session"]["instructions"] for body in bodies] == list(rows["words"])
    assert len({body["value"] for body in bodies}) == 3_000
    assert tool.find_secret(execution, KEY) == []
    assert execution.progress


def test_dialog_offers_columns_that_fit(knime: Any) -> None:
    """The dialog offers for each value the columns that can hold it."""
    import knime.extension as knext  # noqa: PLC0415 - KNIME's own, found by the host

    given = {"provider": "compatible", "base_url": "http://localhost/v1", "credential": "key"}
    port = knime.configure("configuration", given, [None], CREDENTIALS)[0]
    kinds = {"s": knext.string(), "l": knext.int64(), "d": knext.double(), "b": knext.bool_()}
    kinds["j"] = knext.logical(dict)
    rows = knext.Schema.from_columns([knext.Column(kind, name) for name, kind in kinds.items()])
    offered = dict(find_options(knime.dialog("sessions", input_specs=[port, rows])["ui_schema"]))
    assert offered == {
        "instructions_column": "s",
        "model_column": "s",
        "voice_column": "s",
        "safety_identifier_column": "sl",
        "expires_after_seconds_column": "ld",
        "additional_json_column": "sj",
    }


def find_options(element: Any) -> Iterator[tuple[str, str]]:
    """Yield the key of each selector of a column, and the names of the columns that it offers."""
    if isinstance(element, list):
        for each in element:
            yield from find_options(each)
    elif isinstance(element, dict):
        options = element.get("options", {}).get("possibleValues")
        if element.get("scope", "").endswith("_column") and options:
            names = [option["id"] for option in options if option["id"] != "<none>"]
            yield element["scope"].rpartition("/")[2], "".join(names)
        yield from find_options(element.get("elements", []))


def test_json_cells_are_patches(knime: Any, connect: Callable[..., Any], sandbox: Sandbox) -> None:
    """KNIME's JSON cells serve as session JSON, also in a process of its own."""
    port = connect(sandbox.base_url)
    first = knime.execute(
        "sessions", {"result_format": "structured"}, [port, make_rows(3)], CREDENTIALS
    )
    settings = {"additional_json_column": "Turn Detection"}
    sandbox.calls.clear()
    second = knime.execute("sessions", settings, [port, first[0]], CREDENTIALS, isolated=True)
    assert second.spec_mismatch == []
    assert [call.body["type"] for call in sandbox.calls] == ["server_vad"] * 3


def test_errors(knime: Any, tool: Any, connect: Callable[..., Any], sandbox: Sandbox) -> None:
    """A row that fails is named; carried on, it has missing values and a line."""
    inputs = [connect(sandbox.base_url, attempts=1), make_rows(5)]
    sandbox.faults.add(faults.fail_server())
    settings = {"in_flight": 1, "on_error": "continue"}
    execution = knime.execute("sessions", settings, inputs, CREDENTIALS)
    assert execution.spec_mismatch == []
    frame = execution[0].to_pandas()
    assert list(frame["Error"].isna()) == [False, True, True, True, True]
    assert list(frame["Expires At"].isna()) == [True, False, False, False, False]
    # Last, because a request that is stopped may still reach the sandbox.
    sandbox.faults.add(faults.fail_server())
    with pytest.raises(tool.KnimeNodeFailure) as caught:
        knime.execute("sessions", {"in_flight": 1}, inputs, CREDENTIALS)
    assert "Row 'Row0': The server failed" in caught.value.user_message
    assert "\n" not in caught.value.user_message
    assert tool.find_secret(caught.value, KEY) == []
