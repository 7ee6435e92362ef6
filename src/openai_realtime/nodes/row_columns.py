# SPDX-License-Identifier: MIT
"""The columns whose values replace settings row by row: how to choose and read them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import knime.extension as knext

from openai_realtime.errors import SettingsError, fold
from openai_realtime.nodes.tables import find_json_type
from openai_realtime.rows import PATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openai_realtime.nodes.dialog import Parameters

_TABLE_PORT: Final = 1
_CHUNK_SIZE: Final = 1024  # rows per read, because KNIME may pass a table in one piece
_ROW_ID: Final = "<RowID>"
_TEXT, _WHOLE, _NUMBER, _JSON = "text", "whole numbers", "numbers", "JSON"


class RowValue(NamedTuple):
    """The values of a column: their label, and two phrases.

    `kinds` are the types that the column may have, in words.
    """

    label: str
    what: str
    otherwise: str = "that of the dialog is used"
    kinds: tuple[str, ...] = (_TEXT,)

    def fits(self, column: knext.Column) -> bool:
        """Return whether a column has one of the right types."""
        types = {
            _TEXT: (knext.string(),),
            _WHOLE: (knext.int32(), knext.int64()),
            _NUMBER: (knext.double(),),
            _JSON: (find_json_type(),),
        }
        # KNIME has a special type for a column with repeated texts.
        plain = getattr(column.ktype, "plain_type", column.ktype)
        return any(plain == each for kind in self.kinds for each in types[kind] if each is not None)


_VALUES: Final = {
    "instructions": RowValue("Instructions", "the instructions", "those of the dialog are used"),
    "model": RowValue("Model", "the model"),
    "voice": RowValue("Voice", "the name of the voice"),
    "safety_identifier": RowValue(
        "Safety identifier", "the hashed id of the end user", kinds=(_TEXT, _WHOLE)
    ),
    "expires_after_seconds": RowValue(
        "Secret lifetime", "the secret's lifetime in **seconds**", kinds=(_WHOLE, _NUMBER)
    ),
    PATCH: RowValue(
        "Additional JSON",
        "a JSON object (a JSON cell or text) that is merged into the request of its row as the "
        "last step (RFC 7386; null is treated as in *Additional JSON*), such as "
        '`{"session": {"audio": {"output": {"speed": 1.2}}}}`',
        "nothing is merged",
        kinds=(_TEXT, _JSON),
    ),
}
"""By the key of the setting that the values replace."""


def make_column_parameters() -> Parameters:
    """Return the parameters with which the columns are chosen."""
    return {
        f"{key}_column": knext.ColumnParameter(
            f"{value.label} column",
            f"A column with {value.what}, row by row. Where a value is missing, or no column is "
            f"chosen, {value.otherwise}.",
            port_index=_TABLE_PORT,
            column_filter=partial(RowValue.fits, value),
            include_row_key=False,
            include_none_column=True,
            default_value=knext.ColumnParameter.NONE,
        )
        for key, value in _VALUES.items()
    }


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
        for key, value in _VALUES.items():
            name = getattr(node, f"{key}_column")
            if name in (None, "", knext.ColumnParameter.NONE):
                continue
            label = self.labels[key] = f"{value.label} column '{fold(name, 60)}'"
            if name not in known:
                raise SettingsError(label, "the table has no such column. Choose another one.")
            if not value.fits(known[name]):
                raise SettingsError(label, f"the column must contain {' or '.join(value.kinds)}.")
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
