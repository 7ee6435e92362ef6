# SPDX-License-Identifier: MIT
"""How tests look at an error that pure functions raise."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "Hq8sLw2zPm"
"""Stands for a secret in what tests pass on; no error may show it."""

_Error = TypeVar("_Error", bound=Exception)


def catch(kind: type[_Error], call: Callable[..., object], *arguments: object) -> _Error:
    """Return the error that `call` ends with: one line, no cause behind it, no MARK in it."""
    with pytest.raises(kind) as caught:
        call(*arguments)
    error = caught.value
    assert error.__cause__ is error.__context__ is None
    shown = "".join(traceback.format_exception_only(error))
    assert MARK not in f"{shown}{error!r}{error.args}{vars(error)}"
    assert str(error).isprintable()
    return error
