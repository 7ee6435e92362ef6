# SPDX-License-Identifier: MIT
"""The node *Create Realtime Transcription Session*."""

from __future__ import annotations

import knime.extension as knext

from openai_realtime.form import load_form
from openai_realtime.nodes.category import CATEGORY
from openai_realtime.nodes.minting import MintingNode, show_form
from openai_realtime.nodes.ports import CONFIGURATION_PORT

SCHEMA = "transcription"
FORM = load_form(SCHEMA)
"""What the dialog asks for."""


@knext.node(
    name="Create Realtime Transcription Session",
    node_type=knext.NodeType.SOURCE,
    icon_path="icons/transcription.png",
    category=CATEGORY,
    id="transcription",
    keywords=["OpenAI", "Realtime", "speech to text", "transcript", "captions", "client secret"],
)
@knext.input_port(
    name="Configuration data",
    description="Where the API is and which credential opens it, from *OpenAI Realtime "
    "Configuration* or passed on by another node of this extension.",
    port_type=CONFIGURATION_PORT,
)
@knext.output_table(
    name="Session",
    description="The client secret and the session that it opens: one row. *Input Audio "
    "Transcription* holds what is set for the transcript beside the *Model*.",
)
@knext.output_port(
    name="Configuration data",
    description="The configuration, unchanged, so that nodes can be chained.",
    port_type=CONFIGURATION_PORT,
)
@show_form(SCHEMA)
class CreateRealtimeTranscriptionSession(MintingNode):
    """Mints a short-lived client secret for live transcripts with OpenAI's Realtime API.

    A browser or an app streams sound to the API and gets back, while somebody is still
    speaking, what is being said: for captions, minutes or dictation. Nobody answers; for a
    conversation use *Create Realtime Session*. What the client needs is a **client secret**, a
    short-lived key that carries the settings of the session, so that your API key never leaves
    the workflow. This node asks the API for one and returns it in a table.

    Settings that are left alone are not sent; the server then chooses, depending on the model.

    Treat the table as confidential until the secret has expired: whoever has the secret can
    stream at your expense. See
    [OpenAI's guide](https://platform.openai.com/docs/guides/realtime-transcription) for what a
    client does with it.
    """

    schema = SCHEMA
