# SPDX-License-Identifier: MIT
"""The README's table of messages tells of messages that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TABLE = README.split("## Troubleshooting", 1)[1].split("\n## ", 1)[0]
ROWS = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE)[1:]

# All that our sources say, in pieces: an f-string falls apart at its values.
SAID = [
    node.value
    for path in (ROOT / "src").rglob("*.py")
    for node in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
]


def list_pieces(message: str) -> list[str]:
    """Return the fixed parts of a message that are long enough to know it by."""
    parts = (part.strip(" .") for part in re.split(r"…|\(…\)| / |: ", message))
    return [part for part in parts if len(part.split()) > 1]


assert sum(bool(list_pieces(message)) for message, _ in ROWS) > 15


@pytest.mark.parametrize("message", [message for message, _ in ROWS if message[0] != "("])
def test_messages_exist(message: str) -> None:
    """Each message of the table is one that our sources have."""
    missing = [p for p in list_pieces(message) if not any(p in text for text in SAID)]
    assert missing == []
