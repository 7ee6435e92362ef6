# SPDX-License-Identifier: MIT
"""The README tells the truth: its commands run, its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

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
def test_commands_run(command: str, tmp_path: Path) -> None:
    """Each command of the README that needs no key ends well."""
    arguments = shlex.split(command, comments=True)[1:]
    done = subprocess.run(  # noqa: S603 - our own README's commands
        [sys.executable, "-m", "realtime_dev.runner", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_there_are_commands() -> None:
    """The test above cannot pass for want of commands."""
    assert len(COMMANDS) >= 3
    assert {"demo", "test"} <= TARGETS


def test_make_targets_exist() -> None:
    """Each make target that the README names is one."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [t for t in sorted(TARGETS) if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []


def test_links_lead_to_files() -> None:
    """Each relative link of the README leads to a file."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
