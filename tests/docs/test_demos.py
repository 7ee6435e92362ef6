# SPDX-License-Identifier: MIT
"""The example workflows fit our nodes, KNIME's format and the sandbox, and hold no secret."""

import itertools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from demos.build import list_stale, main, write_xml
from demos.definitions import WORKFLOWS
from demos.workflows import make_node
from docs.workflow_reader import SavedNode, SavedWorkflow, read_workflow, read_xml
from docs.workflow_runner import PYTHON, read_settings, run_workflow
from realtime_dev.host import Host
from realtime_dev.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "demos").glob("*.knwf"))

VARIABLES = "variables"
TABLE = "PortType.TABLE"

# KNIME's own nodes by factory: the extension, what goes in and what comes out.
CREDENTIALS = "js.base.node.configuration.input.credentials.CredentialsDialogNodeFactory"
FOREIGN = {
    CREDENTIALS: ("js.quickforms", [], [VARIABLES]),
    "base.node.io.tablecreator.TableCreator2NodeFactory": ("base", [], [TABLE]),
    "base.node.preproc.filter.row3.RowSplitterNodeFactory": ("base", [TABLE], [TABLE, TABLE]),
    "json.node.input.JSONInputNodeFactory": ("json", [], [TABLE]),
    "json.node.jsonpath.multi.JSONPathNodeFactory": ("json", [TABLE], [TABLE]),
    "json.node.tojson.ColumnsToJsonNodeFactory": ("json", [TABLE], [TABLE]),
    "json.node.output.JSONOutputNodeFactory": ("json", [TABLE], []),
}


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def workflow(request: pytest.FixtureRequest) -> SavedWorkflow:
    """Hand out each of the workflows."""
    return read_workflow(request.param)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Hand out a running sandbox."""
    with Sandbox() as sandbox:
        yield sandbox


def list_own(workflow: SavedWorkflow) -> list[SavedNode]:
    """Return the nodes of ours."""
    return [node for node in workflow.nodes.values() if node.factory == PYTHON]


def list_ports(node: SavedNode) -> tuple[list[Any], list[Any]]:
    """Return the kinds of a node's inputs and outputs; an optional one is not there."""
    if node.factory != PYTHON:
        return FOREIGN[node.factory.removeprefix("org.knime.")][1:]
    entry = Host().nodes[node.tree["factory_settings"]["node_id"]]
    inputs = [port.type for port in entry.input_ports if not port.optional]
    return inputs, [port.type for port in entry.output_ports]


def test_all_are_there() -> None:
    """There is a workflow for each definition, as the definitions have it."""
    assert [path.stem for path in FILES] == [workflow.file for workflow in WORKFLOWS]
    assert [path.name for path in list_stale()] == [], "Run `make demos`."
    assert main(["--check"]) == 0


def test_each_node_names_its_extension(workflow: SavedWorkflow) -> None:
    """KNIME finds our nodes by their ids, and knows what to install if a node is missing."""
    about = yaml.safe_load((ROOT / "knime.yml").read_text("utf-8"))
    extension = f"{about['group_id']}.{about['name']}"
    assert len(list_own(workflow)) >= 2
    for node in workflow.nodes.values():
        tree = node.tree
        if node.factory == PYTHON:
            group, name, vendor = about["group_id"], about["name"], about["vendor"]
            node_id = tree["factory_settings"]["node_id"]
            assert tree["factory_settings"] == {"extension_id": extension, "node_id": node_id}
            assert tree["factory-id-uniquifier"] == f"{extension}_!_{node_id}"
            assert tree["name"] == Host().nodes[node_id].name
        else:
            group, vendor = "org.knime", "KNIME AG, Zurich, Switzerland"
            name = FOREIGN[node.factory.removeprefix("org.knime.")][0]
        assert tree["name"] == tree["node-name"]
        assert tree["node-bundle-symbolic-name"] == f"{group}.{name}"
        assert tree["node-feature-symbolic-name"] == f"{group}.features.{name}.feature.group"
        assert tree["node-bundle-vendor"] == tree["node-feature-vendor"] == vendor


def test_each_workflow_is_described(workflow: SavedWorkflow) -> None:
    """The description on KNIME Hub is the text on top of the workflow, and it has some tags."""
    title, _, text = workflow.tree["annotations"]["annotation_0"]["text"].partition("\n\n")
    assert (title, text) == (workflow.folder, workflow.description)
    assert len(set(workflow.tags)) == len(workflow.tags) > 2


def test_settings_are_the_nodes(workflow: SavedWorkflow) -> None:
    """A node's settings have the keys that KNIME needs and no others, items of lists included."""

    def compare(values: dict[str, Any], properties: dict[str, Any]) -> None:
        assert values.keys() == properties.keys()
        for key, value in values.items():
            if isinstance(value, dict):
                compare(value, properties[key]["properties"])
            for item in value if isinstance(value, list) else ():
                compare(item, properties[key]["items"]["properties"])

    for node in list_own(workflow):
        settings, version = read_settings(node)
        schema = Host(version).settings_schema(node.tree["factory_settings"]["node_id"])
        compare(settings, schema["properties"])


def test_connections_fit(workflow: SavedWorkflow) -> None:
    """Each connection joins ports of one kind that exist, and every input has exactly one."""
    taken: list[tuple[int, int]] = []
    for source, source_port, target, target_port in workflow.connections:
        outputs = [VARIABLES, *list_ports(workflow.nodes[source])[1]]
        inputs = [VARIABLES, *list_ports(workflow.nodes[target])[0]]
        assert outputs[source_port] == inputs[target_port]
        taken.append((target, target_port))
    needed = {
        (number, port)
        for number, node in workflow.nodes.items()
        for port in range(1, len(list_ports(node)[0]) + 1)
    }
    assert len(taken) == len(set(taken))
    assert {place for place in taken if place[1]} == needed


def test_ports_are_listed(workflow: SavedWorkflow) -> None:
    """Each node tells of as many outputs as it has, and of no data in them."""
    for node in workflow.nodes.values():
        ports = [(port["index"], port["port_dir_location"]) for port in node.tree["ports"].values()]
        assert ports == [(place, None) for place in range(1, len(list_ports(node)[1]) + 1)]
        assert not node.tree["hasContent"]


def test_each_node_has_a_box_of_its_own(workflow: SavedWorkflow) -> None:
    """Below the text on top, each node lies in an annotation that explains it; none overlap."""
    boxes = []
    for box in workflow.tree["annotations"].values():
        x, y = box["x-coordinate"], box["y-coordinate"]
        boxes.append((x, y, x + box["width"], y + box["height"]))
        assert box["text"].endswith(".")
    for entry, (left, top, right, bottom) in zip(
        workflow.tree["nodes"].values(), boxes[1:], strict=True
    ):
        x, y, _, _ = entry["ui_settings"]["extrainfo.node.bounds"]
        assert left < x < right
        assert top < y < bottom
    for one, other in itertools.combinations(boxes, 2):
        assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_secret_is_stored(path: Path) -> None:
    """No file in a workflow holds a password, encrypted or not, or something like a key."""
    with zipfile.ZipFile(path) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "xpassword" not in text
    assert not re.search(r"\b(sk|ek)[-_]\w{8}|Bearer ", text)
    # The only entry that speaks of a password is the label that its user sees.
    named = re.findall(r'<entry key="([^"]*(?:password|secret)[^"]*)"', text, re.IGNORECASE)
    assert set(named) <= {"isSavePassword", "passwordLabel"}
    assert set(re.findall(r'key="isSavePassword" type="xboolean" value="(\w+)"', text)) <= {"false"}


def test_credentials_come_from_somewhere(workflow: SavedWorkflow) -> None:
    """Each configuration names the one credential that the workflow or another node provides."""
    own = {entry["name"] for entry in workflow.tree["workflow_credentials"].values()}
    models = [node.tree["model"] for node in workflow.nodes.values()]
    made = {model["flowVariableName"] for model in models if "flowVariableName" in model}
    assert own ^ made == {model["credential"] for model in models if "credential" in model}


def test_nodes_run(workflow: SavedWorkflow, sandbox: Sandbox) -> None:
    """Our nodes, set and connected as in the workflow, mint secrets from the sandbox."""
    tables = run_workflow(workflow, sandbox.base_url, sandbox.api_key)
    minting = [node for node in list_own(workflow) if "result_format" in node.tree["model"]]
    assert minting
    for node in minting:
        table = tables[node.number]
        is_raw = node.tree["model"]["result_format"] == "raw"
        assert table["body" if is_raw else "Client Secret"].str.contains("ek_").all()
        places = [at for at, _, *end in workflow.connections if end == [node.number, 2]]
        assert len(table) == (len(tables[places[0]]) if places else 1)


def test_texts_survive() -> None:
    """What XML or KNIME would take for something else is read back as it was."""
    tree = {"a<b": 'x & "y"\n%\t', "list": ["", "é"], "none": None, "number": -1.5}
    assert read_xml(write_xml("k", tree), "k") == tree


def test_unknown_settings_are_refused() -> None:
    """A definition with a setting that the node does not have fails."""
    with pytest.raises(KeyError, match="vioce"):
        make_node("session", "Create Realtime Session", (0, 0), {"vioce": "marin"})
