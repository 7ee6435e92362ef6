# SPDX-License-Identifier: MIT
"""Lists of functions and MCP servers: where a good member goes, and how a bad one is refused."""

from typing import Any

import pytest

from core.builders import build, refuse
from openai_realtime.api import Api
from openai_realtime.errors import CredentialError
from openai_realtime.fields import NO_CREDENTIAL, ListField
from openai_realtime.form import load_form
from openai_realtime.request import build_request

FORM = load_form()
FUNCTION = {"name": "f"}
SERVER = {"server_label": "l", "server_url": "https://example.com"}
CONNECTOR_ID = {"server_label": "c", "connector_id": "connector_gmail"}
CONNECTOR = {**CONNECTOR_ID, "credential": "mine"}
TUNNEL = f"tunnel_{32 * 'a'}"
LISTS = {item.setting[-1]: item for item in FORM.by_setting.values() if isinstance(item, ListField)}


def test_items_arrive() -> None:
    """The JSON comes first, then functions, then MCP servers; each member under the API's name."""
    function = {"name": " look_up-1 ", "description": "Up.\nYes.", "parameters": '{"a": 1}'}
    server = {
        **SERVER,
        "credential": "mine",
        "server_description": "Maps.",
        "headers": '{"X-Team": "voice", "x-key": "{password}"}',
        "allowed_tools": "a\n\n b ",
        "require_approval": "never",
        "defer_loading": "no",
    }
    tunnel = {"server_label": "t", "tunnel_id": TUNNEL}
    members = {key: {member.setting[-1] for member in item.members} for key, item in LISTS.items()}
    every = server.keys() | tunnel.keys() | CONNECTOR.keys()
    assert members == {"functions": set(function), "mcp_servers": every}
    flat = {
        "tools.functions": [function, FUNCTION],
        "tools.mcp_servers": [server, tunnel, CONNECTOR],
        "tools.tools_json": '[{"type": "function", "name": "first"}]',
    }
    assert build(flat)["session"]["tools"] == [
        {"type": "function", "name": "first"},
        {
            "type": "function",
            "name": "look_up-1",
            "description": "Up.\nYes.",
            "parameters": {"a": 1},
        },
        {"type": "function", "name": "f"},
        {
            "type": "mcp",
            "server_label": "l",
            "server_url": "https://example.com",
            "headers": {"X-Team": "voice", "x-key": "secret of mine"},
            "server_description": "Maps.",
            "allowed_tools": ["a", "b"],
            "require_approval": "never",
            "defer_loading": False,
        },
        {"type": "mcp", "server_label": "t", "tunnel_id": TUNNEL},
        {"type": "mcp", **CONNECTOR_ID, "authorization": "secret of mine"},
    ]


BAD: list[tuple[str, list[Any], str]] = [
    ("functions", [{"name": "  "}], "Function 1, Name: enter a value."),
    ("functions", [{"name": "a b"}], "Function 1, Name: 'a b' does not have the required form"),
    ("functions", [{"name": 65 * "a"}], "Function 1, Name: must have at most 64"),
    (
        "functions",
        [{**FUNCTION, "parameters": "[]"}],
        "Function 1, Parameters (JSON): must be an object, not a list.",
    ),
    ("functions", [FUNCTION, FUNCTION, {}], "Function 3, Name: enter a value."),
    ("functions", ["f"], "Function 1: must be a group of settings, not 'f'."),
    ("mcp_servers", [{**SERVER, "credential": 5}], "MCP server 1, Token's credential: must be"),
    (
        "mcp_servers",
        [{**SERVER, "require_approval": "ask"}],
        "MCP server 1, Approval: must be one of unset, always, never, not 'ask'.",
    ),
]


@pytest.mark.parametrize(("key", "items", "message"), BAD, ids=range(len(BAD)))
def test_bad_members_are_named(key: str, items: list[Any], message: str) -> None:
    """A bad member is refused under its item's number and the label that the dialog shows."""
    assert refuse({f"tools.{key}": items}).startswith(message)


@pytest.mark.parametrize("api", list(Api))
@pytest.mark.parametrize("items", [[], None])
def test_empty_lists_are_left_alone(api: Api, items: Any) -> None:
    """A list without items is not in the body."""
    assert build({f"tools.{key}": items for key in LISTS}, api) == build({}, api)


@pytest.mark.parametrize("key", LISTS)
def test_new_items_ask_for_what_they_need(key: str) -> None:
    """An item as the dialog adds it is refused until its first field has a value."""
    first = LISTS[key].members[0]
    new = {member.setting[-1]: member.initial for member in LISTS[key].members}
    assert refuse({f"tools.{key}": [new]}).endswith(f"1, {first.label}: enter a value.")


def test_beta_has_no_mcp_servers() -> None:
    """The beta API does not take MCP servers: the whole list is refused by its label."""
    assert refuse({"tools.mcp_servers": [SERVER]}, Api.BETA) == (
        "MCP servers: the beta API does not have this setting. Leave it unset, or connect a "
        "configuration with the current (GA) API."
    )


@pytest.mark.parametrize("name", ["", "  ", NO_CREDENTIAL, None])
def test_no_credential_sends_no_token(name: str | None) -> None:
    """A server without a credential is sent without a token, and no credential is asked for."""
    body = build({"tools.mcp_servers": [{**SERVER, "credential": name}]})
    assert "authorization" not in body["session"]["tools"][0]


def test_credentials() -> None:
    """Checked settings have a placeholder for the token; errors of the search name the item."""
    settings = {"tools": {"mcp_servers": [{**SERVER, "credential": "mine"}]}}
    (tool,) = build_request(FORM, settings, Api.GA).body["session"]["tools"]
    assert tool["authorization"] == "secret of mine"
    problem = CredentialError("There is no credential 'mine'.")

    def fail(_: str) -> str:
        raise problem

    message = "^MCP server 1, Token's credential: There is no credential 'mine'"
    with pytest.raises(CredentialError, match=message):
        build_request(FORM, settings, Api.GA, fail)
