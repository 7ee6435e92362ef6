# SPDX-License-Identifier: MIT
"""Lists of functions and MCP servers: where a good member goes, and how a bad one is refused."""

from __future__ import annotations

from typing import Any

import pytest

from openai_realtime.api import Api
from openai_realtime.errors import CredentialError, SettingsError
from openai_realtime.fields import NO_CREDENTIAL, ListField
from openai_realtime.form import load_form
from openai_realtime.request import build_request

FORM = load_form()
FUNCTION = {"name": "f"}
SERVER = {"server_label": "l", "server_url": "https://example.com"}
TUNNEL = f"tunnel_{32 * 'a'}"
LISTS = {item.setting[-1]: item for item in FORM.walk() if isinstance(item, ListField)}

GOOD: dict[str, tuple[dict[str, Any], Any]] = {
    "functions.name": ({"name": " look_up-1 "}, "look_up-1"),
    "functions.description": ({**FUNCTION, "description": "Looks up.\nThat."}, "Looks up.\nThat."),
    "functions.parameters": (
        {**FUNCTION, "parameters": '{"type": "object"}'},
        {"type": "object"},
    ),
    "mcp_servers.server_label": (SERVER, "l"),
    "mcp_servers.server_url": (SERVER, "https://example.com"),
    "mcp_servers.tunnel_id": ({"server_label": "l", "tunnel_id": TUNNEL}, TUNNEL),
    "mcp_servers.authorization": ({**SERVER, "credential": "mine"}, "token of mine"),
    "mcp_servers.server_description": ({**SERVER, "server_description": "Maps."}, "Maps."),
    "mcp_servers.allowed_tools": ({**SERVER, "allowed_tools": "a\n\n b "}, ["a", "b"]),
    "mcp_servers.require_approval": ({**SERVER, "require_approval": "never"}, "never"),
    "mcp_servers.defer_loading": ({**SERVER, "defer_loading": "no"}, False),
}
"""The settings of an item, and what comes of the member."""

PLACES = "exactly one of server_url, tunnel_id, connector_id is required."
BAD: list[tuple[str, Any, str]] = [
    ("functions", {"name": "  "}, "Function 1, Name: enter a value."),
    ("functions", {"name": "a b"}, "Function 1, Name: 'a b' does not have the required form"),
    ("functions", {"name": 65 * "a"}, "Function 1, Name: must have at most 64"),
    (
        "functions",
        {**FUNCTION, "parameters": "[]"},
        "Function 1, Parameters (JSON): parameters: must be an object, not a list.",
    ),
    ("functions", "f", "Function 1: must be a group of settings, not 'f'."),
    ("mcp_servers", {"server_label": "l"}, f"MCP server 1: {PLACES}"),
    ("mcp_servers", {**SERVER, "tunnel_id": TUNNEL}, f"MCP server 1: {PLACES}"),
    ("mcp_servers", {**SERVER, "credential": 5}, "MCP server 1, Token's credential: must be"),
    (
        "mcp_servers",
        {**SERVER, "require_approval": "ask"},
        "MCP server 1, Approval: must be one of unset, always, never, not 'ask'.",
    ),
]


def find_token(name: str) -> str:
    """Return the secret of the credential with that name."""
    return f"token of {name}"


def build(key: str, *items: Any, api: Api = Api.GA) -> list[Any]:
    """Return the tools that come of a list's items."""
    settings = {"abilities": {key: list(items)}}
    body = build_request(FORM, settings, api, find_token).body
    tools: list[Any] = (body["session"] if api is Api.GA else body)["tools"]
    return tools


def refuse(key: str, *items: Any, api: Api = Api.GA) -> str:
    """Return the message with which such items are refused."""
    with pytest.raises(SettingsError) as caught:
        build(key, *items, api=api)
    return str(caught.value)


def test_every_member_is_in_the_table() -> None:
    """Each member of an item has a good value."""
    members = [(key, member) for key, item in LISTS.items() for member in item.members]
    assert {f"{key}.{member.path[-1]}" for key, member in members} == set(GOOD)


@pytest.mark.parametrize("place", GOOD)
def test_good_members_arrive(place: str) -> None:
    """A member stands in the tool, beside the type, under the API's name for it."""
    key, name = place.split(".")
    entry, expected = GOOD[place]
    (tool,) = build(key, entry)
    assert tool["type"] == {"functions": "function", "mcp_servers": "mcp"}[key]
    assert tool[name] == expected
    assert len(tool) == len(entry) + 1


@pytest.mark.parametrize(("key", "entry", "message"), BAD, ids=range(len(BAD)))
def test_bad_members_are_named(key: str, entry: Any, message: str) -> None:
    """A bad member is refused under its item's number and the label that the dialog shows."""
    assert refuse(key, entry).startswith(message)


@pytest.mark.parametrize(("key", "good"), [("functions", FUNCTION), ("mcp_servers", SERVER)])
def test_the_number_of_a_bad_item(key: str, good: dict[str, Any]) -> None:
    """Items count from one, as people do."""
    title = LISTS[key].item_title
    assert refuse(key, good, good, {}).startswith(f"{title} 3, ")


def test_items_keep_their_order() -> None:
    """Functions come first, then MCP servers, then the tools in JSON; each in its own order."""
    settings = {
        "abilities": {
            "functions": [{"name": "b"}, {"name": "a"}],
            "mcp_servers": [SERVER],
            "tools_json": '[{"type": "function", "name": "c"}]',
        }
    }
    body = build_request(FORM, settings, Api.GA).body
    assert [tool.get("name", tool["type"]) for tool in body["session"]["tools"]] == [
        *("b", "a", "mcp", "c")
    ]


@pytest.mark.parametrize("api", list(Api))
@pytest.mark.parametrize("items", [[], None])
def test_empty_lists_are_left_alone(api: Api, items: Any) -> None:
    """A list without items is not in the body."""
    settings = {"abilities": dict.fromkeys(LISTS, items)}
    assert build_request(FORM, settings, api).body == build_request(FORM, {}, api).body


@pytest.mark.parametrize("key", LISTS)
def test_new_items_ask_for_what_they_need(key: str) -> None:
    """An item as the dialog adds it sends nothing silently: its first field is asked for."""
    first = LISTS[key].members[0]
    new = {member.setting[-1]: member.initial for member in LISTS[key].members}
    assert refuse(key, new).endswith(f"1, {first.label}: enter a value.")


def test_beta_has_no_mcp_servers() -> None:
    """The beta API does not take MCP servers: the whole list is refused by its label."""
    assert refuse("mcp_servers", SERVER, api=Api.BETA) == (
        "MCP servers: the beta API does not have this setting. Leave it unset, or connect a "
        "configuration with the current (GA) API."
    )


@pytest.mark.parametrize("name", ["", "  ", NO_CREDENTIAL, None])
def test_no_credential_sends_no_token(name: str | None) -> None:
    """A server without a credential is sent without a token, and no credential is asked for."""
    assert "authorization" not in build("mcp_servers", {**SERVER, "credential": name})[0]


def test_tokens_are_placeholders_until_they_are_sent() -> None:
    """Without access to credentials, as when settings are checked, a placeholder stands there."""
    settings = {"abilities": {"mcp_servers": [{**SERVER, "credential": "mine"}]}}
    (tool,) = build_request(FORM, settings, Api.GA).body["session"]["tools"]
    assert tool["authorization"] == "secret of mine"


def test_missing_credentials_are_told_as_such() -> None:
    """What the search for a credential raises comes through as it is."""
    problem = CredentialError("There is no credential 'mine'.")

    def fail(_: str) -> str:
        raise problem

    settings = {"abilities": {"mcp_servers": [{**SERVER, "credential": "mine"}]}}
    with pytest.raises(CredentialError) as caught:
        build_request(FORM, settings, Api.GA, fail)
    assert caught.value is problem
