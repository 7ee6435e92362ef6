# SPDX-License-Identifier: MIT
"""What all tests share: how many examples property tests draw, and no proxy of this machine."""

import importlib
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# `make test` draws the same examples each time, `make coverage` more of them. Only there are they
# new ones, and not in CI: an example that fails is for a developer to meet, not for a change that
# has nothing to do with it.
settings.register_profile("default", max_examples=100, deadline=None, derandomize=True)
settings.register_profile(
    "thorough", max_examples=500, deadline=None, derandomize="CI" in os.environ
)
settings.load_profile("default")


# Before anything imports httpx: `make test-httpx2` runs tests with another library in its place.
if library := os.environ.get("HTTP_LIBRARY"):
    sys.modules["httpx"] = importlib.import_module(library)


def remove_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove all variables such as HTTP_PROXY, all_proxy and NO_PROXY, in either case."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _no_proxy_in_session() -> Iterator[None]:
    """Keep proxies away from fixtures that live longer than one test."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        remove_proxies(monkeypatch)
        yield


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep proxies away from each test that does not set them itself."""
    remove_proxies(monkeypatch)
