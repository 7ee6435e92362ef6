# SPDX-License-Identifier: MIT
"""Whether an answer belongs to its request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_realtime.client.attempts import Confirmation, find_differences
from openai_realtime.client.reply import Reply


def reply(secret: str, **body: Any) -> Reply:
    """Return a success with that secret, and members beside it."""
    return Reply(200, {}, json.dumps({"value": secret, **body}).encode())


@pytest.mark.parametrize(
    ("sent", "answered", "differences"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {}, [("a",)]),
        ({"a": None}, {"a": 1}, [("a",)]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("a", "c")]),
        ({"a": {"b": 1}}, {"a": None}, [("a",)]),
        ({"a": [1, {"b": 1}]}, {"a": [1, {"b": 2, "c": 3}]}, [("a", 1, "b")]),
        ({"a": [1]}, {"a": [1, 2]}, [("a",)]),
        ({"a": "x"}, {"a": ["x"]}, [("a",)]),
        (5, 6, [()]),
    ],
)
def test_finds_differences(sent: object, answered: object, differences: list[Any]) -> None:
    """What the answer lacks or changes is a difference; what it has besides is none."""
    assert list(find_differences(sent, answered)) == differences


ROW = {"session": {"model": "m", "instructions": "row 1"}}


@pytest.mark.parametrize(
    ("secret", "body", "is_confirmed"),
    [
        ("ek_000001", ROW, True),
        ("ek_000001", {"session": {**ROW["session"], "more": 1}}, True),
        ("ek_000001", {"session": {"model": "m", "instructions": "row 2"}}, False),
        ("ek_000001", {"session": {"model": "n", "instructions": "row 1"}}, False),
        ("ek_000000", ROW, False),
        ("", {}, False),
    ],
)
def test_on_a_used_connection(secret: str, body: dict[str, Any], *, is_confirmed: bool) -> None:
    """An answer counts if its secret is new and if it repeats the request."""
    confirmation = Confirmation()
    assert confirmation.confirm(reply("ek_000000", **ROW), ROW, is_fresh=True)
    assert confirmation.confirm(reply(secret, **body), ROW, is_fresh=False) is is_confirmed
    assert confirmation.repeated == 0
    # Only what was confirmed is remembered.
    assert confirmation.confirm(reply("ek_000001", **ROW), ROW, is_fresh=False) is not is_confirmed


def test_on_a_new_connection() -> None:
    """Every answer counts; a secret that another request has is counted."""
    confirmation = Confirmation()
    answers = [reply("ek_000000"), reply("ek_000000"), reply("ek_000001", **ROW), reply("")]
    assert all(confirmation.confirm(each, ROW, is_fresh=True) for each in answers)
    assert (confirmation.repeated, len(confirmation.created)) == (1, 2)


def test_learns_what_a_server_changes() -> None:
    """What an answer on a new connection changed is not compared from then on; all else is."""
    confirmation = Confirmation()
    first, same, other = (
        reply(f"ek_00000{number}", session={"model": "m-2026", "instructions": f"row {row}"})
        for number, row in enumerate((1, 1, 2))
    )
    assert confirmation.confirm(first, ROW, is_fresh=True)
    assert confirmation.confirm(same, ROW, is_fresh=False)
    assert not confirmation.confirm(other, ROW, is_fresh=False)
