# SPDX-License-Identifier: MIT
"""What leaves the nodes when something fails: one line, without causes and secrets."""

import knime.extension as knext
import pytest

from openai_realtime.errors import BusyError, SettingsError
from openai_realtime.nodes.boundary import NodeError, translate_errors


def fail(error: Exception) -> Exception:
    """Return what becomes of `error` at the boundary, which has no cause and no context."""

    @translate_errors
    def method() -> None:
        raise error from ValueError("the cause")

    with pytest.raises(Exception) as caught:  # noqa: PT011 - any
        method()
    # KNIME logs causes and contexts.
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (SettingsError("Speed", "too fast."), knext.InvalidParametersError, "Speed: too fast."),
        (BusyError("Busy."), NodeError, "Busy."),
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
