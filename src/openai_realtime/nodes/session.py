# SPDX-License-Identifier: MIT
"""The node *Create Realtime Session*."""

from __future__ import annotations

import knime.extension as knext

from openai_realtime.form import load_form
from openai_realtime.nodes.category import CATEGORY
from openai_realtime.nodes.minting import MintingNode, show_form
from openai_realtime.nodes.ports import CONFIGURATION_PORT

SCHEMA = "session"
FORM = load_form(SCHEMA)
"""What the dialog asks for."""


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
@show_form(SCHEMA)
class CreateRealtimeSession(MintingNode):
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

    schema = SCHEMA
