# SPDX-License-Identifier: MIT
"""The pages tell the truth: the README's commands run, all links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from demos.definitions import WORKFLOWS
from realtime_dev.runner import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("[di]*/*.md")])  # docs, demos, icons

COMMANDS = [
    line
    for block in re.findall(r"```(?:sh|bash)\n(.*?)```", README, re.DOTALL)
    for line in block.replace("\\\n", "").splitlines()
    if line.startswith(("realtime-session run --sandbox", "realtime-session fields"))
]
TARGETS = {
    target
    for page in PAGES
    for target in re.findall(r"(?m)(?:`|^)make ([a-z-]+)", page.read_text("utf-8"))
}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command of the README that needs no key ends well."""
    monkeypatch.chdir(ROOT)
    assert main(shlex.split(command, comments=True)[1:]) == 0
    assert capsys.readouterr().out


def test_make_targets_exist() -> None:
    """Each make target that a page names is one; the README has commands."""
    assert len(COMMANDS) >= 3
    assert {"demo", "test"} <= TARGETS
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [t for t in sorted(TARGETS) if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link or picture of a page leads to a file, and to a heading that it has."""
    for file, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text("utf-8")):
        target = page.parent / file if file else page
        assert target.exists(), file
        if heading:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings]
            assert heading in slugs


def test_batch_commands_fit_the_workflow() -> None:
    """The commands use options that the page explains, with what the example workflow has."""
    text = (ROOT / "docs/batch.md").read_text("utf-8")
    (command,) = re.findall(r"```sh\n(knime .*?)\necho", text, re.DOTALL)
    options = dict(part.partition("=")[::2] for part in shlex.split(command) if part[0] == "-")
    assert [name for name in options if f"`{name}" not in text] == []
    (windows,) = re.findall(r"```powershell\n(.*?)```", text, re.DOTALL)
    assert set(re.findall(r'(?<=[\s"])-[a-zA-Z.]+', windows)) == options.keys()
    file = Path(options["-workflowFile"]).stem
    (workflow,) = (each for each in WORKFLOWS if each.file == file)
    assert options["-workflow.variable"].split(",")[0] in workflow.variables
    assert options["-credential"].split(";")[0] in workflow.credentials
