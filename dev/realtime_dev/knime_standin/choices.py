# SPDX-License-Identifier: MIT
"""Parameters with choices: strings and columns."""
# ruff: noqa: ANN401 - as in KNIME

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from realtime_dev.knime_standin.parameters import Parameter
from realtime_dev.knime_standin.settings import Version
from realtime_dev.knime_standin.types import Column


@dataclass(frozen=True)
class _Choice:
    """One entry of a drop-down: the stored id, the displayed label, and what it means."""

    id: str
    label: str
    description: str = ""

    def __post_init__(self) -> None:
        for part in (self.id, self.label, self.description):
            if not isinstance(part, str):
                raise TypeError(f"the parts of a choice must be str, not {type(part)}")
        if not self.id:
            raise ValueError("the id of a choice must not be empty")


class StringParameter(Parameter[str]):
    """A text field, or a drop-down when there are ``choices``.

    ``choices`` is a list of str or ``Choice``, or a function that returns one for the context of
    the dialog.
    As in KNIME, the value is not checked against the choices.
    """

    Choice = _Choice

    def __init__(
        self,
        label: str,
        description: str = "",
        default_value: str | None = None,
        *,
        choices: Sequence[str | _Choice] | Callable[[Any], Any] = (),
        **options: Any,
    ) -> None:
        fixed = () if callable(choices) else _read_choices(choices)
        self._find_choices = choices if callable(choices) else lambda _: fixed
        if fixed and not default_value:
            default_value = fixed[0].id
        self._is_fixed = not callable(choices)
        super().__init__(label, description, default_value, **options)

    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return the schema with the choices for the context, which is None outside of a dialog."""
        found = []
        if self._is_fixed or context is not None:
            found = _read_choices(self._find_choices(context))
        if not found:
            return super().describe(version, context)
        entries = [{"const": choice.id, "title": choice.label} for choice in found]
        return {"title": self.label, "description": self.description, "oneOf": entries}


def _read_choices(entries: Any) -> list[_Choice]:
    if not isinstance(entries, (list, tuple)):
        raise TypeError(f"choices must be a list or tuple, not {type(entries)}")
    found: dict[str, _Choice] = {}
    for entry in entries:
        choice = _Choice(entry, entry) if isinstance(entry, str) else entry
        if not isinstance(choice, _Choice):
            raise TypeError(f"a choice must be a str or StringParameter.Choice, not {type(entry)}")
        if choice.id in found:
            raise ValueError(f"two choices have the id '{choice.id}'")
        found[choice.id] = choice
    return list(found.values())


class ColumnParameter(Parameter[str | None]):
    """A drop-down of the columns of one input table; None if no column is chosen."""

    NONE = "<none>"
    kinds = (str, type(None))
    initial: ClassVar = None

    def __init__(
        self,
        label: str,
        description: str = "",
        port_index: int = 0,
        *,
        column_filter: Callable[[Column], bool] = lambda _: True,
        include_row_key: bool = False,
        include_none_column: bool = False,
        default_value: str | None = None,
        **options: Any,
    ) -> None:
        if include_row_key:
            raise NotImplementedError("the stand-in does not offer RowIDs as a column")
        super().__init__(label, description, default_value, **options)
        self._port_index = port_index
        self._column_filter = column_filter
        self._include_none = include_none_column

    def extract(self, holder: object) -> str:
        """Return the name of the column; an empty text for None."""
        return self.__get__(holder) or ""

    def inject(self, holder: object, stored: Any, version: Version) -> None:
        """Set the column; an empty text means None."""
        super().inject(holder, None if stored == "" else stored, version)

    def get_options(self, context: Any) -> dict[str, Any]:
        """Return the columns to choose from."""
        schema = context.get_input_specs()[self._port_index] or ()
        names = [column.name for column in schema if self._column_filter(column)]
        values = [{"id": name, "text": name} for name in names]
        if self._include_none:
            values.append({"id": self.NONE, "text": "None"})
        return {"format": "dropDown", "possibleValues": values}
