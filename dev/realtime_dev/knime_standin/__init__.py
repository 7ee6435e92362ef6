# SPDX-License-Identifier: MIT
"""A stand-in for the part of ``knime.extension`` that our nodes use.

It accepts and refuses the same as KNIME's own, with other messages; the contract tests run the
same scenarios on both. If KNIME's API is not installed, ``install.install()`` makes it importable
as ``knime.extension``. Pyarrow is imported only when a table is created.
"""

from realtime_dev.knime_standin.choices import ColumnParameter, StringParameter
from realtime_dev.knime_standin.contexts import (
    ConfigurationContext,
    DialogCreationContext,
    ExecutionContext,
)
from realtime_dev.knime_standin.groups import ParameterArray, parameter_group
from realtime_dev.knime_standin.nodes import (
    InvalidParametersError,
    NodeType,
    PythonNode,
    category,
    input_port,
    input_table,
    node,
    output_port,
    output_table,
    output_view,
    view_html,
)
from realtime_dev.knime_standin.parameters import (
    BoolParameter,
    DoubleParameter,
    IntParameter,
    MultilineStringParameter,
)
from realtime_dev.knime_standin.ports import (
    CredentialPortObjectSpec,
    PortObject,
    PortType,
    port_type,
)
from realtime_dev.knime_standin.rules import (
    And,
    Condition,
    DialogContextCondition,
    Effect,
    OneOf,
    Or,
)
from realtime_dev.knime_standin.tables import BatchOutputTable, Table
from realtime_dev.knime_standin.types import (
    Column,
    PortObjectSpec,
    Schema,
    datetime,
    double,
    int32,
    int64,
    list_,
    logical,
    string,
)

__all__ = [
    "And",
    "BatchOutputTable",
    "BoolParameter",
    "Column",
    "ColumnParameter",
    "Condition",
    "ConfigurationContext",
    "CredentialPortObjectSpec",
    "DialogContextCondition",
    "DialogCreationContext",
    "DoubleParameter",
    "Effect",
    "ExecutionContext",
    "IntParameter",
    "InvalidParametersError",
    "MultilineStringParameter",
    "NodeType",
    "OneOf",
    "Or",
    "ParameterArray",
    "PortObject",
    "PortObjectSpec",
    "PortType",
    "PythonNode",
    "Schema",
    "StringParameter",
    "Table",
    "category",
    "datetime",
    "double",
    "input_port",
    "input_table",
    "int32",
    "int64",
    "list_",
    "logical",
    "node",
    "output_port",
    "output_table",
    "output_view",
    "parameter_group",
    "port_type",
    "string",
    "view_html",
]
