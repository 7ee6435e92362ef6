# SPDX-License-Identifier: MIT
"""The parts of a workflow, and the settings of our nodes in KNIME's format."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from realtime_dev.knime_standin.settings import parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).parents[1]

KNIME_VERSION = "5.8.0"
"""The oldest version of KNIME that opens the workflows."""

SAVED_VERSION = "1.0.0"
"""The version of the extension in the saved workflows.

KNIME sets newer settings to their defaults when it loads a workflow, so that a new setting does not
change the files.
"""

PYTHON_FACTORY = (
    "org.knime.python3.nodes.extension.ExtensionNodeSetFactory$DynamicExtensionNodeFactory"
)
JSON_TYPE = "json-type_Internals"
EXTENSION_VERSION = "extension_version_Internals"


@dataclass(frozen=True)
class Bundle:
    """The bundle of a node; `feature` is the extension that a user installs.

    KNIME offers to install the feature if a node of a workflow is missing.
    """

    name: str
    symbolic_name: str
    feature: str
    feature_name: str
    vendor: str = "KNIME AG, Zurich, Switzerland"
    version: str = KNIME_VERSION


BASE = Bundle(
    "KNIME Base Nodes",
    "org.knime.base",
    "org.knime.features.base.feature.group",
    "KNIME Base nodes",
)
JSON = Bundle(
    "JSON related functionality for KNIME",
    "org.knime.json",
    "org.knime.features.json.feature.group",
    "KNIME JSON-Processing",
)
QUICK_FORMS = Bundle(
    "KNIME Quick Form Nodes",
    "org.knime.js.quickforms",
    "org.knime.features.js.quickforms.feature.group",
    "KNIME Quick Forms",
)


@dataclass(frozen=True)
class Node:
    """A node at a position (column and row).

    `step` is the annotation around the node: what it does here, and why. `settings` is the content
    of the section `model`. `variables` maps dotted paths of settings to the flow variables that
    control them. `factory_settings` identify a Python node.
    """

    name: str
    factory: str
    bundle: Bundle
    at: tuple[float, float]
    outputs: int
    settings: Mapping[str, Any]
    step: str
    variables: Mapping[str, str] = field(default_factory=dict)
    factory_settings: Mapping[str, str] = field(default_factory=dict)
    uniquifier: str = ""


@dataclass(frozen=True)
class Wire:
    """A connection from an output port to an input port; port 0 is for flow variables."""

    source: str
    source_port: int
    target: str
    target_port: int


@dataclass(frozen=True)
class Workflow:
    """A workflow: its nodes by key, and their connections.

    `text` is its description on KNIME Hub and in the annotation at its top, `tags` are the words
    by which a search finds it. `credentials` are the names of the workflow's own credentials;
    KNIME asks for their passwords when it opens the workflow. `variables` are the workflow's own
    flow variables.
    """

    file: str
    title: str
    text: str
    nodes: Mapping[str, Node]
    wires: Iterable[Wire]
    tags: tuple[str, ...]
    credentials: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def read_own_bundle() -> Bundle:
    """Return the bundle that `pixi run -e build build` makes of our extension."""
    about = yaml.safe_load((ROOT / "knime.yml").read_text("utf-8"))
    group, name, title = about["group_id"], about["name"], about["description"]
    return Bundle(
        title,
        f"{group}.{name}",
        f"{group}.features.{name}.feature.group",
        title,
        about["vendor"],
        SAVED_VERSION,
    )


def make_node(
    node_id: str,
    name: str,
    at: tuple[float, float],
    settings: Mapping[str, Any] | None = None,
    variables: Mapping[str, str] | None = None,
    *,
    outputs: int = 2,
    step: str = "",
) -> Node:
    """Return one of our nodes; `settings` are those that differ from the default, by dotted key."""
    bundle = read_own_bundle()
    return Node(
        name=name,
        factory=PYTHON_FACTORY,
        bundle=bundle,
        at=at,
        outputs=outputs,
        settings=_complete(node_id, settings or {}),
        step=step,
        variables=variables or {},
        factory_settings={"extension_id": bundle.symbolic_name, "node_id": node_id},
        uniquifier=f"{bundle.symbolic_name}_!_{node_id}",
    )


def _complete(node_id: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return all settings of a node as a tree: those given, else the defaults in the ledger."""
    # A node without settings is not in the ledger.
    ledger = json.loads((ROOT / "docs" / "ledger.json").read_text("utf-8")).get(node_id, {})
    limit = parse_version(SAVED_VERSION)
    keys = [
        key
        for key, entry in ledger.items()
        if "[]" not in key and parse_version(entry["since"]) <= limit
    ]
    unknown = set(settings) - set(keys)
    if unknown:
        raise KeyError(f"{node_id} {SAVED_VERSION} does not have the settings {sorted(unknown)}.")
    tree: dict[str, Any] = {JSON_TYPE: "OBJECT"}
    for key in keys:
        *groups, last = key.split(".")
        place = tree
        for group in groups:
            place = place.setdefault(group, {JSON_TYPE: "OBJECT"})
        value = settings.get(key, ledger[key]["default"])
        place[last] = _encode_list(value) if ledger[key]["type"] == "array" else value
    tree[EXTENSION_VERSION] = SAVED_VERSION
    return tree


def _encode_list(items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a list of groups as KNIME stores it: items by their number."""
    return {str(place): {JSON_TYPE: "OBJECT", **item} for place, item in enumerate(items)}
