# SPDX-License-Identifier: MIT
"""The command line `realtime-session`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from realtime_dev.runner import main
from realtime_dev.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Hand out a running sandbox whose key is in the environment."""
    with Sandbox() as sandbox:
        monkeypatch.setenv("OPENAI_API_KEY", sandbox.api_key)
        yield sandbox


@pytest.mark.parametrize("table", ["structured", "raw"])
def test_run_masks_the_secret(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The table is printed, the secret only as its first letters."""
    assert main(["run", "--sandbox", "--format", table]) == 0
    printed = capsys.readouterr().out
    assert "ek_…(masked)" in printed
    assert not re.search(r"ek_\w", printed)


def test_run_shows_the_secret_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    """`--show-secret` prints the secret whole."""
    assert main(["run", "--sandbox", "--show-secret"]) == 0
    assert re.search(r"ek_\w{20,}", capsys.readouterr().out)


def test_set_reaches_both_nodes(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """`--set` sets the session's settings and, with a prefix, the configuration's."""
    arguments = ["run", "--base-url", sandbox.base_url, "--set", "limits.temperature=0.9"]
    assert main([*arguments, "--set", "configuration.api=beta"]) == 0
    assert sandbox.calls[-1].body == {"temperature": 0.9}
    assert "Temperature" in capsys.readouterr().out


@pytest.mark.parametrize("ending", [".csv", ".json", ".parquet"])
def test_out_writes_the_table(ending: str, tmp_path: Path) -> None:
    """`--out` writes the table in the format that the file's name ends with."""
    out = tmp_path / f"table{ending}"
    assert main(["run", "--sandbox", "--out", str(out)]) == 0
    assert b"gpt-realtime-2.1" in out.read_bytes()


BAD = [
    (["--settings", "missing.json"], "missing.json cannot be read"),
    (["--set", "speech.speed=1.6"], "Speed: 1.6 is above 1.5"),
    (["--set", "speech.sped=1.6"], "speech.sped"),
    (["--set", "nothing"], "write PATH=VALUE"),
    (["--set", "model=no-such-model"], "The model does not exist"),
    (["--out", "table.xls"], "must end with"),
]


@pytest.mark.parametrize(("arguments", "expected"), BAD)
def test_errors_are_one_line(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure is exit code 1 and one line on standard error."""
    assert main(["run", "--sandbox", *arguments]) == 1
    error = capsys.readouterr().err
    assert expected in error
    assert len(error.splitlines()) == 1


def test_key_is_needed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a key nothing is sent anywhere."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert main(["run"]) == 1
    assert "OPENAI_API_KEY" in capsys.readouterr().err


def test_settings_file(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file holds the settings of the session and of the configuration."""
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"instructions": "Hi.", "configuration": {"api": "beta"}}))
    assert main(["run", "--base-url", sandbox.base_url, "--settings", str(file)]) == 0
    assert sandbox.calls[-1].body == {"instructions": "Hi."}
    assert "Hi." in capsys.readouterr().out


def test_fields_lists_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """`fields` prints a line for each settings key."""
    assert main(["fields"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["path", "label", "type"]
    assert any(line.startswith("speech.speed ") and "from 0.25 to 1.5" in line for line in lines)
