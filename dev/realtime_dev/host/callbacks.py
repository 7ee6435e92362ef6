# SPDX-License-Identifier: MIT
"""KNIME's side of a call into a node: credentials, warnings, progress, the Cancel button."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from realtime_dev.host.results import CredentialPort


class NodeCallbacks:
    """Answers the node's questions and records what it says."""

    def __init__(
        self,
        credentials: Mapping[str, tuple[str, str]],
        canceled: Callable[[], bool] = lambda: False,
        on_progress: Callable[[float, str | None], None] = lambda *_: None,
    ) -> None:
        self._credentials = credentials
        self._on_progress = on_progress
        self.is_canceled = canceled
        self.warnings: list[str] = []
        self.progress: list[tuple[float, str | None]] = []

    def get_credential_names(self) -> list[str]:
        """Return the names of the credentials."""
        return list(self._credentials)

    def get_credentials(self, identifier: str) -> list[str]:
        """Return user, password and name. Raises KeyError when there is no such credential."""
        if identifier not in self._credentials:
            raise KeyError(f"no credential named {identifier} reaches this node")
        return [*self._credentials[identifier], identifier]

    def set_warning(self, message: str) -> None:
        """Record a warning."""
        self.warnings.append(message)

    def set_progress(self, progress: float, message: str | None = None) -> None:
        """Record progress and pass it on."""
        self.progress.append((progress, message))
        self._on_progress(progress, message)


class CredentialVault:
    """Keeps the secrets behind credential ports; specs refer to them by key."""

    def __init__(self) -> None:
        self._ports: list[CredentialPort] = []

    def add(self, port: CredentialPort) -> str:
        """Keep a credential and return its key, which holds no secret."""
        if port not in self._ports:
            self._ports.append(port)
        return f"<credential number='{self._ports.index(port)}'/>"

    def _find(self, key: str) -> CredentialPort:
        for number, port in enumerate(self._ports):
            if key == f"<credential number='{number}'/>":
                return port
        raise ValueError(f"the credential {key} is gone: execute the node that gives it again")

    def get_auth_schema(self, key: str) -> str:
        """Return how to authorize. Raises ValueError for an unknown key."""
        return self._find(key).auth_schema

    def get_auth_parameters(self, key: str) -> str:
        """Return the secret. Raises ValueError for an unknown key."""
        return self._find(key).auth_parameters
