# SPDX-License-Identifier: MIT
"""The benchmark runs and tells what it is to tell; how fast anything is, is no test's business."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING

import pytest

from realtime_dev.bench.__main__ import main
from realtime_dev.bench.plan import Ratio, Size

if TYPE_CHECKING:
    from collections.abc import Iterator

TINY = Size(rounds=1, warm=1, rows=4, many=4, memory=(2, 3, 4))


@pytest.fixture(scope="module")
def output() -> Iterator[str]:
    """Hand out what the smallest possible benchmark prints."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        pieces: list[str] = []
        monkeypatch.setattr(sys.stdout, "write", pieces.append)
        assert main([], TINY) == 0
        yield "".join(pieces)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
class TestOutput:
    """The table, and the line of JSON at its end."""

    def test_ends_with_a_line_of_json(self, output: str) -> None:
        """The last line is one JSON object with all ratios, each of them a positive number."""
        found = json.loads(output.splitlines()[-1])
        assert found["rounds"] == 1
        ratios = {k: v for k, v in found["ratios"].items() if "MiB" not in k}
        assert all(math.isfinite(value) and value > 0 for value in ratios.values())
        assert set(found["missed"]) <= set(found["ratios"])

    def test_has_a_line_for_each_ratio(self, output: str) -> None:
        """What the JSON has, the table has as well, the targets of the issue among it."""
        lines = output.splitlines()
        for name in json.loads(lines[-1])["ratios"]:
            assert any(line.startswith(name) for line in lines[:-1])
        for target in ("<= 0.35", "<= 1.3", "<= 0.5", "<= 1.25", "<= 1.08", ">= 2", "<= 64"):
            assert any(f" {target} " in line for line in lines)


@pytest.mark.parametrize(
    ("ratio", "met"),
    [
        (Ratio("a", 1.0, at_most=1.0), True),
        (Ratio("a", 1.1, at_most=1.0), False),
        (Ratio("a", 2.0, at_least=2.0), True),
        (Ratio("a", 1.9, at_least=2.0), False),
        (Ratio("a", 9.0), None),
    ],
)
def test_targets(ratio: Ratio, met: bool | None) -> None:  # noqa: FBT001 - an expectation
    """A target is met up to its very value, and nothing is said where there is none."""
    assert ratio.is_met is met
