# SPDX-License-Identifier: MIT
"""Reads tables from CSV files; writes them as CSV, Parquet and JSON files, or as a page."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
from typing import TYPE_CHECKING, Any

from realtime_dev.display import format_cell, is_missing, to_json
from realtime_dev.usage import InputError, UsageError, read_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

PAGE = ".html"
_ENDINGS = (".csv", ".parquet", ".json", PAGE)
_ROW_ID = "RowID"
_WHOLE_NUMBER = "-?(0|[1-9][0-9]{0,17})"
_PRIVATE_MODE, _DEFAULT_MODE = 0o600, 0o666


def check_file(path: Path) -> None:
    """Raise UsageError if no table or page can be written to `path`; writes nothing."""
    folder = path.parent
    problems = {
        "the name must end with .csv, .parquet, .json or .html": path.suffix.lower()
        not in _ENDINGS,
        f"the folder {folder} does not exist": not folder.is_dir(),
        "this is a folder; give the name of a file": path.is_dir(),
        f"no permission to write in the folder {folder}": not os.access(folder, os.W_OK),
    }
    for problem in filter(problems.get, problems):
        raise UsageError(f"--out {path}: {problem}.")


def read_rows(path: Path) -> pd.DataFrame:
    """Return the table of a CSV file with a header; a column `RowID` becomes the index.

    Empty cells are missing values. A column is of texts, unless all of its cells are whole numbers
    without zeros in front. Raises InputError, or UsageError if the file cannot be read.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import

    header, *rows = [row for row in csv.reader(io.StringIO(read_file(path))) if row] or [[]]
    ids = [cell for row in rows for name, cell in zip(header, row, strict=False) if name == _ROW_ID]
    problems = {
        "it has no header": not header,
        "each row needs as many cells as the header": {*map(len, rows)} - {len(header)},
        "two columns have the same name": len({*header}) < len(header),
        "two rows have the same RowID": len({*ids}) < len(ids),
    }
    for problem in filter(problems.get, problems):
        raise InputError(f"--rows {path}: {problem}.")
    frame = pd.DataFrame(rows, columns=header, dtype="string").replace("", pd.NA)
    for name, cells in frame.items():
        if cells.notna().any() and cells.dropna().str.fullmatch(_WHOLE_NUMBER).all():
            frame[name] = cells.astype("Int64")
    return frame.set_index(_ROW_ID) if _ROW_ID in frame else frame


def encode_table(columns: Sequence[tuple[str, str]], frame: pd.DataFrame, ending: str) -> bytes:
    """Return `frame` in the format of a file with this `ending`, such as `.csv`.

    `columns` are pairs of name and KNIME type.
    """
    data: dict[str, list[Any]] = {_ROW_ID: [str(key) for key in frame.index]}
    for name, _ in columns:
        data[name] = [None if is_missing(cell) else cell for cell in frame[name].astype(object)]
    write = {".csv": _to_csv, ".parquet": _to_parquet, ".json": _to_json}
    return write[ending](data, {_ROW_ID: "String", **dict(columns)})


def write_file(path: Path, content: bytes, *, private: bool) -> None:
    """Write a file, which only its owner can read if it is `private`. Raises InputError.

    It is replaced when the new one is complete, so that it never contains half of the content.
    """
    path = path.resolve()  # of a link, the file that it leads to
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    mode = _PRIVATE_MODE if private else _DEFAULT_MODE
    try:
        with os.fdopen(os.open(beside, flags, mode), "wb") as file:
            file.write(content)
        if path.exists() and not private:
            beside.chmod(path.stat().st_mode)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"--out {path}: cannot write the file: {error.strerror}.") from None


def _to_csv(data: dict[str, list[Any]], _: dict[str, str]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(data)
    texts = [["" if c is None else format_cell(c) for c in cells] for cells in data.values()]
    writer.writerows(zip(*texts, strict=True))
    return file.getvalue().encode()


def _to_json(data: dict[str, list[Any]], _: dict[str, str]) -> bytes:
    rows = [dict(zip(data, cells, strict=True)) for cells in zip(*data.values(), strict=True)]
    return (json.dumps(rows, indent=2, ensure_ascii=False, default=to_json) + "\n").encode()


def _to_parquet(data: dict[str, list[Any]], kinds: dict[str, str]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    import pyarrow.parquet as pq  # noqa: PLC0415 - the same

    arrays = {}
    for name, cells in data.items():
        is_json = kinds[name] == "JSON"
        plain = [
            json.dumps(c, ensure_ascii=False) if is_json and c is not None else c for c in cells
        ]
        arrays[name] = pa.array(plain, _get_arrow_type(pa, kinds[name]))
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays), sink)
    return sink.getvalue()


def _get_arrow_type(pa: Any, kind: str) -> Any:  # noqa: ANN401 - pyarrow ships no types
    if "Number" in kind and "List" not in kind:
        return pa.float64() if "Float" in kind else pa.int64()
    if kind.startswith("Zoned"):
        return pa.timestamp("us", tz="UTC")
    return pa.list_(pa.string()) if kind.startswith("List") else pa.string()
