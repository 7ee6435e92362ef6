# SPDX-License-Identifier: MIT
"""The node *OpenAI Realtime Configuration*."""

from __future__ import annotations

from http import HTTPStatus

import knime.extension as knext

from openai_realtime.api import Api
from openai_realtime.client.configuration import (
    Configuration,
    Provider,
    check_header_value,
    complete_base_url,
)
from openai_realtime.errors import SettingsError, fold
from openai_realtime.fields import NO_CREDENTIAL
from openai_realtime.nodes.boundary import translate_errors, warn
from openai_realtime.nodes.category import CATEGORY
from openai_realtime.nodes.controls import list_credentials
from openai_realtime.nodes.credentials import LABEL as CREDENTIAL_LABEL
from openai_realtime.nodes.credentials import (
    authenticate,
    check_credential,
)
from openai_realtime.nodes.headers import make_headers, read_headers
from openai_realtime.nodes.limits import make_limit, read_limits
from openai_realtime.nodes.ports import (
    CONFIGURATION_PORT,
    ConfigurationPort,
    ConfigurationSpec,
)
from openai_realtime.request import LIST_MODELS

_URL_LABEL = "Base URL"
_MINIMAL_LABEL = "Leave out the session"
_NO_ROUTE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


def _has_no_token(ctx: knext.DialogCreationContext) -> bool:
    return not any(spec is not None for spec in ctx.get_input_specs())


@knext.node(
    name="OpenAI Realtime Configuration",
    node_type=knext.NodeType.SOURCE,
    icon_path="icons/configuration.png",
    category=CATEGORY,
    id="configuration",
    keywords=["OpenAI", "Azure", "Realtime", "voice", "API key", "credential", "authentication"],
)
@knext.input_port(
    name="Credential",
    description="Optional: a credential to use instead of one chosen in the dialog, for example "
    "an OAuth2 or Microsoft Entra token, or a secret from KNIME Hub.",
    port_type=knext.PortType.CREDENTIAL,
    optional=True,
)
@knext.output_port(
    name="Configuration data",
    description="Where the API is and which credential opens it. The key itself is not in it.",
    port_type=CONFIGURATION_PORT,
)
class OpenAIRealtimeConfiguration(knext.PythonNode):
    """Says where the Realtime API is and which credential opens it.

    The nodes of this extension take their **configuration data** from this one: the provider,
    the address, and the *name* of the KNIME credential whose password is the API key. The key
    itself is never saved in the workflow; each node asks KNIME for it while it runs.

    Make the credential with the *Credentials Configuration* node or in the workflow's own
    credentials, and connect its flow variable to this node. With a token that expires, such as
    one from Microsoft Entra, add the optional credential port instead (the three dots on the
    node).

    By default the node checks that the server can be reached and takes the key, by asking for
    its list of models, which costs nothing.
    """

    provider = knext.StringParameter(
        "Provider",
        "Who runs the server. It decides on the default address and on how the key is sent.",
        Provider.OPENAI.value,
        choices=[
            knext.StringParameter.Choice(Provider.OPENAI.value, "OpenAI"),
            knext.StringParameter.Choice(Provider.AZURE.value, "Azure OpenAI"),
            knext.StringParameter.Choice(Provider.COMPATIBLE.value, "OpenAI-compatible"),
        ],
    )
    base_url = knext.StringParameter(
        _URL_LABEL,
        "The address of the API, such as `https://api.openai.com/v1`. With OpenAI it may stay "
        "empty; for data residency in the EU enter `https://eu.api.openai.com/v1`. With Azure "
        "OpenAI enter the address of your resource, such as "
        "`https://my-resource.openai.azure.com`; `/openai/v1` is added.",
        "",
    )
    api = knext.StringParameter(
        "API",
        "Which API the server speaks. OpenAI and Azure speak the current one; OpenAI switched "
        "the beta API off in May 2026, while some compatible servers still need it.",
        Api.GA.value,
        choices=[
            knext.StringParameter.Choice(Api.GA.value, "Current (GA)"),
            knext.StringParameter.Choice(Api.BETA.value, "Beta (realtime/sessions)"),
        ],
    )
    credential = knext.StringParameter(
        CREDENTIAL_LABEL,
        "The KNIME credential whose **password** is the API key; its user name does not matter. "
        "Only its name is saved.",
        NO_CREDENTIAL,
        choices=list_credentials,
    ).rule(knext.DialogContextCondition(_has_no_token), knext.Effect.SHOW)
    verify = knext.BoolParameter(
        "Verify the connection",
        "Ask the server for its models when this node runs, so that a wrong address or key shows "
        "here and not later. Costs nothing. A server without such a list causes a warning only.",
        default_value=True,
    )
    organization = knext.StringParameter(
        "Organization",
        "The id of the OpenAI organization to bill (`org-...`), if the key belongs to several. "
        "Left empty, none is sent.",
        "",
        is_advanced=True,
    )
    project = knext.StringParameter(
        "Project",
        "The id of the OpenAI project to bill (`proj_...`). Left empty, none is sent.",
        "",
        is_advanced=True,
    )
    connect_timeout = make_limit("connect_timeout")
    read_timeout = make_limit("read_timeout")
    attempts = make_limit("attempts")
    longest_wait = make_limit("longest_wait")
    deadline = make_limit("deadline")
    ca_file = knext.StringParameter(
        "CA file",
        "The path of a file with certificates in PEM form that are trusted **in addition**, such "
        "as that of your company's own authority. Left empty, trusted is what the variables "
        "`SSL_CERT_FILE`, `SSL_CERT_DIR` and `REQUESTS_CA_BUNDLE` name, or else what the "
        "operating system trusts.",
        "",
        since_version="0.3.0",
        is_advanced=True,
    )
    minimal = knext.BoolParameter(
        _MINIMAL_LABEL,
        "For servers that make secrets but know no sessions, such as xAI: the request then holds "
        "the lifetime of the secret and nothing else. A warning names the settings of the session "
        "that are not sent.",
        default_value=False,
        since_version="0.3.0",
        is_advanced=True,
    )
    # At the end, because the dialog shows a list below a heading of its own.
    headers = make_headers()

    @translate_errors
    def configure(
        self,
        config_context: knext.ConfigurationContext,
        credential: knext.CredentialPortObjectSpec | None,
    ) -> ConfigurationSpec:
        """Check the settings; return the spec that travels on."""
        spec = self._make_spec(config_context, credential)
        warn(config_context, _list_risks(spec))
        return spec

    @translate_errors
    def execute(
        self, exec_context: knext.ExecutionContext, credential: knext.PortObject | None
    ) -> ConfigurationPort:
        """Check the connection, if wanted; return the configuration."""
        spec = self._make_spec(exec_context, None if credential is None else credential.spec)
        doubts = _verify(exec_context, spec) if self.verify else []
        warn(exec_context, [*_list_risks(spec), *doubts])
        return ConfigurationPort(spec)

    def _make_spec(
        self,
        ctx: knext.ConfigurationContext,
        token: knext.CredentialPortObjectSpec | None,
    ) -> ConfigurationSpec:
        for label, text in (("Organization", self.organization), ("Project", self.project)):
            check_header_value(text, label)
        headers = read_headers(self)
        provider = Provider(_choose("Provider", self.provider, list(Provider)))
        configuration = Configuration(
            provider=provider,
            base_url=complete_base_url(provider, self.base_url, _URL_LABEL),
            api=Api(_choose("API", self.api, list(Api))),
            organization=self.organization.strip(),
            project=self.project.strip(),
            headers=headers.plain,
            credential_headers=headers.secret,
            ca_file=self.ca_file.strip(),
            minimal=self.minimal,
            **read_limits(self),
        )
        _check_connection(configuration)
        credential = "" if token is not None else self.credential
        spec = ConfigurationSpec(configuration, credential, token)
        check_credential(ctx, spec)
        return spec


def _choose(label: str, value: str, known: list[str]) -> str:
    if value not in known:
        raise SettingsError(label, f"'{fold(value, 40)}' is none of {', '.join(known)}.")
    return value


def _check_connection(configuration: Configuration) -> None:
    """Raise SettingsError for what cannot work together, or on this computer."""
    if configuration.minimal and configuration.api is Api.BETA:
        raise SettingsError(
            _MINIMAL_LABEL, "the beta API always takes a session. Choose the current (GA) API."
        )
    if configuration.ca_file:
        # Imported here, because listing the nodes must not pay for ssl.
        from openai_realtime.client.trust import check_ca_file  # noqa: PLC0415

        check_ca_file(configuration.ca_file)


def _list_risks(spec: ConfigurationSpec) -> list[str]:
    # Imported here, because listing the nodes must not pay for urllib.request.
    from openai_realtime.client.proxy import travels_unencrypted  # noqa: PLC0415

    if travels_unencrypted(spec.configuration.base_url):
        return ["The base URL begins with http://: the API key travels unencrypted. Use https://."]
    return []


def _verify(ctx: knext.ExecutionContext, spec: ConfigurationSpec) -> list[str]:
    """Ask for the models; return what could not be verified, raise what is certainly wrong."""
    # Imported here, because listing the nodes must not pay for httpx.
    from openai_realtime.client.failures import classify  # noqa: PLC0415
    from openai_realtime.nodes.connection import send_one  # noqa: PLC0415

    authentication = authenticate(ctx, spec)
    reply = send_one(ctx, spec, authentication, LIST_MODELS)
    host = spec.configuration.host
    if reply.is_success:
        if reply.is_object:
            return []
        return [f"{host} answers with something else than a list of models. Check the base URL."]
    if reply.status in _NO_ROUTE:
        return [f"{host} has no list of models ({reply.status}): the key is not verified."]
    raise classify(reply, authentication.source, lambda _: "")
