# SPDX-License-Identifier: MIT
"""The README tells the truth: its commands run, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from realtime_dev.runner import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

COMMANDS = [
    line
    for block in re.findall(r"```(?:sh|bash)\n(.*?)```", README, re.DOTALL)
    for line in block.replace("\\\n", "").splitlines()
    if line.startswith(("realtime-session run --sandbox", "realtime-session fields"))
]
TARGETS = set(re.findall(r"\bmake ([a-z-]+)", README))


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command of the README that needs no key ends well."""
    monkeypatch.chdir(ROOT)
    assert main(shlex.split(command, comments=True)[1:]) == 0
    assert capsys.readouterr().out


def test_make_targets_exist() -> None:
    """Each make target that the README names is one, and it names some, as it does commands."""
    assert len(COMMANDS) >= 3
    assert {"demo", "test"} <= TARGETS
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [t for t in sorted(TARGETS) if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []


def test_links_lead_to_files() -> None:
    """Each relative link of the README leads to a file."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
