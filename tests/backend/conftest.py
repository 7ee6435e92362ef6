# SPDX-License-Identifier: MIT
"""KNIME's real Python backend with our extension in it.

These tests are skipped unless KNIME_HOST names the folder of the `knime_host` tool, which plays
KNIME's Java half, and this Python can import KNIME's half; `make backend` says how.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip this folder's tests where there is no KNIME, and let KNIME's code warn."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(
                pytest.mark.skipif("KNIME_HOST" not in os.environ, reason="KNIME_HOST is not set")
            )
            # KNIME's own code is not ours to mend.
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture(scope="module")
def tool() -> Any:
    """Hand out the module that plays KNIME's Java half."""
    sys.path.insert(0, os.environ["KNIME_HOST"])
    return importlib.import_module("host")


@pytest.fixture(scope="module")
def knime(tool: Any) -> Any:
    """Hand out KNIME with our extension loaded."""
    return tool.KnimeHost(str(ROOT))
