# SPDX-License-Identifier: MIT
"""The ledger of settings keys: what saved workflows depend on never changes."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from realtime_dev import ledger as book
from realtime_dev.host import Host
from realtime_dev.ledger import Ledger

FIRST = "1.0.0"
SAVED = Path(__file__).parents[1] / "data" / "settings" / f"{FIRST}.json"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Hand out the ledger as it is written."""
    return book.read_ledger()


@pytest.fixture(scope="module")
def nodes() -> Ledger:
    """Hand out what the ledger would say of the nodes as they are."""
    return book.read_nodes()


def flatten(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings by dotted key."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        nested = flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else None
        flat.update({prefix + key: value} if nested is None else nested)
    return flat


def test_no_key_has_changed(ledger: Ledger, nodes: Ledger) -> None:
    """Every key of the ledger is still there, with the same type, default and version."""
    assert book.find_problems(ledger, nodes) == [], (
        "Saved workflows hold these keys: leave them, and introduce another one. A key that was "
        "in no release yet may be taken out of docs/ledger.json by hand; then run `make ledger`."
    )


def test_every_key_is_in_the_ledger(ledger: Ledger, nodes: Ledger) -> None:
    """No setting of any node is missing in the ledger."""
    new = book.find_new(ledger, nodes)
    assert [f"{node}: {key}" for node in new for key in new[node]] == [], "Run `make ledger`."


def test_no_key_is_newer_than_the_extension(nodes: Ledger) -> None:
    """KNIME would ignore a key whose version is newer than that in knime.yml."""
    found = [
        f"{node}: {key}"
        for node, keys in nodes.items()
        for key, entry in keys.items()
        if entry["since"] == book.UNRELEASED
    ]
    assert found == [], "Correct x-since or since_version, or raise the version in knime.yml."


def test_versions_of_the_ledger_are_known(ledger: Ledger) -> None:
    """Each entry tells a version of the changelog, not newer than that in knime.yml."""
    known = book.list_versions()
    assert known[0] == FIRST
    assert known[-1] == Host().version
    assert {entry["since"] for keys in ledger.values() for entry in keys.values()} <= set(known)


def test_first_version_is_as_it_was(ledger: Ledger) -> None:
    """The ledger's keys of 1.0.0, and their defaults, are those of its saved workflow."""
    saved = json.loads(SAVED.read_text("utf-8"))["untouched"]
    told = {
        node: {
            key: entry["default"]
            for key, entry in keys.items()
            if entry["since"] == FIRST and "[]" not in key
        }
        for node, keys in ledger.items()
        if node in saved
    }
    assert told == {node: flatten(settings) for node, settings in saved.items()}, (
        "These keys were released with 1.0.0 and may never change: mend docs/ledger.json and the "
        "nodes, not tests/data/settings/1.0.0.json."
    )


def test_the_ledger_is_written_one_way(ledger: Ledger, tmp_path: Path) -> None:
    """The file is sorted and reads back the same, so that its history shows additions only."""
    book.write_ledger(ledger, tmp_path / "ledger.json")
    assert (tmp_path / "ledger.json").read_text("utf-8") == book.LEDGER.read_text("utf-8")
    assert book.read_ledger(tmp_path / "ledger.json") == ledger


@pytest.mark.parametrize(
    ("what", "value"), [("type", "integer"), ("default", "marin"), ("since", "1.1.0")]
)
def test_changes_are_seen(what: str, value: str, ledger: Ledger) -> None:
    """A key or node that is gone is named, and another type, default or version with a remedy."""
    changed = copy.deepcopy(ledger)
    changed["session"]["voice"][what] = value
    (problem,) = book.find_problems(ledger, changed)
    assert problem.startswith(f"session: voice: {what} changed from ")
    assert problem.endswith("add a new key instead.")
    del changed["session"]["voice"]
    assert [line[:14] for line in book.find_problems(ledger, changed)] == ["session: voice"]
    del changed["configuration"]
    assert len(book.find_problems(ledger, changed)) == 1 + len(ledger["configuration"])


def test_command_adds_and_never_changes(ledger: Ledger, tmp_path: Path) -> None:
    """`make ledger` adds what is missing, and writes nothing once a key has changed."""
    file = tmp_path / "ledger.json"
    start = copy.deepcopy(ledger)
    del start["session"]["voice"]
    book.write_ledger(start, file)
    assert book.main(file) == 0
    assert book.read_ledger(file) == ledger
    start["session"]["model"]["default"] = "gpt-realtime"
    book.write_ledger(start, file)
    assert book.main(file) == 1
    assert book.read_ledger(file) == start
