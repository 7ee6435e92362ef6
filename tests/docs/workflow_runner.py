# SPDX-License-Identifier: MIT
"""Runs a saved workflow: our nodes on the host, and as much of KNIME's nodes as the demos need."""

import json
from typing import Any

import pandas as pd

from docs.workflow_reader import SavedNode, SavedWorkflow
from realtime_dev.host import Host, TableOutput

PYTHON = "org.knime.python3.nodes.extension.ExtensionNodeSetFactory$DynamicExtensionNodeFactory"


def read_settings(node: SavedNode) -> tuple[dict[str, Any], str]:
    """Return the settings of a node of ours the way KNIME hands them on, and their version."""

    def strip(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        kept = {key: strip(item) for key, item in value.items() if not key.endswith("_Internals")}
        # An object says that it is one; without the mark KNIME takes it for a list.
        return kept if "json-type_Internals" in value else list(kept.values())

    model = node.tree["model"]
    return strip(model), model["extension_version_Internals"]


def run_foreign(
    node: SavedNode, table: pd.DataFrame | None, sent: dict[str, Any] | None
) -> pd.DataFrame | None:
    """Return the table that one of KNIME's nodes puts out; None if it has none that we need.

    *Container Output (JSON)* returns what it hands to the caller, in a column with that name.
    """
    model = node.tree["model"]
    if "columnProperties" in model:  # Table Creator
        names = [column["ColumnName"] for column in model["columnProperties"].values()]
        cells = pd.Series(model["values"], index=[model["rowIndices"], model["columnIndices"]])
        return cells.unstack().set_axis(names, axis=1)  # noqa: PD010 - a cell is not an aggregate
    if "json" in model:  # Container Input (JSON)
        value = sent[model["parameterName"]] if sent else json.loads(model["json"])
        return pd.DataFrame({"json": [json.dumps(value)]})
    if table is None:
        return None
    if "jsonpath" in model:
        (text,), (name,) = table.pop(model["input.column"]), model["newColumnName"]
        assert model["jsonpath"] == [f"$['{name}']"]
        return table.assign(**{name: json.loads(text)[name]})
    if "dataBoundKeyNames" in model:  # Columns to JSON
        (key,), (column,) = model["dataBoundKeyNames"], model["dataBoundKeyColumns"]
        return table.assign(**{model["newColumn"]: [json.dumps({key: v}) for v in table[column]]})
    if "jsonColumnName" in model:  # Container Output (JSON)
        answer = table[[model["jsonColumnName"]]]
        assert json.loads(answer.iloc[0, 0]).keys() == json.loads(model["exampleJson"]).keys()
        return answer.set_axis([model["parameterName"]], axis=1)
    return None


def run_workflow(
    workflow: SavedWorkflow, base_url: str, key: str, sent: dict[str, Any] | None = None
) -> dict[int, pd.DataFrame]:
    """Run the nodes in front of a server; return their output tables by the node's number.

    `sent` is what the caller of a service sends; by default the workflow's examples.
    """
    host = Host()
    outputs: dict[tuple[int, int], Any] = {}
    entries = workflow.tree.get("workflow_variables", {}).values()
    variables = {entry["name"]: entry["value"] for entry in entries}
    for number, node in sorted(workflow.nodes.items()):
        sources = {port: (at, out) for at, out, to, port in workflow.connections if to == number}
        inputs = [outputs[sources[port]] for port in sorted(sources) if port] or [None]
        if node.factory != PYTHON:
            frame = run_foreign(node, inputs[0] and inputs[0].to_pandas(), sent)
            if frame is not None:
                outputs[number, 1] = host.table(frame)
            continue
        node_id = node.tree["factory_settings"]["node_id"]
        settings, version = read_settings(node)
        used = node.tree.get("variables", {}).get("tree", {})
        assert used.keys() <= settings.keys()
        settings |= {name: variables[control["used_variable"]] for name, control in used.items()}
        if node_id == "configuration":
            settings |= {"provider": "compatible", "base_url": base_url}
        credentials = {"openai": ("any", key)}
        done = host.execute(
            node_id, settings, inputs, credentials=credentials, saved_version=version
        )
        assert not done.warnings
        outputs |= {(number, port): output for port, output in enumerate(done.outputs, 1)}
    tables = {number: output for (number, port), output in outputs.items() if port == 1}
    return {n: table.to_pandas() for n, table in tables.items() if isinstance(table, TableOutput)}
