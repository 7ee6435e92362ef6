# SPDX-License-Identifier: MIT
"""Prints tables, with the client secrets masked, and the progress of a run."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import math
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from realtime_dev.usage import show_controls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

_UNMASKED_CHARACTERS = 3
_MIN_WIDTH = 40
_MAX_CHARACTERS, _MAX_ROWS = 2000, 20
_BAR = 30
_WHERE = "--out FILE writes everything"


def mask_secrets(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with each client secret cut to its first letters, in all cells of its row.

    Without secrets it is the same object.
    """
    known: list[set[str]] = [set() for _ in frame.index]
    for name in frame.columns:
        for found, cell in zip(known, frame[name], strict=True):
            found.update(_find_secrets(cell, is_secret=str(name).startswith("Client Secret")))
    for name in frame.columns:
        old = frame[name]
        cells = [_mask(cell, own) for cell, own in zip(old, known, strict=True)]
        if any(cell is not before for cell, before in zip(cells, old, strict=True)):
            frame = frame.assign(**{name: cells})
    return frame


def _find_secrets(value: object, *, is_secret: bool = False) -> Iterator[str]:
    """Yield the client secrets in a value, also in JSON as text."""
    if isinstance(value, str) and is_secret:
        yield value
    elif isinstance(value, str) and value.lstrip().startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            yield from _find_secrets(json.loads(value))
    elif isinstance(value, dict):
        for key in value.keys() & {"value", "client_secret", "session"}:
            yield from _find_secrets(value[key], is_secret=key == "value")


def print_table(columns: Sequence[tuple[str, str]], frame: pd.DataFrame) -> None:
    """Print a line of column, type and value for each cell.

    On a terminal only, values are wrapped, and long texts and tables are shortened.
    """
    width = max(len(name) for name, _ in columns)
    kinds = max(len(kind) for _, kind in columns)
    terminal = get_terminal_width()
    room = None if terminal is None else terminal - width - kinds - 4
    shown = frame if terminal is None else frame.head(_MAX_ROWS)
    for row_id, row in shown.iterrows():
        print(f"--- {row_id} ---")
        for name, kind in columns:
            text = format_cell(row[name])
            if room is not None and len(text) > _MAX_CHARACTERS:
                text = f"{text[:_MAX_CHARACTERS]}… ({len(text)} characters; {_WHERE})"
            parts = show_controls(text).split("\n")
            first, *others = [line for part in parts for line in wrap(part, room)]
            print(f"{name:<{width}}  {kind:<{kinds}}  {first}".rstrip())
            for line in others:
                print(f"{'':<{width}}  {'':<{kinds}}  {line}".rstrip())
    if len(shown) < len(frame):
        print(f"… and {len(frame) - len(shown)} more rows ({_WHERE})")
    if any(is_missing(cell) for name, _ in columns for cell in shown[name]):
        print("(? is a missing value.)")


def get_terminal_width() -> int | None:
    """Return the characters in a line of the terminal; None if the output is not a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def wrap(text: str, width: int | None, indent: str = "") -> list[str]:
    """Return the lines of a text, wrapped between words only, so that copied values stay whole."""
    if width is None:
        return [indent + text]
    return textwrap.wrap(
        text,
        max(width, _MIN_WIDTH),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def show_progress(done: float = 0.0, text: str | None = None) -> None:
    """Draw a progress bar on a terminal, over the one before; without a text, remove it."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        line = f"[{'#' * round(done * _BAR):<{_BAR}}] {text}" if text else ""
        print(f"\r{line[:width]:<{width}}\r", end="", file=sys.stderr, flush=True)


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
    return json.dumps(cell, ensure_ascii=False, default=to_json)


def to_json(value: Any) -> Any:  # noqa: ANN401 - json's default hook
    """Return an array, a numpy number or a date as a value that JSON can hold."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _mask(cell: Any, secrets: set[str]) -> Any:  # noqa: ANN401 - any cell
    is_json = isinstance(cell, dict | list)
    text = (
        json.dumps(cell, ensure_ascii=False) if is_json else cell if isinstance(cell, str) else ""
    )
    masked = text
    for secret in filter(None, secrets):
        masked = masked.replace(secret, f"{secret[:_UNMASKED_CHARACTERS]}…(masked)")
    if masked == text:
        return cell
    return json.loads(masked) if is_json else masked
