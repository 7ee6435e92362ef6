# SPDX-License-Identifier: MIT
"""The command line `realtime-session`."""

import io
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from realtime_dev.display import show_progress
from realtime_dev.runner import main
from realtime_dev.sandbox import Sandbox
from realtime_dev.usage import WORDS

Members = dict[str, object]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Hand out a running sandbox whose key is in the environment."""
    with Sandbox() as sandbox:
        monkeypatch.setenv("OPENAI_API_KEY", sandbox.api_key)
        yield sandbox


@pytest.fixture
def fail(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Hand out a function that runs a command which fails with this code and returns its line."""

    def run(*arguments: str, code: int = 1) -> str:
        assert main(arguments) == code
        error = capsys.readouterr().err
        assert len(error.splitlines()) == 1
        return error

    return run


def give(settings: Members, folder: Path | None) -> list[str]:
    """Return the arguments that give settings in a file, if there is a folder, or one by one."""
    if folder is None:
        return [f"--set={path}={json.dumps(value)}" for path, value in settings.items()]
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    return ["--settings", str(file)]


@pytest.mark.parametrize("table", ["structured", "raw"])
def test_run_masks_the_secret(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The table is printed, the secret only as its first letters unless it is asked for."""
    assert main(["run", "--sandbox", "--format", table]) == 0
    printed = capsys.readouterr().out
    assert "ek_…(masked)" in printed
    assert not re.search(r"ek_\w", printed)
    if table == "raw":
        # What is no terminal gets each cell on one line.
        body = printed.splitlines()[1].split(maxsplit=2)[2]
        assert json.loads(body)["session"]["type"] == "realtime"
    else:
        assert "? is a missing value" in printed
    assert main(["run", "--sandbox", "--format", table, "--show-secret"]) == 0
    assert re.search(r"ek_\w{20,}", capsys.readouterr().out)


def test_set_reaches_both_nodes(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """`--set` sets the session's settings and, with a prefix, the configuration's."""
    arguments = ["run", "--base-url", sandbox.base_url, "--set", "answers.temperature=0.9"]
    assert main([*arguments, "--set", "configuration.api=beta"]) == 0
    assert sandbox.calls[-1].body == {"temperature": 0.9}
    assert "Temperature" in capsys.readouterr().out


@pytest.mark.parametrize("in_file", [True, False])
def test_lists_reach_the_configuration(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, in_file: bool
) -> None:
    """A list is given as JSON, in a file or with `--set`; a credential is a variable."""
    monkeypatch.setenv("GATEWAY_TOKEN", sandbox.api_key)
    headers = [
        {"name": "X-Team", "value": "voice"},
        {"name": "X-Token", "value": None, "credential": "GATEWAY_TOKEN"},
    ]
    arguments = give({"configuration.network.headers": headers}, tmp_path if in_file else None)
    assert main(["run", "--base-url", sandbox.base_url, *arguments]) == 0
    sent = {name.lower(): value for name, value in sandbox.calls[-1].headers.items()}
    assert (sent["x-team"], sent["x-token"]) == ("voice", "<known>")


@pytest.mark.parametrize("text", ["Zoë\nasks: {", "null", "@@home"])
def test_texts_come_from_files(text: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """`@FILE` is the text in a file as it is, but for the end of its last line."""
    file = tmp_path / "prompt.txt"
    file.write_text(f"{text}\n", encoding="utf-8")
    for value, expected in ((f"@{file}", text), ("@@home", "@home")):
        assert main(["run", "--base-url", sandbox.base_url, "--set", f"instructions={value}"]) == 0
        assert sandbox.calls[-1].body["session"]["instructions"] == expected


def test_rows_come_from_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    """`--rows` is the table of the node for tables; only whole numbers become numbers."""
    rows, out = tmp_path / "rows.csv", tmp_path / "out.json"
    rows.write_text('RowID,text,user,life\na,"Hi,\nAnn",007,60\nb,,8,\n', encoding="utf-8")
    columns = {"instructions_column": "text", "expires_after_seconds_column": "life"}
    arguments = ["--node", "sessions", "--rows", str(rows), "--out", str(out)]
    assert main(["run", "--base-url", sandbox.base_url, *arguments, *give(columns, None)]) == 0
    first, second = (list(row.values())[:5] for row in json.loads(out.read_text("utf-8")))
    assert first == ["a", "Hi,\nAnn", "007", 60, "ek_…(masked)"]
    assert second == ["b", None, "8", None, "ek_…(masked)"]
    bodies = [str(call.body) for call in sandbox.calls]
    assert sum("'seconds': 60" in body and "Ann" in body for body in bodies) == 1


@pytest.mark.parametrize("node", ["transcription", "translation"])
def test_other_nodes_run(node: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--node` chooses the node; its settings are listed too."""
    setting = ["--set", "output_language=de"] if node == "translation" else []
    assert main(["run", "--sandbox", "--node", node, *setting]) == 0
    assert f" {node}\n" in capsys.readouterr().out
    assert main(["fields", "--node", node, "--wide"]) == 0
    assert "tools." not in capsys.readouterr().out


def test_raw_errors_are_rows(capsys: pytest.CaptureFixture[str]) -> None:
    """With raw output an error of the server is a row, and the exit code is 0."""
    assert main(["run", "--sandbox", "--format", "raw", "--set", "model=no-such-model"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith(" 404")


HELP = [
    ("run --help", "exit codes:"),
    ("sandbox --help", "realtime-session run --base-url http://127.0.0.1:8080/v1\n"),
    ("--version", "."),
]


@pytest.mark.parametrize(("arguments", "text"), HELP)
def test_help_helps(arguments: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help and version are printed."""
    with pytest.raises(SystemExit, match="0"):
        main(arguments.split())
    assert text in capsys.readouterr().out


def test_addresses_are_suggested(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """If an address without a path is not found, the one with `/v1` is suggested."""
    assert main(["run", "--base-url", sandbox.url]) == 1
    assert f"which may be {sandbox.base_url}," in capsys.readouterr().err.splitlines()[-1]


def test_words_are_those_of_the_nodes() -> None:
    """What the command line says in other words is what the nodes say."""
    files = (Path(__file__).parents[2] / "src").rglob("*.*")
    said = "".join(path.read_text("utf-8") for path in files if path.suffix in (".py", ".json"))
    said = re.sub(r'"\s+f?"', "", said)  # texts that go over several lines
    assert [words for words in WORDS if words not in said] == []


def test_terminals_get_safe_short_texts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Control characters are shown; a terminal gets the beginning of a long text, and a bar."""
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    text = f"red \x1b[31m \u202e{'long ' * 1000}"
    assert main(["run", "--sandbox", "--set", f"instructions={text}"]) == 0
    shown = capsys.readouterr().out
    assert r"red \x1b[31m \u202e" in shown
    assert "characters; --out FILE" in " ".join(shown.split())
    assert 100 < shown.count("long") < 500
    show_progress(0.5, "half")
    show_progress()
    bar, gone = capsys.readouterr().err.split("\r\r")[-2:]
    assert bar.split() == [f"[{'#' * 15}", "]", "half"]
    assert gone.strip() == ""


def test_parquet_keeps_types(tmp_path: Path) -> None:
    """Numbers, dates with their zone and lists stay what they are; JSON is text."""
    out = tmp_path / "table.parquet"
    assert main(["run", "--sandbox", "--out", str(out)]) == 0
    kinds = {field.name: str(field.type) for field in pq.read_schema(out)}
    assert kinds["Speed"] == kinds["Temperature"] == "double"
    assert kinds["Expires At"] == "timestamp[us, tz=UTC]"
    assert kinds["Modalities"].startswith("list<")
    row = pd.read_parquet(out).iloc[0]
    assert json.loads(row["Turn Detection"])["type"] == "server_vad"


@pytest.mark.parametrize("ending", [".csv", ".json", ".parquet"])
@pytest.mark.parametrize("shown", [True, False])
def test_out_guards_the_secret(ending: str, tmp_path: Path, *, shown: bool) -> None:
    """`--out` writes the table; with the secret in it, only its owner can read the file."""
    out = tmp_path / f"table{ending}"
    out.touch(0o644)
    options = ["--show-secret"] if shown else []
    assert main(["run", "--sandbox", "--out", str(out), *options]) == 0
    assert b"gpt-realtime-2.1" in out.read_bytes()
    assert b"RowID" in out.read_bytes()
    assert bool(re.search(rb"ek_\w{20,}", out.read_bytes())) is shown
    assert list(tmp_path.iterdir()) == [out]
    assert (stat.S_IMODE(out.stat().st_mode) == 0o600) is shown


def test_out_writes_a_page(tmp_path: Path, sandbox: Sandbox) -> None:
    """An .html file is the page of the tester, with the secret and for its owner only."""
    out = tmp_path / "page.html"
    options = ["--base-url", sandbox.base_url, "--show-secret", "--out", str(out)]
    assert main(["run", *options]) == 0
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert re.search(r"ek_\w{20,}", out.read_text("utf-8"))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


BAD = [
    (["--set", "audio_output.speed=1.6"], "Speed: must be a number from 0.25 to 1.5, not '1.6'"),
    (["--set", "audio_output.sped=1.6"], "Did you mean audio_output.speed"),
    (["--set", "api=beta"], "Did you mean configuration.api?"),
    (["--set", "configuration.apu=beta"], "no setting 'configuration.apu'"),
    (["--set", "model=no-such-model"], "The model does not exist"),
    (["--set", "audio_output.speed=fast"], 'must be a number from 0.25 to 1.5, not "fast".'),
    (["--set", "audio_output.speed_set=yes"], "must be true or false, not"),
    (["--set", "configuration.retries.attempts=1.5"], "attempts: must be a whole number"),
    (["--set", "configuration.retries.attempts=4294967297"], "from 1 to 20, not 42949"),
    (["--set", "prefix_padding_ms=4294967297"], "at least 0 and below 2147483648, not"),
    (["--set", "tools.functions=5"], "must be a JSON list, not 5"),
    (["--set", "tools.functions=[{]"], "tools.functions: this is not valid JSON: line 1, column"),
    (["--set", "audio_input.languages=[1]"], "must be a list of texts, not [1]"),
    (
        ["--set", 'configuration.network.headers=[{"name": "X", "credential": "NO_SUCH"}]'],
        "'X' needs the environment variable 'NO_SUCH', which is missing. Set the variable to",
    ),
    (["--set", 'tools.functions=[{"nam": ""}]'], "'nam' in item 1 of tools.functions. Did you"),
    (["--set", 'tools.functions=[{"name": []}]'], "name in item 1 of tools.functions: must be"),
]
MISUSED = [
    (["--settings", "missing.json"], "Cannot read missing.json"),
    (["--set", "nothing"], "must be PATH=VALUE"),
    (["--set", "instructions=@missing.txt"], "Cannot read missing.txt"),
    (["--node", "sessions"], "--rows FILE.csv and --node sessions need each other"),
    (["--node", "sessions", "--rows", "missing.csv"], "Cannot read missing.csv"),
    (["--out", "table.xls"], "must end with"),
    (["--out", "page.html"], "a page contains the secret; add --show-secret"),
    (["--show-secret", "--out", "page.html"], "the sandbox ends with the command"),
    (["--out", "no/such/folder/table.csv"], "the folder no/such/folder does not exist"),
]


@pytest.mark.parametrize(
    ("arguments", "expected", "code"),
    [(*case, 1) for case in BAD] + [(*case, 2) for case in MISUSED],
)
def test_errors_are_one_line(
    arguments: list[str], expected: str, code: int, fail: Callable[..., str]
) -> None:
    """A failure is one line on standard error; a wrong command line has an exit code of its own."""
    assert expected in fail("run", "--sandbox", *arguments, code=code)


def test_key_is_needed(monkeypatch: pytest.MonkeyPatch, fail: Callable[..., str]) -> None:
    """Without a key nothing is sent anywhere."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert "OPENAI_API_KEY" in fail("run")


BAD_FILES = [
    ("{", "is not valid JSON: line 1, column 2: the text ends too early"),
    ('{"voice": "ash", "voice": "marin"}', "the key 'voice' appears twice"),
    ('{"tracing": {"group_id": "a"}, "tracing.group_id": "b"}', "tracing.group_id is set twice"),
    ('{"session": {}}', "not a file of settings: use --set session_from=json --set session_json=@"),
    ('{"type": "realtime"}', 'settings: put it into {"session": ...} and use --set session_from'),
    ('{"tracing": "auto"}', 'settings: put it into {"session": ...} and use --set session_from'),
    ('{"tools": []}', "is the body of a request"),
    ("[]", "must contain a JSON object."),
    ('{"voice": []}', "voice: must be one of unset,"),
    ('{"api": "beta"}', "Did you mean configuration.api?"),
    ('{"audio_input": 1}', "audio_input: must be a JSON object"),
    ('{"configuration": []}', "configuration: must be a JSON object"),
]


@pytest.mark.parametrize(("text", "expected"), BAD_FILES)
def test_bad_files_are_told_in_one_line(
    text: str, expected: str, tmp_path: Path, fail: Callable[..., str]
) -> None:
    """What is wrong with a settings file is told by path, value and need."""
    file = tmp_path / "settings.json"
    file.write_text(text)
    assert expected in fail("run", "--sandbox", "--settings", str(file))


GIVEN: list[tuple[Members, Members]] = [
    ({"audio_output": {"speed": 1.2}}, {"audio": {"output": {"speed": 1.2}}}),
    ({"audio_output": {"speed": 1.2, "speed_set": False}}, {}),
    ({"audio_output": {"speed": None}, "voice": None, "audio_input": None}, {}),
    ({"tools.tools_json": []}, {"tools": []}),
    (
        {"audio_input": {"transcription": "on", "languages": ["en", "de"]}},
        {"audio": {"input": {"transcription": {"languages": ["en", "de"]}}}},
    ),
    (
        {"tools.functions": [{"name": "f", "description": None, "parameters": {}}]},
        {"tools": [{"type": "function", "name": "f", "parameters": {}}]},
    ),
]


@pytest.mark.parametrize("in_file", [True, False])
@pytest.mark.parametrize(("given", "sent"), GIVEN)
def test_files_and_set_behave_alike(
    given: Members, sent: Members, sandbox: Sandbox, tmp_path: Path, *, in_file: bool
) -> None:
    """Settings mean the same in a file and on the command line."""
    arguments = give(given, tmp_path if in_file else None)
    assert main(["run", "--base-url", sandbox.base_url, *arguments]) == 0
    assert sandbox.calls[-1].body == {"session": {"type": "realtime", **sent}}


WARNED = [
    (["eagerness=low"], "eagerness has no effect unless turn_detection is semantic_vad."),
    (
        ["audio_output.speed=1.2", "audio_output.speed_set=false"],
        "audio_output.speed has no effect unless audio_output.speed_set is true.",
    ),
    (
        ["audio_input.transcription_model_other=x"],
        "audio_input.transcription_model_other has no effect unless audio_input.transcription",
    ),
    (["configuration.credential=X"], "configuration.credential has no effect with --sandbox."),
    (["tools.functions.0.name=f"], None),
    (["voice_other="], None),
    (["audio_output.speed=1", "output=text"], "audio_output.speed has no effect unless output is"),
    # A node that warns when it is configured and when it is executed is quoted once.
    (["model=gpt-realtime"], "Model: gpt-realtime will be shut down"),
]


@pytest.mark.parametrize(("settings", "expected"), WARNED)
def test_warnings_are_one_line(
    settings: list[str], expected: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting that has no effect causes one line, which names what decides if it can."""
    assert main(["run", "--sandbox", *(f"--set={text}" for text in settings)]) == 0
    told = capsys.readouterr().err.splitlines()
    assert len(told) == (expected is not None)
    assert told == [] or told[0].startswith(f"Warning: {expected}")


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
def test_loopback_needs_no_proxy(
    name: str, proxy: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox is reached without proxies, and the environment is as before."""
    monkeypatch.setenv(name, proxy)
    monkeypatch.setenv("NO_PROXY", "example.com")
    before = dict(os.environ)
    assert main(["run", "--sandbox"]) == 0
    assert main(["run", "--base-url", sandbox.base_url]) == 0
    assert dict(os.environ) == before


def test_ascii_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters that the output cannot encode become question marks."""
    output = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", output)
    assert main(["run", "--sandbox"]) == 0
    output.seek(0)
    assert "ek_?(masked)" in output.read()


def test_broken_pipe_is_silent() -> None:
    """A closed pipe is not reported as an error."""
    with subprocess.Popen(
        [sys.executable, "-m", "realtime_dev.runner", "fields"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.parametrize("port", ["taken", "65536"])
def test_commands_tell_what_is_wrong(port: str, sandbox: Sandbox, fail: Callable[..., str]) -> None:
    """A port that cannot be used is named in one line, with a way out; so is an unknown field."""
    assert "Did you mean audio_output.speed" in fail("fields", "sped")
    number = sandbox.base_url.rsplit(":", 1)[1].partition("/")[0] if port == "taken" else port
    error = fail("sandbox", "--port", number)
    assert f"Port {number} " in error
    assert "--port 0" in error


LISTED = [
    "audio_output.speed|Speed|number|1.0|from 0.25 to 1.5|session.audio.output.speed|speed",
    "Secret lifetime (s)|whole number|600|from 10 to 7200|expires_after.seconds|client_secret.",
    "text of at most 512 characters|OpenAI-Safety-Identifier|OpenAI-Safety-Identifier",
    "Possible languages|list of texts|session.audio.input.transcription.languages",
    "configuration.retries.longest_wait|Longest wait (s)|number|60.0|from 0 to 3600",
]


def test_fields_lists_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """`fields` prints a line for each settings key of both nodes."""
    assert main(["fields"]) == 0
    printed = re.sub("  +", "|", capsys.readouterr().out)
    assert printed.startswith("path|label|type|default|range|GA path|beta path\n")
    assert [text for text in LISTED if text not in printed] == []
    paths = {line.partition("|")[0] for line in printed.splitlines()}
    assert {"result_format", "tools.functions", "configuration.api"} <= paths


DESCRIBED = [
    ("audio_output.speed", ["from 0.25 to 1.5", "session.audio.output.speed"]),
    ("result_format", ["structured  Structured Table", "One row with a column"]),
    ("configuration.retries.attempts", ["whole number", "How often to try"]),
    ("tools.functions", ["each item has", "parameters   Parameters (JSON): JSON"]),
    ("voice", ["; not in the beta API"]),
    ("configuration.credential", ["environment variable", "default    OPENAI_API_KEY"]),
]


@pytest.mark.parametrize(("path", "texts"), DESCRIBED)
def test_fields_describes_one(
    path: str, texts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """`fields PATH` prints all about one setting."""
    assert main(["fields", path]) == 0
    printed = capsys.readouterr().out
    assert [text for text in [f"path       {path}\n", *texts] if text not in printed] == []


def test_fields_fit_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal too narrow for the table gets blocks, unless `--wide` is given."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["fields"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
    assert main(["fields", "--wide"]) == 0
    assert capsys.readouterr().out.startswith("path  ")
    assert main(["fields", "audio_output"]) == 0
    assert capsys.readouterr().out.startswith("audio_output.speed_set\n    Set speed;")
