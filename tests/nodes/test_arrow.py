# SPDX-License-Identifier: MIT
"""Columns by way of their buffers are those that pyarrow's own conversion makes."""

import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings_strategy import COSTLY
from openai_realtime.columns import ColumnType
from openai_realtime.nodes import arrow

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
KINDS: list[tuple[ColumnType, Any, st.SearchStrategy[Any]]] = [
    (ColumnType.STRING, pa.string(), TEXTS),
    (ColumnType.STRINGS, pa.list_(pa.string()), st.lists(TEXTS)),
    (ColumnType.DOUBLE, pa.float64(), st.floats(allow_nan=False)),
    (ColumnType.INTEGER, pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    (ColumnType.DATETIME, pa.timestamp("us", tz="UTC"), TIMES),
]


@pytest.mark.parametrize(("column_type", "kind", "values"), KINDS, ids=lambda kind: str(kind)[:24])
@given(data=st.data())
@COSTLY
def test_equals_the_usual_way(
    column_type: ColumnType, kind: Any, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    """Whatever the values are and wherever some are missing, the column is the same."""
    column = data.draw(st.lists(st.none() | values, max_size=20))
    made = arrow.make_array(column_type, column)
    made.validate(full=True)
    assert made.equals(pa.array(column, kind))
    assert made.to_pylist() == column


def test_needs_no_pandas() -> None:
    """The usual way imports pandas, which takes longer than to mint a session."""
    code = (
        "import sys; from openai_realtime.nodes.arrow import make_array\n"
        "import pyarrow as pa\n"
        "columns = {'string': ['a', None], 'strings': [['a']], 'double': [1.0], 'integer': [1]}\n"
        "for kind in columns: pa.table([make_array(kind, columns[kind])], ['a']).num_rows\n"
        "sys.exit('pandas' in sys.modules)"
    )
    prepare = (
        "import sys; sys.path.insert(0, 'dev')\n"
        "from realtime_dev.knime_standin.install import install; install()\n"
    )
    subprocess.run([sys.executable, "-c", prepare + code], check=True, timeout=60)  # noqa: S603 - our own text


class Encoded:
    """A column of KNIME's own type, which loses its values when it is cut."""

    type = SimpleNamespace(extension_name="knime.struct_dict_encoded")

    def __len__(self) -> int:
        """Return how many values there are."""
        return 5000

    def to_pylist(self) -> list[str]:
        """Return all values."""
        return [f"row {number}" for number in range(5000)]


@pytest.mark.parametrize("column", [Encoded(), pa.array(Encoded().to_pylist())])
def test_values_are_read_by_the_piece(column: Any) -> None:
    """Long columns are read piece by piece, those that cannot be cut as a whole."""
    pieces = list(arrow.list_values(column, 1024))
    assert max(map(len, pieces)) == 1024
    assert [value for piece in pieces for value in piece] == Encoded().to_pylist()
