# SPDX-License-Identifier: MIT
"""What KNIME's Java side provides for tables: value types, files of cells, sinks of batches."""
# ruff: noqa: ANN401 - KNIME's API has no types

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
_JSON = "org.knime.core.data.json.JSONValueFactory"
_ZONED = ("long", "long", "int", "string")
_TIMESTAMP = "pandas._libs.tslibs.timestamps.Timestamp"

# Module and class in Python, class in Java, storage, Python type, the name that KNIME shows.
# The order matters: knext.logical returns the last of the two types for datetime.
_TYPES: list[tuple[str, str, str, str | tuple[str, ...], str, str]] = [
    *(
        (_BUILTIN, name, _TIME + name, storage, f"datetime.{python}", shown)
        for name, storage, python, shown in (
            ("LocalDateTimeValueFactory", ("long", "long"), "datetime", "Local Date Time"),
            ("ZonedDateTimeValueFactory2", _ZONED, "datetime", "Zoned Date Time"),
            ("LocalTimeValueFactory", "long", "time", "Local Time"),
            ("LocalDateValueFactory", "long", "date", "Local Date"),
        )
    ),
    (
        *("knime.types.json", "JsonValueFactory", _JSON),
        *(("string", "variable_width_binary"), "builtins.dict", "JSON"),
    ),
]


def register_types() -> None:
    """Register the types of dates, times and JSON that are installed and not registered yet."""
    types: Any = importlib.import_module("knime.api.types")
    known = types._java_value_factory_to_bundle  # noqa: SLF001 - KNIME has no public API for it
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
    # The list of time zones comes from Java, which is not running.
    warnings.filterwarnings("ignore", message="Could not load Java Timezones", category=UserWarning)


class CellFiles:
    """Provides the files of cells that KNIME stores outside of the table, such as JSON."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="knime_cells_")
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)

    def create_file_store(self) -> list[str]:
        """Return the key and the path of a new file."""
        path = str(Path(self._folder) / uuid.uuid4().hex)
        return [path, path]

    def file_store_key_to_absolute_path(self, key: str) -> str:
        """Return the path of a file."""
        return key


class MemorySink:
    """Collects the batches of a table, which Java would write to a file."""

    def __init__(self) -> None:
        self._parts: list[Any] = []

    def write(self, data: Any) -> None:
        """Add a batch."""
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - no types; slow to import

        is_batch = isinstance(data, pa.RecordBatch)
        self._parts.append(pa.Table.from_batches([data]) if is_batch else data)

    def close(self) -> None:
        """Do nothing: there is no file."""

    def join(self) -> Any:
        """Return all batches as one Arrow table. Raises ValueError if their columns differ."""
        from realtime_dev.knime_standin.arrow_tables import join_batches  # noqa: PLC0415 - slow

        return join_batches(self._parts)
