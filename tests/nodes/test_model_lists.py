# SPDX-License-Identifier: MIT
"""The models that a dialog offers: those of the schema, and those of the connected server."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from openai_realtime.nodes.model_lists import list_models
from realtime_dev.host import CredentialPort, Host
from realtime_dev.host.callbacks import NodeCallbacks
from realtime_dev.knime_standin.contexts import DialogCreationContext
from realtime_dev.sandbox import RawServer, Sandbox, Step, compose_answer

from .conftest import KEY, Chain

KEYS = {"key": ("", KEY)}
BUILT_IN = (
    "unset gpt-realtime-2.1 gpt-realtime-2.1-mini gpt-realtime-2 gpt-realtime-1.5 "
    "gpt-realtime|2027-01-20 gpt-realtime-mini|2027-01-20 other"
)
LISTED = (
    "other|2999-01-01 unset gpt-realtime-translate gpt-5 gpt-realtime-9 gpt-realtime-10 "
    "gpt-realtime-8|2000-01-01 gpt-realtime-2 gpt-realtime-mini|2000-01-01"
)
SORTED = (
    "unset gpt-realtime-2 gpt-realtime-10 gpt-realtime-9 gpt-realtime-2.1 gpt-realtime-2.1-mini "
    "gpt-realtime-1.5 gpt-realtime|2027-01-20 gpt-realtime-mini|2000-01-01 "
    "gpt-realtime-8|2000-01-01 other"
)
GARBAGE: list[Any] = ["", [], {}, {"data": 5}, {"data": [5]}, {"data": [{"id": 5}]}]


def list_shown(host: Host, spec: Any, credentials: Any, node: str) -> str:
    """Return the models in a dialog, each with its end: `name`, `name|date`."""
    controls = host.controls(node, {}, [spec], credentials=credentials)
    choices = next(each for each in controls if each.path == "model").choices or []
    ends = [label.partition(" (until ")[2].rstrip(")") for _, label in choices]
    shown = [f"{name}|{end}".rstrip("|") for (name, _), end in zip(choices, ends, strict=True)]
    return " ".join(shown)


@pytest.mark.parametrize("token", [None, CredentialPort("Bearer", KEY)])
@pytest.mark.parametrize("settings", [{}, {"api": "beta"}, {"provider": "openai"}])
def test_server_is_asked_once(
    settings: dict[str, Any], token: Any, chain: Chain, sandbox: Sandbox
) -> None:
    """One request, with the key or token, serves all lists of a dialog."""
    spec = chain.connect(settings, token).outputs[0].spec
    shown = list_shown(chain.host, spec, {} if token else KEYS, "session").split()
    assert "gpt-realtime-2025-08-28|2027-01-20" in shown
    assert not {"text-embedding-3-small", "gpt-live-1", "gpt-realtime-whisper"} & {*shown}
    assert [call.path for call in sandbox.calls] == ["/v1/models"]


@pytest.mark.parametrize(
    ("about", "credentials", "answer", "expected"),
    [
        ("session openai", KEYS, LISTED, SORTED),
        ("translation compatible", KEYS, "x Translate", "Translate gpt-realtime-translate other"),
        ("translation compatible", KEYS, "x", "x gpt-realtime-translate other"),
        ("translation openai", KEYS, "x", "gpt-realtime-translate other"),
        ("session azure", KEYS, LISTED, BUILT_IN),  # deployments are not listed
        ("session openai", {}, LISTED, BUILT_IN),
        ("session openai", {"key": ("", "")}, LISTED, BUILT_IN),
        ("session openai", KEYS, {"error": {"message": "Incorrect API key"}}, BUILT_IN),
        *(("session compatible", KEYS, answer, BUILT_IN) for answer in GARBAGE),
    ],
)
def test_models_of_a_dialog(
    about: str, credentials: Any, answer: Any, expected: str, serve: Callable[..., Chain]
) -> None:
    """Models belong to a list by their names, usable ones first; without an answer our own stay."""
    if isinstance(answer, str):
        models = [each.partition("|") for each in answer.split()]
        answer = {"data": [{"id": name, "shutdown_date": end or None} for name, _, end in models]}
    node, provider = about.split()
    chain = serve("200 OK", json.dumps(answer).encode())
    spec = chain.connect({"provider": provider}).outputs[0].spec
    assert list_shown(chain.host, spec, credentials, node) == expected


def test_dialog_does_not_wait_for_long(chain: Chain) -> None:
    """A list that comes after the time limit is not used; names that cannot be shown never are."""
    data = [{"id": each, "shutdown_date": "2027-01-20T00:00"} for each in ("a", " ", "\ud800")]
    answer = compose_answer(json.dumps({"data": data}).encode())
    with RawServer([Step.READ, 1.0, answer]) as server:
        spec = chain.connect({"base_url": server.url}).outputs[0].spec
        context = DialogCreationContext(NodeCallbacks(KEYS), [spec])
        assert list_models(context, 0.2) == {}
        assert list_models(context, 60.0) == {"a": "2027-01-20"}
