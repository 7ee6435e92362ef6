# SPDX-License-Identifier: MIT
"""The node *Create Realtime Session*."""

from __future__ import annotations

from openai_realtime.nodes.minting import SessionNode, minting_node


@minting_node(
    "session",
    "Create Realtime Session",
    keywords=["voice", "ephemeral key", "token", "WebRTC"],
)
class CreateRealtimeSession(SessionNode):
    """Creates a short-lived client secret for a voice session with OpenAI's Realtime API.

    A browser or an app opens a voice conversation with a **client secret**: a short-lived key
    that contains the settings of the session, so that your API key never leaves the workflow.
    This node asks the API for one and returns it in a table, together with the settings of the
    session as the server reports them.

    Only the settings that you set are sent; the server chooses the others, depending on the model.

    Treat the table as confidential until the secret has expired: anyone who has the secret can
    use your account until then. See
    [OpenAI's guide](https://platform.openai.com/docs/guides/realtime) for what a client does
    with it.
    """

    schema = "session"
