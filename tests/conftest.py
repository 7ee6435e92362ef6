# SPDX-License-Identifier: MIT
"""What holds for all tests: proxies of the machine that runs them are none of theirs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# In CI the same examples each time: a new one that fails is for a developer to meet, not for a
# change that has nothing to do with it.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

if TYPE_CHECKING:
    from collections.abc import Iterator


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
