# SPDX-License-Identifier: MIT
"""What configuring and executing a node gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


class HostError(Exception):
    """The host was used wrongly: no such node, an input that does not fit."""


class ExecutionCanceledError(Exception):
    """The user canceled; KNIME throws away what the node gave out."""


class OutputError(Exception):
    """A node gave out what KNIME refuses: wrong number, none, wrong type, RowIDs twice."""


class SpecMismatchError(OutputError):
    """The table differs from what ``configure`` announced; KNIME shows an error on the node."""


@dataclass(frozen=True)
class TableOutput:
    """A table that a node gave out; feed it to the inputs of another."""

    spec: Any
    """The ``knext.Schema``, as a node downstream gets it."""
    row_ids: list[str]
    table: Any = field(repr=False)
    make_frame: Callable[[], pd.DataFrame] = field(repr=False)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Name and type of each column, as KNIME displays them."""
        return [(column.name, str(column.ktype)) for column in self.spec]

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return len(self.row_ids)

    def to_pandas(self) -> pd.DataFrame:
        """Return a DataFrame; dates, times and JSON are Python objects, None when missing."""
        return self.make_frame()


@dataclass(frozen=True)
class PortOutput:
    """A port object that a node gave out: JSON and bytes, as a workflow saves them."""

    spec: Any
    """The spec, read back from its JSON."""
    spec_json: dict[str, Any]
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class CredentialPort:
    """An input for ports of type ``PortType.CREDENTIAL``: how to authorize, and the secret."""

    auth_schema: str
    auth_parameters: str = field(repr=False)


Output = TableOutput | PortOutput


@dataclass(frozen=True)
class Configured:
    """What ``configure`` gave: specs (None: not known yet), settings afterwards, warnings."""

    specs: list[Any]
    settings: dict[str, Any]
    warnings: list[str]


@dataclass(frozen=True)
class Execution:
    """What ``execute`` gave; ``progress`` is pairs of fraction and message."""

    outputs: list[Output]
    settings: dict[str, Any]
    warnings: list[str]
    progress: list[tuple[float, str | None]]


@dataclass(frozen=True)
class Control:
    """One control of a dialog: where it is and what it shows, and whether it shows now."""

    path: str
    label: str
    value: Any
    visible: bool
    advanced: bool
    choices: list[tuple[str, str]] | None
