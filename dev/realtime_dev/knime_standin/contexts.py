# SPDX-License-Identifier: MIT
"""The contexts that KNIME passes to a node's dialog, ``configure`` and ``execute``."""
# ruff: noqa: ANN401 - what KNIME calls back is the host's, which the stand-in does not know

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Credential:
    """A KNIME credential. Like KNIME's, its repr contains the password: never log it."""

    username: str
    password: str
    credential_name: str


class _Context:
    """``callbacks`` are the functions of KNIME that a context calls, such as ``NodeCallbacks``."""

    def __init__(self, callbacks: Any) -> None:
        self._callbacks = callbacks

    def get_credential_names(self) -> list[str]:
        """Return the names of the credentials that are available in the node."""
        return list(self._callbacks.get_credential_names())

    def get_credentials(self, identifier: str) -> Credential:
        """Return a credential by its name. Raises KeyError if it is not available in the node."""
        user, password, name = self._callbacks.get_credentials(identifier)
        return Credential(user, password, name)


class DialogCreationContext(_Context):
    """The context in which a dialog opens."""

    def __init__(self, callbacks: Any, specs: list[Any]) -> None:
        super().__init__(callbacks)
        self._specs = specs

    def get_input_specs(self) -> list[Any]:
        """Return the spec of each input; None for an input without a connection."""
        return self._specs


class ConfigurationContext(_Context):
    """The context of ``configure``."""

    def set_warning(self, message: str) -> None:
        """Show a warning under the node; the last one stays."""
        self._callbacks.set_warning(str(message))


class ExecutionContext(ConfigurationContext):
    """The context of ``execute``."""

    @property
    def flow_variables(self) -> dict[str, Any]:
        """The flow variables that the node sees."""
        return dict(self._callbacks.flow_variables)

    def set_progress(self, progress: float, message: str | None = None) -> None:
        """Show the progress of the node, from 0 to 1.

        Raises TypeError if it is not an int or float (numpy's numbers are not) and for a message
        that is not a str, ValueError for numbers out of range.
        """
        if not isinstance(progress, (int, float)):
            raise TypeError(f"progress must be a float, not {type(progress)}")
        tolerance = 0.0001  # as KNIME, for rounding errors
        if not -tolerance <= progress <= 1 + tolerance:
            raise ValueError(f"progress must be from 0 to 1, not {progress}")
        if message is not None and not isinstance(message, str):
            raise TypeError(f"the message must be a str, not {type(message)}")
        self._callbacks.set_progress(min(1.0, max(0.0, float(progress))), message)

    def is_canceled(self) -> bool:
        """Return whether the user pressed Cancel; the node must stop by itself."""
        return bool(self._callbacks.is_canceled())
