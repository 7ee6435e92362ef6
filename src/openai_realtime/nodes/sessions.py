# SPDX-License-Identifier: MIT
"""The node *Create Realtime Sessions (Table)*."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import knime.extension as knext

from openai_realtime.errors import SettingsError
from openai_realtime.form import load_form
from openai_realtime.nodes.boundary import name_rows, open_engine, translate_errors, warn
from openai_realtime.nodes.controls import check_choice, check_number, make_choice
from openai_realtime.nodes.credentials import check_secrets, find_secrets
from openai_realtime.nodes.minting import MintingNode, minting_node
from openai_realtime.nodes.results import FORMATS, SECRET_AND_EXPIRY, Results
from openai_realtime.nodes.row_columns import RowColumns, make_column_group
from openai_realtime.rows import RowRequests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openai_realtime.client.engine import Engine
    from openai_realtime.composition import Composition
    from openai_realtime.errors import RealtimeError
    from openai_realtime.nodes.ports import ConfigurationPort, ConfigurationSpec
    from openai_realtime.request import SessionRequest

_FAIL, _CONTINUE = "fail", "continue"
_ON_ERROR = {_FAIL: "Stop", _CONTINUE: "Carry on"}

_RESULT_LABEL, _ON_ERROR_LABEL = "Append", "If a row fails"
_IN_FLIGHT = (1, 256)
_PROGRESS_INTERVAL = 0.25  # seconds


def _make_parameters() -> dict[str, Any]:
    """Return the parameters that the table node has beside the session's."""
    return {
        "result": make_choice(
            _RESULT_LABEL,
            "The columns that are appended. *Secret and expiry*: what most clients need. "
            "*Structured*: a column for each property of the session. *Raw*: the answer's `body` "
            "as it came, and its HTTP `status`; an error of the server is then a result like any "
            "other, for the workflow to branch on.",
            FORMATS,
            SECRET_AND_EXPIRY,
        ),
        "on_error": make_choice(
            _ON_ERROR_LABEL,
            "*Stop*: the node fails at the first row that fails, and all other requests are "
            "stopped. *Carry on*: the row has missing values and one line in the column *Error*. "
            "Where the server refuses the key, the account has no credit left, or the server asks "
            "to wait for longer than the configuration allows, the rows that are left get the same "
            "line and are not sent; with *Raw* each row is sent.",
            _ON_ERROR,
            _FAIL,
        ),
        **_make_speed(),
    }


def _make_speed() -> dict[str, Any]:
    per_minute_set = knext.BoolParameter(
        "Set requests per minute",
        "Whether the number of requests per minute is limited.",
        default_value=False,
        is_advanced=True,
    )
    return {
        "in_flight": knext.IntParameter(
            "Requests at a time",
            "How many requests are under way at most: 1 to 256. Where the server or this computer "
            "cannot keep up, the node sends fewer at a time by itself.",
            16,
            validator=check_number,
            min_value=_IN_FLIGHT[0],
            max_value=_IN_FLIGHT[1],
            is_advanced=True,
        ),
        "per_minute_set": per_minute_set,
        "per_minute": knext.IntParameter(
            "Requests per minute",
            "How many requests start in a minute at most, evenly spread. Where nodes run in "
            "parallel, give each its share. Left alone, the node goes as fast as the server lets "
            "it.",
            500,
            validator=check_number,
            min_value=1,
            is_advanced=True,
        ).rule(knext.OneOf(per_minute_set, [True]), knext.Effect.SHOW),
    }


@minting_node(
    "sessions",
    "Create Realtime Sessions (Table)",
    keywords=["voice", "batch", "parallel", "table"],
    rows="A session is created for each row.",
    output="The same rows in the same order, with columns appended.",
    own=_make_parameters(),
    groups={"columns": make_column_group()},
)
class CreateRealtimeSessions(MintingNode):
    """Mints a short-lived client secret for each row of a table, many at a time.

    The dialog is that of *Create Realtime Session*; its settings hold for all rows. Columns can
    take the place of single settings row by row: instructions, model, voice, safety identifier,
    lifetime, and a JSON object for everything else.

    Many requests are under way at once. When the server asks to wait, all of them wait, once,
    and the node learns how many the server takes. The order of the rows is kept.

    Treat the table as confidential until the secrets have expired.
    """

    schema = "session"
    result: str
    on_error: str
    in_flight: int
    per_minute_set: bool
    per_minute: int
    columns: object

    @translate_errors
    def configure(
        self,
        config_context: knext.ConfigurationContext,
        configuration: ConfigurationSpec,
        rows: knext.Schema,
    ) -> tuple[knext.Schema, ConfigurationSpec]:
        """Check all settings; return the schema of the table and the configuration."""
        composition = self.compose(config_context, configuration, check_secrets(config_context))
        columns = RowColumns(self.columns, rows)
        requests = self._make_requests(configuration, composition, columns)
        warn(config_context, [*composition.warnings, *requests.list_doubts()])
        self._check_speed()
        return self._make_results(rows).describe(rows), configuration

    @translate_errors
    def execute(
        self,
        exec_context: knext.ExecutionContext,
        configuration: ConfigurationPort,
        rows: knext.Table,
    ) -> tuple[knext.BatchOutputTable, ConfigurationPort]:
        """Mint a client secret for each row; return the rows with columns appended."""
        spec: ConfigurationSpec = configuration.spec
        composition = self.compose(exec_context, spec, find_secrets(exec_context))
        columns = RowColumns(self.columns, rows.schema)
        requests = self._make_requests(spec, composition, columns)
        results = self._make_results(rows.schema)
        authentication = self.authenticate(exec_context, spec, results)
        results.name_setting = columns.name_written(results.name_setting)
        output = knext.BatchOutputTable.create(row_ids="keep")
        progress = _Progress(exec_context, rows.num_rows)
        self._check_speed()
        with open_engine(
            exec_context,
            spec,
            authentication,
            results.digest,
            in_flight=max(1, min(self.in_flight, rows.num_rows)),
            per_minute=float(self.per_minute) if self.per_minute_set else None,
        ) as engine:
            for part in rows.batches() if rows.num_rows else [rows]:
                data = part.to_pyarrow()
                with name_rows(data.column(0)):
                    requested = _list_requests(requests, columns.list_values(data))
                    for found in engine.run(requested, data.num_rows, fail_fast=self._is_strict()):
                        results.add(found)
                        progress.show(engine)
                output.append(results.append_to(data))
        warnings = [
            *composition.warnings,
            *requests.list_doubts(),
            *results.list_warnings(),
            *_list_repeated(engine.attempts.confirmation.repeated),
        ]
        warn(exec_context, warnings)
        return output, configuration

    def _make_requests(
        self, spec: ConfigurationSpec, composition: Composition, columns: RowColumns
    ) -> RowRequests:
        minimal = spec.configuration.minimal
        return RowRequests(
            load_form(self.schema), composition.request, columns.labels, minimal=minimal
        )

    def _make_results(self, rows: knext.Schema) -> Results:
        chosen = check_choice(_RESULT_LABEL, self.result, FORMATS)
        with_errors = not self._is_strict()
        return Results(chosen, self.schema, rows.column_names, with_errors=with_errors)

    def _is_strict(self) -> bool:
        return check_choice(_ON_ERROR_LABEL, self.on_error, _ON_ERROR) == _FAIL

    def _check_speed(self) -> None:
        """Raise SettingsError for numbers out of range."""
        low, high = _IN_FLIGHT
        if not low <= self.in_flight <= high:
            raise SettingsError(
                "Requests at a time",
                f"{self.in_flight} is out of range. Enter a number from {low} to {high}.",
            )
        if self.per_minute_set and self.per_minute < 1:
            raise SettingsError(
                "Requests per minute", f"{self.per_minute} is below 1. Enter 1 or more."
            )


def _list_requests(
    requests: RowRequests, rows: Iterable[Mapping[str, Any]]
) -> Iterator[SessionRequest | RealtimeError]:
    """Yield the request of each row, or what is wrong with its values."""
    for values in rows:
        try:
            yield requests.make(values)
        except SettingsError as error:
            yield error


def _list_repeated(repeated: int) -> list[str]:
    """Return a warning if the server gave one secret to several rows."""
    if not repeated:
        return []
    rows = "One row has" if repeated == 1 else f"{repeated} rows have"
    return [f"{rows} the same client secret as another row: the server gave it out twice."]


class _Progress:
    """Shows how far a run is, at most a few times a second."""

    def __init__(self, ctx: knext.ExecutionContext, rows: int) -> None:
        self._ctx = ctx
        self._rows = max(rows, 1)
        self._start = self._shown = time.monotonic()

    def show(self, engine: Engine[Any]) -> None:
        """Show the progress of `engine`."""
        now = time.monotonic()
        if now - self._shown < _PROGRESS_INTERVAL:
            return
        self._shown = now
        done, failed = engine.done, engine.failed
        rate = done / max(now - self._start, 0.001)
        text = f"{done} of {self._rows} rows, {failed} errors, {rate:.0f} per second"
        pause = engine.pacer.pause_left
        if rate:
            text += f", {(self._rows - done) / rate + pause:.0f} s left"
        if pause:
            text += f"; waiting {math.ceil(pause)} s because the server says so"
        self._ctx.set_progress(min(done / self._rows, 1.0), text)
