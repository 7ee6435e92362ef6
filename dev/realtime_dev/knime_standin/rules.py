# SPDX-License-Identifier: MIT
"""Rules: when a control of the dialog is shown."""
# ruff: noqa: ANN401 - values of settings, and the dialog's context, are of any type

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    FindScope = Callable[[object], str]


class Effect(Enum):
    """What happens while a rule's condition holds; the opposite happens while it does not."""

    SHOW = "SHOW"


class Condition(ABC):
    """What a rule depends on."""

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
    """Holds when all of its conditions hold."""

    word = "AND"


class Or(_Combination):
    """Holds when at least one of its conditions holds."""

    word = "OR"


class OneOf(Condition):
    """Holds when the subject's value equals one of ``values``."""

    def __init__(self, subject: object, values: Iterable[Any]) -> None:
        self._subject = subject
        self._values = values

    def describe(self, find_scope: FindScope, context: Any) -> dict[str, Any]:
        """Return the subject's scope and the values it is compared with."""
        del context
        options = [{"const": value} for value in self._values]
        return {"scope": find_scope(self._subject), "schema": {"oneOf": options}}


class DialogContextCondition(Condition):
    """Holds when the predicate on the dialog's context did at the moment the dialog opened."""

    def __init__(self, ctx_predicate: Callable[[Any], bool]) -> None:
        self._ctx_predicate = ctx_predicate

    def describe(self, find_scope: FindScope, context: Any) -> dict[str, Any]:
        """Return a schema that the dialog's data, an object, meets always or never."""
        del find_scope
        kind = "object" if self._ctx_predicate(context) else "null"
        return {"scope": "#", "schema": {"type": [kind]}}
