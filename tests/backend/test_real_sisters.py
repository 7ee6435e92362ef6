# SPDX-License-Identifier: MIT
"""The nodes for transcription and translation on KNIME's real Python backend."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_dev.sandbox import Sandbox

NODES = ["transcription", "translation"]


def connect(knime: Any, url: str, key: str, **settings: Any) -> Any:
    """Execute the configuration node; return its output."""
    given = {"provider": "compatible", "base_url": url, "credential": "key", **settings}
    return knime.execute("configuration", given, [None], {"key": ("", key)})[0]


@pytest.mark.parametrize(
    ("node", "api"), [("transcription", "ga"), ("transcription", "beta"), ("translation", "ga")]
)
@pytest.mark.parametrize("table", ["structured", "raw"])
def test_nodes_run(knime: Any, tool: Any, node: str, api: str, table: str) -> None:
    """The table is exactly what was configured and the key shows up nowhere."""
    with Sandbox() as sandbox:
        key = {"key": ("", sandbox.api_key)}
        port = connect(knime, sandbox.base_url, sandbox.api_key, api=api)
        execution = knime.execute(node, {"format": table}, [port], key)
    assert execution.spec_mismatch == []
    assert tool.find_secret(execution, sandbox.api_key) == []
    assert execution[1].spec.data == port.spec.data
    assert len(execution[0].to_pandas()) == 1


@pytest.mark.parametrize("node", NODES)
def test_basic_view_has_at_most_eight_controls(knime: Any, node: str) -> None:
    """The dialogs open on one screen."""
    controls = [c for c in knime.controls(node) if c["visible"] and not c["advanced"]]
    assert len(controls) <= 8


def test_no_translation_in_the_beta_api(knime: Any, tool: Any) -> None:
    """KNIME shows what is missing, and that another configuration helps."""
    with Sandbox() as sandbox:
        port = connect(knime, sandbox.base_url, sandbox.api_key, api="beta")
        with pytest.raises(tool.KnimeNodeFailure) as caught:
            knime.execute("translation", {}, [port], {"key": ("", sandbox.api_key)})
    assert "the beta API has no realtime translation session" in caught.value.user_message
