# SPDX-License-Identifier: MIT
"""Registers a node with KNIME: name, category, ports, and a dialog that is built when needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import knime.extension as knext

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_realtime.nodes.dialog import Parameters


_CATEGORY = knext.category(
    path="/community",
    level_id="openai_realtime",
    name="OpenAI Realtime",
    description="Nodes that create short-lived client secrets for OpenAI's Realtime voice API.",
    icon="icons/category.png",
)


def register_node(
    node_id: str,
    name: str,
    node_type: knext.NodeType,
    keywords: list[str],
    *,
    ports: list[Any],
    build_dialog: Callable[[], Parameters],
) -> Callable[[type], Any]:
    """Return a class decorator that registers a node.

    `ports` are in KNIME's order: what `knext.input_port` and its like return.

    KNIME imports the nodes of an extension to run one of them. So the dialog is built when the
    first node of the class is created.
    """

    def decorate(cls: type) -> Any:
        for add_port in reversed(ports):  # as in a stack of decorators
            add_port(cls)
        factory = knext.node(
            name=name,
            node_type=node_type,
            icon_path=f"icons/{node_id}.png",
            category=_CATEGORY,
            id=node_id,
            keywords=["OpenAI", "Realtime", *keywords],
        )(cls)

        @cache
        def add_dialog() -> None:
            for attribute, parameter in build_dialog().items():
                setattr(cls, attribute, parameter)
                # Python calls this for attributes of a class body only.
                parameter.__set_name__(cls, attribute)

        # Only now, because KNIME creates nodes to register them, only to look at their ports.
        cls.__init__ = lambda _: add_dialog()  # type: ignore[misc]
        return factory

    return decorate
