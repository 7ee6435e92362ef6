# SPDX-License-Identifier: MIT
"""The house rules that no linter knows."""

import ast
import re
import struct
from pathlib import Path

import pytest

from realtime_dev.host import Host

ROOT = Path(__file__).parents[2]
SPDX = "# SPDX-License-Identifier: MIT"
CODE = sorted(path for part in ("src", "dev", "examples") for path in (ROOT / part).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
STUBS = sorted((ROOT / "dev").rglob("*.pyi"))

LONGEST_FILE = 300
LONGEST_TEST_FILE = 500  # tables of cases read best in one piece
LONGEST_FUNCTION = 45  # forty, and some room for a table of cases
VAGUE = {"util", "utils", "helper", "helpers", "manager", "managers", "base", "common", "misc"}


def name(path: Path) -> str:
    """Return a path as it is called in the repository."""
    return path.relative_to(ROOT).as_posix()


def test_every_file_begins_with_its_license() -> None:
    """The first line, and only that one, is the SPDX line."""
    assert {"src/extension.py", "tests/house/test_files.py"} <= set(map(name, [*CODE, *TESTS]))
    wrong = []
    for path in [*CODE, *TESTS, *STUBS]:
        lines = path.read_text("utf-8").splitlines()
        if lines[:1] != [SPDX] or lines.count(SPDX) != 1:
            wrong.append(name(path))
    assert wrong == []


@pytest.mark.parametrize(
    ("paths", "limit"), [(CODE, LONGEST_FILE), (TESTS, LONGEST_TEST_FILE)], ids=["code", "tests"]
)
def test_files_are_short(paths: list[Path], limit: int) -> None:
    """Files keep the limit; one in twenty may be half as long again."""
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in paths}
    long = {path: length for path, length in lengths.items() if length > limit}
    assert len(long) <= len(lengths) / 20, long
    assert {path: length for path, length in long.items() if length > 1.5 * limit} == {}


def measure(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines the body of a function has, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_functions_are_short() -> None:
    """Functions have at most 45 lines."""
    found = {
        f"{name(path)}:{node.lineno} {node.name}": measure(node)
        for path in [*CODE, *TESTS]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert {place: length for place, length in found.items() if length > LONGEST_FUNCTION} == {}


def test_modules_have_telling_names() -> None:
    """No module or folder is called by a word that could mean anything."""
    parts = {(name(path), Path(part).stem) for path in CODE for part in Path(name(path)).parts}
    assert sorted(place for place, part in parts if VAGUE & set(part.split("_"))) == []


def test_tests_have_one_sentence() -> None:
    """Each test says in one sentence, on one line, what holds."""
    wrong = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if not re.fullmatch(r"[^\n]+\.", ast.get_docstring(node) or "")
    ]
    assert wrong == []


def test_icons_fit() -> None:
    """A node's icon is 48 pixels wide and high, the category's 16, in the colours of the README."""
    sources = {path.stem: path for path in (ROOT / "icons").glob("*.svg")}
    assert sources.keys() == {*Host().nodes, "category"}
    colours = set(re.findall(r"#\w{6}", (ROOT / "icons/README.md").read_text("utf-8")))
    for stem, path in sources.items():
        size = 16 if stem == "category" else 48
        text = path.read_text("utf-8")
        assert f'width="{size}" height="{size}"' in text
        assert struct.unpack(">II", path.with_suffix(".png").read_bytes()[16:24]) == (size, size)
        assert set(re.findall(r"#\w{6}", text)) == colours
