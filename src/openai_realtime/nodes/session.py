# SPDX-License-Identifier: MIT
"""The node *Create Realtime Session*."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import knime.extension as knext

from openai_realtime.answer import read_answer
from openai_realtime.api import Api
from openai_realtime.columns import load_columns, place_values
from openai_realtime.composition import compose_request
from openai_realtime.errors import SettingsError
from openai_realtime.form import load_form
from openai_realtime.listing import Row, list_settings
from openai_realtime.nodes.boundary import translate_errors, warn
from openai_realtime.nodes.category import CATEGORY
from openai_realtime.nodes.credentials import (
    authenticate,
    check_credential,
    check_secrets,
    find_secrets,
)
from openai_realtime.nodes.parameters import add_parameters, make_parameters, read_settings
from openai_realtime.nodes.ports import (
    CONFIGURATION_PORT,
    ConfigurationPort,
    ConfigurationSpec,
)
from openai_realtime.nodes.tables import (
    describe_raw,
    describe_structured,
    make_raw,
    make_structured,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_realtime.request import FindSecret, SessionRequest

STRUCTURED = "structured"
RAW = "raw"
_FORMAT_LABEL = "Result format"
FORM = load_form()
"""What the dialog asks for."""


def find_api(ctx: knext.DialogCreationContext) -> Api:
    """Return the API of the configuration that is connected to the first port, else GA."""
    for spec in ctx.get_input_specs() or []:
        if isinstance(spec, ConfigurationSpec):
            return spec.configuration.api
    return Api.GA


def list_own_settings() -> Iterator[Row]:
    """Yield every settings key of this node, in the dialog's order."""
    yield from list_settings(FORM)


def _make_format() -> Any:  # noqa: ANN401 - a KNIME parameter
    return knext.StringParameter(
        _FORMAT_LABEL,
        "What the table holds. *Structured*: one row with a column for each property of the "
        "session; an error of the server fails the node. *Raw*: the answer's `body` as it came, "
        "and its HTTP `status`; an error of the server is a row too, for the workflow to branch "
        "on.",
        STRUCTURED,
        choices=[
            knext.StringParameter.Choice(STRUCTURED, "Structured"),
            knext.StringParameter.Choice(RAW, "Raw"),
        ],
    )


@knext.node(
    name="Create Realtime Session",
    node_type=knext.NodeType.SOURCE,
    icon_path="icons/session.png",
    category=CATEGORY,
    id="session",
    keywords=["OpenAI", "Realtime", "voice", "client secret", "ephemeral key", "token", "WebRTC"],
)
@knext.input_port(
    name="Configuration data",
    description="Where the API is and which credential opens it, from *OpenAI Realtime "
    "Configuration* or passed on by another node of this extension.",
    port_type=CONFIGURATION_PORT,
)
@knext.output_table(
    name="Session",
    description="The client secret and the session that it opens: one row.",
)
@knext.output_port(
    name="Configuration data",
    description="The configuration, unchanged, so that nodes can be chained.",
    port_type=CONFIGURATION_PORT,
)
@add_parameters(make_parameters(FORM, find_api, {"format": _make_format()}))
class CreateRealtimeSession(knext.PythonNode):
    """Mints a short-lived client secret for a voice session with OpenAI's Realtime API.

    A browser or an app opens a voice conversation with a **client secret**: a short-lived key
    that carries the settings of the session, so that your API key never leaves the workflow.
    This node asks the API for one and returns it in a table, together with the settings that
    the server has made of yours.

    Settings that are left alone are not sent; the server then chooses, depending on the model.

    Treat the table as confidential until the secret has expired: whoever has the secret can
    talk at your expense. See
    [OpenAI's guide](https://platform.openai.com/docs/guides/realtime) for what a client does
    with it.
    """

    @translate_errors
    def configure(
        self, config_context: knext.ConfigurationContext, configuration: ConfigurationSpec
    ) -> tuple[knext.Schema, ConfigurationSpec]:
        """Check all settings; return the schema of the table and the configuration."""
        check_credential(config_context, configuration)
        self._compose(config_context, configuration, check_secrets(config_context))
        if self._is_raw():
            return describe_raw(), configuration
        return describe_structured(load_columns()), configuration

    @translate_errors
    def execute(
        self, exec_context: knext.ExecutionContext, configuration: ConfigurationPort
    ) -> tuple[knext.Table, ConfigurationPort]:
        """Mint one client secret; return it as a table, and the configuration."""
        # Imported here, because listing the nodes must not pay for httpx.
        from openai_realtime.client.classification import classify  # noqa: PLC0415
        from openai_realtime.nodes.connection import connect  # noqa: PLC0415

        spec: ConfigurationSpec = configuration.spec
        is_raw = self._is_raw()
        check_credential(exec_context, spec)
        request = self._compose(exec_context, spec, find_secrets(exec_context))
        authentication = authenticate(exec_context, spec)
        with connect(exec_context, spec, authentication) as client:
            reply = client.mint(request)
        exec_context.set_progress(0.9, "Reading the answer")
        if is_raw:
            return make_raw([reply]), configuration
        if not reply.is_success:
            settings = read_settings(self, FORM)

            def name_setting(path: str) -> str:
                return FORM.name_param(path, spec.configuration.api, settings)

            raise classify(reply, authentication.source, name_setting)
        secret = read_answer(reply.text, status=reply.status, request_id=reply.request_id)
        columns = load_columns()
        return make_structured(columns, [place_values(secret, columns)]), configuration

    def _compose(
        self, ctx: knext.ConfigurationContext, spec: ConfigurationSpec, find_secret: FindSecret
    ) -> SessionRequest:
        settings = read_settings(self, FORM)
        today = datetime.now(UTC).date()
        composition = compose_request(FORM, settings, spec.configuration.api, today, find_secret)
        warn(ctx, composition.warnings)
        return composition.request

    def _is_raw(self) -> bool:
        chosen: str = self.format  # type: ignore[attr-defined]  # added by the decorator
        if chosen not in (STRUCTURED, RAW):
            raise SettingsError(_FORMAT_LABEL, f"'{chosen}' is neither {STRUCTURED} nor {RAW}.")
        return chosen == RAW
