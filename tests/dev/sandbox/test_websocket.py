# SPDX-License-Identifier: MIT
"""The Realtime WebSocket: who may open a session, and a conversation over it."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from realtime_dev.sandbox import Sandbox

MODEL = "gpt-realtime"


def mint(sandbox: Sandbox, path: str = "/realtime/client_secrets", **body: Any) -> Any:
    """Return the parsed answer to a request for a secret."""
    headers = bear(sandbox.api_key)
    answer = httpx.post(sandbox.base_url + path, json=body, headers=headers, timeout=60)
    return answer.raise_for_status().json()


def dial(
    sandbox: Sandbox,
    query: str = f"?model={MODEL}",
    *,
    headers: dict[str, str] | None = None,
    protocols: Sequence[str] = (),
    path: str = "/realtime",
) -> ClientConnection:
    """Return a WebSocket connection; raise InvalidStatus when refused."""
    return connect(
        sandbox.base_url.replace("http", "ws", 1) + path + query,
        additional_headers=headers,
        subprotocols=[Subprotocol(name) for name in protocols] or None,
        proxy=None,
        open_timeout=60,
    )


def bear(value: str) -> dict[str, str]:
    """Return the header that carries a key or secret."""
    return {"authorization": f"Bearer {value}"}


def test_opens_the_minted_session(sandbox: Sandbox) -> None:
    """A client with a secret gets session.created with that session's settings."""
    made = mint(sandbox, session={"type": "realtime", "model": MODEL, "instructions": "Hm."})
    with dial(sandbox, headers=bear(made["value"])) as connection:
        event = json.loads(connection.recv(timeout=60))
    assert event["type"] == "session.created"
    assert event["event_id"].startswith("event_")
    assert event["session"].pop("expires_at") > 0
    del made["session"]["expires_at"]
    assert event["session"] == made["session"]


def test_takes_the_secret_as_browsers_send_it(sandbox: Sandbox) -> None:
    """The secret may come as a subprotocol; the log does not hold it."""
    made = mint(sandbox, session={"type": "realtime", "model": MODEL})
    protocols = ["realtime", f"openai-insecure-api-key.{made['value']}"]
    with dial(sandbox, protocols=protocols) as connection:
        assert connection.subprotocol == "realtime"
        assert json.loads(connection.recv(timeout=60))["session"]["id"] == made["session"]["id"]
    call = sandbox.calls[-1]
    assert (call.path, call.query, call.status) == ("/v1/realtime", f"model={MODEL}", 101)
    assert call.headers["sec-websocket-protocol"] == "realtime, openai-insecure-api-key.<known>"
    assert made["value"] not in repr(call)


def refuse(sandbox: Sandbox, value: str, query: str = f"?model={MODEL}") -> int:
    """Return the status with which a client is refused before the WebSocket opens."""
    with pytest.raises(InvalidStatus) as caught:
        dial(sandbox, query, headers=bear(value))
    status = caught.value.response.status_code
    assert sandbox.calls[-1].status == status
    return status


def test_refuses_strangers(sandbox: Sandbox) -> None:
    """Unknown keys and models are refused, and those of another secret or kind of session."""
    made = mint(sandbox, session={"type": "realtime", "model": "gpt-realtime-2.1"})
    with pytest.raises(InvalidStatus) as caught:
        dial(sandbox, protocols=["realtime", f"openai-insecure-api-key.{sandbox.api_key}"])
    assert json.loads(caught.value.response.body)["error"]["code"] == "invalid_api_key"
    assert sandbox.api_key not in repr(sandbox.calls)
    assert [refuse(sandbox, value) for value in ("ek_unknown", "sk-unknown", "")] == [401] * 3
    assert refuse(sandbox, made["value"]) == 403
    assert refuse(sandbox, sandbox.api_key, "?model=nonsense") == 404
    session = {"model": "gpt-realtime-translate"}
    made = mint(sandbox, "/realtime/translations/client_secrets", session=session)
    headers, path = bear(made["value"]), "/realtime/translations"
    with dial(sandbox, "", headers=headers, path=path) as connection:
        assert json.loads(connection.recv(timeout=60))["session"]["type"] == "translation"
        connection.send('{"type": "session.close"}')
        assert json.loads(connection.recv(timeout=60))["type"] == "session.closed"
        with pytest.raises(ConnectionClosedOK):
            connection.recv(timeout=60)
    assert refuse(sandbox, made["value"], "") == 401


def test_refuses_expired_secrets() -> None:
    """A secret opens sessions, without a model too, until its expiry by the sandbox's clock."""
    now = [1000.0]
    with Sandbox(clock=lambda: now[0]) as sandbox:
        made = mint(sandbox, expires_after={"seconds": 10})
        now[0] = made["expires_at"] - 0.5
        for _ in range(2):
            dial(sandbox, "", headers=bear(made["value"])).close()
        now[0] = made["expires_at"]
        assert refuse(sandbox, made["value"], "") == 401
        call = sandbox.base_url + "/realtime/calls"
        assert httpx.post(call, headers=bear(made["value"]), timeout=60).status_code == 401


@pytest.mark.parametrize("path", [None, "/realtime/sessions", "/realtime/transcription_sessions"])
def test_refuses_the_beta_api(sandbox: Sandbox, path: str | None) -> None:
    """Its header and its secrets get an error event and a close with the API's own code."""
    headers = bear(sandbox.api_key) | {"openai-beta": "realtime=v1"}
    if path is not None:
        headers = bear(mint(sandbox, path)["client_secret"]["value"])
    call = httpx.post(f"{sandbox.base_url}/realtime/calls", headers=headers, timeout=60)
    assert (call.status_code, call.json()["error"]["code"]) == (400, "beta_api_shape_disabled")
    with dial(sandbox, "", headers=headers) as connection:
        event = json.loads(connection.recv(timeout=60))
        with pytest.raises(ConnectionClosedError) as caught:
            connection.recv(timeout=60)
    assert event["error"]["code"] == "beta_api_shape_disabled"
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4000


def test_goes_on_after_errors(sandbox: Sandbox) -> None:
    """The API key opens a session, too; after messages that are no events it still responds."""
    with dial(sandbox, headers=bear(sandbox.api_key)) as connection:
        session = json.loads(connection.recv(timeout=60))["session"]
        assert (session["model"], session["audio"]["output"]["voice"]) == (MODEL, "alloy")
        for message in ("{", b"\xff", '{"type": "response.cancel"}'):
            connection.send(message)
            assert json.loads(connection.recv(timeout=60))["type"] == "error"
        connection.send('{"type": "response.create"}')
        while json.loads(connection.recv(timeout=60))["type"] != "rate_limits.updated":
            pass
