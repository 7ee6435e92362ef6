# SPDX-License-Identifier: MIT
"""Runs the fault suite once for all tests that look at what came of it."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator

import pytest

from client.fakes import await_end, find_workers
from realtime_dev.faultsuite import Result, Suite, list_cases
from realtime_dev.host import Host
from realtime_dev.knime_standin.install import install

install()


class Evidence:
    """What came of the suite, and all that was printed, logged and warned of meanwhile."""

    def __init__(self) -> None:
        self.results: dict[str, Result] = {}
        self.texts: list[str] = []


class _Recorder(logging.Handler):
    """Keeps each record in full: text, arguments, exception."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._texts = texts

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        arguments = record.args
        self._texts += [f"log of {record.name}: {self.format(record)}", f"{arguments!r}"]


@contextlib.contextmanager
def record_logs(texts: list[str]) -> Iterator[None]:
    """Log everything at DEBUG into `texts`, as KNIME does into its log."""
    root, handler = logging.getLogger(), _Recorder(texts)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


@pytest.fixture(scope="session")
def evidence(request: pytest.FixtureRequest) -> Evidence:
    """Hand out what came of the cases that are to be tested; of all if none is named."""
    found = Evidence()
    cases = list_cases()
    wanted = {
        item.callspec.params["name"]
        for item in request.session.items
        if hasattr(item, "callspec")
        and "name" in item.callspec.params
        and item.path.parent.name == "faults"
    }
    everything = any("every" in item.name for item in request.session.items)
    out, err = io.StringIO(), io.StringIO()
    with (
        warnings.catch_warnings(record=True) as warned,
        record_logs(found.texts),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        Suite() as suite,
    ):
        warnings.simplefilter("always")
        futures = suite.start(case for case in cases if everything or case.name in wanted)
    found.results = {name: future.result() for name, future in futures.items()}
    found.texts += [f"stdout: {out.getvalue()}", f"stderr: {err.getvalue()}"]
    found.texts += [f"warning: {each.message}" for each in warned]
    return found


@pytest.fixture(scope="session")
def host() -> Host:
    """Hand out the host with our extension loaded."""
    return Host()


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    """Nothing that an exchange began runs on after a test."""
    yield
    await_end(lambda: not find_workers())
