# SPDX-License-Identifier: MIT
"""What the table node keeps of each answer, and the columns that it appends."""

from __future__ import annotations

import math
import threading
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import knime.extension as knext

from openai_realtime.columns import ColumnType, load_columns, place_values
from openai_realtime.errors import RealtimeError
from openai_realtime.nodes.row_parameters import RAW, SECRET_AND_EXPIRY
from openai_realtime.nodes.tables import RAW_BODY, RAW_STATUS, find_type, make_array
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from openai_realtime.client.reply import Reply

ERROR: Final = "Error"
_VALUE: Final = "Client Secret"
_EXPIRY: Final = "Expires At"
_LARGEST: Final = 2**31


class Results:
    """The columns to append for one kind of result, and how their values are read.

    `taken` are the names that the table has already; a clash gets KNIME's usual ` (#1)`.
    `source` and `name_setting` are for the sentences about errors, as in `classify`.
    """

    def __init__(self, kind: str, taken: list[str], schema: str, *, with_errors: bool) -> None:
        self.source = "the credential"
        self.name_setting: Callable[[str], str] = lambda _: ""
        self._kind = kind
        self._with_errors = with_errors
        self._columns = load_columns(schema)
        self._pieces: list[list[Any]] = []
        self._first_end = math.inf
        self._lock = threading.Lock()
        wanted: list[tuple[str, Any]]
        if kind == RAW:
            wanted = [(RAW_BODY, knext.string()), (RAW_STATUS, knext.int32())]
        else:
            wanted = [
                (column.name, find_type(column.type))
                for column in self._columns
                if kind != SECRET_AND_EXPIRY or column.name in (_VALUE, _EXPIRY)
            ]
        if with_errors:
            wanted.append((ERROR, knext.string()))
        self._appended: list[tuple[str, str, Any]] = []
        names = list(taken)
        for name, ktype in wanted:
            unique = make_unique(name, names)
            names.append(unique)
            self._appended.append((name, unique, ktype))

    def describe(self, rows: knext.Schema) -> knext.Schema:
        """Return the schema of the rows with the columns appended."""
        columns = [knext.Column(column.ktype, column.name) for column in rows]
        columns += [knext.Column(ktype, unique) for _, unique, ktype in self._appended]
        return knext.Schema.from_columns(columns)

    def digest(self, reply: Reply) -> dict[str, Any]:
        """Return the values of a row. Raises our errors; called in a worker's thread."""
        if self._kind == RAW:
            self._note_raw(reply)
            return {RAW_BODY: reply.text, RAW_STATUS: reply.status}
        if not reply.is_success:
            from openai_realtime.client.failures import classify  # noqa: PLC0415 - slow

            raise classify(reply, self.source, self.name_setting)
        secret = reply.client_secret
        expiry = secret.expiry
        self._note_expiry(expiry, reply)
        if self._kind == SECRET_AND_EXPIRY:
            return {_VALUE: secret.value, _EXPIRY: expiry}
        return place_values(secret, self._columns)

    def add(self, found: Sequence[dict[str, Any] | RealtimeError]) -> None:
        """Take the next rows' values, or errors, and make cells of them."""
        if found:
            self._pieces.append(self._make_columns(found))

    def append_to(self, data: Any) -> Any:  # noqa: ANN401 - a pyarrow table
        """Return the Arrow table `data` with what was added for its rows; begin anew."""
        import pyarrow as pa  # noqa: PLC0415 - slow

        # Without rows there is nothing, but of the right types.
        pieces = self._pieces or [self._make_columns([])]
        self._pieces = []
        for index, (_, unique, _) in enumerate(self._appended):
            arrays = [each[index] for each in pieces]
            # In one piece, because KNIME takes parts of equal size only; pieces are, but for the
            # last one, and of more text than this Arrow makes no piece.
            is_small = sum(array.nbytes for array in arrays) < _LARGEST
            column = pa.concat_arrays(arrays) if is_small else pa.chunked_array(arrays)
            data = data.append_column(unique, column)
        return data

    def list_doubts(self, now: float) -> list[str]:
        """Return a warning if secrets have expired, or nearly, by `now` (of `time.monotonic`)."""
        late = now - self._first_end
        if late < -1:
            return []
        what = f"expired {late:.0f} s before" if late >= 1 else "expire just as"
        advice = "Set a longer lifetime, or create fewer at once."
        return [f"The first secrets {what} the last ones are there. {advice}"]

    def _make_columns(self, found: Sequence[dict[str, Any] | RealtimeError]) -> list[Any]:
        """Return the values of some rows as Arrow arrays, one for each column to append."""
        from openai_realtime.nodes import arrow  # noqa: PLC0415 - pyarrow is slow

        rows = [{} if isinstance(row, RealtimeError) else row for row in found]
        kinds = {column.name: column.type for column in self._columns}
        arrays: list[Any] = []
        for name, _, _ in self._appended:
            if name == ERROR:
                errors = [
                    redact(str(row)) if isinstance(row, RealtimeError) else None for row in found
                ]
                arrays.append(arrow.make_texts(errors))
            elif name == RAW_STATUS:
                arrays.append(arrow.make_integers([row.get(name) for row in rows]))
            else:
                kind = kinds.get(name, ColumnType.STRING)
                arrays.append(make_array(kind, [row.get(name) for row in rows]))
        return arrays

    def _note_raw(self, reply: Reply) -> None:
        if reply.is_success:
            with suppress(RealtimeError):
                self._note_expiry(reply.client_secret.expiry, reply)

    def _note_expiry(self, expiry: datetime | None, reply: Reply) -> None:
        """Remember when the first secret expires, by the server's clock if it tells the time."""
        if expiry is None:
            return
        there = _read_clock(reply.headers.get("date", ""))
        left = expiry.timestamp() - (time.time() if there is None else there)
        with self._lock:
            self._first_end = min(self._first_end, time.monotonic() + left)


@lru_cache(maxsize=8)
def _read_clock(date: str) -> float | None:
    """Return the time that a Date header tells, in seconds, or None."""
    from openai_realtime.client.retry import parse_http_date  # noqa: PLC0415 - slow

    return parse_http_date(date)


def make_unique(name: str, taken: Sequence[str]) -> str:
    """Return `name`, or `name (#1)`, `name (#2)` and so on if that is taken, as KNIME does."""
    unique, number = name, 0
    while unique in taken:
        number += 1
        unique = f"{name} (#{number})"
    return unique
