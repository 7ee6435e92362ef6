# SPDX-License-Identifier: MIT
"""What the table node keeps of each answer, and the columns that it appends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import knime.extension as knext

from openai_realtime.answer import read_answer
from openai_realtime.columns import ColumnType, load_columns, place_values
from openai_realtime.errors import RealtimeError, UnexpectedAnswerError
from openai_realtime.nodes.row_parameters import RAW, SECRET_AND_EXPIRY
from openai_realtime.nodes.tables import RAW_BODY, RAW_STATUS, find_type, make_array
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openai_realtime.answer import ClientSecret
    from openai_realtime.client.reply import Reply

ERROR: Final = "Error"
_VALUE: Final = "Client Secret"
_EXPIRY: Final = "Expires At"


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
        self._earliest: float | None = None
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
            return {RAW_BODY: reply.text, RAW_STATUS: reply.status}
        if not reply.is_success:
            from openai_realtime.client.classification import classify  # noqa: PLC0415 - httpcore

            raise classify(reply, self.source, self.name_setting)
        reply.require_readable()
        secret = _read(reply)
        if self._kind == SECRET_AND_EXPIRY:
            expiry = secret.expiry
            return {_VALUE: secret.value, _EXPIRY: expiry}
        return place_values(secret, self._columns)

    def append_to(self, data: Any, found: Sequence[dict[str, Any] | RealtimeError]) -> Any:  # noqa: ANN401 - pyarrow tables
        """Return the Arrow table `data` with the values of each row appended."""
        from openai_realtime.nodes import arrow  # noqa: PLC0415 - pyarrow is slow

        rows = [{} if isinstance(row, RealtimeError) else row for row in found]
        kinds = {column.name: column.type for column in self._columns}
        for name, unique, _ in self._appended:
            if name == ERROR:
                errors = [
                    redact(str(row)) if isinstance(row, RealtimeError) else None for row in found
                ]
                array = arrow.make_texts(errors)
            elif name == RAW_STATUS:
                array = arrow.make_integers([row.get(name) for row in rows])
            else:
                kind = kinds.get(name, ColumnType.STRING)
                array = make_array(kind, [row.get(name) for row in rows])
            data = data.append_column(unique, array)
        self._note_expiry(rows)
        return data

    def list_doubts(self, now: float) -> list[str]:
        """Return a warning if secrets have expired, or nearly, before the run was over."""
        if self._earliest is None or self._earliest > now + 1:
            return []
        when = datetime.fromtimestamp(self._earliest, UTC).strftime("%H:%M:%S UTC")
        what = f"The first secrets expired at {when}, before the last ones were there."
        return [f"{what} Set a longer lifetime, or create fewer at once."]

    def _note_expiry(self, rows: list[dict[str, Any]]) -> None:
        times = [row[_EXPIRY] for row in rows if row.get(_EXPIRY) is not None]
        if times:
            earliest = min(times).timestamp()
            self._earliest = min(earliest, self._earliest or earliest)


def _read(reply: Reply) -> ClientSecret:
    try:
        return read_answer(reply.text, status=reply.status)
    except UnexpectedAnswerError:
        # The id is for the message only, and takes as long to redact as the rest to read.
        return read_answer(reply.text, status=reply.status, request_id=reply.request_id)


def make_unique(name: str, taken: Sequence[str]) -> str:
    """Return `name`, or `name (#1)`, `name (#2)` and so on if that is taken, as KNIME does."""
    unique, number = name, 0
    while unique in taken:
        number += 1
        unique = f"{name} (#{number})"
    return unique
