# SPDX-License-Identifier: MIT
"""The common part of all nodes that create client secrets: ports, dialog, request, result.

Such a node is a subclass of `MintingNode` with the decorator `minting_node`; everything else comes
from the schema of its session.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import knime.extension as knext

from openai_realtime.client.configuration import Configuration, Provider
from openai_realtime.form import load_form
from openai_realtime.nodes.boundary import send_one, translate_errors, warn
from openai_realtime.nodes.credentials import (
    authenticate,
    check_credential,
    check_secrets,
    find_secrets,
)
from openai_realtime.nodes.dialog import (
    Parameters,
    make_parameters,
    make_plain_parameters,
    read_settings,
    read_values,
)
from openai_realtime.nodes.ports import CONFIGURATION_PORT, ConfigurationPort, ConfigurationSpec
from openai_realtime.nodes.registration import register_node
from openai_realtime.nodes.results import Results
from openai_realtime.request import SessionRequest, check_server, compose_request, name_param

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_realtime.client.authentication import SecretHeader
    from openai_realtime.fields import FindSecret


def minting_node(
    node_id: str,
    name: str,
    keywords: list[str],
    output: str,
    *,
    rows: str = "",
    columns: Callable[[], Parameters] = dict,
) -> Callable[[type[MintingNode]], Any]:
    """Return a class decorator that registers a node with its ports and its dialog.

    `output` describes the output table, `rows` the input table, if the node has one; `columns`
    makes the parameters for its columns.
    """
    ports = [
        knext.input_port(
            name="Configuration data",
            description="Where the API is and which credential to use, from *OpenAI Realtime "
            "Configuration* or passed on by another node of this extension.",
            port_type=CONFIGURATION_PORT,
        ),
        *([knext.input_table("Rows", rows)] if rows else []),
        knext.output_table("Sessions" if rows else "Session", output),
        knext.output_port(
            name="Configuration data",
            description="The unchanged configuration, so that nodes can be chained.",
            port_type=CONFIGURATION_PORT,
        ),
    ]
    kind = knext.NodeType.MANIPULATOR if rows else knext.NodeType.SOURCE
    keywords = ["client secret", *keywords]

    def decorate(cls: type[MintingNode]) -> Any:
        def build() -> Parameters:
            own = make_plain_parameters("rows" if rows else "result")
            return {**columns(), **make_parameters(load_form(cls.schema), own)}

        return register_node(node_id, name, kind, keywords, ports=ports, build_dialog=build)(cls)

    return decorate


def read_flags(server: Configuration) -> dict[str, bool]:
    """Return what `compose_request` needs to know about the server."""
    return {"minimal": server.minimal, "lenient": server.provider is Provider.COMPATIBLE}


class MintingNode(knext.PythonNode):
    """A node that creates client secrets and passes the configuration on.

    `schema` is the name of the schema for its dialog, its requests and its columns.
    """

    schema: ClassVar[str]

    def compose(
        self, ctx: knext.ConfigurationContext, spec: ConfigurationSpec, find_secret: FindSecret
    ) -> tuple[SessionRequest, list[str]]:
        """Return the request for the settings, and warnings about it."""
        check_credential(ctx, spec)
        form, server = load_form(self.schema), spec.configuration
        settings = read_settings(self, form)
        check_server(form, server.provider, server.api, minimal=server.minimal)
        today = datetime.now(UTC).date()
        flags = read_flags(server)
        return compose_request(form, settings, server.api, today, find_secret, **flags)

    def authenticate(
        self, ctx: knext.ExecutionContext, spec: ConfigurationSpec, results: Results
    ) -> list[SecretHeader]:
        """Return the headers with secrets; tell `results` how to name credential and settings."""
        form = load_form(self.schema)
        settings = read_settings(self, form)
        secret_headers = authenticate(ctx, spec)
        results.source = secret_headers[0].source
        api = spec.configuration.api
        results.name_setting = lambda said, more: name_param(form, said, api, settings, more)
        return secret_headers


class SessionNode(MintingNode):
    """A node that creates one client secret and returns it in a table of one row."""

    @translate_errors
    def configure(
        self, config_context: knext.ConfigurationContext, configuration: ConfigurationSpec
    ) -> tuple[knext.Schema, ConfigurationSpec]:
        """Check all settings; return the schema of the table and the configuration."""
        _, warnings = self.compose(config_context, configuration, check_secrets(config_context))
        warn(config_context, warnings)
        return self._make_results().describe(), configuration

    @translate_errors
    def execute(
        self, exec_context: knext.ExecutionContext, configuration: ConfigurationPort
    ) -> tuple[knext.Table, ConfigurationPort]:
        """Create one client secret; return it as a table, and the configuration."""
        from openai_realtime.nodes.arrow import make_row_ids

        spec: ConfigurationSpec = configuration.spec
        request, warnings = self.compose(exec_context, spec, find_secrets(exec_context))
        warn(exec_context, warnings)
        results = self._make_results()
        secret_headers = self.authenticate(exec_context, spec, results)
        results.add([send_one(exec_context, spec, secret_headers, request, results.digest)])
        return knext.Table.from_pyarrow(results.append_to(make_row_ids(1))), configuration

    def _make_results(self) -> Results:
        return Results(read_values(self, "result")["result_format"], self.schema)
