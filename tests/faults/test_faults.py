# SPDX-License-Identifier: MIT
"""The real nodes in front of servers that do everything wrong: see realtime_dev.faultsuite."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.faultsuite import GROUPS, Outcome, list_entries
from realtime_dev.faultsuite.__main__ import main
from realtime_dev.faultsuite.entry import answer

if TYPE_CHECKING:
    from realtime_dev.faultsuite import Result

NAMES = [entry.name for entry in list_entries()]

# In one process, because all look at the same run of the suite.
pytestmark = pytest.mark.xdist_group("suite")


@pytest.mark.parametrize("name", NAMES)
def test_fault(evidence: Any, name: str) -> None:
    """The node ends as expected, and a failure is one short line of ours."""
    result: Result = evidence.results[name]
    assert result.problem == "", result.text[:300]
    if result.failure is not None:
        assert type(result.failure) is NodeError
        assert result.text.isprintable()
        assert 0 < len(result.text) <= 300
        assert result.failure.__cause__ is None
        assert result.failure.__context__ is None
    for line in result.progress:
        assert line.isprintable()


def test_there_are_enough() -> None:
    """Every fault has a name of its own, and there are many of them."""
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []
    assert len(NAMES) >= 60
    assert {entry.expected for entry in list_entries()} == set(Outcome) - {Outcome.SETTINGS}


@pytest.mark.parametrize("group", GROUPS)
def test_groups_are_no_wishes(group: str) -> None:
    """Each kind of fault has several entries, and each entry expects something."""
    entries = GROUPS[group]()
    assert len(entries) > 5
    assert [entry.name for entry in entries if not entry.says] == []


def test_warnings_are_none(evidence: Any) -> None:
    """Nothing that any server sends makes Python warn."""
    assert [text for text in evidence.texts if text.startswith("warning: ")] == []


def test_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """`make faults` prints what it ran, what was expected, what came of it, and a sum."""
    assert main(["redirect without"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["fault", "expected", "got", "seconds"]
    assert lines[1].split()[:5] == ["redirect", "without", "a", "location", "RejectedError"]
    assert lines[-1].startswith("1 faults in ")


def test_command_finds_what_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that ends otherwise than expected makes the command fail, and is explained."""
    wrong = [
        answer("expects too much", Outcome.SUCCESS, "", b"HTTP/1.1 418 No\r\n\r\n"),
        answer("expects other words", Outcome.REJECTED, "tea", b"HTTP/1.1 418 No\r\n\r\n"),
        answer("expects silence", Outcome.REJECTED, "(418)", b"HTTP/1.1 418 No\r\n\r\n", asked=0),
        answer("expects haste", Outcome.REJECTED, "", b"HTTP/1.1 418 No\r\n\r\n", quick=-1.0),
    ]
    monkeypatch.setitem(GROUPS, "wrong", lambda: wrong)
    assert main(["wrong", "--failed", "--timed"]) == 1
    told = capsys.readouterr().out
    for problem in (
        "RejectedError instead of success",
        "'tea' is missing",
        "1 requests instead of 0",
        "took ",
    ):
        assert f"NOT AS EXPECTED: {problem}" in told
    assert main(["no such fault"]) == 1
