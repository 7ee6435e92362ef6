# SPDX-License-Identifier: MIT
"""What Java keeps for KNIME's tables: types of values, files of cells, sinks of batches."""
# ruff: noqa: ANN401 - KNIME's API has no types

from __future__ import annotations

import atexit
import importlib
import importlib.util
import json
import shutil
import tempfile
import uuid
import warnings
from pathlib import Path
from typing import Any

_BUILTIN = "knime.types.builtin"
_TIME = "org.knime.core.data.v2.time."
_ZONED_STORAGE = ("long", "long", "int", "string")
_TIMESTAMP = "pandas._libs.tslibs.timestamps.Timestamp"

# Module and class in Python, class in Java, how it is stored, the Python type, what KNIME shows.
# The order matters: of two types for datetime, the last one is what knext.logical gives.
_TYPES: list[tuple[str, str, str, str | tuple[str, ...], str, str]] = [
    (
        _BUILTIN,
        "LocalDateTimeValueFactory",
        _TIME + "LocalDateTimeValueFactory",
        ("long", "long"),
        "datetime.datetime",
        "Local Date Time",
    ),
    (
        _BUILTIN,
        "ZonedDateTimeValueFactory2",
        _TIME + "ZonedDateTimeValueFactory2",
        _ZONED_STORAGE,
        "datetime.datetime",
        "Zoned Date Time",
    ),
    (
        _BUILTIN,
        "DurationValueFactory",
        _TIME + "DurationValueFactory",
        ("long", "int"),
        "datetime.timedelta",
        "Duration",
    ),
    (
        _BUILTIN,
        "LocalTimeValueFactory",
        _TIME + "LocalTimeValueFactory",
        "long",
        "datetime.time",
        "Local Time",
    ),
    (
        _BUILTIN,
        "LocalDateValueFactory",
        _TIME + "LocalDateValueFactory",
        "long",
        "datetime.date",
        "Local Date",
    ),
    (
        "knime.types.json",
        "JsonValueFactory",
        "org.knime.core.data.json.JSONValueFactory",
        ("string", "variable_width_binary"),
        "builtins.dict",
        "JSON",
    ),
]


def register_types() -> None:
    """Register the types of dates, times and JSON that are installed and not registered yet."""
    types: Any = importlib.import_module("knime.api.types")
    known = types._java_value_factory_to_bundle  # noqa: SLF001 - there is no public way to ask
    for module, name, java, storage, python, shown in _TYPES:
        logical = json.dumps({"value_factory_class": java}, separators=(",", ":"))
        if logical in known or importlib.util.find_spec(module) is None:
            continue
        traits: dict[str, Any] = {"type": "simple", "traits": {"logical_type": logical}}
        spec: Any = storage
        if isinstance(storage, tuple):
            inner = [{"type": "simple", "traits": {}} for _ in storage]
            traits |= {"type": "struct", "inner": inner}
            spec = {"type": "struct", "inner_types": list(storage)}
        types.register_python_value_factory(
            module, name, shown, json.dumps(spec), json.dumps(traits), python
        )
    converters = types._from_pandas_column_converters  # noqa: SLF001 - as above
    for kind in (_TIMESTAMP, "pandas.core.dtypes.dtypes.DatetimeTZDtype"):
        converters.setdefault(kind, (_BUILTIN, "FromDTPandasColumnConverter"))
    # Java would tell which time zones it knows.
    warnings.filterwarnings("ignore", message="Could not load Java Timezones", category=UserWarning)


class CellFiles:
    """Gives a file to each cell that KNIME keeps outside of the table, as JSON."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="knime_cells_")
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)

    def create_file_store(self) -> list[str]:
        """Return key and path of a new file."""
        path = str(Path(self._folder) / uuid.uuid4().hex)
        return [path, path]

    def file_store_key_to_absolute_path(self, key: str) -> str:
        """Return the path of a file."""
        return key


class MemorySink:
    """Takes the batches of a table; Java would write them to a file."""

    def __init__(self) -> None:
        self._parts: list[Any] = []

    def write(self, data: Any) -> None:
        """Add a batch. Raises ValueError when its size or its columns do not fit the others."""
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - it has no types and is slow

        part = pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else data
        if self._parts:
            first, last = self._parts[0], self._parts[-1]
            if last.num_rows != first.num_rows or part.num_rows > first.num_rows:
                raise ValueError("all batches but the last have the same size")
            if part.schema.remove_metadata() != first.schema.remove_metadata():
                raise ValueError("all batches have the same columns")
        self._parts.append(part)

    def close(self) -> None:
        """Do nothing: there is no file."""

    def join(self) -> Any:
        """Return all batches as one Arrow table. Raises ValueError when there are none."""
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - it has no types and is slow

        if not self._parts:
            raise ValueError("a table needs at least one batch, be it an empty one")
        return pa.concat_tables(self._parts)
