# SPDX-License-Identifier: MIT
"""Tables, created from Arrow data by KNIME's rules."""
# ruff: noqa: ANN401 - pyarrow has no types

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realtime_dev.knime_standin.types import Column, KnimeType, Schema


class Table:
    """Arrow data, RowIDs first, and the KNIME type of each other column."""

    def __init__(self, data: Any, ktypes: list[KnimeType], *, is_input: bool = False) -> None:
        self.data = data
        self.ktypes = ktypes
        self._is_input = is_input

    @staticmethod
    def from_pyarrow(data: Any) -> Table:
        """Return the table of an Arrow table; see ``read_arrow``."""
        from realtime_dev.knime_standin.arrow_tables import read_arrow  # noqa: PLC0415 - slow

        return Table(*read_arrow(data))

    def to_pyarrow(self) -> Any:
        """Return an Arrow table; its first column is the RowIDs."""
        from realtime_dev.knime_standin.arrow_tables import to_node_arrow  # noqa: PLC0415 - slow

        return to_node_arrow(self.data, self.ktypes)

    def batches(self) -> Iterator[Table]:
        """Return the batches of an input table. Raises RuntimeError for other tables."""
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - no types; slow to import

        if not self._is_input:
            raise RuntimeError("only an input table has batches")
        parts = self.data.to_batches()
        return iter([Table(pa.Table.from_batches([part]), self.ktypes) for part in parts])

    @property
    def row_ids(self) -> list[str]:
        """The RowIDs."""
        return list(self.data.column(0).to_pylist())

    @property
    def schema(self) -> Schema:
        """Names and types of the columns."""
        return Schema([Column(k, n) for k, n in zip(self.ktypes, self.column_names, strict=True)])

    @property
    def num_rows(self) -> int:
        """The number of rows."""
        return int(self.data.num_rows)

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, without the RowIDs."""
        return list(self.data.schema.names[1:])


class BatchOutputTable:
    """A table created batch by batch; all have the same columns, all but the last the same size."""

    def __init__(self) -> None:
        self._parts: list[Table] = []

    @staticmethod
    def create(row_ids: str) -> BatchOutputTable:
        """Return an empty table. Raises NotImplementedError unless ``row_ids`` is "keep"."""
        if row_ids != "keep":
            raise NotImplementedError("the stand-in supports only row_ids='keep'")
        return BatchOutputTable()

    def append(self, batch: Any) -> None:
        """Add an Arrow table."""
        self._parts.append(Table.from_pyarrow(batch))

    def join(self) -> Table:
        """Return all batches as one table. Raises ValueError if they differ."""
        from realtime_dev.knime_standin.arrow_tables import join_batches  # noqa: PLC0415 - slow

        return Table(join_batches([part.data for part in self._parts]), self._parts[0].ktypes)
