# SPDX-License-Identifier: MIT
"""What leaves the nodes when something fails: one line, without causes and secrets."""

from __future__ import annotations

import pytest

from openai_realtime.errors import BusyError, SettingsError
from realtime_dev.knime_standin.install import install

install()

import knime.extension as knext  # noqa: E402 - the stand-in must be there first

from openai_realtime.nodes.boundary import NodeError, translate_errors  # noqa: E402


def fail(error: Exception) -> Exception:
    """Return what becomes of `error` at the boundary."""

    @translate_errors
    def method() -> None:
        raise error from ValueError("the cause")

    with pytest.raises(Exception) as caught:  # noqa: PT011 - any
        method()
    return caught.value


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (SettingsError("Speed", "too fast."), knext.InvalidParametersError, "Speed: too fast."),
        (BusyError("Busy."), NodeError, "Busy."),
        (knext.InvalidParametersError("As it is."), knext.InvalidParametersError, "As it is."),
    ],
)
def test_errors_become_knimes(error: Exception, kind: type[Exception], message: str) -> None:
    """Each of our errors becomes one that KNIME shows well."""
    failure = fail(error)
    assert type(failure) is kind
    assert str(failure) == message


def test_mistakes_of_ours_are_told_as_such() -> None:
    """An unexpected error names its kind and place, and hides secrets."""
    failure = fail(KeyError("sk-proj-0123456789abcdefghij"))
    assert isinstance(failure, NodeError)
    assert str(failure).startswith("Unexpected KeyError at method:")
    assert str(failure).endswith("Please report this.")
    assert "0123456789" not in str(failure)


@pytest.mark.parametrize("error", [BusyError("Busy."), SettingsError("A", "b."), KeyError("x")])
def test_no_cause_leaves(error: Exception) -> None:
    """KNIME logs causes and contexts, so none is left."""
    failure = fail(error)
    assert failure.__cause__ is None
    assert failure.__context__ is None
