# SPDX-License-Identifier: MIT
"""KNIME's own nodes in the example workflows, with their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demos.workflows import BASE, JSON, QUICK_FORMS, Node

if TYPE_CHECKING:
    from collections.abc import Sequence

_STRING = {"cell_class": "org.knime.core.data.def.StringCell", "is_null": False}
_INTEGER = {"cell_class": "org.knime.core.data.def.IntCell", "is_null": False}


def credentials_configuration(variable: str, at: tuple[float, float], step: str) -> Node:
    """Return *Credentials Configuration*, which asks for a key and does not save it."""
    return Node(
        name="Credentials Configuration",
        factory="org.knime.js.base.node.configuration.input.credentials.CredentialsDialogNodeFactory",
        bundle=QUICK_FORMS,
        at=at,
        outputs=1,
        step=step,
        settings={
            "defaultValue": {
                "isSavePassword": False,
                "credentialsValue": {
                    "isCredentials_Internals": True,
                    "name": "",
                    "login": "any",
                },
                "useServerLoginCredentials": False,
            },
            "hideInDialog": False,
            "parameterName": variable,
            "label": "API key",
            "description": "The password is the API key; the user name does not matter.",
            "required": True,
            "flowVariableName": variable,
            "error_message": "",
            "prompt_username": False,
            "use_server_login": False,
            "no_display": False,
            "usernameLabel": "User",
            "passwordLabel": "API key",
        },
    )


def table_creator(
    columns: Sequence[str], rows: Sequence[Sequence[str]], at: tuple[float, float], step: str
) -> Node:
    """Return *Table Creator* with columns of text."""
    cells = [(y, x, text) for y, row in enumerate(rows) for x, text in enumerate(row)]
    return Node(
        name="Table Creator",
        factory="org.knime.base.node.io.tablecreator.TableCreator2NodeFactory",
        bundle=BASE,
        at=at,
        outputs=1,
        step=step,
        settings={
            "rowIndices": [y for y, _, _ in cells],
            "columnIndices": [x for _, x, _ in cells],
            "values": [text for _, _, text in cells],
            "rowIdPrefix": "Row",
            "rowIdSuffix": "",
            "rowIdStartValue": 0,
            "highlightOutputTable": False,
            "columnProperties": {
                str(place): {
                    "UserSetValues": True,
                    "MissValuePattern": "",
                    "FormatParameter": None,
                    "ReadPossValsFromFile": False,
                    "SkipThisColumn": False,
                    "ColumnName": column,
                    "ColumnClass": _STRING,
                }
                for place, column in enumerate(columns)
            },
        },
    )


def row_splitter(column: str, below: int, at: tuple[float, float], step: str) -> Node:
    """Return *Row Splitter*: rows with a number less than `below` go to the first output."""
    return Node(
        name="Row Splitter",
        factory="org.knime.base.node.preproc.filter.row3.RowSplitterNodeFactory",
        bundle=BASE,
        at=at,
        outputs=2,
        step=step,
        settings={
            "matchCriteria": "AND",
            "predicates": {
                "0": {
                    "columnV2": {"regularChoice": column, "specialChoice_Internals": None},
                    "operator": "LT",
                    "predicateValues": {
                        "values": {"0": {"typeIdentifier": _INTEGER, "value": below}},
                        "inputKind": "SINGLE",
                    },
                }
            },
            "domains": "RETAIN",
            "outputMode": "MATCHING",
        },
    )


def container_input(
    parameter: str, default: str, description: str, at: tuple[float, float], step: str
) -> Node:
    """Return *Container Input (JSON)*: a table of one row, with the caller's JSON in `json`."""
    return Node(
        name="Container Input (JSON)",
        factory="org.knime.json.node.input.JSONInputNodeFactory",
        bundle=JSON,
        at=at,
        outputs=1,
        step=step,
        settings={
            "parameterName": parameter,
            "useFullyQualifiedName": False,
            "json": default,
            "description": description,
        },
    )


def container_output(
    parameter: str,
    column: str,
    *,
    example: str,
    description: str,
    at: tuple[float, float],
    step: str,
) -> Node:
    """Return *Container Output (JSON)*, which gives the JSON of a single row to the caller."""
    return Node(
        name="Container Output (JSON)",
        factory="org.knime.json.node.output.JSONOutputNodeFactory",
        bundle=JSON,
        at=at,
        outputs=0,
        step=step,
        settings={
            "parameterName": parameter,
            "useFullyQualifiedName": False,
            "jsonColumnName": column,
            "keepOneRowTablesSimple": True,
            "exampleJson": example,
            "description": description,
        },
    )


def json_path(column: str, member: str, at: tuple[float, float], step: str) -> Node:
    """Return *JSON Path*, which replaces a JSON column by the text of one of its members."""
    return Node(
        name="JSON Path",
        factory="org.knime.json.node.jsonpath.multi.JSONPathNodeFactory",
        bundle=JSON,
        at=at,
        outputs=1,
        step=step,
        settings={
            "input.column": column,
            "remove.input.column": True,
            "newColumnName": [member],
            "jsonpath": [f"$['{member}']"],
            "result.is.list": [False],
            "return.paths.instead.of.values": [False],
            "returnType": ["String"],
        },
    )


def columns_to_json(key: str, column: str, at: tuple[float, float], step: str) -> Node:
    """Return *Columns to JSON*: a column `JSON` with the object `{key: value of the column}`."""
    return Node(
        name="Columns to JSON",
        factory="org.knime.json.node.tojson.ColumnsToJsonNodeFactory",
        bundle=JSON,
        at=at,
        outputs=1,
        step=step,
        settings={
            "newColumn": "JSON",
            "keyName": "cell",
            "rootKeyType": "Unnamed",
            "keyNameColumn": "",
            "removeSourceColumns": False,
            "dataBoundValueType": 0,
            "dataBoundKeyNames": [key],
            "dataBoundKeyColumns": [column],
            "dataBoundValueColumns": {
                "filter-type": "STANDARD",
                "included_names": [],
                "excluded_names": [],
                "enforce_option": "EnforceInclusion",
            },
            "keyNames": [],
            "keyValues": [],
        },
    )
