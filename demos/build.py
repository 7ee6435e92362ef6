# SPDX-License-Identifier: MIT
"""Writes the example workflows as `demos/*.knwf`, in KNIME's file format, and a picture of one.

A .knwf is a zip of a folder: `workflow.knime` lists nodes and connections, and each node has a
folder with its `settings.xml`. Both are trees of `config` and typed `entry` elements.
`workflow-metadata.xml` has the description and the tags that KNIME and KNIME Hub show. The same
definitions always result in the same bytes. `python -m demos.build --check` writes nothing and
reports whether the files are out of date.
"""

from __future__ import annotations

import argparse
import html
import io
import re
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demos.definitions import KEY_FROM_A_NODE, WORKFLOWS
from demos.picture import draw_workflow
from demos.workflows import KNIME_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from demos.workflows import Bundle, Node, Workflow

FOLDER = Path(__file__).parent
PICTURE = FOLDER.parent / "docs" / "images" / "workflow.svg"

_NAMESPACE = "http://www.knime.org/2008/09/XMLConfig"
_SCHEMA = "http://www.knime.org/XMLConfig_2008_09.xsd"
_METADATA = "http://www.knime.org/core/node/workflow/metadata/v1.0"
_FILE_TIME = (2026, 1, 1, 0, 0, 0)
_AUTHORED = "2026-01-01 00:00:00 +0000"
_AUTHOR = "OpenAI Realtime for KNIME"

# A node is in a box with its step's text above it; one cell of the grid has one box.
_CELL_WIDTH, _CELL_HEIGHT = 240, 230
_BOX = {"x": -85, "y": -120, "width": 220, "height": 210, "border": 2}
_LEFT, _TOP = 120, 340


def write_xml(key: str, tree: Mapping[str, Any]) -> str:
    """Return the XML file of `tree`, whose root has the name `key`."""
    namespaces = f'xmlns="{_NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<config {namespaces} xsi:schemaLocation="{_NAMESPACE} {_SCHEMA}" key="{key}">',
            *_list_entries(tree, "    "),
            "</config>\n",
        ]
    )


def _list_entries(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in tree.items():
        name = html.escape(key)
        if isinstance(value, list):
            # KNIME stores an array as its size and its numbered items.
            numbered = {str(place): item for place, item in enumerate(value)}
            inner: Mapping[str, Any] | None = {"array-size": len(value), **numbered}
        else:
            inner = value if isinstance(value, dict) else None
        if inner is None:
            kind, text = _encode(value)
            missing = ' isnull="true"' if value is None else ""
            yield f'{indent}<entry key="{name}" type="{kind}"{missing} value="{text}"/>'
        elif inner:
            yield f'{indent}<config key="{name}">'
            yield from _list_entries(inner, indent + "    ")
            yield f"{indent}</config>"
        else:
            yield f'{indent}<config key="{name}"/>'


def _encode(value: object) -> tuple[str, str]:
    """Return KNIME's type of a value and the encoded text."""
    if isinstance(value, bool):
        return "xboolean", str(value).lower()
    if isinstance(value, int):
        return "xint", str(value)
    if isinstance(value, float):
        return "xdouble", repr(value)
    text = "" if value is None else str(value)
    # Control characters are encoded as two percent signs and five digits.
    encoded = re.sub(r"[\x00-\x1f]", lambda found: f"%%{ord(found[0]):05d}", text)
    return "xstring", html.escape(encoded)


def write_metadata(workflow: Workflow) -> str:
    """Return the XML file with a workflow's author, date, description and tags."""
    date = _AUTHORED.replace(" ", "T", 1).replace(" +0000", "Z")
    tags = (f"        <tag>{html.escape(tag)}</tag>" for tag in workflow.tags)
    # The elements must be in this order.
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<workflow-metadata content-type="text/plain" xmlns="{_METADATA}">',
            f"    <author>{html.escape(_AUTHOR)}</author>",
            f"    <created>{date}</created>",
            f"    <last-modified>{date}</last-modified>",
            f"    <description>{html.escape(workflow.text)}</description>",
            "    <tags>",
            *tags,
            "    </tags>",
            "</workflow-metadata>\n",
        ]
    )


def _annotate(text: str, place: Mapping[str, int]) -> dict[str, Any]:
    return {
        "text": text,
        "contentType": "text/plain",
        "bgcolor": 0xFFFFFF,
        "x-coordinate": place["x"],
        "y-coordinate": place["y"],
        "width": place["width"],
        "height": place["height"],
        "alignment": "LEFT",
        "borderSize": place["border"],
        "borderColor": 0xC0C4C6,
        "defFontSize": -1,
        "annotation-version": 20230412,
        "styles": {},
    }


def _describe_origin(name: str, factory: str, bundle: Bundle) -> dict[str, Any]:
    return {
        "factory": factory,
        "node-name": name,
        "node-bundle-name": bundle.name,
        "node-bundle-symbolic-name": bundle.symbolic_name,
        "node-bundle-vendor": bundle.vendor,
        "node-bundle-version": bundle.version,
        "node-feature-name": bundle.feature_name,
        "node-feature-symbolic-name": bundle.feature,
        "node-feature-vendor": bundle.vendor,
        "node-feature-version": bundle.version,
    }


def _build_variables(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the tree that assigns flow variables to settings."""
    tree: dict[str, Any] = {}
    for path, variable in variables.items():
        place = tree
        for name in path.split("."):
            place = place.setdefault(name, {})
        place.update(used_variable=variable, exposed_variable=None)
    return {"version": "V_2019_09_13", "tree": tree}


def describe_node(node: Node) -> dict[str, Any]:
    """Return the tree of a node's `settings.xml`."""
    tree: dict[str, Any] = {
        "node_file": "settings.xml",
        "flow_stack": {},
        "internal_node_subsettings": {"memory_policy": "CacheSmallInMemory"},
        "model": dict(node.settings),
    }
    if node.variables:
        tree["variables"] = _build_variables(node.variables)
    tree |= {"customDescription": None, "state": "CONFIGURED"}
    tree |= _describe_origin(node.name, node.factory, node.bundle)
    if node.uniquifier:
        tree["factory-id-uniquifier"] = node.uniquifier
    ports = range(1, node.outputs + 1)
    return tree | {
        "factory_settings": dict(node.factory_settings),
        "name": node.name,
        "hasContent": False,
        "isInactive": False,
        "ports": {f"port_{port}": {"index": port, "port_dir_location": None} for port in ports},
        "filestores": {"file_store_location": None, "file_store_id": None},
    }


def name_folder(node: Node, number: int) -> str:
    """Return the folder name of a node."""
    return f"{node.name} (#{number})"


def describe_workflow(workflow: Workflow) -> dict[str, Any]:
    """Return the tree of `workflow.knime`."""
    numbers = {key: number for number, key in enumerate(workflow.nodes, 1)}
    tree: dict[str, Any] = {
        "created_by": KNIME_VERSION,
        "created_by_nightly": False,
        "version": "5.1.0",
        "name": None,
        "authorInformation": {
            "authored-by": _AUTHOR,
            "authored-when": _AUTHORED,
            "lastEdited-by": _AUTHOR,
            "lastEdited-when": _AUTHORED,
        },
        "customDescription": None,
        "state": "CONFIGURED",
    }
    if workflow.variables:
        tree["workflow_variables"] = {
            f"Var_{place}": {"name": name, "class": "STRING", "value": value}
            for place, (name, value) in enumerate(workflow.variables.items())
        }
    tree["workflow_credentials"] = {
        name: {"name": name, "login": "any"} for name in workflow.credentials
    }
    top = {"x": _LEFT + _BOX["x"], "y": 20, "width": 4 * _CELL_WIDTH, "height": 180, "border": 10}
    boxes = [_annotate(f"{workflow.title}\n\n{workflow.text}", top)]
    for node in workflow.nodes.values():
        x, y = _place(node)
        boxes.append(_annotate(node.step, _BOX | {"x": x + _BOX["x"], "y": y + _BOX["y"]}))
    tree["annotations"] = {f"annotation_{place}": box for place, box in enumerate(boxes)}
    tree["nodes"] = {
        f"node_{number}": _describe_position(workflow.nodes[key], number)
        for key, number in numbers.items()
    }
    tree["connections"] = {
        f"connection_{place}": {
            "sourceID": numbers[wire.source],
            "destID": numbers[wire.target],
            "sourcePort": wire.source_port,
            "destPort": wire.target_port,
        }
        for place, wire in enumerate(workflow.wires)
    }
    return tree


def _place(node: Node) -> tuple[int, int]:
    column, row = node.at
    return int(_LEFT + column * _CELL_WIDTH), int(_TOP + row * _CELL_HEIGHT)


def _describe_position(node: Node, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "node_settings_file": f"{name_folder(node, number)}/settings.xml",
        "node_is_meta": False,
        "node_type": "NativeNode",
        "ui_classname": "org.knime.core.node.workflow.NodeUIInformation",
        "ui_settings": {"extrainfo.node.bounds": [*_place(node), -1, -1]},
    }


def pack(workflow: Workflow) -> bytes:
    """Return the bytes of a workflow's file."""
    files = {
        "workflow.knime": write_xml("workflow.knime", describe_workflow(workflow)),
        "workflow-metadata.xml": write_metadata(workflow),
    }
    for number, node in enumerate(workflow.nodes.values(), 1):
        path = f"{name_folder(node, number)}/settings.xml"
        files[path] = write_xml("settings.xml", describe_node(node))
    buffer = io.BytesIO()
    # Not compressed, because the bytes would depend on the version of zlib.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(f"{workflow.title}/{path}", _FILE_TIME)
            entry.create_system = 3  # the same on all systems
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode())
    return buffer.getvalue()


def list_files() -> dict[Path, bytes]:
    """Return the content of each file: the workflows, and the picture in the README."""
    files = {FOLDER / f"{workflow.file}.knwf": pack(workflow) for workflow in WORKFLOWS}
    return {**files, PICTURE: draw_workflow(KEY_FROM_A_NODE).encode()}


def list_stale() -> list[Path]:
    """Return the files that are missing, out of date, or without a definition."""
    files = list_files()
    stale = {path for path, data in files.items() if not path.exists() or path.read_bytes() != data}
    return sorted(stale | set(FOLDER.glob("*.knwf")) - set(files))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if `--check` finds a file out of date, else 0."""
    parser = argparse.ArgumentParser(prog="python -m demos.build")
    parser.add_argument("--check", action="store_true", help="write nothing; only check the files")
    if parser.parse_args(arguments).check:
        stale = [path.name for path in list_stale()]
        if stale:
            sys.stderr.write(f"Run `make demos`; out of date: {', '.join(stale)}\n")
        return 1 if stale else 0
    for path, data in list_files().items():
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
