# SPDX-License-Identifier: MIT
"""Tables for people at a terminal, with the client secret masked."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import shutil
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

_SHOWN = 3


def find_secrets(frame: pd.DataFrame) -> set[str]:
    """Return the client secrets in a structured or a raw table."""
    found: set[str] = set()
    for name in frame.columns:
        for cell in frame[name]:
            if name == "Client Secret":
                found.add(str(cell))
            elif isinstance(cell, str) and cell.lstrip().startswith("{"):
                with contextlib.suppress(ValueError, RecursionError):
                    _collect(json.loads(cell), found)
            else:
                _collect(cell, found)
    return {secret for secret in found if secret not in ("", "None", "nan")}


def mask_frame(frame: pd.DataFrame, secrets: Iterable[str]) -> pd.DataFrame:
    """Return `frame` with each secret cut to its first letters, wherever it stands."""
    known = list(secrets)
    masked = frame.copy()
    for name in masked.columns:
        cells = [_mask(cell, known) for cell in masked[name]]
        if any(cell is not old for cell, old in zip(cells, masked[name], strict=True)):
            masked[name] = cells
    return masked


def print_table(columns: Sequence[tuple[str, str]], frame: pd.DataFrame) -> None:
    """Print each row as lines of column, type and value."""
    width = max(len(name) for name, _ in columns)
    kinds = max(len(kind) for _, kind in columns)
    room = max(shutil.get_terminal_size((120, 24)).columns - width - kinds - 6, 40)
    for row_id, row in frame.iterrows():
        print(f"--- {row_id} ---")
        for name, kind in columns:
            lines = textwrap.wrap(show_cell(row[name]), room) or ["?"]
            print(f"{name:<{width}}  {kind:<{kinds}}  {lines[0]}")
            for line in lines[1:]:
                print(f"{'':<{width}}  {'':<{kinds}}  {line}")


def print_listing(rows: Iterable[Any]) -> None:
    """Print dataclass instances as an aligned table, without their descriptions."""
    listed = [dataclasses.asdict(row) for row in rows]
    names = [name for name in listed[0] if name != "description"]
    cells = [names, *([str(row[name]) for name in names] for row in listed)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    for row in cells:
        padded = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        print("  ".join(padded).rstrip())


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame` as CSV, Parquet or JSON, told by the file's ending. Raises ValueError."""
    plain = frame.map(lambda cell: None if show_cell(cell) == "?" else cell)
    texts = plain.map(lambda cell: cell if cell is None else show_cell(cell))
    match path.suffix.lower():
        case ".csv":
            texts.to_csv(path, index_label="RowID")
        case ".parquet":
            texts.astype("string").to_parquet(path)
        case ".json":
            rows = json.loads(json.dumps(plain.to_dict("records"), default=_simplify))
            path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        case _:
            raise ValueError(f"{path}: the name must end with .csv, .parquet or .json.")


def show_cell(cell: object) -> str:
    """Return a cell as text; a missing value is a question mark, as in KNIME."""
    if cell is None or str(cell) in ("<NA>", "nan", "NaT"):
        return "?"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dt.datetime):
        return cell.isoformat()
    if isinstance(cell, float):
        return f"{cell:g}"
    if isinstance(cell, (dict, list)) or hasattr(cell, "tolist"):
        return json.dumps(cell, ensure_ascii=False, default=_simplify)
    return str(cell)


def _simplify(value: Any) -> Any:  # noqa: ANN401 - json's default hook
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
                cell = cell.replace(secret, f"{secret[:_SHOWN]}…(masked)")
        return cell
    if isinstance(cell, dict) and any(secret in json.dumps(cell) for secret in secrets):
        return json.loads(_mask(json.dumps(cell, ensure_ascii=False), secrets))
    return cell
