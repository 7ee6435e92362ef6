# SPDX-License-Identifier: MIT
"""KNIME's side of a call into a node: credentials, warnings, progress, the Cancel button."""
# ruff: noqa: ANN401 - KNIME leaves the type of the expiry open

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from realtime_dev.host.results import CredentialPort

Progress = tuple[float, str | None]


def _never() -> bool:
    return False


class CallSide:
    """Answers the node's questions and records what it says."""

    def __init__(
        self,
        credentials: Mapping[str, tuple[str, str]],
        canceled: Callable[[], bool] | None = None,
        on_progress: Callable[[float, str | None], None] | None = None,
    ) -> None:
        self.warnings: list[str] = []
        self.progress: list[Progress] = []
        self._credentials = credentials
        self._canceled = canceled or _never
        self._on_progress = on_progress

    def get_credential_names(self) -> list[str]:
        """Return the names of all credentials."""
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
        if self._on_progress is not None:
            self._on_progress(progress, message)

    def is_canceled(self) -> bool:
        """Ask whether to cancel."""
        return bool(self._canceled())

    def get_workflow_temp_dir(self) -> str:
        """Return a folder for temporary files."""
        return tempfile.gettempdir()

    def get_workflow_dir(self) -> str:
        """Return a folder that stands for the workflow's."""
        return str(Path(tempfile.gettempdir()) / "workflow")

    def get_knime_home_dir(self) -> str:
        """Return a folder that stands for KNIME's."""
        return str(Path(tempfile.gettempdir()) / "knime")


class CredentialVault:
    """Keeps the secrets behind credential ports; specs refer to them by key."""

    def __init__(self) -> None:
        self._ports: dict[str, CredentialPort] = {}

    def add(self, port: CredentialPort) -> str:
        """Keep a credential and return its key, which holds no secret."""
        for key, known in self._ports.items():
            if known == port:
                return key
        key = f"<credential number='{len(self._ports)}'/>"
        self._ports[key] = port
        return key

    def _find(self, key: str) -> CredentialPort:
        if key not in self._ports:
            raise ValueError(f"the credential {key} is gone: execute the node that gives it again")
        return self._ports[key]

    def get_auth_schema(self, key: str) -> str:
        """Return how to authorize. Raises ValueError for an unknown key."""
        return self._find(key).auth_schema

    def get_auth_parameters(self, key: str) -> str:
        """Return the secret. Raises ValueError for an unknown key."""
        return self._find(key).auth_parameters

    def get_expires_after(self, key: str) -> Any:
        """Return when the secret expires, if known. Raises ValueError for an unknown key."""
        return self._find(key).expires_after
