# SPDX-License-Identifier: MIT
"""The definitions of the example workflows; `python -m demos.build` writes their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demos.knime_nodes import (
    columns_to_json,
    container_input,
    container_output,
    credentials_configuration,
    json_path,
    row_splitter,
    table_creator,
)
from demos.workflows import Node, Wire, Workflow, make_node

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDENTIAL = "openai"
"""The name of the credential in all workflows; no file holds a password."""

_TAGS = ("OpenAI", "Realtime", "voice", "client secret")

_CREDENTIAL_NOTE = (
    f"KNIME asks for the password of the credential '{CREDENTIAL}' when it opens this workflow: "
    "enter your API key. It is not saved. The user name does not matter."
)
_CONFIGURATION_STEP = (
    "Address of the API, and the name of the credential with the key. It checks both with a "
    "request that costs nothing."
)


def _configuration(
    at: tuple[float, float] = (0, 0),
    step: str = _CONFIGURATION_STEP,
    settings: Mapping[str, Any] | None = None,
) -> Node:
    chosen = {"credential": CREDENTIAL, **(settings or {})}
    return make_node(
        "configuration", "OpenAI Realtime Configuration", at, chosen, outputs=1, step=step
    )


def _session(
    at: tuple[float, float],
    settings: Mapping[str, Any],
    step: str,
    variables: Mapping[str, str] | None = None,
) -> Node:
    return make_node("session", "Create Realtime Session", at, settings, variables, step=step)


ONE_SESSION = Workflow(
    file="1_one_session",
    title="One session",
    text=(
        f"A client secret for one voice session.\n\n{_CREDENTIAL_NOTE}\n\n"
        "The workflow variable 'voice' controls the voice, so that a caller can choose another one."
    ),
    tags=_TAGS,
    credentials=(CREDENTIAL,),
    variables={"voice": "marin"},
    nodes={
        "configuration": _configuration(),
        "session": _session(
            (1, 0),
            {
                "model": "gpt-realtime-2.1",
                "instructions": "You are a friendly guide. Answer in one sentence.",
                "voice": "marin",
                "expires_after_seconds_set": True,
                "expires_after_seconds": 120,
            },
            "Returns the client secret in a table with one row. Your web page has two minutes to "
            "open a conversation with it.",
            {"voice": "voice"},
        ),
    },
    wires=[Wire("configuration", 1, "session", 1)],
)

CHAINED_NODES = Workflow(
    file="2_chained_nodes",
    title="Chained nodes",
    text=(
        "Two kinds of sessions with one configuration: each node passes the configuration on. "
        f"The second session may call a function of the web page.\n\n{_CREDENTIAL_NOTE}"
    ),
    tags=(*_TAGS, "function calling"),
    credentials=(CREDENTIAL,),
    nodes={
        "configuration": _configuration(),
        "guide": _session(
            (1, 0),
            {
                "instructions": "You are a guide through our shop. Be brief.",
                "voice": "marin",
                "turn_detection": "semantic_vad",
                "eagerness": "low",
            },
            "A patient guide: Semantic VAD with low eagerness lets the user finish the sentence.",
        ),
        "clerk": _session(
            (2, 0),
            {
                "instructions": "You take orders. Look up the price before you name it.",
                "voice": "cedar",
                "tools.functions": [
                    {
                        "name": "find_price",
                        "description": "Returns the price of an article in euros.",
                        "parameters": '{"type": "object", "required": ["article"],\n'
                        ' "properties": {"article": {"type": "string"}}}',
                    }
                ],
            },
            "A clerk that asks the web page for a price. The page runs the function and sends the "
            "result back.",
        ),
    },
    wires=[Wire("configuration", 1, "guide", 1), Wire("guide", 2, "clerk", 1)],
)

TABLE_OF_SESSIONS = Workflow(
    file="3_table_of_sessions",
    title="A table of sessions",
    text=(
        "One session for each row of a table, with many requests in parallel. The columns 'voice' "
        f"and 'instructions' replace the settings.\n\n{_CREDENTIAL_NOTE}"
    ),
    tags=(*_TAGS, "parallel"),
    credentials=(CREDENTIAL,),
    nodes={
        "configuration": _configuration((0, 0)),
        "table": table_creator(
            ["voice", "instructions"],
            [
                ["marin", "You greet guests in English."],
                ["cedar", "Du begrüßt Gäste auf Deutsch."],
                ["coral", "Tu accueilles les clients en français."],
            ],
            (0, 1),
            "One row for each session. Replace it by your own table.",
        ),
        "sessions": make_node(
            "sessions",
            "Create Realtime Sessions (Table)",
            (1, 0.5),
            {
                "model": "gpt-realtime-2.1-mini",
                "voice_column": "voice",
                "instructions_column": "instructions",
                "on_error": "continue",
            },
            step=(
                "Appends the secret and its expiry to each row. If a row fails, the column "
                "'Error' has the reason, and the other rows continue."
            ),
        ),
    },
    wires=[Wire("configuration", 1, "sessions", 1), Wire("table", 1, "sessions", 2)],
)

RAW_RESULT = Workflow(
    file="4_raw_result",
    title="Raw result with a branch",
    text=(
        "An error of the server is a row, not a failure, and the workflow branches on the status."
        f"\n\n{_CREDENTIAL_NOTE}"
    ),
    tags=(*_TAGS, "error handling"),
    credentials=(CREDENTIAL,),
    nodes={
        "configuration": _configuration(
            step="Does not verify the key, because then the workflow would stop here for a wrong "
            "one.",
            settings={"verify": False},
        ),
        "session": _session(
            (1, 0),
            {"voice": "marin", "result_format": "raw"},
            "Returns the answer as it came: 'body' and 'status'. It fails only if the server "
            "cannot be reached.",
        ),
        "splitter": row_splitter(
            "status",
            300,
            (2, 0),
            "Upper output: the answer contains a secret (status below 300). Lower output: it "
            "contains an error.",
        ),
    },
    wires=[Wire("configuration", 1, "session", 1), Wire("session", 1, "splitter", 1)],
)

KEY_FROM_A_NODE = Workflow(
    file="5_credentials_configuration",
    title="Key from Credentials Configuration",
    text=(
        "The API key comes from a node instead of the workflow's credentials, as in a component "
        "that asks its user."
    ),
    tags=(*_TAGS, "credentials"),
    nodes={
        "key": credentials_configuration(
            CREDENTIAL,
            (0, 0),
            "Asks for the API key, the password of the credential. It is not saved.",
        ),
        "configuration": _configuration(
            (1, 0), "Where the API is. The red line brings the credential; choose it in the dialog."
        ),
        "session": _session(
            (2, 0), {"voice": "marin"}, "Returns the client secret in a table, for your web page."
        ),
    },
    wires=[Wire("key", 1, "configuration", 0), Wire("configuration", 1, "session", 1)],
)

REST_SERVICE = Workflow(
    file="6_rest_service",
    title="REST service",
    text=(
        "A REST service that returns a client secret, for deployment on KNIME Hub. Your web "
        'server calls it with {"request": {"voice": "cedar"}} and gives the secret to the '
        "browser of one user. Do not let browsers call it: who may call it can use your account."
        "\n\nThe caller chooses only the voice. Everything else is set here."
    ),
    tags=(*_TAGS, "REST", "service", "KNIME Hub"),
    nodes={
        "key": credentials_configuration(
            CREDENTIAL,
            (0, 0),
            "The API key, to try the workflow. On KNIME Hub replace this node by 'Secrets "
            "Retriever' with a secret of the type 'Credentials'.",
        ),
        "configuration": _configuration(
            (1, 0),
            "Does not verify the key: that would be one more request for each call.",
            {"verify": False},
        ),
        "request": container_input(
            "request",
            '{"voice":"marin"}',
            "The wishes of the caller: voice, such as marin or cedar.",
            (0, 1),
            "What the caller sends as 'request', in one row.",
        ),
        "voice": json_path(
            "json",
            "voice",
            (1, 1),
            "Takes only the voice from it, so that the caller can change nothing else.",
        ),
        "sessions": make_node(
            "sessions",
            "Create Realtime Sessions (Table)",
            (2, 0.5),
            {
                "model": "gpt-realtime-2.1",
                "instructions": "You are a friendly guide. Answer in one sentence.",
                "voice": "marin",
                "voice_column": "voice",
                "expires_after_seconds_set": True,
                "expires_after_seconds": 60,
            },
            step="One secret for the one row, valid for a minute. If it fails, the call fails "
            "with the node's message.",
        ),
        "answer": columns_to_json(
            "value",
            "Client Secret",
            (3, 0.5),
            'Makes {"value": secret} of the row: only what the page needs.',
        ),
        "output": container_output(
            "secret",
            "JSON",
            example='{"value":"..."}',
            description="The client secret, with which a browser opens a session within a minute.",
            at=(4, 0.5),
            step="The caller finds it in the answer below 'outputValues' as 'secret'.",
        ),
    },
    wires=[
        Wire("key", 1, "configuration", 0),
        Wire("configuration", 1, "sessions", 1),
        Wire("request", 1, "voice", 1),
        Wire("voice", 1, "sessions", 2),
        Wire("sessions", 1, "answer", 1),
        Wire("answer", 1, "output", 1),
    ],
)

TRY_A_SESSION = Workflow(
    file="7_try_a_session",
    title="Try a session",
    text=(
        "A session, and a view to try it: type, or save the page and talk in a browser.\n\n"
        f"{_CREDENTIAL_NOTE}\n\nThe view contains the secret: reset the nodes before you save or "
        "share the workflow."
    ),
    tags=(*_TAGS, "view", "test"),
    credentials=(CREDENTIAL,),
    nodes={
        "configuration": _configuration(),
        "session": _session(
            (1, 0),
            {
                "instructions": "You are the receptionist of a bicycle shop. Be brief.",
                "voice": "marin",
                "turn_detection": "semantic_vad",
            },
            "Creates the session with the settings that you want to try.",
        ),
        "tester": make_node(
            "tester",
            "Realtime Session Tester",
            (2, 0),
            outputs=0,
            step="Open its view and press 'Connect'. The conversation costs what the model's "
            "answers cost.",
        ),
    },
    wires=[Wire("configuration", 1, "session", 1), Wire("session", 1, "tester", 1)],
)

WORKFLOWS = (
    ONE_SESSION,
    CHAINED_NODES,
    TABLE_OF_SESSIONS,
    RAW_RESULT,
    KEY_FROM_A_NODE,
    REST_SERVICE,
    TRY_A_SESSION,
)
