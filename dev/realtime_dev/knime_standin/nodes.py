# SPDX-License-Identifier: MIT
"""Decorators and classes with which an extension declares its nodes and categories."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from realtime_dev.knime_standin.ports import Port, PortType

F = TypeVar("F")


class InvalidParametersError(Exception):
    """The settings are invalid; KNIME shows the message without a stack trace."""


class PythonNode(ABC):
    """A node: ``configure`` returns the specs of the outputs, ``execute`` the outputs."""

    @abstractmethod
    def configure(self, config_context: Any, *inputs: Any) -> Any:  # noqa: ANN401 - the node's types
        """Return the specs of the outputs; None if they are not known yet."""

    @abstractmethod
    def execute(self, exec_context: Any, *inputs: Any) -> Any:  # noqa: ANN401 - the node's types
        """Return the outputs."""


class NodeType(Enum):
    """The kind of a node, which decides its color in KNIME."""

    SOURCE = "Source"
    MANIPULATOR = "Manipulator"
    VISUALIZER = "Visualizer"
    OTHER = "Other"


@dataclass(frozen=True)
class RegisteredNode:
    """A registered node; ``factory`` creates a new instance."""

    id: str
    name: str
    module: str
    factory: Callable[[], Any]
    input_ports: list[Port]
    output_ports: list[Port]


_nodes: dict[str, RegisteredNode] = {}


def get_nodes() -> dict[str, RegisteredNode]:
    """Return the registered nodes by id, in the order of their declaration."""
    return dict(_nodes)


def category(path: str, level_id: str, name: str, description: str, icon: str) -> str:
    """Register a category in the node repository; return its path."""
    del name, description, icon
    return path.rstrip("/") + "/" + level_id


def node(
    name: str,
    node_type: NodeType,
    icon_path: str,
    category: str,
    *,
    id: str,  # noqa: A002 - KNIME's signature
    keywords: list[str] | None = None,
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a node class, which is replaced by a function that creates nodes."""
    del node_type, icon_path, category, keywords

    def register(factory: Callable[[], Any]) -> Callable[[], Any]:
        def create() -> Any:  # noqa: ANN401 - a node
            return factory()

        inputs = getattr(factory, "input_ports", [])
        outputs = getattr(factory, "output_ports", [])
        _nodes[id] = RegisteredNode(id, name, factory.__module__, create, inputs, outputs)
        return create

    return register


def _add_port(slot: str, port: Port) -> Callable[[F], F]:
    def add(factory: F) -> F:
        # Decorators apply from the bottom up.
        setattr(factory, slot, [port, *getattr(factory, slot, [])])
        return factory

    return add


def input_table(name: str, description: str, *, optional: bool = False) -> Callable[[F], F]:
    """Add an input for a table."""
    return _add_port("input_ports", Port(PortType.TABLE, name, description, optional))


def input_port(
    name: str, description: str, port_type: PortType | str, *, optional: bool = False
) -> Callable[[F], F]:
    """Add an input with a port type of the extension or a special port type."""
    return _add_port("input_ports", Port(port_type, name, description, optional))


def output_table(name: str, description: str) -> Callable[[F], F]:
    """Add an output for a table."""
    return _add_port("output_ports", Port(PortType.TABLE, name, description))


def output_port(name: str, description: str, port_type: PortType | str) -> Callable[[F], F]:
    """Add an output with a port type of the extension."""
    return _add_port("output_ports", Port(port_type, name, description))


class NodeView:
    """A view that a node returns after its outputs; ``html`` is the whole page."""

    def __init__(self, html: str) -> None:
        self.html = html


def view_html(html: str) -> NodeView:
    """Return a view of a self-contained page."""
    return NodeView(html)


def output_view(name: str, description: str) -> Callable[[F], F]:
    """Announce that the node returns a view, after its outputs."""

    def add(factory: F) -> F:
        factory.output_view = (name, description)  # type: ignore[attr-defined] # as KNIME does
        return factory

    return add
