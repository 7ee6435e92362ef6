# SPDX-License-Identifier: MIT
"""What a node may ask KNIME for while it is configured, executed or shown in a dialog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence


@dataclass(frozen=True)
class Credential:
    """A KNIME credential. Its repr shows the password, as that of KNIME's does: never log it."""

    username: str
    password: str
    credential_name: str


class Side(Protocol):
    """KNIME's side of a call."""

    def get_credential_names(self) -> Sequence[str]:
        """Return the names of the credentials that reach the node."""

    def get_credentials(self, identifier: str) -> Sequence[str]:
        """Return user, password and name; raises KeyError when there is no such credential."""

    def set_warning(self, message: str) -> None:
        """Show a warning under the node."""

    def set_progress(self, progress: float, message: str | None = None) -> None:
        """Show how far the node is."""

    def is_canceled(self) -> bool:
        """Tell whether the user pressed Cancel."""

    def get_workflow_temp_dir(self) -> str:
        """Return a folder that is deleted with the open workflow."""

    def get_workflow_dir(self) -> str:
        """Return the workflow's folder."""

    def get_knime_home_dir(self) -> str:
        """Return the folder of KNIME's installation."""


class _Context:
    def __init__(self, side: Side, flow_variables: MutableMapping[str, Any]) -> None:
        self._side = side
        self._flow_variables = flow_variables

    @property
    def flow_variables(self) -> MutableMapping[str, Any]:
        """The flow variables; what is set here, nodes downstream see."""
        return self._flow_variables

    def get_credential_names(self) -> list[str]:
        """Return the names of the credentials that reach the node."""
        return list(self._side.get_credential_names())

    def get_credentials(self, identifier: str) -> Credential:
        """Return a credential by its name. Raises KeyError when it does not reach the node."""
        user, password, name = self._side.get_credentials(identifier)
        return Credential(user, password, name)


class DialogCreationContext(_Context):
    """What is known when a dialog opens."""

    def __init__(
        self, side: Side, flow_variables: MutableMapping[str, Any], specs: list[Any]
    ) -> None:
        super().__init__(side, flow_variables)
        self._specs = specs

    def get_input_specs(self) -> list[Any]:
        """Return the spec of each input, None for one that is not connected."""
        return self._specs

    def get_flow_variables(self) -> MutableMapping[str, Any]:
        """Return the flow variables."""
        return self._flow_variables


class ConfigurationContext(_Context):
    """What ``configure`` gets."""

    def __init__(
        self,
        side: Side,
        flow_variables: MutableMapping[str, Any],
        input_ports: Sequence[Any] = (),
        output_ports: Sequence[Any] = (),
    ) -> None:
        super().__init__(side, flow_variables)
        self._input_ports = input_ports
        self._output_ports = output_ports

    def get_connected_input_port_numbers(self) -> list[int]:
        """Return a 1 for each input, connected or not, as KNIME does."""
        return [1] * len(self._input_ports)

    def get_connected_output_port_numbers(self) -> list[int]:
        """Return a 1 for each output."""
        return [1] * len(self._output_ports)

    def set_warning(self, message: str) -> None:
        """Show a warning under the node; the last one stays."""
        self._side.set_warning(str(message))


class ExecutionContext(ConfigurationContext):
    """What ``execute`` gets."""

    def set_progress(self, progress: float, message: str | None = None) -> None:
        """Show how far the node is, from 0 to 1.

        Raises TypeError for other things than int and float (numpy's among them) and for a
        message that is no str, ValueError for numbers out of range.
        """
        if not isinstance(progress, (int, float)):
            raise TypeError(f"progress is a float, not {type(progress)}")
        slack = 0.0001  # KNIME forgives rounding errors
        if not -slack <= progress <= 1 + slack:
            raise ValueError(f"progress is from 0 to 1, not {progress}")
        bounded = min(1.0, max(0.0, float(progress)))
        if message is None:
            self._side.set_progress(bounded)
        elif isinstance(message, str):
            self._side.set_progress(bounded, message)
        else:
            raise TypeError(f"the message is a str, not {type(message)}")

    def is_canceled(self) -> bool:
        """Tell whether the user pressed Cancel; nothing else stops a node."""
        return self._side.is_canceled()

    def get_workflow_temp_dir(self) -> str:
        """Return a folder that is deleted with the open workflow."""
        return self._side.get_workflow_temp_dir()

    def get_workflow_data_area_dir(self) -> str:
        """Return the workflow's data folder, which may not exist yet."""
        return f"{self._side.get_workflow_dir()}/data"

    def get_knime_home_dir(self) -> str:
        """Return the folder of KNIME's installation."""
        return self._side.get_knime_home_dir()
