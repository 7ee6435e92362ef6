# SPDX-License-Identifier: MIT
"""The results of configuring and executing a node, and the errors of the host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


class HostError(Exception):
    """The host was used incorrectly: an unknown node, a wrong input."""


class ExecutionCanceledError(Exception):
    """The run was canceled; KNIME discards the outputs of the node."""


class OutputError(Exception):
    """KNIME refuses the outputs: a wrong number, a missing one, a wrong type, duplicate RowIDs."""


class SpecMismatchError(OutputError):
    """The table differs from the spec of ``configure``; KNIME shows an error on the node."""


@dataclass(frozen=True)
class TableOutput:
    """The output table of a node; it can be an input of another node."""

    spec: Any
    """The ``knext.Schema`` that the next node gets."""
    row_ids: list[str]
    table: Any = field(repr=False)
    make_frame: Callable[[], pd.DataFrame] = field(repr=False)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Name and type of each column, as KNIME displays them."""
        return [(column.name, str(column.ktype)) for column in self.spec]

    @property
    def num_rows(self) -> int:
        """The number of rows."""
        return len(self.row_ids)

    def to_pandas(self) -> pd.DataFrame:
        """Return a DataFrame; dates, times and JSON are Python objects, missing values None."""
        return self.make_frame()


@dataclass(frozen=True)
class PortOutput:
    """An output port object of a node: JSON and bytes, as a workflow saves them."""

    spec: Any
    """The spec, deserialized from its JSON."""
    spec_json: dict[str, Any]
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class CredentialPort:
    """An input for ports of type ``PortType.CREDENTIAL``: authentication scheme and secret."""

    auth_schema: str
    auth_parameters: str = field(repr=False)


Output = TableOutput | PortOutput


@dataclass(frozen=True)
class Configured:
    """The result of ``configure``: specs (None: not known yet), settings after it, warnings."""

    specs: list[Any]
    settings: dict[str, Any]
    warnings: list[str]


@dataclass(frozen=True)
class Execution:
    """The result of ``execute``; ``progress`` is a list of pairs of fraction and message.

    ``view`` is the page of the node's view, None if it has none.
    """

    outputs: list[Output]
    settings: dict[str, Any]
    warnings: list[str]
    progress: list[tuple[float, str | None]]
    view: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Control:
    """One control of a dialog: dotted path, label, current value, and whether it is visible."""

    path: str
    label: str
    value: Any
    visible: bool
    advanced: bool
    choices: list[tuple[str, str]] | None
