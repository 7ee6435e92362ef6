# SPDX-License-Identifier: MIT
"""A reader of KNIME's file format that knows nothing of the generator in `demos/`.

Written from the format alone: a zip of one folder with `workflow.knime` and a `settings.xml` for
each node, both trees of `config` and `entry`, and `workflow-metadata.xml`.
"""

import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

METADATA = "{http://www.knime.org/core/node/workflow/metadata/v1.0}"
NAMESPACE = "{http://www.knime.org/2008/09/XMLConfig}"
ARRAY_SIZE = "array-size"


@dataclass
class SavedNode:
    """A node as it was saved: its number, and its `settings.xml` as nested dicts."""

    number: int
    tree: dict[str, Any]

    @property
    def factory(self) -> str:
        """The class that makes the node."""
        return str(self.tree["factory"])


@dataclass
class SavedWorkflow:
    """A workflow as it was saved; a connection is (source, its port, target, its port)."""

    folder: str
    tree: dict[str, Any]
    description: str
    tags: list[str]
    nodes: dict[int, SavedNode]
    connections: list[tuple[int, int, int, int]]


def read_workflow(path: Path) -> SavedWorkflow:
    """Return what the file at `path` holds; every file in it must be part of the workflow."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    (folder,) = {name.split("/")[0] for name in texts}
    tree = read_xml(texts.pop(f"{folder}/workflow.knime"), "workflow.knime")
    description, tags = _read_metadata(texts.pop(f"{folder}/workflow-metadata.xml"))
    nodes = {}
    for key, entry in tree["nodes"].items():
        assert key == f"node_{entry['id']}"
        assert (entry["node_type"], entry["node_is_meta"]) == ("NativeNode", False)
        text = texts.pop(f"{folder}/{entry['node_settings_file']}")
        nodes[entry["id"]] = SavedNode(entry["id"], read_xml(text, "settings.xml"))
    assert not texts
    connections = [
        (entry["sourceID"], entry["sourcePort"], entry["destID"], entry["destPort"])
        for entry in tree["connections"].values()
    ]
    return SavedWorkflow(folder, tree, description, tags, nodes, connections)


def _read_metadata(text: str) -> tuple[str, list[str]]:
    """Return description and tags; KNIME validates the order of the elements."""
    root = ET.fromstring(text)  # noqa: S314 - our own files
    assert (root.tag, root.get("content-type")) == (f"{METADATA}workflow-metadata", "text/plain")
    names = ["author", "created", "last-modified", "description", "tags"]
    assert [child.tag for child in root] == [METADATA + name for name in names]
    author, created, modified, description, tags = root
    assert author.text
    assert datetime.fromisoformat(created.text or "") <= datetime.fromisoformat(modified.text or "")
    return description.text or "", [tag.text or "" for tag in tags.findall(f"{METADATA}tag")]


def read_xml(text: str, key: str) -> dict[str, Any]:
    """Return a file as nested dicts, its values by their types."""
    root = ET.fromstring(text)  # noqa: S314 - our own files
    assert root.get("key") == key
    return _read_config(root)


def _read_config(element: ET.Element) -> Any:
    found: dict[str, Any] = {}
    for child in element:
        key = child.get("key")
        assert key is not None
        assert key not in found
        if child.tag == f"{NAMESPACE}config":
            found[key] = _read_config(child)
        else:
            assert child.tag == f"{NAMESPACE}entry"
            found[key] = _read_entry(child)
    if ARRAY_SIZE in found:
        size = found.pop(ARRAY_SIZE)
        assert list(found) == [str(place) for place in range(size)]
        return list(found.values())
    return found


def _read_entry(element: ET.Element) -> Any:
    kind, value = element.get("type"), element.get("value")
    assert value is not None
    if element.get("isnull") == "true":
        return None
    if kind == "xboolean":
        return {"true": True, "false": False}[value]
    if kind == "xint":
        return int(value)
    if kind == "xdouble":
        return float(value)
    assert kind == "xstring"
    return re.sub(r"%%(\d{5})", lambda found: chr(int(found[1])), value)
