# SPDX-License-Identifier: MIT
"""The node *Create Realtime Sessions (Table)*."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import knime.extension as knext

from openai_realtime.errors import CanceledError, SettingsError
from openai_realtime.form import load_form
from openai_realtime.nodes.boundary import name_rows, translate_errors, warn
from openai_realtime.nodes.credentials import check_secrets, find_secrets
from openai_realtime.nodes.dialog import read_settings, read_values
from openai_realtime.nodes.minting import MintingNode, minting_node, read_flags
from openai_realtime.nodes.results import Results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openai_realtime.client.engine import Engine
    from openai_realtime.fields import FindSecret
    from openai_realtime.nodes.ports import ConfigurationPort, ConfigurationSpec
    from openai_realtime.nodes.row_columns import RowColumns
    from openai_realtime.rows import RowRequests

_PROGRESS_INTERVAL = 0.25  # seconds
_POLL_INTERVAL = 1024  # rows


@minting_node(
    "sessions",
    "Create Realtime Sessions (Table)",
    keywords=["voice", "batch", "parallel", "table"],
    rows="A session is created for each row.",
    output="The same rows in the same order, with columns appended.",
)
class CreateRealtimeSessions(MintingNode):
    """Creates a short-lived client secret for each row of a table, many at a time.

    The dialog is that of *Create Realtime Session*; its settings apply to all rows. Columns can
    replace single settings row by row: instructions, model, voice, safety identifier, lifetime,
    and a JSON object for everything else.

    Many requests are sent at the same time. When the server asks to wait, all of them wait, and
    the node finds out how many requests the server accepts. The order of the rows is kept. The
    node does not stream. If several of them run at the same time, in parallel chunks or on several
    executors, divide *Requests at a time* and *Requests per minute* between them.

    A value of *Additional JSON column* can change everything in the request of its row: do not let
    the callers of a service fill it. Treat the table as confidential until the secrets expire.
    """

    schema = "session"

    @translate_errors
    def configure(
        self, ctx: knext.ConfigurationContext, configuration: ConfigurationSpec, rows: knext.Schema
    ) -> tuple[knext.Schema, ConfigurationSpec]:
        """Check all settings; return the schema of the table and the configuration."""
        _, requests, results, warnings = self._prepare(ctx, configuration, rows, check_secrets(ctx))
        warn(ctx, [*warnings, *requests.list_warnings()])
        return results.describe(rows), configuration

    @translate_errors
    def execute(
        self, ctx: knext.ExecutionContext, configuration: ConfigurationPort, rows: knext.Table
    ) -> tuple[knext.BatchOutputTable, ConfigurationPort]:
        """Create a client secret for each row; return the rows with columns appended."""
        from openai_realtime.client.engine import Engine

        spec: ConfigurationSpec = configuration.spec
        columns, requests, results, warnings = self._prepare(
            ctx, spec, rows.schema, find_secrets(ctx)
        )
        secret_headers = self.authenticate(ctx, spec, results, requests.list_written)
        values = read_values(self, "rows")
        fail_fast = values["on_error"] == "fail"
        if fail_fast and columns.labels and rows.num_rows:
            _check_rows(ctx, rows, columns, requests)
        output = knext.BatchOutputTable.create(row_ids="keep")
        progress = _Progress(ctx, rows.num_rows)
        with Engine(
            spec.configuration,
            secret_headers,
            results.digest,
            in_flight=max(1, min(values["in_flight"], rows.num_rows)),
            per_minute=values.get("per_minute"),
            is_canceled=ctx.is_canceled,
        ) as engine:
            for part in rows.batches() if rows.num_rows else [rows]:
                data = part.to_pyarrow()
                with name_rows(data.column(0)):
                    requested = _apply(requests.build, columns.list_values(data))
                    for found in engine.run(requested, data.num_rows, fail_fast=fail_fast):
                        results.add(found)
                        progress.show(engine)
                output.append(results.append_to(data))
        warnings += [*requests.list_warnings(), *results.list_warnings()]
        warn(ctx, [*warnings, *_list_repeated(engine.attempts.confirmation.repeated)])
        return output, configuration

    def _prepare(
        self,
        ctx: knext.ConfigurationContext,
        spec: ConfigurationSpec,
        schema: knext.Schema,
        find_secret: FindSecret,
    ) -> tuple[RowColumns, RowRequests, Results, list[str]]:
        """Check all settings; return what a run needs, and warnings about the settings."""
        from openai_realtime.nodes.row_columns import RowColumns
        from openai_realtime.rows import RowRequests

        request, warnings = self.compose(ctx, spec, find_secret)
        columns = RowColumns(self, schema)
        flags = read_flags(spec.configuration)
        form = load_form(self.schema)
        requests = RowRequests(form, request, columns.labels, read_settings(self, form), **flags)
        values = read_values(self, "rows")
        with_errors = values["on_error"] == "continue"
        taken = schema.column_names
        results = Results(values["result_format"], self.schema, taken, with_errors=with_errors)
        return columns, requests, results, warnings


def _check_rows(
    ctx: knext.ExecutionContext, rows: knext.Table, columns: RowColumns, requests: RowRequests
) -> None:
    """Raise SettingsError for the first row with a value that cannot be sent."""
    ctx.set_progress(0.0, "Checking the values of all rows")
    for part in rows.batches():
        data = part.to_pyarrow()
        with name_rows(data.column(0)):
            for row, error in enumerate(_apply(requests.check, columns.list_values(data))):
                if row % _POLL_INTERVAL == 0 and ctx.is_canceled():
                    raise CanceledError
                if error is not None:
                    error.row = row
                    raise error


def _apply(method: Callable[[Any], Any], rows: Iterable[Any]) -> Iterator[Any]:
    """Yield what `method` returns for the values of each row, or the error in them."""
    for values in rows:
        try:
            yield method(values)
        except SettingsError as error:
            yield error


def _list_repeated(repeated: int) -> list[str]:
    """Return a warning if several rows have the same secret."""
    if not repeated:
        return []
    rows = "One row has" if repeated == 1 else f"{repeated} rows have"
    return [f"{rows} the same client secret as another row: the server returned it twice."]


class _Progress:
    """Shows the progress of a run, a few times a second."""

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
