# SPDX-License-Identifier: MIT
"""The node *Create Realtime Translation Session*."""

from __future__ import annotations

from openai_realtime.nodes.minting import SessionNode, minting_node


@minting_node(
    "translation",
    "Create Realtime Translation Session",
    keywords=["interpreter", "translate", "language"],
)
class CreateRealtimeTranslationSession(SessionNode):
    """Creates a short-lived client secret for live translation with OpenAI's Realtime API.

    A browser or an app streams speech in one language to the API and gets back, at the same
    time, speech and text in another. For this it needs a **client secret**, a short-lived key that
    contains the settings of the session, so that your API key never leaves the workflow. This
    node asks the API for one and returns it in a table. Azure OpenAI and the beta API have no
    translation sessions.

    Only the settings that you set are sent; the server chooses the others.

    Treat the table as confidential until the secret has expired: anyone who has the secret can
    use your account until then. See
    [OpenAI's guide](https://platform.openai.com/docs/guides/realtime) for what a client does
    with it.
    """

    schema = "translation"
