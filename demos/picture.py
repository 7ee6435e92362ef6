# SPDX-License-Identifier: MIT
"""Draws a workflow as an SVG in the look of KNIME's modern user interface, for the README."""

from __future__ import annotations

import re
import textwrap
from html import escape
from typing import TYPE_CHECKING

from demos.workflows import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demos.workflows import Node, Wire, Workflow

_SIZE = 40  # of a node, in pixels
_CELL_WIDTH, _CELL_HEIGHT = 250, 150
_LEFT, _TOP = 105, 44
_PORTS = {"configuration": ("", "c"), "session": ("c", "tc"), "sessions": ("ct", "tc")}
"""The ports of our nodes: inputs and outputs; `t` is a table, `c` the configuration."""

_SOURCE, _MANIPULATOR, _CONFIGURATION = "#f2a400", "#ffd90a", "#b5c9d9"
_FONT = 'font-family="Roboto Condensed, Arial Narrow, Arial, sans-serif"'
_KEY = (
    '<path fill="#3e3a39" fill-rule="evenodd" d="M10 3h3l1 1v4l-1 1h-3l-1-1h-7v-2h1v2h1v-2h1v2'
    'h1v-2h3v-2zM11 5v2h1v-2z"/>'
)


def draw_workflow(workflow: Workflow) -> str:
    """Return the SVG of a workflow: nodes with names, icons, ports and notes, and connections."""
    columns, rows = (
        max(axis) for axis in zip(*(n.at for n in workflow.nodes.values()), strict=True)
    )
    width, height = (columns + 1) * _CELL_WIDTH - 30, (rows + 1) * _CELL_HEIGHT
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!-- SPDX-License-Identifier: MIT -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<title>{escape(workflow.title)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#ffffff"/>',
        *(_draw_wire(workflow, wire) for wire in workflow.wires),
        *(line for node in workflow.nodes.values() for line in _draw_node(node)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _draw_node(node: Node) -> Iterator[str]:
    x, y = _place(node)
    own = node.factory_settings.get("node_id", "")
    inputs, outputs = _list_ports(node)
    color = _SOURCE if own else _CONFIGURATION
    color = _MANIPULATOR if "t" in inputs else color
    center = x + _SIZE / 2
    yield _draw_text(node.name, center, y - 10, 'font-size="14" font-weight="bold"')
    yield f'<rect x="{x}" y="{y}" width="{_SIZE}" height="{_SIZE}" rx="5" fill="{color}"/>'
    yield f'<g transform="translate({x + 8} {y + 8}) scale(1.5)">{_read_icon(own)}</g>'
    for index, kind in enumerate(inputs):
        yield _draw_port(kind, x - 9, _find_height(node, index, len(inputs)))
    for index, kind in enumerate(outputs):
        yield _draw_port(kind, x + _SIZE, _find_height(node, index, len(outputs)))
    yield f'<rect x="{x + 2}" y="{y + 45}" width="{_SIZE - 4}" height="10" rx="5" fill="#d8dcdd"/>'
    yield f'<circle cx="{center + 13}" cy="{y + _SIZE + 10}" r="4" fill="#5fb645"/>'
    for place, line in enumerate(textwrap.wrap(node.step, 36)):
        yield _draw_text(line, center, y + 72 + 14 * place, 'font-size="11.5" fill="#55595b"')


def _draw_text(text: str, x: float, y: float, style: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle" {style} {_FONT}>{escape(text)}</text>'


def _draw_port(kind: str, x: float, y: float) -> str:
    if kind == "t":
        return f'<path d="M{x} {y - 5}l9 5l-9 5z" fill="#000000"/>'
    return f'<rect x="{x}" y="{y - 4.5}" width="9" height="9" fill="#9b9b9b"/>'


def _draw_wire(workflow: Workflow, wire: Wire) -> str:
    source, target = workflow.nodes[wire.source], workflow.nodes[wire.target]
    (x1, y1), (x2, y2) = _place(source), _place(target)
    outputs, inputs = _list_ports(source)[1], _list_ports(target)[0]
    x1, color = x1 + _SIZE, "#9b9b9b"
    if wire.target_port == 0:  # a flow variable, between the upper corners
        y1, y2, x1, color = y1 + 2, y2 + 2, x1 - 2, "#ff4b4b"
    else:
        y1 = _find_height(source, wire.source_port - 1, len(outputs))
        y2 = _find_height(target, wire.target_port - 1, len(inputs))
        x1, x2 = x1 + 9, x2 - 9
        color = "#3e3a39" if outputs[wire.source_port - 1] == "t" else color
    half = (x1 + x2) / 2
    path = f"M{x1} {y1}C{half} {y1} {half} {y2} {x2} {y2}"
    return f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.5"/>'


def _list_ports(node: Node) -> tuple[str, str]:
    """Return the kinds of the input and output ports, without those for flow variables."""
    is_source = node.name in ("Credentials Configuration", "Table Creator")
    outputs = "" if node.name == "Credentials Configuration" else "t" * node.outputs
    own = node.factory_settings.get("node_id", "")
    return _PORTS.get(own, ("" if is_source else "t", outputs))


def _find_height(node: Node, index: int, count: int) -> float:
    return _place(node)[1] + _SIZE * (index + 1) / (count + 1)


def _place(node: Node) -> tuple[float, float]:
    column, row = node.at
    return _LEFT + column * _CELL_WIDTH - _SIZE / 2, _TOP + row * _CELL_HEIGHT


def _read_icon(node_id: str) -> str:
    """Return the shapes of the icon of one of our nodes, or a key."""
    if not node_id:
        return _KEY
    text = (ROOT / "icons" / f"{node_id}.svg").read_text("utf-8")
    found = re.search(r"(?s)</title>(.*)</svg>", text)
    return re.sub(r"\s+", " ", found[1]).strip() if found else ""
