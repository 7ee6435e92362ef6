# SPDX-License-Identifier: MIT
"""The models that a dialog offers: those of the schema, and those of the connected server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openai_realtime.nodes.model_lists import list_models
from realtime_dev.host import CredentialPort
from realtime_dev.host.callbacks import NodeCallbacks
from realtime_dev.knime_standin.contexts import DialogCreationContext
from realtime_dev.sandbox import RawServer, Step, compose_answer

from .conftest import KEY, Chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_dev.host import Host
    from realtime_dev.sandbox import Sandbox

KEYS = {"key": ("", KEY)}


def list_shown(host: Host, specs: list[Any], credentials: Any, node: str = "session") -> list[str]:
    """Return the models in a dialog, each with its end: `name`, `name|date`."""
    controls = host.controls(node, {}, specs, credentials=credentials)
    choices = next(each for each in controls if each.path == "model").choices or []
    ends = [label.partition(" (until ")[2].rstrip(")") for _, label in choices]
    return [f"{name}|{end}".rstrip("|") for (name, _), end in zip(choices, ends, strict=True)]


@pytest.mark.parametrize("token", [None, CredentialPort("Bearer", KEY)])
@pytest.mark.parametrize("settings", [{}, {"api": "beta"}, {"provider": "openai"}])
def test_dialog_has_the_models_of_the_server(
    settings: dict[str, Any], token: Any, chain: Chain, sandbox: Sandbox
) -> None:
    """The server is asked once for all lists of a dialog; what it lists is offered with its end."""
    spec = chain.connect(settings, token).outputs[0].spec
    models = list_shown(chain.host, [spec], {} if token else KEYS)
    assert "gpt-realtime-2025-08-28|2027-01-20" in models
    assert not {"text-embedding-3-small", "gpt-live-1", "gpt-realtime-whisper"} & set(models)
    assert [call.path for call in sandbox.calls] == ["/v1/models"]


NO_LIST: list[Any] = ["", [], {}, {"data": 5}, {"data": [5]}, {"data": [{"id": 5}]}, {"data": []}]
GOOD = {"data": [{"id": "gpt-realtime-9"}]}


@pytest.mark.parametrize(
    ("body", "provider", "credentials"),
    [
        (GOOD, "azure", KEYS),  # deployments are not listed
        (GOOD, "openai", {}),
        (GOOD, "openai", {"key": ("", "")}),
        ({"error": {"message": "Incorrect API key"}}, "openai", KEYS),
        *((body, "compatible", KEYS) for body in NO_LIST),
    ],
)
def test_built_in_list_without_an_answer(
    body: Any, provider: str, credentials: Any, serve: Callable[..., Chain]
) -> None:
    """Without a key, an answer or a list in it, the dialog is as without a connection."""
    chain = serve("200 OK", json.dumps(body).encode())
    spec = chain.connect({"provider": provider}).outputs[0].spec
    assert list_shown(chain.host, [spec], credentials) == list_shown(chain.host, [], {})


def test_dialog_does_not_wait_for_long(chain: Chain) -> None:
    """A list that comes after the time limit is not used; names that cannot be shown never are."""
    data = [{"id": each, "shutdown_date": "2027-01-20T00:00"} for each in ("a", " ", "\ud800")]
    answer = compose_answer(json.dumps({"data": data}).encode())
    with RawServer([Step.READ, 1.0, answer]) as server:
        spec = chain.connect({"base_url": server.url}).outputs[0].spec
        context = DialogCreationContext(NodeCallbacks(KEYS), [spec])
        assert list_models(context, 0.2) == {}
        assert list_models(context, 60.0) == {"a": "2027-01-20"}


LISTED = (
    "other|2999-01-01 unset gpt-realtime-translate gpt-5 gpt-realtime-9 gpt-realtime-10 "
    "gpt-realtime-8|2000-01-01 gpt-realtime-2 gpt-realtime-mini|2000-01-01"
)
SORTED = (
    "unset gpt-realtime-2 gpt-realtime-10 gpt-realtime-9 gpt-realtime-2.1 gpt-realtime-2.1-mini "
    "gpt-realtime-1.5 gpt-realtime|2027-01-20 gpt-realtime-mini|2000-01-01 "
    "gpt-realtime-8|2000-01-01 other"
)


@pytest.mark.parametrize(
    ("node", "provider", "listed", "expected"),
    [
        ("session", "openai", LISTED, SORTED),
        ("translation", "compatible", "x Translate", "Translate gpt-realtime-translate other"),
        ("translation", "compatible", "x", "x gpt-realtime-translate other"),
        ("translation", "openai", "x", "gpt-realtime-translate other"),
    ],
)
def test_order_of_models(
    node: str, provider: str, listed: str, expected: str, serve: Callable[..., Chain]
) -> None:
    """Models belong to a list by their names, and those that can be used come first."""
    models = [each.partition("|") for each in listed.split()]
    data = [{"id": name, "shutdown_date": end or None} for name, _, end in models]
    chain = serve("200 OK", json.dumps({"data": data}).encode())
    spec = chain.connect({"provider": provider}).outputs[0].spec
    assert list_shown(chain.host, [spec], KEYS, node) == expected.split()
