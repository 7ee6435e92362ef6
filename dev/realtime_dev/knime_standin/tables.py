# SPDX-License-Identifier: MIT
"""Tables: made from pandas or pyarrow by KNIME's rules, read back as either."""
# ruff: noqa: ANN401 - values of settings and cells, and what belongs to the node, are of any type

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_dev.knime_standin.types import Column, KnimeType, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types

ROW_ID = "<RowID>"


class Table:
    """A table with a RowID per row and a KNIME type per column.

    RowIDs (``row_ids``): "auto" takes them from a pandas index or a first column ``<RowID>``
    (numbers become Row0, Row1, ...) and makes them up otherwise, "generate" always makes them
    up, "keep" takes index or first column as they are.
    """

    def __init__(self) -> None:
        raise TypeError("a table is made by Table.from_pandas or Table.from_pyarrow")

    @staticmethod
    def from_pandas(data: pd.DataFrame, sentinel: Any = None, row_ids: str = "auto") -> Table:
        """Return a table of a DataFrame; types follow the dtypes, else the values.

        Raises ValueError for other things than a DataFrame, for types that KNIME has no column
        for, and for columns of mixed types.
        """
        from realtime_dev.knime_standin.frames import read_frame  # noqa: PLC0415 - pandas is slow

        _refuse_sentinel(sentinel)
        return read_frame(data, row_ids, 0)

    @staticmethod
    def from_pyarrow(data: pa.Table, sentinel: Any = None, row_ids: str = "auto") -> Table:
        """Return a table of an Arrow table; types are those of the Arrow schema.

        Raises ValueError for types that KNIME has no column for (large_string among them).
        """
        from realtime_dev.knime_standin.arrows import read_arrow  # noqa: PLC0415 - pyarrow is slow

        _refuse_sentinel(sentinel)
        return read_arrow(data, row_ids, 0)

    def to_pandas(self) -> pd.DataFrame:
        """Return a DataFrame; its index is the RowIDs, logical types keep a dtype of their own."""
        raise NotImplementedError

    def to_pyarrow(self) -> pa.Table:
        """Return an Arrow table whose first column is the RowIDs."""
        raise NotImplementedError

    def batches(self) -> Iterator[Table]:
        """Return the parts of an input table. Raises RuntimeError for tables made by the node."""
        raise RuntimeError("only a table that came into execute has batches")

    @property
    def schema(self) -> Schema:
        """Names and types of the columns."""
        raise NotImplementedError

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def num_columns(self) -> int:
        """How many columns there are; the RowIDs are none."""
        return self.schema.num_columns

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
        return self.schema.column_names


class ArrowTable(Table):
    """A table in memory: Arrow data, RowIDs first, and the KNIME type of each further column."""

    def __init__(self, data: pa.Table, ktypes: list[KnimeType], *, is_input: bool = False) -> None:
        self.data = data
        self.ktypes = ktypes
        self._is_input = is_input

    def to_pandas(self) -> pd.DataFrame:
        """Return a DataFrame; its index is the RowIDs, logical types keep a dtype of their own."""
        from realtime_dev.knime_standin.frames import write_frame  # noqa: PLC0415 - pandas is slow

        return write_frame(self)

    def to_pyarrow(self) -> pa.Table:
        """Return an Arrow table whose first column is the RowIDs."""
        from realtime_dev.knime_standin.arrows import show_table  # noqa: PLC0415 - pyarrow is slow

        return show_table(self.data, self.ktypes)

    def batches(self) -> Iterator[Table]:
        """Return the parts of an input table. Raises RuntimeError for tables made by the node."""
        if not self._is_input:
            return super().batches()
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - it has no types and is slow

        parts = self.data.to_batches()
        return iter([ArrowTable(pa.Table.from_batches([part]), self.ktypes) for part in parts])

    @property
    def row_ids(self) -> list[str]:
        """The RowIDs."""
        return list(self.data.column(0).to_pylist())

    @property
    def schema(self) -> Schema:
        """Names and types of the columns."""
        names = self.data.schema.names[1:]
        return Schema.from_columns(Column(k, n) for k, n in zip(self.ktypes, names, strict=True))

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return int(self.data.num_rows)


class BatchOutputTable:
    """A table made batch by batch: same columns, and the same size but for the last one."""

    def __init__(self) -> None:
        raise RuntimeError("it is made by BatchOutputTable.create or from_batches")

    @staticmethod
    def create(row_ids: str = "keep") -> BatchOutputTable:
        """Return an empty one. ``row_ids`` is "keep" or "generate", else ValueError."""
        if row_ids not in ("keep", "generate"):
            raise ValueError(f"row_ids is keep or generate, not {row_ids!r}")
        return _Batches(row_ids)

    @staticmethod
    def from_batches(generator: Iterable[Any], row_ids: str = "generate") -> BatchOutputTable:
        """Return one with all the batches."""
        table = BatchOutputTable.create(row_ids)
        for batch in generator:
            table.append(batch)
        return table

    def append(self, batch: Any) -> None:
        """Add a Table, DataFrame, Arrow table or record batch."""
        raise NotImplementedError

    @property
    def num_batches(self) -> int:
        """How many batches were added."""
        raise NotImplementedError


class _Batches(BatchOutputTable):
    def __init__(self, row_ids: str) -> None:
        self._row_ids = row_ids
        self._parts: list[ArrowTable] = []

    def append(self, batch: Any) -> None:
        """Add a batch. Raises ValueError when size or columns do not fit, else TypeError."""
        from realtime_dev.knime_standin import frames  # noqa: PLC0415 - pandas is slow

        first = sum(part.num_rows for part in self._parts)
        part = frames.read_batch(batch, self._row_ids, first)
        if self._parts:
            self._check_fit(part)
        self._parts.append(part)

    def _check_fit(self, part: ArrowTable) -> None:
        head, last = self._parts[0], self._parts[-1]
        if last.num_rows != head.num_rows or part.num_rows > head.num_rows:
            raise ValueError("all batches but the last have the same size, the last is no larger")
        if part.data.schema.remove_metadata() != head.data.schema.remove_metadata():
            raise ValueError("all batches have the same columns")

    @property
    def num_batches(self) -> int:
        """How many batches were added."""
        return len(self._parts)

    def join(self) -> ArrowTable:
        """Return all batches as one table. Raises ValueError when there are none."""
        import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - it has no types and is slow

        if not self._parts:
            raise ValueError("a table needs at least one batch, be it an empty one")
        return ArrowTable(pa.concat_tables([p.data for p in self._parts]), self._parts[0].ktypes)


def read_output(output: object) -> ArrowTable | None:
    """Return the table that a node gave out, or None when it is none."""
    if isinstance(output, _Batches):
        return output.join()
    return output if isinstance(output, ArrowTable) else None


def _refuse_sentinel(sentinel: object) -> None:
    if sentinel is not None:
        raise NotImplementedError("the stand-in knows no sentinels: use missing values")
