# SPDX-License-Identifier: MIT
"""Which class of error stands behind a sentence.

KNIME is shown the sentence only: what leaves the nodes has no cause. So the classes are noted
where the sentences are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

# What the client calls an UnreachableError that knows whether to try again.
_INNER = {"ConnectionFailedError": "UnreachableError"}


class ErrorClassRecorder:
    """Notes, inside of its context, the class of every error of ours by its sentence."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._undo: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        """Begin to take notes."""
        # Imported here: on KNIME's backend the product is found once the extension is loaded.
        from openai_realtime import errors, redact  # noqa: PLC0415

        # Without its type, for mypy lets nobody replace a method.
        patched: Any = errors.RealtimeError
        before = patched.__init__
        names = self._names

        def note(error: Exception, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
            before(error, *arguments, **named)
            name = type(error).__name__
            names[redact.redact(str(error))] = _INNER.get(name, name)

        patched.__init__ = note
        self._undo = lambda: setattr(patched, "__init__", before)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the class as it was."""
        self._undo()

    def find(self, failure: BaseException) -> str:
        """Return the class's name; `failure`'s own, with `!`, if it is not one of our errors."""
        return self._names.get(str(failure), f"{type(failure).__name__}!")
