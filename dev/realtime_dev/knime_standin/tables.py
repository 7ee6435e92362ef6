# SPDX-License-Identifier: MIT
"""Tables: made from Arrow data by KNIME's rules, and read back as such."""
# ruff: noqa: ANN401 - pyarrow has no types

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_dev.knime_standin.types import Column, KnimeType, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator


class Table:
    """Arrow data, RowIDs first, and the KNIME type of each further column."""

    def __init__(self, data: Any, ktypes: list[KnimeType], *, is_input: bool = False) -> None:
        self.data = data
        self.ktypes = ktypes
        self._is_input = is_input

    @staticmethod
    def from_pyarrow(data: Any) -> Table:
        """Return a table of an Arrow table by the rules of ``read_arrow``."""
        from realtime_dev.knime_standin.arrow_tables import read_arrow  # noqa: PLC0415 - pyarrow is slow

        return Table(*read_arrow(data))

    def to_pyarrow(self) -> Any:
        """Return an Arrow table whose first column is the RowIDs."""
        from realtime_dev.knime_standin.arrow_tables import show_arrow  # noqa: PLC0415 - pyarrow is slow

        return show_arrow(self.data, self.ktypes)

    def batches(self) -> Iterator[Table]:
        """Return the parts of an input table. Raises RuntimeError for tables made by the node."""
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - it has no types and is slow

        if not self._is_input:
            raise RuntimeError("only a table that came into execute has batches")
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
        """How many rows there are."""
        return int(self.data.num_rows)

    @property
    def column_names(self) -> list[str]:
        """The names of the columns; the RowIDs are none."""
        return list(self.data.schema.names[1:])


class BatchOutputTable:
    """A table made batch by batch: same columns, and the same size but for the last one."""

    def __init__(self) -> None:
        self._parts: list[Table] = []

    @staticmethod
    def create(row_ids: str) -> BatchOutputTable:
        """Return an empty one. Raises NotImplementedError unless ``row_ids`` is "keep"."""
        if row_ids != "keep":
            raise NotImplementedError("the stand-in keeps RowIDs and makes none")
        return BatchOutputTable()

    def append(self, batch: Any) -> None:
        """Add an Arrow table."""
        self._parts.append(Table.from_pyarrow(batch))

    def join(self) -> Table:
        """Return all batches as one table. Raises ValueError if they do not fit."""
        from realtime_dev.knime_standin.arrow_tables import join_batches  # noqa: PLC0415 - slow

        return Table(join_batches([part.data for part in self._parts]), self._parts[0].ktypes)
