# SPDX-License-Identifier: MIT
"""KNIME's real Python backend with our extension in it.

These tests are skipped unless KNIME_HOST names the folder of the `knime_host` tool, which plays
KNIME's Java half, and this Python can import KNIME's half; `make backend` says how.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from realtime_dev.faultsuite.case import KEY
from realtime_dev.faultsuite.suite import CREDENTIALS
from realtime_dev.sandbox import Sandbox

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let KNIME's code warn; without KNIME, skip one test in place of all of this folder."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        # KNIME's own code is not ours to mend.
        item.add_marker(pytest.mark.filterwarnings("default"))
    if ours and "KNIME_HOST" not in os.environ:
        ours[0].add_marker(pytest.mark.skip(reason="KNIME_HOST is not set; see CONTRIBUTING.md"))
        items[:] = [item for item in items if item not in ours[1:]]


@pytest.fixture(scope="module")
def tool() -> Any:
    """Hand out the module that plays KNIME's Java half."""
    sys.path.insert(0, os.environ["KNIME_HOST"])
    return importlib.import_module("host")


@pytest.fixture(scope="module")
def knime(tool: Any) -> Any:
    """Hand out KNIME with our extension loaded."""
    return tool.KnimeHost(str(ROOT))


SECTIONS = dict.fromkeys(["connect_timeout", "read_timeout", "ca_file"], "network.")
SECTIONS |= dict.fromkeys(["attempts", "longest_wait", "deadline"], "retries.")
"""The sections of settings of the configuration node, in which tests leave them out."""


@pytest.fixture
def connect(knime: Any) -> Callable[..., Any]:
    """Hand out what executes the configuration node for an address; it gives its output."""

    def run(url: str, token: Any = None, **settings: Any) -> Any:
        given = {"provider": "compatible", "base_url": url, "credential": "key", "verify": False}
        placed = {SECTIONS.get(key, "") + key: value for key, value in (given | settings).items()}
        return knime.execute("configuration", placed, [token], CREDENTIALS)[0]

    return run


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Hand out a running sandbox that takes bodies on trust."""
    with Sandbox(api_key=KEY, checks=False) as sandbox:
        yield sandbox
