# SPDX-License-Identifier: MIT
"""Parameters that offer choices: strings and columns."""
# ruff: noqa: ANN401, FBT001, FBT002, PLR0917 - the signatures are KNIME's

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from realtime_dev.knime_standin.parameters import Parameter
from realtime_dev.knime_standin.types import Schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_dev.knime_standin.types import Column
    from realtime_dev.knime_standin.versions import Version


@dataclass(frozen=True)
class Choice:
    """One entry of a drop-down: what is stored, what is shown, and what it means."""

    id: str
    label: str
    description: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("a choice needs an id that is not empty")
        for part in (self.id, self.label, self.description):
            if not isinstance(part, str):
                raise TypeError(f"id, label and description of a choice are str, not {type(part)}")


_Choice = Choice  # the class below has an attribute Choice


class StringParameter(Parameter[str]):
    """A text field, or a drop-down when there are ``choices``.

    ``choices`` is a list or tuple of str or ``Choice``, or a function from the dialog's context
    to one. The value is not checked against the choices, as in KNIME.
    """

    Choice = Choice

    def __init__(
        self,
        label: str | None = None,
        description: str | None = None,
        default_value: str | Callable[[Version], str] = "",
        enum: list[str] | None = None,
        validator: Callable[[str], None] | None = None,
        since_version: str | Version | None = None,
        is_advanced: bool = False,
        choices: Any = None,
    ) -> None:
        if enum is not None and not isinstance(enum, list):
            raise TypeError(f"enum is a list, not {type(enum)}")
        if enum and choices:
            raise ValueError("choices come from enum or from choices, not from both")
        self._ask = lru_cache(maxsize=1)(choices) if callable(choices) else None
        self._fixed = None if self._ask or choices is None else _read_choices(choices)
        if self._fixed is None and enum is not None:
            self._fixed = [_Choice(entry, entry) for entry in enum]
        super().__init__(label, description, default_value, validator, since_version, is_advanced)
        if self._fixed and not self.default_value:
            self.default_value = self._fixed[0].id

    def _check_value(self, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"{value!r} is {type(value)}, but a str is needed")

    def find_choices(self, context: Any) -> list[_Choice] | None:
        """Return the choices, or None for a free text field or before a dialog opens."""
        if self._ask is None or context is None:
            return self._fixed
        found = _read_choices(self._ask(context))
        # KNIME keeps the first choice as the default from then on, for all nodes of the process.
        if found and not self.default_value:
            self.default_value = found[0].id
        return found

    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return the schema with the choices that the context gives."""
        found = self.find_choices(context)
        if not found:
            return super().describe(version, context)
        entries = [{"const": choice.id, "title": choice.label} for choice in found]
        return {"title": self.label, "description": self.description, "oneOf": entries}

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the options of a text field or drop-down."""
        if self.find_choices(context) == []:
            return {"format": "dropDown"}
        return {"format": "string"}


def _read_choices(entries: Any) -> list[Choice]:
    if not isinstance(entries, (list, tuple)):
        raise TypeError(f"choices are a list or tuple, not {type(entries)}")
    found: dict[str, Choice] = {}
    for entry in entries:
        choice = Choice(entry, entry) if isinstance(entry, str) else entry
        if not isinstance(choice, Choice):
            raise TypeError(f"a choice is a str or a StringParameter.Choice, not {type(entry)}")
        if choice.id in found:
            raise ValueError(f"two choices have the id '{choice.id}'")
        found[choice.id] = choice
    return list(found.values())


class ColumnParameter(Parameter[str | None]):
    """A drop-down of the columns of one input table; None when nothing is chosen."""

    NONE = "<none>"

    def __init__(
        self,
        label: str | None = None,
        description: str | None = None,
        port_index: int = 0,
        column_filter: Callable[[Column], bool] | None = None,
        include_row_key: bool = False,
        include_none_column: bool = False,
        since_version: str | Version | None = None,
        is_advanced: bool = False,
        schema_provider: Callable[[Any], Schema] | None = None,
        default_value: Any = None,
    ) -> None:
        super().__init__(label, description, default_value, None, since_version, is_advanced)
        self.port_index = port_index
        self.column_filter = column_filter or (lambda _: True)
        self.include_row_key = include_row_key
        self.include_none_column = include_none_column
        self.schema_provider = schema_provider

    def to_plain(self, value: Any) -> Any:
        """Store no column as an empty text."""
        return "" if value is None else value

    def from_plain(self, stored: Any) -> Any:
        """Read an empty text as no column."""
        return None if stored == "" else stored

    def check_specs(self, specs: list[Any]) -> None:
        """Refuse inputs without a table at the port index."""
        if self.schema_provider is not None:
            return
        if len(specs) <= self.port_index:
            raise ValueError(f"'{self.label}' needs a table at input {self.port_index}")
        if not isinstance(self._pick(specs), Schema):
            raise TypeError(f"'{self.label}' needs a table, input {self.port_index} is none")

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the columns to choose from."""
        if self.schema_provider is not None:
            schema = self.schema_provider(context)
        else:
            schema = self._pick(context.get_input_specs())
        if not isinstance(schema, Schema):
            raise TypeError(f"'{self.label}' needs a table, input {self.port_index} is none")
        names = [column.name for column in schema if self.column_filter(column)]
        values = [{"id": name, "text": name} for name in names]
        if self.include_none_column:
            values.append({"id": self.NONE, "text": "None"})
        return {"format": "dropDown", "possibleValues": values}

    def _pick(self, specs: list[Any]) -> Any:
        spec = specs[self.port_index]
        return Schema.from_columns([]) if spec is None else spec
