# SPDX-License-Identifier: MIT
"""The nodes that create one client secret: for a conversation, transcripts, or a translation."""

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
    use your account until then. What a client does with it:
    [OpenAI's guide](https://platform.openai.com/docs/guides/realtime).
    """

    schema = "session"


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
    use your account until then. What a client does with it:
    [OpenAI's guide](https://platform.openai.com/docs/guides/realtime-transcription).
    """

    schema = "transcription"


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
    use your account until then. What a client does with it:
    [OpenAI's guide](https://platform.openai.com/docs/guides/realtime).
    """

    schema = "translation"
