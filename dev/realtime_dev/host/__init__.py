# SPDX-License-Identifier: MIT
"""Run the nodes of an extension in process, without KNIME."""

from realtime_dev.host.node_host import Host
from realtime_dev.host.results import (
    Configured,
    Control,
    CredentialPort,
    Execution,
    ExecutionCanceledError,
    HostError,
    OutputError,
    PortOutput,
    SpecMismatchError,
    TableOutput,
)

__all__ = [
    "Configured",
    "Control",
    "CredentialPort",
    "Execution",
    "ExecutionCanceledError",
    "Host",
    "HostError",
    "OutputError",
    "PortOutput",
    "SpecMismatchError",
    "TableOutput",
]
