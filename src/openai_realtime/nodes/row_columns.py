# SPDX-License-Identifier: MIT
"""The columns whose values replace settings row by row: how to choose and read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import knime.extension as knext

from openai_realtime.columns import ColumnType
from openai_realtime.errors import SettingsError, fold
from openai_realtime.nodes.dialog import Parameters
from openai_realtime.nodes.tables import find_type
from openai_realtime.schema import load_schema

_TABLE_PORT: Final = 1
_CHUNK_SIZE: Final = 1024  # rows per read, because KNIME may pass a table in one piece
_ROW_ID: Final = "<RowID>"


def make_column_parameters() -> Parameters:
    """Return the parameters with which the columns are chosen."""
    return {
        f"{key}_column": knext.ColumnParameter(
            about["label"],
            about["description"],
            port_index=_TABLE_PORT,
            column_filter=partial(_fits, about["kinds"]),
            include_row_key=False,
            include_none_column=True,
            default_value=knext.ColumnParameter.NONE,
        )
        for key, about in load_schema("rows")["x-row-columns"].items()
    }


def _fits(kinds: list[str], column: knext.Column) -> bool:
    """Return whether a column has one of the types that `kinds` name."""
    types = {
        "text": [knext.string()],
        "whole numbers": [knext.int32(), knext.int64()],
        "numbers": [knext.double()],
        "JSON": [find_type(ColumnType.JSON)],
    }
    # KNIME has a special type for a column with repeated texts.
    plain = getattr(column.ktype, "plain_type", column.ktype)
    return any(plain in types[kind] for kind in kinds)


class RowColumns:
    """The columns that are chosen in the dialog of `node`, of a table with `schema`.

    `labels` maps each settings path (or `PATCH`) to the name of the column's values in errors.
    Raises SettingsError for a column that is missing or has a wrong type, and for a table that
    KNIME cannot pass to a Python node.
    """

    def __init__(self, node: object, schema: knext.Schema) -> None:
        self.labels: dict[str, str] = {}
        self._names: list[str] = []
        known = {column.name: column for column in schema}
        if _ROW_ID in known:
            problem = f"a column is called '{_ROW_ID}', a name that KNIME reserves. Rename it."
            raise SettingsError("Rows", problem)
        for key, about in load_schema("rows")["x-row-columns"].items():
            name = getattr(node, f"{key}_column")
            if name in (None, "", knext.ColumnParameter.NONE):
                continue
            label = self.labels[key] = f"{about['label']} '{fold(name, 60)}'"
            if name not in known:
                raise SettingsError(label, "the table has no such column. Choose another one.")
            if not _fits(about["kinds"], known[name]):
                kinds = " or ".join(about["kinds"])
                raise SettingsError(label, f"the column must contain {kinds}.")
            self._names.append(name)

    def list_values(self, data: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the values of each row of an Arrow table, by settings path."""
        from openai_realtime.nodes.arrow import list_values

        if not self._names:
            yield from ({} for _ in range(data.num_rows))
            return
        columns = [list_values(data.column(name), _CHUNK_SIZE) for name in self._names]
        for chunk in zip(*columns, strict=True):
            for row in zip(*chunk, strict=True):
                yield dict(zip(self.labels, row, strict=True))
