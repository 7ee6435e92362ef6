# SPDX-License-Identifier: MIT
"""The callbacks from a node to KNIME: credentials, warnings, progress, cancel."""

from collections.abc import Callable, Mapping
from typing import Any

from realtime_dev.host.results import CredentialPort


class NodeCallbacks:
    """Provides credentials, flow variables and the cancel state; records warnings and progress."""

    def __init__(
        self,
        credentials: Mapping[str, tuple[str, str]],
        canceled: Callable[[], bool] = lambda: False,
        on_progress: Callable[[float, str | None], None] = lambda *_: None,
        flow_variables: Mapping[str, Any] | None = None,
    ) -> None:
        self.flow_variables = dict(flow_variables or {})
        self._credentials = credentials
        self._on_progress = on_progress
        self.is_canceled = canceled
        self.warnings: list[str] = []
        self.progress: list[tuple[float, str | None]] = []

    def get_credential_names(self) -> list[str]:
        """Return the names of the credentials."""
        return list(self._credentials)

    def get_credentials(self, identifier: str) -> list[str]:
        """Return user, password and name. Raises KeyError for an unknown credential."""
        if identifier not in self._credentials:
            raise KeyError(f"the credential {identifier} is not available in this node")
        return [*self._credentials[identifier], identifier]

    def set_warning(self, message: str) -> None:
        """Record a warning."""
        self.warnings.append(message)

    def set_progress(self, progress: float, message: str | None = None) -> None:
        """Record progress and pass it on."""
        self.progress.append((progress, message))
        self._on_progress(progress, message)


class CredentialVault:
    """Holds the secrets of credential ports; specs refer to them by a key."""

    def __init__(self) -> None:
        self._ports: list[CredentialPort] = []

    def add(self, port: CredentialPort) -> str:
        """Add a credential; return its key, which contains no secret."""
        if port not in self._ports:
            self._ports.append(port)
        return f"<credential number='{self._ports.index(port)}'/>"

    def _find(self, key: str) -> CredentialPort:
        for number, port in enumerate(self._ports):
            if key == f"<credential number='{number}'/>":
                return port
        raise ValueError(f"the credential {key} is no longer available: execute its node again")

    def get_auth_schema(self, key: str) -> str:
        """Return the authentication scheme. Raises ValueError for an unknown key."""
        return self._find(key).auth_schema

    def get_auth_parameters(self, key: str) -> str:
        """Return the secret. Raises ValueError for an unknown key."""
        return self._find(key).auth_parameters
