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
from openai_realtime.nodes import credentials, dialog
from openai_realtime.nodes.boundary import send_one, translate_errors, warn
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
    *,
    output: str = "The client secret and the settings of its session: one row.",
    rows: str = "",
) -> Callable[[type[MintingNode]], Any]:
    """Return a class decorator that registers a node with its ports and its dialog.

    `output` describes the output table, `rows` the input table, if the node has one.
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
        def build() -> dialog.Parameters:
            own = dialog.make_plain_parameters("rows" if rows else "result")
            parameters = dialog.make_parameters(load_form(cls.schema), own)
            if rows:
                from openai_realtime.nodes.row_columns import make_column_parameters

                parameters = {**make_column_parameters(), **parameters}
            return parameters

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
        credentials.check_credential(ctx, spec)
        form, server = load_form(self.schema), spec.configuration
        settings = dialog.read_settings(self, form)
        check_server(form, server.provider, server.api, minimal=server.minimal)
        today = datetime.now(UTC).date()
        flags = read_flags(server)
        return compose_request(form, settings, server.api, today, find_secret, **flags)

    def authenticate(
        self,
        ctx: knext.ExecutionContext,
        spec: ConfigurationSpec,
        results: Results,
        list_written: Callable[[Any], Any] = lambda _: (),
    ) -> list[SecretHeader]:
        """Return the headers with secrets; tell `results` how to explain the server's errors.

        `list_written` returns what the origin of a request writes, as `name_param` takes it.
        """
        from openai_realtime.client.failures import classify

        form, api = load_form(self.schema), spec.configuration.api
        settings = dialog.read_settings(self, form)
        secret_headers = credentials.authenticate(ctx, spec)
        results.explain = lambda reply: classify(
            reply,
            secret_headers[0].source,
            lambda said: name_param(form, said, api, settings, list_written(reply.origin)),
        )
        return secret_headers


class SessionNode(MintingNode):
    """A node that creates one client secret and returns it in a table of one row."""

    @translate_errors
    def configure(
        self, ctx: knext.ConfigurationContext, configuration: ConfigurationSpec
    ) -> tuple[knext.Schema, ConfigurationSpec]:
        """Check all settings; return the schema of the table and the configuration."""
        _, warnings = self.compose(ctx, configuration, credentials.check_secrets(ctx))
        warn(ctx, warnings)
        return self._make_results().describe(), configuration

    @translate_errors
    def execute(
        self, ctx: knext.ExecutionContext, configuration: ConfigurationPort
    ) -> tuple[knext.Table, ConfigurationPort]:
        """Create one client secret; return it as a table, and the configuration."""
        from openai_realtime.nodes.arrow import make_row_ids

        spec: ConfigurationSpec = configuration.spec
        request, warnings = self.compose(ctx, spec, credentials.find_secrets(ctx))
        warn(ctx, warnings)
        results = self._make_results()
        secret_headers = self.authenticate(ctx, spec, results)
        results.add([send_one(ctx, spec, secret_headers, request, results.digest)])
        return knext.Table.from_pyarrow(results.append_to(make_row_ids(1))), configuration

    def _make_results(self) -> Results:
        return Results(dialog.read_values(self, "result")["result_format"], self.schema)
