# SPDX-License-Identifier: MIT
"""Nodes and categories: how an extension declares them."""
# ruff: noqa: ANN401, FBT001, FBT002, PLR0917 - the signatures are KNIME's

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from realtime_dev.knime_standin.parameters import Parameter
from realtime_dev.knime_standin.ports import Port, PortType

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F")


class InvalidParametersError(Exception):
    """The user must change the settings; KNIME shows its text without a stack trace."""


class PythonNode(ABC):
    """What a node is: ``configure`` tells the outputs' specs, ``execute`` makes the outputs."""

    input_ports: list[Port] | None = None
    output_ports: list[Port] | None = None

    @abstractmethod
    def configure(self, config_context: Any, *inputs: Any) -> Any:
        """Return the specs of the outputs, or None while they are not known."""

    @abstractmethod
    def execute(self, exec_context: Any, *inputs: Any) -> Any:
        """Return the outputs."""


class NodeType(Enum):
    """What a node is for: the color it has in KNIME."""

    SOURCE = "Source"
    SINK = "Sink"
    LEARNER = "Learner"
    PREDICTOR = "Predictor"
    MANIPULATOR = "Manipulator"
    VISUALIZER = "Visualizer"
    OTHER = "Other"


@dataclass(frozen=True)
class RegisteredNode:
    """A node as KNIME lists it; ``factory`` makes a fresh object, as each call gets one."""

    id: str
    name: str
    node_type: Enum
    icon_path: str
    category: str
    module: str
    factory: Callable[[], Any]
    input_ports: list[Port]
    output_ports: list[Port]
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RegisteredCategory:
    """A folder of the node repository."""

    path: str
    level_id: str
    name: str
    description: str
    icon: str
    after: str = ""
    locked: bool = True


_nodes: dict[str, RegisteredNode] = {}
_categories: list[RegisteredCategory] = []


def get_nodes() -> dict[str, RegisteredNode]:
    """Return the registered nodes by id, in the order in which they were declared."""
    return dict(_nodes)


def get_categories() -> list[RegisteredCategory]:
    """Return the registered categories."""
    return list(_categories)


def category(
    path: str,
    level_id: str,
    name: str,
    description: str,
    icon: str,
    after: str = "",
    locked: bool = True,
) -> str:
    """Register a category and return its path."""
    _categories.append(RegisteredCategory(path, level_id, name, description, icon, after, locked))
    return path.rstrip("/") + "/" + level_id


def node(
    name: str,
    node_type: NodeType,
    icon_path: str,
    category: str,
    after: str | None = None,
    keywords: list[str] | None = None,
    id: str | None = None,  # noqa: A002 - KNIME's signature
    is_deprecated: bool = False,
    is_hidden: bool = False,
) -> Callable[[Callable[[], Any]], Callable[..., Any]]:
    """Register a node class; what remains under its name is a function that makes nodes."""

    def register(factory: Callable[..., Any]) -> Callable[..., Any]:
        def create(*args: Any, **kwargs: Any) -> Any:
            created = factory(*args, **kwargs)
            _check_node(created)
            created.input_ports = inputs
            created.output_ports = outputs
            return created

        sample = factory()
        inputs = getattr(sample, "input_ports", None) or []
        outputs = getattr(sample, "output_ports", None) or []
        key = id or factory.__name__
        flags = {"is_deprecated": is_deprecated, "is_hidden": is_hidden}
        details = {"after": after, "keywords": keywords or [], **flags}
        _nodes[key] = RegisteredNode(
            id=key,
            name=name,
            node_type=node_type,
            icon_path=icon_path,
            category=category,
            module=factory.__module__,
            factory=create,
            input_ports=inputs,
            output_ports=outputs,
            details=details,
        )
        return create

    return register


def _check_node(created: object) -> None:
    for method in ("configure", "execute"):
        if not hasattr(created, method):
            raise AttributeError(f"a node needs a method {method}")
    for name, attribute in vars(created).items():
        if isinstance(attribute, Parameter):
            raise AttributeError(  # noqa: TRY004 - KNIME raises this one
                f"'{name}': parameters belong into the class, not into __init__"
            )


def _add_port(slot: str, port: Port) -> Callable[[F], F]:
    marker = f"__added_{slot}__"

    def add(factory: F) -> F:
        ports = getattr(factory, slot, None)
        if ports is None:
            ports = []
            setattr(factory, slot, ports)
            setattr(factory, marker, True)
        elif not hasattr(factory, marker):
            raise ValueError(f"the class already has an attribute {slot}: no decorator adds to it")
        ports.insert(0, port)  # decorators apply from the bottom up
        return factory

    return add


def input_table(
    name: str,
    description: str,
    optional: bool | None = False,
) -> Callable[[F], F]:
    """Add an input for a table."""
    return _add_port("input_ports", Port(PortType.TABLE, name, description, optional=optional))


def input_port(
    name: str,
    description: str,
    port_type: PortType | str,
    optional: bool | None = False,
) -> Callable[[F], F]:
    """Add an input of a type of your own, or one of the special types."""
    return _add_port("input_ports", Port(port_type, name, description, optional=optional))


def output_table(name: str, description: str) -> Callable[[F], F]:
    """Add an output for a table."""
    return _add_port("output_ports", Port(PortType.TABLE, name, description))


def output_port(name: str, description: str, port_type: PortType | str) -> Callable[[F], F]:
    """Add an output of a type of your own."""
    return _add_port("output_ports", Port(port_type, name, description))
