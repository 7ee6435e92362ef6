# SPDX-License-Identifier: MIT
"""Writes tables as CSV, Parquet and JSON files."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

from realtime_dev.display import format_cell, is_missing, to_json
from realtime_dev.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

_ENDINGS = (".csv", ".parquet", ".json")
_JSON_TYPE = "JSON"
_PRIVATE_MODE, _DEFAULT_MODE = 0o600, 0o666


def check_file(path: Path) -> None:
    """Raise UsageError if no table can be written to `path`; writes nothing."""
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(f"--out {path}: the name must end with .csv, .parquet or .json.")
    folder = path.parent
    if not folder.is_dir():
        raise UsageError(f"--out {path}: the folder {folder} does not exist.")
    if path.is_dir():
        raise UsageError(f"--out {path}: this is a folder; give the name of a file.")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise UsageError(f"--out {path}: no permission to write there.")


def write_table(
    columns: Sequence[tuple[str, str]], frame: pd.DataFrame, path: Path, *, private: bool
) -> None:
    """Write `frame` in the format of the file's extension. Raises UsageError.

    `columns` are pairs of name and KNIME type. Only its owner can read a `private` file.
    """
    write = {".csv": _to_csv, ".parquet": _to_parquet, ".json": _to_json}
    data = write[path.suffix.lower()](columns, frame)
    mode = _PRIVATE_MODE if private else _DEFAULT_MODE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), mode)
        with os.fdopen(descriptor, "wb") as file:
            if private:
                # An existing file may be readable by others: restrict it before writing.
                path.chmod(_PRIVATE_MODE)
            file.truncate()
            file.write(data)
    except OSError as error:
        raise UsageError(f"--out {path}: cannot write the file: {error.strerror}.") from None


def _to_csv(columns: Sequence[tuple[str, str]], frame: pd.DataFrame) -> bytes:
    texts = frame.astype(object)
    for name, _ in columns:
        texts[name] = [None if is_missing(cell) else format_cell(cell) for cell in frame[name]]
    return texts.to_csv(index_label="RowID").encode()


def _to_json(columns: Sequence[tuple[str, str]], frame: pd.DataFrame) -> bytes:
    rows = [
        {name: None if is_missing(row[name]) else row[name] for name, _ in columns}
        for _, row in frame.astype(object).iterrows()
    ]
    return (json.dumps(rows, indent=2, ensure_ascii=False, default=to_json) + "\n").encode()


def _to_parquet(columns: Sequence[tuple[str, str]], frame: pd.DataFrame) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    import pyarrow.parquet as pq  # noqa: PLC0415 - the same

    arrays = {"RowID": pa.array([str(key) for key in frame.index], pa.string())}
    for name, kind in columns:
        cells = [None if is_missing(cell) else _to_arrow_value(cell, kind) for cell in frame[name]]
        array = pa.array(cells)
        # pyarrow cannot infer the type of a column with nothing but missing values.
        if pa.types.is_null(array.type):
            array = array.cast(_get_arrow_type(pa, kind))
        arrays[name] = array
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays), sink)
    return sink.getvalue()


def _to_arrow_value(cell: Any, kind: str) -> Any:  # noqa: ANN401 - any cell
    if kind == _JSON_TYPE:
        return json.dumps(cell, ensure_ascii=False, default=to_json)
    return cell.tolist() if hasattr(cell, "tolist") and kind.startswith("List") else cell


def _get_arrow_type(pa: Any, kind: str) -> Any:  # noqa: ANN401 - pyarrow ships no types
    if "Number" in kind and "List" not in kind:
        return pa.float64() if "Float" in kind else pa.int64()
    if kind.startswith("Zoned"):
        return pa.timestamp("us", tz="UTC")
    return pa.list_(pa.string()) if kind.startswith("List") else pa.string()
