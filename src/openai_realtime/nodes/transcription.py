# SPDX-License-Identifier: MIT
"""The node *Create Realtime Transcription Session*."""

from __future__ import annotations

from openai_realtime.nodes.minting import SessionNode, minting_node


@minting_node(
    "transcription",
    "Create Realtime Transcription Session",
    keywords=["speech to text", "transcript", "captions"],
    output="The client secret and the settings of its session: one row. *Input Audio "
    "Transcription* contains the settings of the transcript except the *Model*.",
)
class CreateRealtimeTranscriptionSession(SessionNode):
    """Creates a short-lived client secret for live transcripts with OpenAI's Realtime API.

    A browser or an app streams sound to the API and gets back the text while somebody is still
    speaking: for captions, minutes or dictation. The API does not answer; for a conversation use
    *Create Realtime Session*. For this the client needs a **client secret**, a short-lived key
    that contains the settings of the session, so that your API key never leaves the workflow.
    This node asks the API for one and returns it in a table.

    Only the settings that you set are sent; the server chooses the others, depending on the model.

    Treat the table as confidential until the secret has expired: anyone who has the secret can
    use your account until then. See
    [OpenAI's guide](https://platform.openai.com/docs/guides/realtime-transcription) for what a
    client does with it.
    """

    schema = "transcription"
