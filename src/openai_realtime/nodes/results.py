# SPDX-License-Identifier: MIT
"""Replies -> the columns of a node's output table, for one session or many."""

from __future__ import annotations

import math
import threading
from contextlib import suppress
from itertools import chain, count
from typing import TYPE_CHECKING, Any, Final

import knime.extension as knext

from openai_realtime.columns import ColumnType, place_values, read_columns
from openai_realtime.errors import RealtimeError
from openai_realtime.form import load_form
from openai_realtime.nodes.tables import find_type
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from openai_realtime.client.pacing import Clock
    from openai_realtime.client.reply import Reply

SECRET_AND_EXPIRY: Final = "secret"  # noqa: S105 - the name of an option
STRUCTURED: Final = "structured"
RAW: Final = "raw"
"""The result formats, as in the nodes' schemas."""

ERROR: Final = "Error"
VALUE: Final = "Client Secret"
EXPIRY: Final = "Expires At"
BODY: Final = "body"
_STATUS: Final = "status"
_MAX_ARRAY_SIZE: Final = 2**31  # bytes; the limit of Arrow's offsets


class Results:
    """The columns of one result format, and their values from replies.

    `taken` are the names of columns that are in the table already; the same name gets KNIME's
    usual ` (#1)`. `with_errors` adds a column for the errors of rows. `explain` returns the error
    for an answer with an HTTP error status; it is set before the first answer comes.
    """

    explain: Callable[[Reply], RealtimeError]

    def __init__(
        self,
        result_format: str,
        schema: str,
        taken: Iterable[str] = (),
        *,
        with_errors: bool = False,
        clock: Clock | None = None,
    ) -> None:
        from openai_realtime.client import pacing

        self._format = result_format
        self._columns = read_columns(load_form(schema))
        self._clock = clock or pacing.Clock()
        self._first_end = math.inf
        self._lock = threading.Lock()
        self._pieces: list[list[Any]] = []
        # Of each column: the key of its value, its name in the table, its type.
        self._appended: list[tuple[str, str, ColumnType]] = []
        names = list(taken)
        for key, kind in self._list_values(with_errors=with_errors):
            names.append(make_unique(key, names))
            self._appended.append((key, names[-1], kind))

    def _list_values(self, *, with_errors: bool) -> list[tuple[str, ColumnType]]:
        if self._format == RAW:
            values = [(BODY, ColumnType.STRING), (_STATUS, ColumnType.INTEGER)]
        else:
            values = [
                (column.name, column.type)
                for column in self._columns
                if self._format == STRUCTURED or column.name in (VALUE, EXPIRY)
            ]
        return [*values, (ERROR, ColumnType.STRING)] if with_errors else values

    def describe(self, rows: Iterable[knext.Column] = ()) -> knext.Schema:
        """Return the schema of the output table: the columns of `rows`, then ours."""
        columns = [knext.Column(column.ktype, column.name) for column in rows]
        columns += [knext.Column(find_type(kind), name) for _, name, kind in self._appended]
        return knext.Schema.from_columns(columns)

    def digest(self, reply: Reply) -> dict[str, Any]:
        """Return the values of a row. Raises RealtimeError. Called in a worker's thread."""
        if self._format == RAW:
            if reply.is_success:
                with suppress(RealtimeError):
                    self._note_expiry(reply)
            return {BODY: reply.text, _STATUS: reply.status}
        if not reply.is_success:
            raise self.explain(reply)
        secret = reply.client_secret
        self._note_expiry(reply)
        if self._format == SECRET_AND_EXPIRY:
            return {VALUE: secret.value, EXPIRY: secret.expiry}
        return place_values(secret, self._columns)

    def add(self, rows: Sequence[dict[str, Any] | RealtimeError]) -> None:
        """Convert the values, or errors, of the next rows to Arrow arrays."""
        if rows:
            self._pieces.append(self._make_arrays(rows))

    def append_to(self, data: Any) -> Any:
        """Return the Arrow table `data` with the columns of its rows; forget these rows."""
        import pyarrow as pa

        # A table without rows needs columns of the right types too.
        pieces = self._pieces or [self._make_arrays([])]
        self._pieces = []
        for (_, name, _), *arrays in zip(self._appended, *pieces, strict=True):
            # In one chunk, because KNIME accepts only chunks of equal size. A text column that is
            # too large for one array stays in the chunks of `add`, which are equal but the last.
            is_small = sum(array.nbytes for array in arrays) < _MAX_ARRAY_SIZE
            joined = pa.concat_arrays(arrays) if is_small else pa.chunked_array(arrays)
            data = data.append_column(name, joined)
        return data

    def list_warnings(self) -> list[str]:
        """Return a warning if the first secrets have expired, or do so now."""
        late = self._clock.monotonic() - self._first_end
        if late < -1:
            return []
        what = f"expired {late:.0f} s before" if late >= 1 else "expired at the moment when"
        advice = "Set a longer lifetime, or create fewer at once."
        return [f"The first secrets {what} the last ones were created. {advice}"]

    def _make_arrays(self, rows: Sequence[dict[str, Any] | RealtimeError]) -> list[Any]:
        from openai_realtime.nodes.arrow import make_array

        values = [
            {ERROR: redact(str(row))} if isinstance(row, RealtimeError) else row for row in rows
        ]
        return [
            make_array(kind, [row.get(key) for row in values]) for key, _, kind in self._appended
        ]

    def _note_expiry(self, reply: Reply) -> None:
        """Remember when the first secret expires, by the server's clock if it sends a Date."""
        from openai_realtime.client.retry import parse_http_date

        expiry = reply.client_secret.expiry
        if expiry is None:
            return
        now = parse_http_date(reply.headers.get("date", ""))
        left = expiry.timestamp() - (self._clock.time() if now is None else now)
        with self._lock:
            self._first_end = min(self._first_end, self._clock.monotonic() + left)


def make_unique(name: str, taken: Sequence[str]) -> str:
    """Return `name`, or `name (#1)`, `name (#2)` and so on if it is taken, as KNIME does."""
    numbered = (f"{name} (#{number})" for number in count(1))
    return next(each for each in chain([name], numbered) if each not in taken)
