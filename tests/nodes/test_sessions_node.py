# SPDX-License-Identifier: MIT
"""*Create Realtime Sessions (Table)*, from the dialog's settings to the table."""

import re
import time
from typing import Any

import knime.extension as knext
import pandas as pd
import pyarrow as pa
import pytest

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.host import Host
from realtime_dev.sandbox import Sandbox, faults

from .conftest import KEY, Chain, make_rows

CARRY_ON = {"on_error": "continue"}
SECRET = [("Client Secret", "String"), ("Expires At", "Zoned Date Time")]
RAW = [("body", "String"), ("status", "Number (Integer)")]
ERROR = ("Error", "String")


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pause before a second attempt be short."""
    monkeypatch.setattr("openai_realtime.client.retry.FIRST_DELAY", 0.05)


def read(chain: Chain, rows: pd.DataFrame | int, settings: dict[str, Any], **more: Any) -> Any:
    """Execute the nodes for a table, or for so many rows; return the table."""
    return chain.run(settings, more, node="sessions", rows=rows).outputs[0].to_pandas()


@pytest.mark.parametrize(
    ("result", "on_error", "appended"),
    [
        ("secret", "fail", SECRET),
        ("secret", "continue", [*SECRET, ERROR]),
        ("raw", "fail", RAW),
        ("raw", "continue", [*RAW, ERROR]),
    ],
)
@pytest.mark.parametrize("count", [0, 1, 20])
def test_columns_are_appended(
    chain: Chain, result: str, on_error: str, appended: list[tuple[str, str]], count: int
) -> None:
    """Rows, their ids and their order stay; what is appended has fixed types, even without rows."""
    settings = {"result_format": result, "on_error": on_error}
    execution = chain.run(settings, node="sessions", rows=count)
    table = execution.outputs[0]
    assert table.columns == [("words", "String"), *appended]
    assert table.row_ids == [f"Row{number}" for number in range(count)]
    assert list(table.to_pandas()["words"]) == [f"agent {number}" for number in range(count)]
    assert execution.warnings == []


def test_structured_columns(chain: Chain) -> None:
    """Structured appends the very columns of *Create Realtime Session*, JSON among them."""
    settings = {"result_format": "structured", **CARRY_ON}
    table = chain.run(settings, node="sessions", rows=2).outputs[0]
    assert table.columns == [("words", "String"), *chain.run().outputs[0].columns, ERROR]
    frame = table.to_pandas()
    assert frame["Turn Detection"].iloc[1]["type"] == "server_vad"
    assert frame["Client Secret"].is_unique


def test_names_that_clash_get_numbers(chain: Chain) -> None:
    """A column that is there already keeps its name; the new one is numbered as KNIME does."""
    rows = make_rows(2).assign(**{"Client Secret": "mine", "Error": "old", "Error (#1)": "older"})
    frame = read(chain, rows, CARRY_ON)
    assert list(frame)[1:4] == ["Client Secret", "Error", "Error (#1)"]
    assert list(frame)[4:] == ["Client Secret (#1)", "Expires At", "Error (#2)"]
    assert frame["Client Secret"].iloc[0] == "mine"
    assert frame["Client Secret (#1)"].iloc[0].startswith("ek_")


def test_rows_override_the_dialog(chain: Chain, sandbox: Sandbox) -> None:
    """Each chosen column takes the place of its setting; missing cells leave the dialog's."""
    rows = pd.DataFrame(
        {
            "instructions": ["One", None, "Three"],
            "model": ["gpt-realtime-2", "gpt-realtime-2.1", None],
            "voice": ["ash", None, "sage"],
            "safety_identifier": ["a1", "b2", None],
            "additional_json": ['{"session": {"audio": {"output": {"speed": 1.2}}}}', None, ""],
        },
        index=["x", "y", "z"],
    ).astype("string")
    rows["expires_after_seconds"] = [60.0, float("nan"), 90.0]
    columns = {f"{name}_column": name for name in rows}
    settings = {**columns, "voice": "cedar", "instructions": "All", "in_flight": 1}
    execution = chain.run(settings, node="sessions", rows=rows)
    bodies = [call.body for call in sandbox.calls]
    sessions = [body["session"] for body in bodies]
    assert [session["instructions"] for session in sessions] == ["One", "All", "Three"]
    assert [session.get("model") for session in sessions] == [*rows["model"][:2], None]
    outputs = [session["audio"]["output"] for session in sessions]
    assert outputs == [{"voice": "ash", "speed": 1.2}, {"voice": "cedar"}, {"voice": "sage"}]
    assert [body.get("expires_after", {}).get("seconds") for body in bodies] == [60, None, 90]
    ids = [call.headers.get("openai-safety-identifier") for call in sandbox.calls]
    assert ids == ["a1", "b2", None]
    assert execution.outputs[0].row_ids == ["x", "y", "z"]


def test_session_json_may_be_json_cells(host: Host) -> None:
    """The session JSON may come from a JSON column such as this node appends itself."""
    with Sandbox(api_key=KEY, checks=False) as sandbox:
        chain = Chain(host, sandbox.base_url)
        first = chain.run({"result_format": "structured"}, node="sessions", rows=2)
        inputs = [first.outputs[1], first.outputs[0]]
        settings = {"additional_json_column": "Turn Detection"}
        sandbox.calls.clear()
        host.execute("sessions", settings, inputs, credentials=chain.credentials)
        assert [call.body["type"] for call in sandbox.calls] == ["server_vad"] * 2


LIFETIMES = pd.DataFrame({"long": [60, 5, 60]}, index=["a", "b" * 500, "c"])
TOO_SHORT = r"Secret lifetime column 'long': must be a whole number from 10"


def test_wrong_row_fails_the_node(chain: Chain) -> None:
    """A wrong value of a row stops the node, which names the row by its id, however long."""
    with pytest.raises(NodeError, match=rf"^Row 'bbbb\S+': {TOO_SHORT}"):
        read(chain, LIFETIMES, {"expires_after_seconds_column": "long"})


def test_wrong_row_is_carried(chain: Chain, sandbox: Sandbox) -> None:
    """Carrying on, a wrong row has missing values and one line, and is not sent."""
    frame = read(chain, LIFETIMES, {"expires_after_seconds_column": "long", **CARRY_ON})
    assert len(sandbox.calls) == 2
    for name, missing in (("Client Secret", "b"), ("Expires At", "b"), ("Error", "ac")):
        assert [row_id[0] for row_id in frame.index[frame[name].isna()]] == list(missing)
    assert re.match(TOO_SHORT, frame["Error"].iloc[1])


@pytest.mark.parametrize(
    ("fault", "text", "for_all"),
    [
        (faults.Fault(status=401), "does not accept the API key of the credential 'key'", True),
        (faults.exhaust_quota(), "no credit", True),
        (faults.limit_rate(3600), "no more requests", True),
        (faults.garble_json(), "is not valid JSON", False),
        (faults.reset(), "broke the connection off", False),
    ],
)
def test_server_errors(
    chain: Chain, sandbox: Sandbox, fault: faults.Fault, text: str, *, for_all: bool
) -> None:
    """What the server or the network does to a row is told in one line, with the row's id."""
    count = 3 if for_all else 1
    sandbox.faults.add(*[fault] * count)
    errors = list(read(chain, 3, {"in_flight": 1, **CARRY_ON})["Error"])
    assert [text in str(error) for error in errors] == [True, for_all, for_all]
    sandbox.faults.clear()
    sandbox.faults.add(*[fault] * count)
    with pytest.raises(NodeError, match=f"^Row 'Row0': .*{text}") as caught:
        read(chain, 3, {"in_flight": 1})
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_raw_keeps_http_errors(chain: Chain, sandbox: Sandbox) -> None:
    """Raw results hold an HTTP error's body and status; the row has not failed."""
    sandbox.faults.add(faults.Fault(status=418, body="tea"))
    frame = read(chain, 2, {"result_format": "raw", "in_flight": 1})
    assert list(frame["status"]) == [418, 200]
    assert frame["body"].iloc[0] == "tea"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"result_format": "no"}, "Result format: must be one of secret, structured, raw"),
        ({"on_error": "no"}, "If a row fails: must be one of"),
        ({"in_flight": 0}, "Requests at a time: must be a whole number from 1 to 256"),
        ({"in_flight": 257}, "Requests at a time: must be a whole"),
        ({"per_minute_set": True, "per_minute": 0}, "Requests per minute: must be a whole number"),
        ({"voice_column": "gone"}, "Voice column 'gone': the table has no such column"),
        (
            {"expires_after_seconds_column": "words"},
            "Secret lifetime column 'words': the column must contain",
        ),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_sent(
    chain: Chain, sandbox: Sandbox, settings: dict[str, Any], text: str
) -> None:
    """Wrong settings are told when the node is configured."""
    inputs = [chain.connect().outputs[0], chain.host.table(make_rows(2))]
    with pytest.raises(knext.InvalidParametersError, match=f"^{text}"):
        chain.host.configure("sessions", settings, inputs, credentials=chain.credentials)
    assert sandbox.calls == []


def test_a_column_with_the_reserved_name_is_refused(chain: Chain) -> None:
    """KNIME passes no table with a column called `<RowID>` to a Python node."""
    rows = pd.DataFrame({"<RowID>": pd.array(["a"], "string")}, ["Row0"])
    inputs = [chain.connect().outputs[0], chain.host.table(rows)]
    with pytest.raises(knext.InvalidParametersError, match=r"^Rows: .*<RowID>.* Rename it"):
        chain.host.configure("sessions", {}, inputs, credentials=chain.credentials)


def test_expired_secrets_warn(host: Host) -> None:
    """When secrets have expired before the run is over the node says so."""
    hour_ago = time.time() - 3600
    with Sandbox(api_key=KEY, clock=lambda: hour_ago) as sandbox:
        (warning,) = Chain(host, sandbox.base_url).run({}, node="sessions", rows=2).warnings
    assert "The first secrets expired" in warning


def test_progress(host: Host) -> None:
    """Progress tells rows done, errors, rate, time left and a pause that the server asked for."""
    with Sandbox(api_key=KEY, latency=0.05) as sandbox:
        sandbox.faults.add(faults.Fault(status=400), faults.limit_rate(1.2, tell="ms"))
        settings = {"in_flight": 4, **CARRY_ON}
        execution = Chain(host, sandbox.base_url).run(settings, node="sessions", rows=60)
    texts = [text or "" for _, text in execution.progress]
    shares = [share for share, _ in execution.progress]
    assert shares == sorted(shares)
    assert any("of 60 rows, 1 errors," in text and "s left" in text for text in texts)
    assert any(re.search(r"waiting \d s because the server says so", text) for text in texts)


def test_random_faults_lose_no_row(host: Host) -> None:
    """With one request in ten failing, all rows are there, and next to none carries an error."""
    settings = {"instructions_column": "words", "result_format": "structured", **CARRY_ON}
    with Sandbox(api_key=KEY, failing=0.1, seed=3) as sandbox:
        frame = read(Chain(host, sandbox.base_url), 400, settings, attempts=3)
        sent = [call.body["session"]["instructions"] for call in sandbox.calls]
        failed = [call for call in sandbox.calls if call.status != 200]
    assert len(failed) > 20
    is_bad = frame["Error"].notna()
    assert list(frame["words"]) == list(make_rows(400)["words"])
    assert list(frame["Instructions"][~is_bad]) == list(frame["words"][~is_bad])
    assert frame["Client Secret"][~is_bad].is_unique
    assert all(sent.count(words) >= 3 for words in frame["words"][is_bad])
    assert sum(is_bad) <= 6


def test_table_in_parts(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that KNIME hands over, and chunks they are read in, keep their order and row ids."""
    monkeypatch.setattr("openai_realtime.nodes.row_columns._CHUNK_SIZE", 3)
    monkeypatch.setattr("openai_realtime.client.engine.CHUNK_SIZE", 2)
    words = pa.chunked_array([[f"w{part}{row}" for row in range(8)] for part in range(2)] + [["z"]])
    longs = pa.chunked_array([[60] * 8, [60] * 6 + [5, 60], [60]])
    table = chain.host.table(pa.table({"words": words, "long": longs}))
    inputs = [chain.connect().outputs[0], table]

    def run(settings: dict[str, Any]) -> Any:
        done = chain.host.execute("sessions", settings, inputs, credentials=chain.credentials)
        return done.outputs[0]

    output = run({"instructions_column": "words", "result_format": "structured"})
    assert list(output.to_pandas()["Instructions"]) == words.to_pylist()
    assert output.row_ids == table.row_ids
    with pytest.raises(NodeError, match=r"^Row 'Row14': "):
        run({"expires_after_seconds_column": "long"})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"instructions": "Be kind.", "voice": "marin"},
        {"session_from": "json", "session_json": '{"expires_after": {"seconds": 60}}'},
        {"session_from": "json", "session_json": "{}"},
        {"additional_json": '{"session": {"newest": 1}}'},
    ],
)
@pytest.mark.parametrize("minimal", [False, True])
def test_sends_what_the_single_node_sends(
    host: Host, settings: dict[str, Any], *, minimal: bool
) -> None:
    """Without columns each row is what the node for one session asks for, to the byte."""
    with Sandbox(api_key=KEY, checks=False) as sandbox:
        chain = Chain(host, sandbox.base_url)
        chain.run(settings, {"minimal": minimal}, node="sessions", rows=1)
        chain.run(settings, {"minimal": minimal})
        table, single = sandbox.calls
    assert table.body == single.body


def test_warns_of_all_at_once(host: Host) -> None:
    """KNIME shows the last warning only, so the node has one, with a line for each of them."""
    patch = pd.array(['{"instructions": "outside of the session"}'], "string")
    rows = pd.DataFrame({"patch": patch}, index=["Row0"])
    settings = {"additional_json_column": "patch", "additional_json": '{"newest": 1}'}
    hidden = {"output": "text", "voice_column": "patch"}
    with Sandbox(api_key=KEY, checks=False) as sandbox:
        chain = Chain(host, sandbox.base_url)
        execution = chain.run({**settings, **hidden}, node="sessions", rows=rows)
    first, second, third = execution.warnings[-1].splitlines()
    assert first.startswith("Additional JSON: unknown key 'newest'")
    assert second == "Voice column 'patch': not sent, because Output is Text only."
    assert third.startswith("Additional JSON column 'patch': 'instructions' must be")
    assert "audio" not in sandbox.calls[-1].body["session"]
