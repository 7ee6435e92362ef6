# SPDX-License-Identifier: MIT
"""The fault suite's secrets on KNIME's real Python backend."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from realtime_dev.faultsuite import Case, Outcome, certificates, list_cases
from realtime_dev.faultsuite.case import CLIENT_SECRET, KEY, PROXY_PASSWORD, TOKEN
from realtime_dev.faultsuite.suite import (
    CREDENTIALS,
    SESSION,
    change_environment,
    expand_environment,
)

FAILURES = {case.name: case for case in list_cases() if case.expected is not Outcome.SUCCESS}
RETRIED = {Outcome.BUSY, Outcome.UNREACHABLE}


@pytest.fixture(scope="module")
def authority() -> Iterator[Path]:
    """Hand out the file with the certificate of the suite's authority."""
    with TemporaryDirectory() as folder:
        yield certificates.write_authority(Path(folder))


@pytest.mark.parametrize("name", FAILURES)
def test_failures_keep_secrets(
    knime: Any, tool: Any, connect: Callable[..., Any], authority: Path, name: str
) -> None:
    """After every kind of failure, nothing that KNIME stores or shows holds a secret."""
    case: Case = FAILURES[name]
    # Where the node tries again, a slow machine may reach the deadline first: another sentence.
    # An answer that ends the node is read to its end, however long that takes.
    retried = case.expected in RETRIED
    deadline = case.deadline if retried else 300.0
    with ExitStack() as stack:
        server = case.start_server(stack)
        stack.enter_context(change_environment(expand_environment(case, server, authority)))
        port = connect(server.url, deadline=deadline, **case.settings)
        with pytest.raises(tool.KnimeNodeFailure) as caught:
            knime.execute("session", SESSION, [port], CREDENTIALS)
    assert retried or case.says in caught.value.user_message
    assert "\n" not in caught.value.user_message
    assert caught.value.call.logs
    secrets = (KEY, TOKEN, PROXY_PASSWORD, CLIENT_SECRET)
    assert [tool.find_secret(caught.value, secret) for secret in secrets] == [[]] * len(secrets)
