# SPDX-License-Identifier: MIT
"""The maps for newcomers name files and functions that exist."""

import ast
import re
from pathlib import Path

import pytest

import openai_realtime

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "src/openai_realtime"
LEAVES = {"__init__", "api", "errors", "redact"}
STEP = r"(?m)^\| \d+ \| `([^`]+)` \| (.+) \|$"


def list_steps() -> list[tuple[str, str]]:
    """Return file and text of each step in CONTRIBUTING's table."""
    found = re.findall(STEP, (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert len(found) > 5
    return found


def list_names(path: Path) -> set[str]:
    """Return the names of a module's functions and classes."""
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


def test_the_pipeline_names_all_files_of_the_core() -> None:
    """The picture in the package's docstring has each module once, and no other."""
    words = re.findall(r"->\s+((?:[\w/]+(?:, )?)+)", openai_realtime.__doc__ or "")
    named = [name for group in words for name in group.split(", ")]
    modules = {path.stem for path in PRODUCT.glob("*.py")} - LEAVES
    assert len(set(named)) == len(named)
    assert set(named) >= modules
    paths = [PRODUCT / name for name in named]
    assert [
        path for path in paths if not (path.is_dir() or path.with_suffix(".py").is_file())
    ] == []


@pytest.mark.parametrize(("file", "text"), list_steps(), ids=[file for file, _ in list_steps()])
def test_each_step_of_a_setting_is_true(file: str, text: str) -> None:
    """The functions that a step names are in its file."""
    path = PRODUCT / file
    assert path.is_file()
    if path.suffix == ".py":
        names = [
            name for name in re.findall(r"`(\w+)`", text) if name.islower() or name[0].isupper()
        ]
        assert names
        assert set(names) <= list_names(path)
