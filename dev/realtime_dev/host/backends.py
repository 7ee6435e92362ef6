# SPDX-License-Identifier: MIT
"""Which ``knime.extension`` runs the nodes, and what the host needs of it."""
# ruff: noqa: ANN401 - objects of the API are of one type in the stand-in, of another in KNIME's

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from realtime_dev.knime_standin.install import install

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from realtime_dev.host.sides import CallSide, CredentialVault
    from realtime_dev.host.variables import FlowVariables


class NodeEntry(Protocol):
    """A node as its extension declared it."""

    @property
    def id(self) -> str:
        """The node's id."""

    @property
    def name(self) -> str:
        """The node's name."""

    @property
    def input_ports(self) -> list[Any]:
        """The inputs."""

    @property
    def output_ports(self) -> list[Any]:
        """The outputs."""


class Backend(Protocol):
    """The stand-in or KNIME's own API, whichever ``knime.extension`` is."""

    @property
    def name(self) -> str:
        """Which one it is: "standin" or "real"."""

    @property
    def schema_class(self) -> Any:
        """The class Schema."""

    @property
    def credential_spec_class(self) -> Any:
        """The class CredentialPortObjectSpec."""

    @property
    def invalid_parameters_error(self) -> type[Exception]:
        """The class InvalidParametersError."""

    def set_vault(self, vault: CredentialVault) -> None:
        """Let credential specs ask this vault."""

    def set_version(self, version: str) -> None:
        """Say which version of the extension runs."""

    def list_nodes(self) -> Mapping[str, NodeEntry]:
        """Return the registered nodes by id."""

    def list_port_types(self) -> Mapping[str, Any]:
        """Return the registered port types by id."""

    def find_module(self, entry: Any) -> str:
        """Return the name of the module that has the node's class."""

    def create(self, entry: Any) -> Any:
        """Return a fresh node."""

    def extract(self, node: object) -> dict[str, Any]:
        """Return the node's settings."""

    def inject(self, node: object, settings: dict[str, Any], version: str) -> None:
        """Set the node's settings, which ``version`` saved."""

    def validate(self, node: object, settings: dict[str, Any], version: str) -> None:
        """Check settings that ``version`` saved."""

    def check_specs(self, node: object, specs: list[Any]) -> None:
        """Check that column choices have their tables."""

    def describe(self, node: object, version: str, context: Any = None) -> dict[str, Any]:
        """Return the JSON schema of ``{"model": settings}``."""

    def lay_out(self, node: object, context: Any) -> dict[str, Any]:
        """Return the dialog's elements."""

    def open_dialog(self, side: CallSide, variables: FlowVariables, specs: list[Any]) -> Any:
        """Return the context of a dialog."""

    def open_configuration(self, side: CallSide, variables: FlowVariables, entry: Any) -> Any:
        """Return the context of configure."""

    def open_execution(self, side: CallSide, variables: FlowVariables, entry: Any) -> Any:
        """Return the context of execute."""

    def read_table(self, output: object) -> Any:
        """Return the table that a node gave out; None when it is no table."""

    def get_row_ids(self, table: Any) -> list[str]:
        """Return the RowIDs of a table."""

    def make_frame(self, table: Any) -> pd.DataFrame:
        """Return a DataFrame with logical values as Python objects."""

    def open_table(self, table: Any) -> Any:
        """Return the table as an input."""


def create_backend() -> Backend:
    """Return the backend of the installed API; enters the stand-in when there is none."""
    if install() == "real":
        from realtime_dev.host.real import RealBackend  # noqa: PLC0415 - imports KNIME's API

        return RealBackend()
    from realtime_dev.host.standin import StandInBackend  # noqa: PLC0415 - only one is needed

    return StandInBackend()
