# SPDX-License-Identifier: MIT
"""What a node may ask KNIME for while it is configured, executed or shown in a dialog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


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
        """Return whether the user pressed Cancel."""


class _Context:
    def __init__(self, side: Side) -> None:
        self._side = side

    def get_credential_names(self) -> list[str]:
        """Return the names of the credentials that reach the node."""
        return list(self._side.get_credential_names())

    def get_credentials(self, identifier: str) -> Credential:
        """Return a credential by its name. Raises KeyError when it does not reach the node."""
        user, password, name = self._side.get_credentials(identifier)
        return Credential(user, password, name)


class DialogCreationContext(_Context):
    """What is known when a dialog opens."""

    def __init__(self, side: Side, specs: list[Any]) -> None:
        super().__init__(side)
        self._specs = specs

    def get_input_specs(self) -> list[Any]:
        """Return the spec of each input, None for one that is not connected."""
        return self._specs


class ConfigurationContext(_Context):
    """What ``configure`` gets."""

    def set_warning(self, message: str) -> None:
        """Show a warning under the node; the last one stays."""
        self._side.set_warning(str(message))


class ExecutionContext(ConfigurationContext):
    """What ``execute`` gets."""

    def set_progress(self, progress: float, message: str | None = None) -> None:
        """Show how far the node is, from 0 to 1.

        Raises TypeError for other things than int and float (numpy's among them) and for a
        message that is not a str, ValueError for numbers out of range.
        """
        if not isinstance(progress, (int, float)):
            raise TypeError(f"progress must be a float, not {type(progress)}")
        slack = 0.0001  # KNIME forgives rounding errors
        if not -slack <= progress <= 1 + slack:
            raise ValueError(f"progress must be from 0 to 1, not {progress}")
        if message is not None and not isinstance(message, str):
            raise TypeError(f"the message must be a str, not {type(message)}")
        self._side.set_progress(min(1.0, max(0.0, float(progress))), message)

    def is_canceled(self) -> bool:
        """Return whether the user pressed Cancel; nothing else stops a node."""
        return self._side.is_canceled()
