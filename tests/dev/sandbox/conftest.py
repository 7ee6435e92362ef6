# SPDX-License-Identifier: MIT
"""A running sandbox, clients for it, and the recorded bodies."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from realtime_dev.sandbox import Sandbox

RESPONSES = Path(__file__).parents[2] / "data" / "responses"


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    """Serve one sandbox for all tests that need nothing special of it."""
    with Sandbox(models=["custom-model"], deployments=["gpt-realtime", "my-whisper"]) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """Hand out the sandbox without what earlier tests left in it."""
    running.calls.clear()
    running.faults.clear()
    return running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """Hand out a client that carries the key; its paths are relative to `base_url`."""
    headers = {"authorization": f"Bearer {sandbox.api_key}"}
    with httpx.Client(base_url=sandbox.base_url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def azure(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """Hand out a client for the sandbox's Azure side."""
    headers = {"api-key": sandbox.api_key}
    with httpx.Client(base_url=sandbox.azure_base_url, headers=headers, timeout=60) as client:
        yield client


def load_recorded(stem: str) -> Any:
    """Return the recorded JSON in the file with that stem."""
    return json.loads((RESPONSES / f"{stem}.json").read_text())
