# SPDX-License-Identifier: MIT
"""The node *Create Realtime Sessions (Table)*."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import knime.extension as knext

from openai_realtime.errors import SettingsError
from openai_realtime.nodes.boundary import translate_errors, warn
from openai_realtime.nodes.category import CATEGORY
from openai_realtime.nodes.credentials import (
    authenticate,
    check_credential,
    check_secrets,
    find_secrets,
)
from openai_realtime.nodes.minting import FormNode, show_form
from openai_realtime.nodes.ports import CONFIGURATION_PORT, ConfigurationPort, ConfigurationSpec
from openai_realtime.nodes.results import Results
from openai_realtime.nodes.row_parameters import (
    CONTINUE,
    FAIL,
    RAW,
    SECRET_AND_EXPIRY,
    STRUCTURED,
    check_choice,
    label_columns,
    make_row_groups,
    make_row_parameters,
    name_written,
    read_columns,
    read_speed,
)
from openai_realtime.rows import RowRequests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_realtime.client.engine import Engine
    from openai_realtime.errors import RealtimeError
    from openai_realtime.request import Composition, SessionRequest

SCHEMA = "session"
# So many rows are kept as Python's values at a time: KNIME may hand over a table in one part.
_PIECE = 1024


@knext.node(
    name="Create Realtime Sessions (Table)",
    node_type=knext.NodeType.MANIPULATOR,
    icon_path="icons/sessions.png",
    category=CATEGORY,
    id="sessions",
    keywords=["OpenAI", "Realtime", "voice", "client secret", "batch", "parallel", "table"],
)
@knext.input_port(
    name="Configuration data",
    description="Where the API is and which credential opens it, from *OpenAI Realtime "
    "Configuration* or passed on by another node of this extension.",
    port_type=CONFIGURATION_PORT,
)
@knext.input_table(name="Rows", description="A session is created for each row.")
@knext.output_table(
    name="Sessions", description="The same rows in the same order, with columns appended."
)
@knext.output_port(
    name="Configuration data",
    description="The configuration, unchanged, so that nodes can be chained.",
    port_type=CONFIGURATION_PORT,
)
@show_form(SCHEMA, make_row_parameters(), make_row_groups())
class CreateRealtimeSessions(FormNode):
    """Mints a short-lived client secret for each row of a table, many at a time.

    The dialog is that of *Create Realtime Session*; its settings hold for all rows. Columns can
    take the place of single settings row by row: instructions, model, voice, safety identifier,
    lifetime, and a JSON object for everything else.

    Many requests are under way at once. When the server asks to wait, all of them wait, once,
    and the node learns how many the server takes. The order of the rows is kept.

    Treat the table as confidential until the secrets have expired.
    """

    schema = SCHEMA

    @translate_errors
    def configure(
        self,
        config_context: knext.ConfigurationContext,
        configuration: ConfigurationSpec,
        rows: knext.Schema,
    ) -> tuple[knext.Schema, ConfigurationSpec]:
        """Check all settings; return the schema of the table and the configuration."""
        check_credential(config_context, configuration)
        composition = self.compose(configuration, check_secrets(config_context))
        requests = self._make_requests(configuration, composition, read_columns(self, rows))
        warn(config_context, [*composition.warnings, *requests.list_doubts()])
        read_speed(self)
        return self._make_results(rows.column_names).describe(rows), configuration

    @translate_errors
    def execute(
        self,
        exec_context: knext.ExecutionContext,
        configuration: ConfigurationPort,
        rows: knext.Table,
    ) -> tuple[knext.BatchOutputTable, ConfigurationPort]:
        """Mint a client secret for each row; return the rows with columns appended."""
        # Imported here, because listing the nodes must not pay for httpx.
        from openai_realtime.nodes.connection import name_rows, open_engine  # noqa: PLC0415

        spec: ConfigurationSpec = configuration.spec
        check_credential(exec_context, spec)
        composition = self.compose(spec, find_secrets(exec_context))
        columns = read_columns(self, rows.schema)
        requests = self._make_requests(spec, composition, columns)
        results = self._make_results(rows.column_names)
        authentication = authenticate(exec_context, spec)
        results.source = authentication.source
        results.name_setting = name_written(self.name_settings(spec), columns)
        output = knext.BatchOutputTable.create(row_ids="keep")
        watch = _Watch(exec_context, rows.num_rows)
        in_flight, per_minute = read_speed(self)
        in_flight = max(1, min(in_flight, rows.num_rows))
        with open_engine(
            exec_context,
            spec,
            authentication,
            results.digest,
            in_flight=in_flight,
            per_minute=per_minute,
        ) as engine:
            for part in rows.batches() if rows.num_rows else [rows]:
                data = part.to_pyarrow()
                with name_rows(data.column(0)):
                    requested = _list_requests(requests, data, columns)
                    for found in engine.run(requested, data.num_rows, fail_fast=self._is_strict()):
                        results.add(found)
                        watch.show(engine)
                output.append(results.append_to(data))
        doubts = [
            *requests.list_doubts(),
            *results.list_doubts(time.monotonic()),
            *_list_repeated(engine.attempts.confirmation.repeated),
        ]
        warn(exec_context, [*composition.warnings, *doubts])
        return output, configuration

    def _make_requests(
        self, spec: ConfigurationSpec, composition: Composition, columns: dict[str, str]
    ) -> RowRequests:
        return RowRequests(
            self.get_form(),
            composition.request,
            label_columns(columns),
            minimal=spec.configuration.minimal,
        )

    def _make_results(self, taken: list[str]) -> Results:
        chosen: str = self.result  # type: ignore[attr-defined]  # added by the decorator
        kind = check_choice("Append", chosen, (SECRET_AND_EXPIRY, STRUCTURED, RAW))
        return Results(kind, taken, self.schema, with_errors=not self._is_strict())

    def _is_strict(self) -> bool:
        chosen: str = self.on_error  # type: ignore[attr-defined]  # added by the decorator
        return check_choice("If a row fails", chosen, (FAIL, CONTINUE)) == FAIL


def _list_requests(
    requests: RowRequests,
    data: Any,  # noqa: ANN401 - a pyarrow table
    columns: dict[str, str],
) -> Iterator[SessionRequest | RealtimeError]:
    """Yield the request of each row, or what is wrong with its values."""
    from openai_realtime.nodes.arrow import list_values  # noqa: PLC0415 - slow

    if not columns:
        request = requests.make({})
        for _ in range(data.num_rows):
            yield request
        return
    # By place, because a column of the user's may be called as that of the row ids.
    places = {name: place for place, name in enumerate(data.column_names) if place}
    chosen = [list_values(data.column(places[name]), _PIECE) for name in columns.values()]
    for values in zip(*chosen, strict=True):
        for row in zip(*values, strict=True):
            try:
                yield requests.make(dict(zip(columns, row, strict=True)))
            except SettingsError as error:
                yield error


def _list_repeated(repeated: int) -> list[str]:
    """Return a warning if the server gave one secret to several rows."""
    if not repeated:
        return []
    rows = "One row has" if repeated == 1 else f"{repeated} rows have"
    return [f"{rows} the same client secret as another row: the server gave it out twice."]


class _Watch:
    """Tells how far a run is, at most a few times a second."""

    def __init__(self, ctx: knext.ExecutionContext, rows: int) -> None:
        self._ctx = ctx
        self._rows = max(rows, 1)
        self._start = self._shown = time.monotonic()

    def show(self, engine: Engine[Any]) -> None:
        """Show the progress of `engine`."""
        now = time.monotonic()
        if now - self._shown < 0.25:  # noqa: PLR2004 - a quarter of a second
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
