# SPDX-License-Identifier: MIT
"""How the stand-in enters; tests/house proves that it imports nothing slow."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from realtime_dev import knime_standin

DEV = Path(knime_standin.__file__).parents[2]


def run_python(code: str, *path: Path) -> str:
    """Return what a fresh Python prints; ``path`` comes before our own folder."""
    lines = [f"import sys; sys.path[:0] = {[str(entry) for entry in (*path, DEV)]!r}", code]
    command = [sys.executable, "-W", "error", "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_stand_in_enters_once_when_there_is_no_knime() -> None:
    """Without KNIME, knime.extension is the stand-in, also when asked for twice."""
    found = importlib.util.find_spec("knime")
    if found is not None and found.origin is None and found.submodule_search_locations:
        pytest.skip("KNIME's own knime.extension is installed")
    code = """
from importlib.util import find_spec
from realtime_dev.knime_standin.install import find_backend, install
print(find_backend(), install(), install(), find_backend())
import knime.extension
from knime.extension import node
from realtime_dev import knime_standin
print(knime.extension.node is node is knime_standin.node, find_spec("knime").name)
print(find_spec("knime.extension").name, hasattr(knime.extension, "install"))
"""
    lines = run_python(code).splitlines()
    assert lines == ["None standin standin standin", "True knime", "knime.extension False"]


def test_real_api_is_left_alone(tmp_path: Path) -> None:
    """If KNIME is installed, the stand-in does not replace it."""
    (tmp_path / "knime" / "extension").mkdir(parents=True)
    (tmp_path / "knime" / "extension" / "__init__.py").write_text("REAL = True\n", "utf-8")
    code = """
from realtime_dev.knime_standin.install import install
print(install())
import knime.extension
print(knime.extension.REAL, install())
"""
    assert run_python(code, tmp_path).split() == ["real", "True", "real"]
