# SPDX-License-Identifier: MIT
"""*Create Realtime Sessions (Table)*, from the dialog's settings to the table."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import knime.extension as knext
import pandas as pd
import pyarrow as pa
import pytest

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer, faults

if TYPE_CHECKING:
    from realtime_dev.host import Execution, Host

KEY = "sk-test-0123456789abcdef"
CARRY_ON = {"on_error": "continue"}
SECRET = [("Client Secret", "String"), ("Expires At", "Zoned Date Time")]


class Office:
    """Runs the configuration node and the table node in front of a server."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.credentials = {"key": ("", KEY)}

    def connect(self, url: str, **settings: Any) -> Any:
        """Return the output of the configuration node."""
        given = {
            "provider": "compatible",
            "base_url": url,
            "credential": "key",
            "verify": False,
            "attempts": 1,
            **settings,
        }
        first = self.host.execute("configuration", given, [None], credentials=self.credentials)
        return first.outputs[0]

    def run(
        self,
        url: str,
        data: pd.DataFrame | int,
        settings: dict[str, Any] | None = None,
        configuration: dict[str, Any] | None = None,
        **options: Any,
    ) -> Execution:
        """Execute both nodes for a table, or for so many rows."""
        frame = make_rows(data) if isinstance(data, int) else data
        inputs = [self.connect(url, **(configuration or {})), self.host.table(frame)]
        return self.host.execute(
            "sessions", settings or {}, inputs, credentials=self.credentials, **options
        )


@pytest.fixture
def office(host: Host) -> Office:
    """Hand out the nodes."""
    return Office(host)


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pause before a second attempt be short."""
    monkeypatch.setattr("openai_realtime.client.retry.FIRST_DELAY", 0.05)


def make_rows(count: int) -> pd.DataFrame:
    """Return a table of agents, each with words of their own."""
    names = [f"agent {number}" for number in range(count)]
    frame = pd.DataFrame({"words": names}, index=[f"Row{number}" for number in range(count)])
    return frame.astype({"words": "string"})


def read(execution: Execution) -> pd.DataFrame:
    """Return the table."""
    frame: pd.DataFrame = execution.outputs[0].to_pandas()
    return frame


RESULTS = [
    ("secret", "fail", SECRET),
    ("secret", "continue", [*SECRET, ("Error", "String")]),
    ("raw", "fail", [("body", "String"), ("status", "Number (Integer)")]),
    ("raw", "continue", [("body", "String"), ("status", "Number (Integer)"), ("Error", "String")]),
]


@pytest.mark.parametrize(("result", "on_error", "appended"), RESULTS)
@pytest.mark.parametrize("count", [0, 1, 20])
def test_columns_are_appended(
    office: Office, result: str, on_error: str, appended: list[tuple[str, str]], count: int
) -> None:
    """Rows, their ids and their order stay; what is appended has fixed types, even without rows."""
    with Sandbox(api_key=KEY) as sandbox:
        execution = office.run(sandbox.base_url, count, {"result": result, "on_error": on_error})
    table = execution.outputs[0]
    assert table.columns == [("words", "String"), *appended]
    assert table.row_ids == [f"Row{number}" for number in range(count)]
    assert list(table.to_pandas()["words"]) == [f"agent {number}" for number in range(count)]
    assert execution.warnings == []


def test_structured_columns(office: Office) -> None:
    """Structured appends the very columns of *Create Realtime Session*, JSON among them."""
    with Sandbox(api_key=KEY) as sandbox:
        execution = office.run(sandbox.base_url, 2, {"result": "structured", **CARRY_ON})
        port = office.connect(sandbox.base_url)
        single = office.host.execute("session", {}, [port], credentials=office.credentials)
    names = execution.outputs[0].columns
    assert names == [("words", "String"), *single.outputs[0].columns, ("Error", "String")]
    frame = read(execution)
    assert frame["Turn Detection"].iloc[1]["type"] == "server_vad"
    assert frame["Client Secret"].is_unique


def test_names_that_clash_get_numbers(office: Office) -> None:
    """A column that is there already keeps its name; the new one is numbered as KNIME does."""
    frame = make_rows(2).assign(**{"Client Secret": "mine", "Error": "old", "Error (#1)": "older"})
    with Sandbox(api_key=KEY) as sandbox:
        execution = office.run(sandbox.base_url, frame, CARRY_ON)
    names = [name for name, _ in execution.outputs[0].columns]
    assert names[1:4] == ["Client Secret", "Error", "Error (#1)"]
    assert names[4:] == ["Client Secret (#1)", "Expires At", "Error (#2)"]
    row = read(execution).iloc[0]
    assert row["Client Secret"] == "mine"
    assert row["Client Secret (#1)"].startswith("ek_")


def test_rows_override_the_dialog(office: Office) -> None:
    """Each chosen column takes the place of its setting; missing cells leave the dialog's."""
    frame = pd.DataFrame(
        {
            "say": ["One", None, "Three"],
            "what": ["gpt-realtime-2", "gpt-realtime-2.1", None],
            "who": ["ash", None, "sage"],
            "id": ["a1", "b2", None],
            "long": [60.0, float("nan"), 90.0],
            "more": ['{"session": {"audio": {"output": {"speed": 1.2}}}}', None, ""],
        },
        index=["x", "y", "z"],
    ).astype(dict.fromkeys(("say", "what", "who", "id", "more"), "string"))
    columns = dict(
        zip(
            ("instructions", "model", "voice", "safety_identifier", "lifetime", "patch"),
            frame.columns,
            strict=True,
        )
    )
    settings = {"columns": columns, "voice": "cedar", "instructions": "All", "in_flight": 1}
    with Sandbox(api_key=KEY) as sandbox:
        execution = office.run(sandbox.base_url, frame, settings)
        bodies = [call.body for call in sandbox.calls]
        ids = [call.headers.get("openai-safety-identifier") for call in sandbox.calls]
    sessions = [body["session"] for body in bodies]
    assert [session["instructions"] for session in sessions] == ["One", "All", "Three"]
    assert [session.get("model") for session in sessions][:2] == [
        "gpt-realtime-2",
        "gpt-realtime-2.1",
    ]
    outputs = [session["audio"]["output"] for session in sessions]
    assert outputs == [{"voice": "ash", "speed": 1.2}, {"voice": "cedar"}, {"voice": "sage"}]
    assert [body.get("expires_after", {}).get("seconds") for body in bodies] == [60, None, 90]
    assert ids == ["a1", "b2", None]
    assert execution.outputs[0].row_ids == ["x", "y", "z"]


def test_session_json_may_be_json_cells(office: Office) -> None:
    """The session JSON may come from a JSON column such as this node appends itself."""
    with Sandbox(api_key=KEY, checks=False) as sandbox:
        first = office.run(sandbox.base_url, 2, {"result": "structured"})
        port = office.connect(sandbox.base_url)
        settings = {"columns": {"patch": "Turn Detection"}, **CARRY_ON}
        sandbox.calls.clear()
        second = office.host.execute(
            "sessions", settings, [port, first.outputs[0]], credentials=office.credentials
        )
        bodies = [call.body for call in sandbox.calls]
    assert [body["type"] for body in bodies] == ["server_vad"] * 2
    assert read(second)["Error"].isna().all()


def test_beta_api(office: Office) -> None:
    """The table node speaks the beta API as well."""
    settings = {"columns": {"instructions": "words"}, "result": "structured"}
    with Sandbox(api_key=KEY) as sandbox:
        frame = read(office.run(sandbox.base_url, 3, settings, {"api": "beta"}))
    assert list(frame["Instructions"]) == ["agent 0", "agent 1", "agent 2"]


FAULTY = pd.DataFrame({"who": ["ash", "sage", "ash"], "long": [60, 5, 60]}, index=["a", "b", "c"])


def test_wrong_row_fails_the_node(office: Office) -> None:
    """A wrong value of a row stops the node, which names the row by its id."""
    settings = {"columns": {"lifetime": "long"}}
    with (
        Sandbox(api_key=KEY) as sandbox,
        pytest.raises(NodeError, match=r"^Row 'b': Per row, Lifetime \(column 'long'\): must be"),
    ):
        office.run(sandbox.base_url, FAULTY, settings)


def test_wrong_row_is_carried(office: Office) -> None:
    """Carrying on, a wrong row has missing values and one line, and is not sent."""
    settings = {"columns": {"lifetime": "long"}, **CARRY_ON}
    with Sandbox(api_key=KEY) as sandbox:
        frame = read(office.run(sandbox.base_url, FAULTY, settings))
        assert len(sandbox.calls) == 2
    assert list(frame["Client Secret"].isna()) == [False, True, False]
    assert list(frame["Expires At"].isna()) == [False, True, False]
    assert list(frame["Error"].isna()) == [True, False, True]
    assert frame["Error"].iloc[1].startswith("Per row, Lifetime (column 'long'): must be")


SERVER_ERRORS = [
    (faults.Fault(status=401), "does not accept the API key of the credential 'key'", True),
    (faults.exhaust_quota(), "no credit", True),
    (faults.fail_server(), "The server failed", False),
    (faults.limit_rate(3600), "no more requests", True),
    (faults.garble_json(), "is no valid JSON", False),
    (faults.reset(), "broke the connection off", False),
]


@pytest.mark.parametrize(("fault", "text", "for_all"), SERVER_ERRORS)
@pytest.mark.parametrize("on_error", ["fail", "continue"])
def test_server_errors(
    office: Office, fault: faults.Fault, text: str, on_error: str, *, for_all: bool
) -> None:
    """What the server or the network does to a row is told in one line, with the row's id."""
    settings = {"on_error": on_error, "in_flight": 1}
    with Sandbox(api_key=KEY) as sandbox:
        sandbox.faults.add(*[fault] * (3 if for_all else 1))
        if on_error == "fail":
            with pytest.raises(NodeError, match=f"^Row 'Row0': .*{text}") as caught:
                office.run(sandbox.base_url, 3, settings)
            assert "\n" not in str(caught.value)
            assert caught.value.__cause__ is None
            assert caught.value.__context__ is None
        else:
            errors = list(read(office.run(sandbox.base_url, 3, settings))["Error"])
            assert text in errors[0]
            assert [text in str(error) for error in errors[1:]] == [for_all, for_all]


def test_names_the_column_with_json(office: Office) -> None:
    """What only the column with JSON can have sent is told by that column's label."""
    patch = pd.array(['{"session": {"modle": "x"}}'], "string")
    rows = pd.DataFrame({"patch": patch}, index=["Row0"])
    with Sandbox(api_key=KEY) as sandbox:
        settings = {"columns": {"patch": "patch"}, **CARRY_ON}
        (error,) = read(office.run(sandbox.base_url, rows, settings))["Error"]
    assert "Setting: Session JSON." in error


def test_raw_keeps_http_errors(office: Office) -> None:
    """Raw results hold an HTTP error's body and status; the row has not failed."""
    with Sandbox(api_key=KEY) as sandbox:
        sandbox.faults.add(faults.Fault(status=418, body="tea"))
        frame = read(office.run(sandbox.base_url, 2, {"result": "raw", "in_flight": 1}))
    assert list(frame["status"]) == [418, 200]
    assert frame["body"].iloc[0] == "tea"


WRONG = [
    ({"result": "no"}, "Append"),
    ({"on_error": "no"}, "If a row fails"),
    ({"in_flight": 0}, "in_flight|Requests at a time|at least"),
    ({"in_flight": 257}, "in_flight|Requests at a time|at most"),
    ({"per_minute_set": True, "per_minute": 0}, "per_minute|per minute|at least"),
    ({"columns": {"voice": "gone"}}, "Per row, Voice: the table has no column 'gone'"),
    ({"columns": {"lifetime": "words"}}, "Per row, Lifetime: the column 'words' must hold whole"),
    ({"speech.speed_set": True, "speech.speed": 9.0}, "Speed"),
]


@pytest.mark.parametrize(("settings", "text"), WRONG)
def test_wrong_settings_are_refused_before_anything_is_sent(
    office: Office, settings: dict[str, Any], text: str
) -> None:
    """Wrong settings are told when the node is configured."""
    with Sandbox(api_key=KEY) as sandbox:
        inputs = [office.connect(sandbox.base_url), office.host.table(make_rows(2))]
        with pytest.raises((knext.InvalidParametersError, ValueError), match=text):
            office.host.configure("sessions", settings, inputs, credentials=office.credentials)
        assert sandbox.calls == []


def test_missing_credential(office: Office) -> None:
    """Without its credential the node is not configured."""
    with Sandbox(api_key=KEY) as sandbox:
        inputs = [office.connect(sandbox.base_url), office.host.table(make_rows(2))]
        with pytest.raises(knext.InvalidParametersError, match="no credential 'key'"):
            office.host.configure("sessions", {}, inputs, credentials={})


def test_expired_secrets_warn(office: Office) -> None:
    """When secrets have expired before the run is over the node says so."""
    hour_ago = time.time() - 3600
    with Sandbox(api_key=KEY, clock=lambda: hour_ago) as sandbox:
        execution = office.run(sandbox.base_url, 2, {"result": "structured"})
    assert len(execution.warnings) == 1
    assert "The first secrets expired" in execution.warnings[0]
    assert "longer lifetime" in execution.warnings[0]


def test_cancel_ends_the_node(office: Office) -> None:
    """Cancel during a hang ends the node."""
    with RawServer([Step.READ, Step.HOLD]) as server, pytest.raises(NodeError, match=r"[Cc]ancel"):
        office.run(server.url, 100, canceled=lambda: len(server.requests) > 3)


def test_progress(office: Office) -> None:
    """Progress tells rows done, errors, rate, time left and a pause that the server asked for."""
    with Sandbox(api_key=KEY, latency=0.05) as sandbox:
        sandbox.faults.add(faults.Fault(status=400), faults.limit_rate(1.2, tell="ms"))
        execution = office.run(sandbox.base_url, 60, {"in_flight": 4, **CARRY_ON})
    texts = [text or "" for _, text in execution.progress]
    shares = [share for share, _ in execution.progress]
    assert shares == sorted(shares)
    assert any("of 60 rows, 1 errors," in text and "s left" in text for text in texts)
    assert any(re.search(r"waiting \d s because the server says so", text) for text in texts)


def test_hundreds_through_a_rate_limit(office: Office) -> None:
    """200 rows at 40 a window: all are minted, in order, with fewer requests refused than taken."""
    settings = {"columns": {"instructions": "words"}, "result": "raw"}
    with Sandbox(api_key=KEY, checks=False, limit=40, window=0.4) as sandbox:
        frame = read(office.run(sandbox.base_url, 200, settings))
        refused = [call for call in sandbox.calls if call.status == 429]
    assert list(frame["status"]) == [200] * 200
    said = [json.loads(body)["session"]["instructions"] for body in frame["body"]]
    assert said == list(frame["words"])
    assert len(refused) < 200


def test_random_faults_lose_no_row(office: Office) -> None:
    """With one request in ten failing, all rows are there, and next to none carries an error."""
    settings = {"columns": {"instructions": "words"}, "result": "structured", **CARRY_ON}
    with Sandbox(api_key=KEY, failing=0.1, seed=3) as sandbox:
        frame = read(office.run(sandbox.base_url, 600, settings, {"attempts": 3}))
        sent = [call.body["session"]["instructions"] for call in sandbox.calls]
        failed = [call for call in sandbox.calls if call.status != 200]
    assert len(failed) > 30
    bad = frame[frame["Error"].notna()]
    good = frame[frame["Error"].isna()]
    assert len(bad) + len(good) == 600
    assert list(good["Instructions"]) == list(good["words"])
    assert good["Client Secret"].is_unique
    assert all(sent.count(words) >= 3 for words in bad["words"])
    assert len(bad) <= 6


def test_literal_answers(office: Office, responses: dict[str, bytes]) -> None:
    """A recorded answer gives the same values as in *Create Realtime Session*."""
    body = responses["ga_realtime_recorded"]
    with RawServer([Step.READ, compose_answer(body)]) as server:
        frame = read(office.run(server.url, 3, {"result": "structured"}))
    assert list(frame["Client Secret"]) == ["ek_scrubbed"] * 3
    assert list(frame["Voice"]) == ["marin"] * 3


def test_table_in_parts(office: Office) -> None:
    """A table that KNIME hands over in parts comes back whole, in order, errors in their rows."""
    chunks = [[f"w{part}{row}" for row in range(10)] for part in range(3)]
    words = pa.chunked_array([*chunks, ["last"]])
    table = office.host.table(pa.table({"words": words}))
    settings = {"columns": {"instructions": "words"}, "result": "structured", **CARRY_ON}
    with Sandbox(api_key=KEY) as sandbox:
        port = office.connect(sandbox.base_url)
        execution = office.host.execute(
            "sessions", settings, [port, table], credentials=office.credentials
        )
    frame = read(execution)
    assert list(frame["Instructions"]) == list(frame["words"]) == words.to_pylist()
    assert execution.outputs[0].row_ids == table.row_ids


SOURCES = [
    {},
    {"instructions": "Be kind.", "voice": "marin"},
    {"session_from": "json", "session_json": '{"expires_after": {"seconds": 60}}'},
    {"session_from": "json", "session_json": "{}"},
    {"additional_json": '{"session": {"newest": 1}}'},
]


@pytest.mark.parametrize("settings", SOURCES)
@pytest.mark.parametrize("minimal", [False, True])
def test_sends_what_the_single_node_sends(
    office: Office, settings: dict[str, Any], *, minimal: bool
) -> None:
    """Without columns each row is what the node for one session asks for, to the byte."""
    with Sandbox(api_key=KEY, checks=False) as sandbox:
        office.run(sandbox.base_url, 1, settings, {"minimal": minimal})
        port = office.connect(sandbox.base_url, minimal=minimal)
        office.host.execute("session", settings, [port], credentials=office.credentials)
        table, single = sandbox.calls
    assert table.body == single.body


def test_warns_of_all_at_once(office: Office) -> None:
    """KNIME shows the last warning only, so the node has one, with a line for each doubt."""
    patch = pd.array(['{"instructions": "outside of the session"}'], "string")
    rows = pd.DataFrame({"patch": patch}, index=["Row0"])
    settings = {"columns": {"patch": "patch"}, "additional_json": '{"newest": 1}'}
    with Sandbox(api_key=KEY, checks=False) as sandbox:
        (warning,) = office.run(sandbox.base_url, rows, settings).warnings[-1:]
    first, second = warning.splitlines()
    assert first.startswith("Additional JSON: unknown key 'newest'")
    assert second.startswith("Per row, Session JSON (column 'patch'): unknown keys 'newest', 'i")


def test_a_column_may_be_called_as_the_row_ids(office: Office) -> None:
    """A column of the user's is found, whatever its name."""
    rows = pd.DataFrame({"<RowID>": pd.array(["Hi."], "string")}, index=["Row0"])
    with Sandbox(api_key=KEY) as sandbox:
        office.run(sandbox.base_url, rows, {"columns": {"instructions": "<RowID>"}})
        assert sandbox.calls[0].body["session"]["instructions"] == "Hi."


def test_long_row_ids_leave_room(office: Office) -> None:
    """What is wrong is told, however long the row's id is."""
    rows = pd.DataFrame({"long": [5]}, index=["x" * 500])
    with (
        Sandbox(api_key=KEY) as sandbox,
        pytest.raises(NodeError, match="from 10 to 7200"),
    ):
        office.run(sandbox.base_url, rows, {"columns": {"lifetime": "long"}})


def test_pieces_are_one_table(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that is minted in pieces keeps its order, and an error its row."""
    monkeypatch.setattr("openai_realtime.nodes.sessions._PIECE", 3)
    monkeypatch.setattr("openai_realtime.client.engine.CHUNK_SIZE", 2)
    settings = {"columns": {"instructions": "words"}, "result": "structured"}
    with Sandbox(api_key=KEY) as sandbox:
        frame = read(office.run(sandbox.base_url, 8, settings))
        assert list(frame["Instructions"]) == [f"agent {number}" for number in range(8)]
        rows = make_rows(8).assign(long=[60] * 6 + [5, 60])
        with pytest.raises(NodeError, match=r"^Row 'Row6': "):
            office.run(sandbox.base_url, rows, {"columns": {"lifetime": "long"}})
