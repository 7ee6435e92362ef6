# SPDX-License-Identifier: MIT
"""The node *Realtime Session Tester*."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final

import knime.extension as knext

from openai_realtime.answer import read_answer
from openai_realtime.api import Api
from openai_realtime.client.configuration import Configuration
from openai_realtime.columns import place_values, read_columns
from openai_realtime.errors import SettingsError, UnexpectedAnswerError
from openai_realtime.form import load_form
from openai_realtime.nodes.boundary import translate_errors, warn
from openai_realtime.nodes.ports import CONFIGURATION_PORT, ConfigurationPort, ConfigurationSpec
from openai_realtime.nodes.registration import register_node
from openai_realtime.nodes.results import BODY, EXPIRY, VALUE
from openai_realtime.tester import OfferedSession, compose_page

_TABLE: Final = "Sessions"
_MAX_SESSIONS: Final = 200  # to choose from
_CHUNK_SIZE: Final = 256  # rows per read
_TEXTS: Final = (VALUE, "Model", "Voice", "Session Type")


@register_node(
    "tester",
    "Realtime Session Tester",
    knext.NodeType.VISUALIZER,
    keywords=["voice", "view", "WebRTC", "WebSocket", "microphone", "try"],
    ports=[
        knext.input_table(
            _TABLE,
            "The table of a node that creates sessions, in any of its result formats. With more "
            "rows than one, the view has a list to choose from: of the first "
            f"{_MAX_SESSIONS} rows.",
        ),
        knext.input_port(
            name="Configuration data",
            description="Optional: needed if the sessions are not OpenAI's own, because the view "
            "connects to the server of this configuration.",
            port_type=CONFIGURATION_PORT,
            optional=True,
        ),
        knext.output_view(
            "Session",
            "Opens the session, shows the conversation and all events, and lets you type and talk.",
        ),
    ],
    build_dialog=dict,
)
class RealtimeSessionTester(knext.PythonNode):
    """Opens a session with a client secret, to try it out: a view to type and talk in.

    The view shows the model, the voice and how long the secret is still valid. **Connect** opens
    the session from the view, over WebRTC or, where that is not possible, over WebSocket. Then you
    can type, or **Talk** where the microphone is allowed, and see the conversation and all events
    of the API. The model's answers are paid for by the account of the API key. Sessions of the beta
    API cannot be opened.

    KNIME's views may not use the microphone. **Save page** keeps a copy of the view as a file that
    you can open in Chrome, Edge or Firefox, where you can talk. Delete the file afterwards.

    **The view contains the client secret, and KNIME saves the view with the workflow.** Anyone who
    opens the workflow can use your account until the secret has expired. So reset this node before
    you save or share the workflow, or wait: the page removes a secret that has expired, and an
    expired secret is useless. A data app with this view gives the secret to everyone who opens
    it.
    """

    @translate_errors
    def configure(
        self,
        ctx: knext.ConfigurationContext,  # noqa: ARG002 - KNIME's signature
        sessions: knext.Schema,
        configuration: ConfigurationSpec | None,
    ) -> None:
        """Check that the table can contain client secrets of the current API."""
        _find_columns(sessions)
        if configuration and configuration.configuration.api is Api.BETA:
            problem = "this node opens sessions of the current (GA) API only, not of the beta API."
            raise SettingsError("Configuration data", problem)

    @translate_errors
    def execute(
        self,
        ctx: knext.ExecutionContext,
        sessions: knext.Table,
        configuration: ConfigurationPort | None,
    ) -> Any:
        """Return the view of the sessions in the table."""
        found = list(islice(_list_sessions(sessions), _MAX_SESSIONS + 1))
        usable, now = [session for session in found[:_MAX_SESSIONS] if session.secret], time.time()
        warn(ctx, _list_warnings(found, usable, now))
        if not usable:
            problem = "the table contains no client secret. Look at the node that creates it."
            raise SettingsError(_TABLE, problem)
        server = configuration.spec.configuration if configuration else Configuration()
        return knext.view_html(compose_page(usable, server.base_url, now))


def _find_columns(schema: knext.Schema) -> dict[str, str]:
    """Return the names of our columns in the table, without and with KNIME's ` (#1)`.

    Of several the last one is the newest. Raw answers count if there is no column of secrets.
    Raises SettingsError.
    """
    names = schema.column_names
    plain: dict[str, str] = {re.sub(r" \(#\d+\)$", "", name): name for name in names}
    if VALUE in plain:
        # A column before it is the user's own, even if it has the same name.
        ours = names[names.index(plain[VALUE]) :]
        return {name: plain[name] for name in (*_TEXTS, EXPIRY) if plain.get(name) in ours}
    if BODY in plain:
        return {BODY: plain[BODY]}
    advice = "Connect the table of a node that creates sessions."
    raise SettingsError(_TABLE, f"there is no column '{VALUE}' or '{BODY}'. {advice}")


def _list_sessions(table: knext.Table) -> Iterator[OfferedSession]:
    """Yield the session of each row; the secret is empty if there is none."""
    from openai_realtime.nodes.arrow import list_values

    columns = _find_columns(table.schema)
    for part in table.batches() if table.num_rows else []:
        data = part.to_pyarrow()
        names = [data.column_names[0], *columns.values()]
        chunks = zip(*(list_values(data.column(name), _CHUNK_SIZE) for name in names), strict=True)
        for chunk in chunks:
            for row_id, *values in zip(*chunk, strict=True):
                yield _make_session(row_id, dict(zip(columns, values, strict=True)))


def _make_session(row_id: str, values: Mapping[str, Any]) -> OfferedSession:
    if BODY in values:
        try:
            answer = read_answer(str(values[BODY]))
            values = place_values(answer, read_columns(load_form("session")))
        except UnexpectedAnswerError:  # the server refused this session
            values = {}
    secret, *others = (
        value if isinstance(value := values.get(name), str) else "" for name in _TEXTS
    )
    expiry = values.get(EXPIRY)
    expires = expiry.timestamp() if isinstance(expiry, datetime) else None
    return OfferedSession(row_id, secret, expires, *others)


def _list_warnings(
    found: list[OfferedSession], usable: list[OfferedSession], now: float
) -> Iterator[str]:
    if len(found) > _MAX_SESSIONS:
        yield f"The view has the first {_MAX_SESSIONS} rows only."
    missing = len(found[:_MAX_SESSIONS]) - len(usable)
    if missing and usable:
        rows = "1 row has" if missing == 1 else f"{missing} rows have"
        yield f"{rows} no client secret and cannot be chosen in the view."
    if usable and all(session.is_expired(now) for session in usable):
        yield "All secrets have expired. Execute the node that creates the sessions again."
