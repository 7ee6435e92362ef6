# SPDX-License-Identifier: MIT
"""Rules, which show or hide a control of the dialog."""
# ruff: noqa: ANN401 - values of settings, and the dialog's context, are of any type

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

FindScope = Callable[[object], str]
"""Return the place of a setting in the dialog."""


class Effect(Enum):
    """The effect if the condition of a rule holds; otherwise the opposite."""

    SHOW = "SHOW"


class Condition(ABC):
    """The condition of a rule."""

    @abstractmethod
    def describe(self, find_scope: FindScope, context: Any) -> dict[str, Any]:
        """Return the condition in the dialog's JSON form."""


class _Combination(Condition):
    word = ""

    def __init__(self, *conditions: Condition) -> None:
        if not conditions:
            raise ValueError(f"{type(self).__name__} needs at least one condition")
        self._conditions = conditions

    def describe(self, find_scope: FindScope, context: Any) -> dict[str, Any]:
        parts = [condition.describe(find_scope, context) for condition in self._conditions]
        return {"type": self.word, "conditions": parts}


class And(_Combination):
    """True if all of its conditions are true."""

    word = "AND"


class Or(_Combination):
    """True if at least one of its conditions is true."""

    word = "OR"


class OneOf(Condition):
    """True if the value of the subject is one of ``values``."""

    def __init__(self, subject: object, values: Iterable[Any]) -> None:
        self._subject = subject
        self._values = values

    def describe(self, find_scope: FindScope, context: Any) -> dict[str, Any]:
        """Return the scope of the subject and the values to compare it with."""
        del context
        options = [{"const": value} for value in self._values]
        return {"scope": find_scope(self._subject), "schema": {"oneOf": options}}


class DialogContextCondition(Condition):
    """True if the predicate is true for the context in which the dialog opens."""

    def __init__(self, ctx_predicate: Callable[[Any], bool]) -> None:
        self._ctx_predicate = ctx_predicate

    def describe(self, find_scope: FindScope, context: Any) -> dict[str, Any]:
        """Return a schema that the data of the dialog, an object, always or never matches."""
        del find_scope
        kind = "object" if self._ctx_predicate(context) else "null"
        return {"scope": "#", "schema": {"type": [kind]}}
