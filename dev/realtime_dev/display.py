# SPDX-License-Identifier: MIT
"""Prints tables on a terminal, with the client secret masked."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import math
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

_UNMASKED_CHARACTERS = 3
_MIN_VALUE_WIDTH = 40


def collect_secrets(frame: pd.DataFrame) -> set[str]:
    """Return the client secrets in a structured or a raw table."""
    found: set[str] = set()
    for name in frame.columns:
        for cell in frame[name]:
            if is_missing(cell):
                continue
            if name == "Client Secret":
                found.add(str(cell))
            elif isinstance(cell, str) and cell.lstrip().startswith("{"):
                with contextlib.suppress(ValueError, RecursionError):
                    _collect(json.loads(cell), found)
            else:
                _collect(cell, found)
    return found - {""}


def mask_frame(frame: pd.DataFrame, secrets: Iterable[str]) -> pd.DataFrame:
    """Return `frame` with each secret cut to its first letters, in every cell."""
    known = list(secrets)
    masked = frame.copy()
    for name in masked.columns:
        cells = [_mask(cell, known) for cell in masked[name]]
        if any(cell is not old for cell, old in zip(cells, masked[name], strict=True)):
            masked[name] = cells
    return masked


def print_table(columns: Sequence[tuple[str, str]], frame: pd.DataFrame) -> None:
    """Print a line of column, type and value for each cell; wrap values on a terminal only."""
    width = max(len(name) for name, _ in columns)
    kinds = max(len(kind) for _, kind in columns)
    terminal = get_terminal_width()
    room = None if terminal is None else max(terminal - width - kinds - 4, _MIN_VALUE_WIDTH)
    for row_id, row in frame.iterrows():
        print(f"--- {row_id} ---")
        for name, kind in columns:
            first, *others = _wrap(format_cell(row[name]), room)
            print(f"{name:<{width}}  {kind:<{kinds}}  {first}".rstrip())
            for line in others:
                print(f"{'':<{width}}  {'':<{kinds}}  {line}".rstrip())
    if any(is_missing(cell) for name, _ in columns for cell in frame[name]):
        print("(? is a missing value.)")


def get_terminal_width() -> int | None:
    """Return the characters in a line of the terminal; None if the output is not a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _wrap(text: str, room: int | None) -> list[str]:
    """Return the lines of a text, wrapped between words only, so that copied values stay whole."""
    lines = text.splitlines()
    if room is not None:
        lines = [
            part
            for line in lines
            for part in textwrap.wrap(line, room, break_long_words=False, break_on_hyphens=False)
            or [""]
        ]
    return lines or [""]


def is_missing(cell: object) -> bool:
    """Tell whether a cell holds KNIME's missing value."""
    if isinstance(cell, float):
        return math.isnan(cell)
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")


def format_cell(cell: object) -> str:
    """Return a cell as text; a missing value becomes a question mark, as in KNIME."""
    if is_missing(cell):
        return "?"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dt.datetime):
        return cell.isoformat()
    if isinstance(cell, float):
        return repr(float(cell))
    if isinstance(cell, (dict, list)) or hasattr(cell, "tolist"):
        return json.dumps(cell, ensure_ascii=False, default=to_json)
    return str(cell)


def to_json(value: Any) -> Any:  # noqa: ANN401 - json's default hook
    """Return an array, a numpy number or a date as a value that JSON can hold."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _collect(value: object, found: set[str]) -> None:
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        if name == "value" and isinstance(item, str):
            found.add(item)
        elif name in ("client_secret", "session"):
            _collect(item, found)


def _mask(cell: Any, secrets: list[str]) -> Any:  # noqa: ANN401 - any cell
    if isinstance(cell, str):
        for secret in secrets:
            if secret in cell:
                cell = cell.replace(secret, f"{secret[:_UNMASKED_CHARACTERS]}…(masked)")
        return cell
    if isinstance(cell, (dict, list)) and any(secret in json.dumps(cell) for secret in secrets):
        return json.loads(_mask(json.dumps(cell, ensure_ascii=False), secrets))
    return cell
