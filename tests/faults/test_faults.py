# SPDX-License-Identifier: MIT
"""The real nodes in front of servers that do everything wrong: see realtime_dev.faultsuite.

All tests that look at the run of the whole suite are in this file, so that it runs in one process.
"""

import base64
import json
import traceback
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from openai_realtime.nodes.boundary import NodeError
from realtime_dev.faultsuite import GROUPS, Outcome, Result, list_cases
from realtime_dev.faultsuite.__main__ import main
from realtime_dev.faultsuite.case import CLIENT_SECRET, KEY, PROXY_PASSWORD, TOKEN, expect
from realtime_dev.faultsuite.echoed_secrets import escape_secret
from realtime_dev.faultsuite.servers import send
from realtime_dev.faultsuite.suite import CREDENTIALS, SESSION
from realtime_dev.host import Execution

NAMES = [case.name for case in list_cases()]


@pytest.mark.parametrize("name", NAMES)
def test_fault(evidence: Any, name: str) -> None:
    """The node ends as expected, and a failure is one short line of ours."""
    result: Result = evidence.results[name]
    assert result.problem == "", result.text[:300]
    if result.failure is not None:
        assert type(result.failure) is NodeError
        assert result.text.isprintable()
        assert 0 < len(result.text) <= 300
        assert result.failure.__cause__ is None
        assert result.failure.__context__ is None
    for line in result.progress:
        assert line.isprintable()


def test_there_are_enough() -> None:
    """Every fault has a name of its own, and they end in all ways."""
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []
    assert len(NAMES) >= 470
    assert {case.expected for case in list_cases()} == set(Outcome) - {Outcome.SETTINGS}
    assert [case.name for case in list_cases() if not case.says] == []


def test_warnings_are_none(evidence: Any) -> None:
    """Nothing that any server sends makes Python warn."""
    assert [text for text in evidence.texts if text.startswith("warning: ")] == []


def test_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """`make faults` prints the name, expected and actual outcome of each case, and a summary."""
    assert main(["redirect without"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["fault", "expected", "got", "seconds"]
    assert lines[1].split()[:5] == ["redirect", "without", "a", "location", "RejectedError"]
    assert lines[-1].startswith("1 faults in ")


def test_command_finds_what_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case with an unexpected end makes the command fail, with an explanation."""
    teapot = send(b"HTTP/1.1 418 No\r\n\r\n")
    wrong = [
        expect("expects too much", Outcome.SUCCESS, "", teapot),
        expect("expects other words", Outcome.REJECTED, "tea", teapot),
        expect("expects silence", Outcome.REJECTED, "(418)", teapot, asked=0),
        expect("expects haste", Outcome.REJECTED, "", teapot, quick=-1.0),
    ]
    monkeypatch.setitem(GROUPS, "wrong", lambda: wrong)
    assert main(["wrong", "--failed", "--timed"]) == 1
    told = capsys.readouterr().out
    for problem in (
        "RejectedError instead of success",
        "'tea' is missing",
        "1 requests instead of 0",
        "took ",
    ):
        assert f"NOT AS EXPECTED: {problem}" in told
    assert main(["no such fault"]) == 1


HIDDEN = {
    f"{what}, {how}": text
    for what, secret in (("key", KEY), ("token", TOKEN), ("proxy password", PROXY_PASSWORD))
    for how, text in {
        **escape_secret(secret),
        "repr": repr(secret)[1:-1],
        # Its greater part, as is left when a mask misses a bit of it.
        "cut": secret[:-5],
    }.items()
} | {
    "proxy password, as it is sent": base64.b64encode(f"someone:{PROXY_PASSWORD}".encode()).decode()
}

SECRETS = {secret: name for name, secret in HIDDEN.items()}


def find(text: str, *more: str) -> list[str]:
    """Return the names of the secrets in `text`."""
    found = [name for secret, name in SECRETS.items() if secret in text]
    return [*found, *("client secret" for secret in more if secret in text)]


def walk(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that stands behind it, shown in tracebacks or not."""
    if error is not None:
        yield error
        yield from walk(error.__cause__)
        yield from walk(error.__context__)


def list_shown(failure: Exception) -> Iterator[str]:
    """Yield what KNIME shows or logs of a failure, and what hides behind it."""
    yield "".join(traceback.format_exception(failure))
    for error in walk(failure):
        yield f"{error} {error!r} {error.args!r} {vars(error)!r}"


def list_saved(execution: Execution) -> Iterator[str]:
    """Yield what a workflow saves of an execution, but for tables."""
    yield json.dumps(execution.settings, ensure_ascii=False)
    yield repr(execution.progress) + repr(execution.warnings)
    yield repr(execution)
    for output in execution.outputs:
        if hasattr(output, "spec_json"):
            yield json.dumps(output.spec_json, ensure_ascii=False) + repr(output.data)
            yield repr(vars(output.spec))


def list_texts(result: Result) -> Iterator[str]:
    """Yield all texts about a result but for its table."""
    yield from result.progress
    if result.failure is not None:
        yield from list_shown(result.failure)
    for execution in result.executions:
        yield from list_saved(execution)


def read_minted(result: Result) -> list[str]:
    """Return the client secrets of a result's table."""
    if result.failure is not None:
        return []
    table: Any = result.executions[-1].outputs[0]
    frame = table.to_pandas()
    return [text for text in frame.get("Client Secret", []) if len(text) > 8]


def test_every_failure_keeps_every_secret(evidence: Any) -> None:
    """Neither what is shown nor what is saved, nor anything behind it, holds a secret."""
    leaks = [
        (name, secret)
        for name, result in evidence.results.items()
        for minted in [read_minted(result)]
        for text in list_texts(result)
        for secret in find(text, CLIENT_SECRET, *minted)
    ]
    assert leaks == []
    assert sum(result.failure is not None for result in evidence.results.values()) > 100


def test_every_log_keeps_every_secret(evidence: Any) -> None:
    """Neither stdout, stderr, warnings nor a log at DEBUG hold a secret."""
    minted = {secret for result in evidence.results.values() for secret in read_minted(result)}
    leaks = {
        (text.partition(":")[0], secret)
        for text in evidence.texts
        for secret in find(text, CLIENT_SECRET, *minted)
    }
    assert leaks == set()
    # The log is really on.
    assert sum(text.startswith("log of openai_realtime") for text in evidence.texts) > 300


def test_every_table_holds_the_client_secret_only(evidence: Any) -> None:
    """What a server repeats of the request is no secret in the table either."""
    leaks = [
        (name, secret)
        for name, result in evidence.results.items()
        if result.failure is None
        for secret in find(result.text)
    ]
    assert leaks == []


@pytest.mark.parametrize("place", ["warn", "configure"])
def test_configuring_keeps_secrets(host: Any, place: str) -> None:
    """A node that is configured knows no secret; its warnings and refusals show none."""
    settings = {"provider": "compatible", "base_url": "http://api.example.com", "credential": "key"}
    first = host.configure("configuration", settings, [None], credentials=CREDENTIALS)
    second = host.configure("session", SESSION, first.specs, credentials=CREDENTIALS)
    given = first if place == "warn" else second
    assert find(repr(given) + json.dumps(given.settings)) == []
    assert bool(given.warnings) == (place == "warn")
