# SPDX-License-Identifier: MIT
"""The definitions of the example workflows; `python -m demos.build` writes their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demos.knime_nodes import (
    credentials_configuration,
    row_splitter,
    table_creator,
)
from demos.workflows import Node, Wire, Workflow, make_node

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDENTIAL = "openai"
"""The name of the credential in all workflows; no file holds a password."""

_CREDENTIAL_NOTE = (
    f"KNIME asks for the password of the credential '{CREDENTIAL}' when it opens this workflow: "
    "enter your API key. It is not saved. The user name does not matter."
)


def _configuration(
    at: tuple[float, float] = (0, 0), note: str = "", settings: Mapping[str, Any] | None = None
) -> Node:
    chosen = {"credential": CREDENTIAL, **(settings or {})}
    return make_node(
        "configuration", "OpenAI Realtime Configuration", at, chosen, outputs=1, note=note
    )


def _session(
    at: tuple[float, float],
    settings: Mapping[str, Any],
    variables: Mapping[str, str] | None = None,
    note: str = "",
) -> Node:
    return make_node("session", "Create Realtime Session", at, settings, variables, note=note)


ONE_SESSION = Workflow(
    file="1_one_session",
    title="One session",
    text=(
        f"A client secret for one voice session.\n\n{_CREDENTIAL_NOTE}\n\n"
        "The workflow variable 'voice' controls the voice, so that a caller can choose another one."
    ),
    credentials=(CREDENTIAL,),
    variables={"voice": "marin"},
    nodes={
        "configuration": _configuration(note="Address of the API, name of the credential"),
        "session": _session(
            (1, 0),
            {
                "model": "gpt-realtime-2.1",
                "instructions": "You are a friendly guide. Answer in one sentence.",
                "voice": "marin",
                "expires_after_seconds_set": True,
                "expires_after_seconds": 120,
            },
            {"voice": "voice"},
            note="The secret can be used for two minutes",
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
            note="A patient guide",
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
            note="A clerk with a function",
        ),
    },
    wires=[Wire("configuration", 1, "guide", 1), Wire("guide", 2, "clerk", 1)],
)

TABLE_OF_SESSIONS = Workflow(
    file="3_table_of_sessions",
    title="A table of sessions",
    text=(
        "One session for each row of a table, with many requests in parallel. The columns 'voice' "
        "and 'instructions' replace the settings. If a row fails, the column 'Error' has the "
        f"reason, and the other rows continue.\n\n{_CREDENTIAL_NOTE}"
    ),
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
            note="One session per row",
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
            note="Voice and instructions from the row",
        ),
    },
    wires=[Wire("configuration", 1, "sessions", 1), Wire("table", 1, "sessions", 2)],
)

RAW_RESULT = Workflow(
    file="4_raw_result",
    title="Raw result with a branch",
    text=(
        "An error of the server is a row, not a failure, and the workflow branches on the status. "
        "Top: the answer contains a secret. Bottom: the answer contains an error. The "
        "configuration does not verify the key, because it would fail for a wrong one.\n\n"
        f"{_CREDENTIAL_NOTE}"
    ),
    credentials=(CREDENTIAL,),
    nodes={
        "configuration": _configuration(note="Does not verify the key", settings={"verify": False}),
        "session": _session(
            (1, 0), {"voice": "marin", "result_format": "raw"}, note="Body and status"
        ),
        "splitter": row_splitter("status", 300, (2, 0), note="Top: status below 300"),
    },
    wires=[Wire("configuration", 1, "session", 1), Wire("session", 1, "splitter", 1)],
)

KEY_FROM_A_NODE = Workflow(
    file="5_credentials_configuration",
    title="Key from Credentials Configuration",
    text=(
        "The API key comes from a node instead of the workflow's credentials, as in a component "
        "that asks its user. Open the dialog of 'Credentials Configuration' and enter the key as "
        "the password. It is not saved: the node's option to save the password is off."
    ),
    nodes={
        "key": credentials_configuration(CREDENTIAL, (0, 0), note="Enter the API key here"),
        "configuration": _configuration((1, 0)),
        "session": _session((2, 0), {"voice": "marin"}),
    },
    wires=[Wire("key", 1, "configuration", 0), Wire("configuration", 1, "session", 1)],
)

WORKFLOWS = (ONE_SESSION, CHAINED_NODES, TABLE_OF_SESSIONS, RAW_RESULT, KEY_FROM_A_NODE)
