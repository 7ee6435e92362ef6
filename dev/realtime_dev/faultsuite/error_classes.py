# SPDX-License-Identifier: MIT
"""Records the class of each error.

Errors that leave the nodes have a message but no cause. So the classes are recorded where the
errors are created.
"""

from collections.abc import Callable
from typing import Any, Self

# The client's internal subclass of UnreachableError.
_INTERNAL = {"ConnectionFailedError": "UnreachableError"}


class ErrorClassRecorder:
    """A context manager that records the class of each RealtimeError by its message."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._undo: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        """Start to record."""
        # Imported here, because KNIME's backend makes the product importable only later.
        from openai_realtime import errors, redact  # noqa: PLC0415

        # Any, because mypy does not allow to replace a method.
        patched: Any = errors.RealtimeError
        before = patched.__init__
        names = self._names

        def record(error: Exception, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
            before(error, *arguments, **named)
            name = type(error).__name__
            names[redact.redact(str(error))] = _INTERNAL.get(name, name)

        patched.__init__ = record
        self._undo = lambda: setattr(patched, "__init__", before)
        return self

    def __exit__(self, *_: object) -> None:
        """Restore the class."""
        self._undo()

    def find(self, failure: BaseException) -> str:
        """Return the recorded class name; for other errors that of `failure`, with a `!`."""
        return self._names.get(str(failure), f"{type(failure).__name__}!")
