# SPDX-License-Identifier: MIT
"""KNIME's own nodes in the example workflows, with their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demos.workflows import BASE, QUICK_FORMS, Node

if TYPE_CHECKING:
    from collections.abc import Sequence

_STRING = {"cell_class": "org.knime.core.data.def.StringCell", "is_null": False}
_INTEGER = {"cell_class": "org.knime.core.data.def.IntCell", "is_null": False}


def credentials_configuration(variable: str, at: tuple[float, float], note: str) -> Node:
    """Return *Credentials Configuration*, which asks for a key and does not save it."""
    return Node(
        name="Credentials Configuration",
        factory="org.knime.js.base.node.configuration.input.credentials.CredentialsDialogNodeFactory",
        bundle=QUICK_FORMS,
        at=at,
        outputs=1,
        note=note,
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
    columns: Sequence[str], rows: Sequence[Sequence[str]], at: tuple[float, float], note: str
) -> Node:
    """Return *Table Creator* with columns of text."""
    cells = [(y, x, text) for y, row in enumerate(rows) for x, text in enumerate(row)]
    return Node(
        name="Table Creator",
        factory="org.knime.base.node.io.tablecreator.TableCreator2NodeFactory",
        bundle=BASE,
        at=at,
        outputs=1,
        note=note,
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


def row_splitter(column: str, below: int, at: tuple[float, float], note: str) -> Node:
    """Return *Row Splitter*: rows with a number less than `below` go to the first output."""
    return Node(
        name="Row Splitter",
        factory="org.knime.base.node.preproc.filter.row3.RowSplitterNodeFactory",
        bundle=BASE,
        at=at,
        outputs=2,
        note=note,
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
