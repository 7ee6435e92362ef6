# SPDX-License-Identifier: MIT
"""What all nodes have in common that mint one client secret: settings in, a table out.

A node is a class below `MintingNode` with the name of its schema; everything else is read off
the schema.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import knime.extension as knext

from openai_realtime.api import Api
from openai_realtime.columns import load_columns, place_values
from openai_realtime.errors import SettingsError
from openai_realtime.form import load_form
from openai_realtime.nodes.boundary import translate_errors, warn
from openai_realtime.nodes.credentials import (
    authenticate,
    check_credential,
    check_secrets,
    find_secrets,
)
from openai_realtime.nodes.parameters import (
    Parameters,
    add_parameters,
    make_parameters,
    read_settings,
)
from openai_realtime.nodes.ports import ConfigurationPort, ConfigurationSpec
from openai_realtime.nodes.tables import (
    describe_raw,
    describe_structured,
    make_raw,
    make_structured,
)
from openai_realtime.request import (
    Composition,
    check_provider,
    compose_request,
    name_param,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_realtime.fields import FindSecret
    from openai_realtime.form import Form

STRUCTURED = "structured"
RAW = "raw"
_FORMAT_LABEL = "Result format"


def find_api(ctx: knext.DialogCreationContext) -> Api:
    """Return the API of the configuration that is connected, else GA."""
    for spec in ctx.get_input_specs() or []:
        if isinstance(spec, ConfigurationSpec):
            return spec.configuration.api
    return Api.GA


def show_form(
    schema: str, own: Parameters | None = None, groups: Parameters | None = None
) -> Callable[[type], Any]:
    """Return a class decorator that gives a node the dialog of `<schema>.schema.json`.

    `own` are further parameters, by default the format of the result; `groups` further groups.
    """
    own = {"format": _make_format()} if own is None else own
    return add_parameters(make_parameters(load_form(schema), find_api, own, groups))


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


class FormNode(knext.PythonNode):
    """A node with the dialog of a form.

    `schema` names the schema that its dialog, its requests and its columns come from.
    """

    schema: ClassVar[str]

    @classmethod
    def get_form(cls) -> Form:
        """Return what the dialog asks for."""
        return load_form(cls.schema)

    def name_settings(self, spec: ConfigurationSpec) -> Callable[[str], str]:
        """Return what finds the dialog's label for a path that the server complains about."""
        form = self.get_form()
        settings = read_settings(self, form)
        return lambda path: name_param(form, path, spec.configuration.api, settings)

    def compose(self, spec: ConfigurationSpec, find_secret: FindSecret) -> Composition:
        """Return the request that the settings ask for, and what is doubtful about it."""
        form = self.get_form()
        settings = read_settings(self, form)
        today = datetime.now(UTC).date()
        server = spec.configuration
        check_provider(form, server.provider)
        return compose_request(
            form, settings, server.api, today, find_secret, minimal=server.minimal
        )


class MintingNode(FormNode):
    """A node that makes one row of a configuration, and passes the configuration on."""

    @translate_errors
    def configure(
        self, config_context: knext.ConfigurationContext, configuration: ConfigurationSpec
    ) -> tuple[knext.Schema, ConfigurationSpec]:
        """Check all settings; return the schema of the table and the configuration."""
        check_credential(config_context, configuration)
        composition = self.compose(configuration, check_secrets(config_context))
        warn(config_context, composition.warnings)
        if self._is_raw():
            return describe_raw(), configuration
        return describe_structured(load_columns(self.schema)), configuration

    @translate_errors
    def execute(
        self, exec_context: knext.ExecutionContext, configuration: ConfigurationPort
    ) -> tuple[knext.Table, ConfigurationPort]:
        """Mint one client secret; return it as a table, and the configuration."""
        # Imported here, because listing the nodes must not pay for httpx.
        from openai_realtime.client.failures import classify  # noqa: PLC0415
        from openai_realtime.nodes.connection import send_one  # noqa: PLC0415

        spec: ConfigurationSpec = configuration.spec
        is_raw = self._is_raw()
        check_credential(exec_context, spec)
        composition = self.compose(spec, find_secrets(exec_context))
        warn(exec_context, composition.warnings)
        authentication = authenticate(exec_context, spec)
        reply = send_one(exec_context, spec, authentication, composition.request)
        exec_context.set_progress(0.9, "Reading the answer")
        if is_raw:
            return make_raw([reply]), configuration
        if not reply.is_success:
            raise classify(reply, authentication.source, self.name_settings(spec))
        columns = load_columns(self.schema)
        row = place_values(reply.client_secret, columns)
        return make_structured(columns, [row]), configuration

    def _is_raw(self) -> bool:
        chosen: str = self.format  # type: ignore[attr-defined]  # added by the decorator
        if chosen not in (STRUCTURED, RAW):
            raise SettingsError(_FORMAT_LABEL, f"'{chosen}' is neither {STRUCTURED} nor {RAW}.")
        return chosen == RAW
