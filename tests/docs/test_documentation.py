# SPDX-License-Identifier: MIT
"""docs/settings.md tells what the nodes have."""

import re
from pathlib import Path

import pytest

from realtime_dev import documentation
from realtime_dev.ledger import read_nodes


@pytest.fixture(scope="module")
def page() -> str:
    """Hand out the page as it should be."""
    return documentation.generate_page()


def test_page_is_up_to_date(page: str) -> None:
    """The page in the repository is the one that the nodes make."""
    assert not documentation.is_stale(page), documentation.STALE


def test_every_key_is_there(page: str) -> None:
    """No setting of any node is left out, those of lists' items included."""
    told = set(re.findall(r"`([^` ]+)`", page))
    missing = [
        f"{node}: {key}"
        for node, keys in read_nodes().items()
        for key in keys
        if key.rpartition("[].")[2] not in told
    ]
    assert missing == []


def test_every_setting_is_described(page: str) -> None:
    """Each heading of a setting is followed by a sentence, a key and a version, once each."""
    parts = page.split("\n#### ")[1:]
    assert len(parts) > 50
    for part in parts:
        assert re.match(r"[^\n]+\n\n[A-Z*][^\n]+\.\n\n- Key: `", part), part
        assert "``" not in part
        assert len(re.findall(r"^- Since \d+\.\d+\.\d+", part, re.MULTILINE)) == 1, part


def test_check_tells_of_a_stale_page(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command fails for a missing or a stale page, and writing one mends it."""
    file = tmp_path / "settings.md"
    assert documentation.main(["--check"], file) == 1
    assert "make docs" in capsys.readouterr().err
    assert documentation.main([], file) == 0
    assert documentation.main(["--check"], file) == 0
    file.write_text("old")
    assert documentation.main(["--check"], file) == 1
