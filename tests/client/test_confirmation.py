# SPDX-License-Identifier: MIT
"""How an answer is compared with its request; tests/faults has the servers that mix them up."""

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
