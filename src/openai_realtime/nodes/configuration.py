# SPDX-License-Identifier: MIT
"""The node *OpenAI Realtime Configuration*."""

from __future__ import annotations

import knime.extension as knext

from openai_realtime.api import Api
from openai_realtime.client.configuration import Configuration, Provider
from openai_realtime.errors import SettingsError
from openai_realtime.form import load_form
from openai_realtime.nodes.boundary import send_one, translate_errors, warn
from openai_realtime.nodes.credentials import authenticate, check_credential
from openai_realtime.nodes.dialog import Parameters, make_plain_parameters, read_values
from openai_realtime.nodes.ports import CONFIGURATION_PORT, ConfigurationPort, ConfigurationSpec
from openai_realtime.nodes.registration import register_node
from openai_realtime.request import LIST_MODELS

_NO_ROUTE = (404, 405, 501)


def _build_dialog() -> Parameters:
    parameters = make_plain_parameters("configuration")
    # With a token from the credential port, no credential is needed.
    parameters["credential"].rule(
        knext.DialogContextCondition(
            lambda ctx: all(spec is None for spec in ctx.get_input_specs())
        ),
        knext.Effect.SHOW,
    )
    return parameters


@register_node(
    "configuration",
    "OpenAI Realtime Configuration",
    knext.NodeType.SOURCE,
    keywords=["Azure", "voice", "API key", "credential", "authentication"],
    ports=[
        knext.input_port(
            name="Credential",
            description="Optional: a credential to use instead of one chosen in the dialog, for "
            "example an OAuth2 or Microsoft Entra token. A secret of the type *Credentials* on "
            "KNIME Hub arrives as a flow variable instead, from *Secrets Retriever*.",
            port_type=knext.PortType.CREDENTIAL,
            optional=True,
        ),
        knext.output_port(
            name="Configuration data",
            description="Where the API is and which credential to use. It does not contain the "
            "key.",
            port_type=CONFIGURATION_PORT,
        ),
    ],
    build_dialog=_build_dialog,
)
class OpenAIRealtimeConfiguration(knext.PythonNode):
    """Defines where the Realtime API is and which credential to use.

    The other nodes of this extension need this **configuration data**: the provider, the address,
    and the *name* of the KNIME credential whose password is the API key. The key itself is never
    saved in the workflow; each node asks KNIME for it when it runs or its dialog opens.

    Create a key on [OpenAI's page for API keys](https://platform.openai.com/api-keys). Create the
    credential with the
    [Credentials Configuration](https://hub.knime.com/knime/extensions/org.knime.features.js.quickforms/latest/org.knime.js.base.node.configuration.input.credentials.CredentialsDialogNodeFactory)
    node or in the workflow's own credentials, and connect its flow variable to this node. KNIME
    forgets the password when the workflow is closed, unless it is saved with it; in batch,
    `-credential=NAME;login;password` fills it in. With a token that expires, such as one from
    Microsoft Entra, add the optional credential port instead (the three dots on the node).

    On KNIME Hub the nodes of this extension need an execution environment of your own: managed ones
    contain only KNIME's extensions.

    By default the node checks that the server can be reached and accepts the key: it asks for
    the list of models, which costs nothing.
    """

    verify: bool

    @translate_errors
    def configure(
        self, ctx: knext.ConfigurationContext, credential: knext.CredentialPortObjectSpec | None
    ) -> ConfigurationSpec:
        """Check the settings; return the spec of the configuration."""
        spec = self._make_spec(ctx, credential)
        warn(ctx, _list_risks(spec))
        return spec

    @translate_errors
    def execute(
        self, ctx: knext.ExecutionContext, credential: knext.PortObject | None
    ) -> ConfigurationPort:
        """Check the connection if that is set; return the configuration."""
        spec = self._make_spec(ctx, None if credential is None else credential.spec)
        warnings = _verify(ctx, spec) if self.verify else []
        warn(ctx, [*_list_risks(spec), *warnings])
        return ConfigurationPort(spec)

    def _make_spec(
        self, ctx: knext.ConfigurationContext, token: knext.CredentialPortObjectSpec | None
    ) -> ConfigurationSpec:
        from openai_realtime.nodes.addresses import complete_base_url
        from openai_realtime.nodes.headers import check_header_value, read_headers

        values = read_values(self, "configuration")
        for key in ("organization", "project"):
            check_header_value(values.get(key, ""), _name_setting(key))
        plain, secret = read_headers(values.pop("headers", []))
        credential = values.pop("credential", "")
        del values["verify"]
        provider = Provider(values["provider"])
        base_url = complete_base_url(
            provider, values.get("base_url", ""), _name_setting("base_url")
        )
        values |= {"provider": provider, "base_url": base_url, "api": Api(values["api"])}
        configuration = Configuration(**values, headers=plain, credential_headers=secret)
        _check_connection(configuration)
        spec = ConfigurationSpec(configuration, "" if token else credential, token)
        check_credential(ctx, spec)
        return spec


def _name_setting(key: str) -> str:
    label = next(item.label for item in load_form("configuration").fields if item.path[-1] == key)
    return label.partition(" (")[0]  # the label of the base URL tells its default


def _check_connection(configuration: Configuration) -> None:
    """Raise SettingsError for settings that cannot be used together or on this computer."""
    if configuration.minimal and configuration.api is Api.BETA:
        raise SettingsError(
            _name_setting("minimal"),
            "the beta API always needs a session. Choose the current (GA) API.",
        )
    if configuration.ca_file:
        from openai_realtime.client.trust import load_ca_file

        load_ca_file(configuration.ca_file)


def _list_risks(spec: ConfigurationSpec) -> list[str]:
    from openai_realtime.client.proxy import travels_unencrypted

    if travels_unencrypted(spec.configuration.base_url):
        return ["The base URL begins with http://: the API key is sent unencrypted. Use https://."]
    return []


def _verify(ctx: knext.ExecutionContext, spec: ConfigurationSpec) -> list[str]:
    """Ask for the list of models; return warnings. Raises ServerError if the server refuses."""
    from openai_realtime.client.failures import classify

    secret_headers = authenticate(ctx, spec)
    reply = send_one(ctx, spec, secret_headers, LIST_MODELS, lambda reply: reply)
    host = spec.configuration.host
    if reply.is_success:
        if reply.is_object:
            return []
        return [f"{host} does not answer with a list of models. Check the base URL."]
    if reply.status in _NO_ROUTE:
        what = f"{reply.url} answers {reply.status}: {host} has no list of models, or the base URL"
        return [f"{what} is wrong (it often ends with /v1). The key is not verified."]
    raise classify(reply, secret_headers[0].source, lambda _: "")
