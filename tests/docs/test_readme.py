# SPDX-License-Identifier: MIT
"""The pages tell the truth: commands run, links lead somewhere, messages are those of the nodes."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from demos.definitions import WORKFLOWS
from openai_realtime.columns import read_columns
from openai_realtime.form import load_form
from realtime_dev.ledger import read_nodes
from realtime_dev.runner import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("[di]*/*.md"), *ROOT.glob("examples/*/*.md")])
TEXTS = "\n".join(page.read_text("utf-8") for page in PAGES)

COMMANDS = [
    line
    for block in re.findall(r"```(?:sh|bash)\n(.*?)```", TEXTS, re.DOTALL)
    for line in block.replace("\\\n", "").splitlines()
    if line.startswith(("realtime-session run --sandbox", "realtime-session fields"))
]
TARGETS = set(re.findall(r"(?m)(?:`|^)make ([a-z0-9-]+)", TEXTS))

TABLE = README.split("## Troubleshooting", 1)[1].split("\n## ", 1)[0]
ROWS = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE)[1:]
assert len(ROWS) > 15

# All that our sources say, in pieces: an f-string falls apart at its values.
SAID = [path.read_text("utf-8") for path in (ROOT / "src").rglob("messages.json")] + [
    node.value
    for path in (ROOT / "src").rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command of a page that needs no key ends well."""
    monkeypatch.chdir(ROOT)
    assert main(shlex.split(command, comments=True)[1:]) == 0
    assert capsys.readouterr().out


def test_make_targets_exist() -> None:
    """Each make target that a page names is one; the pages have commands."""
    assert len(COMMANDS) >= 8
    made = re.findall(r"(?m)^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"))
    assert {"demo", "test"} <= TARGETS <= set(made)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Links, pictures and paths of a page lead to a file, and to a heading that it has."""
    text = page.read_text("utf-8")
    for file, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        target = page.parent / file if file else page
        assert target.exists(), file
        headings = re.findall(r"(?m)^#+ (.+)$", target.read_text("utf-8")) if heading else []
        slugs = [re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings]
        assert not heading or heading in slugs
    paths = set(
        re.findall(r"\b(?<!/)((?:src|dev|tests|docs|demos|examples|icons)/[\w./-]*\w)", text)
    )
    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_columns_are_those_of_the_table() -> None:
    """The README's table of columns names those of *Create Realtime Session*, in their order."""
    table = README.split("| column | type |", 1)[1].split("\n\n", 1)[0]
    names = ", ".join(re.findall(r"(?m)^\| ([A-Z][^|]*) \|", table)).split(", ")
    assert names == [column.name for column in read_columns(load_form())]


def test_batch_commands_fit_the_workflow() -> None:
    """The commands use options that the page explains, with what workflow and node have."""
    text = (ROOT / "docs/batch.md").read_text("utf-8")
    (command,) = re.findall(r"```sh\n(knime .*?)\necho", text, re.DOTALL)
    options = dict(part.partition("=")[::2] for part in shlex.split(command) if part[0] == "-")
    assert [name for name in options if f"`{name}" not in text] == []
    (windows,) = re.findall(r"```powershell\n(.*?)```", text, re.DOTALL)
    assert set(re.findall(r'(?<=[\s"])-[a-zA-Z.]+', windows)) == options.keys()
    (workflow,) = (w for w in WORKFLOWS if w.file == Path(options["-workflowFile"]).stem)
    assert options["-workflow.variable"].split(",")[0] in workflow.variables
    assert options["-credential"].split(";")[0] in workflow.credentials
    keys = {key.replace("/", ".") for key in re.findall(r"-option=\d+,([^,]+),", text)}
    assert set() < keys <= read_nodes()["session"].keys()


def list_pieces(message: str) -> list[str]:
    """Return the fixed parts of a message that are long enough to know it by."""
    parts = (part.strip(" .") for part in re.split(r"…|\(…\)| / |: ", message))
    return [part for part in parts if len(part.split()) > 1]


@pytest.mark.parametrize("message", [message for message, _ in ROWS if message[0] != "("])
def test_messages_exist(message: str) -> None:
    """Each message of the table is one that our sources have."""
    assert {any(p in text for text in SAID) for p in list_pieces(message)} == {True}
