# SPDX-License-Identifier: MIT
"""A stand-in for the part of ``knime.extension`` that our nodes use.

It accepts and refuses what KNIME's own does, with words of its own; the contract tests run the
same scenarios on both. ``install.install()`` enters it as ``knime.extension`` when KNIME's API
is not there. Pandas and pyarrow are imported only when a table is made.
"""

from realtime_dev.knime_standin.arrays import ParameterArray
from realtime_dev.knime_standin.choices import ColumnParameter, StringParameter
from realtime_dev.knime_standin.contexts import (
    ConfigurationContext,
    DialogCreationContext,
    ExecutionContext,
)
from realtime_dev.knime_standin.groups import LayoutDirection, parameter_group
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
)
from realtime_dev.knime_standin.parameters import (
    BoolParameter,
    DoubleParameter,
    IntParameter,
    MultilineStringParameter,
)
from realtime_dev.knime_standin.ports import (
    CredentialPortObjectSpec,
    Port,
    PortObject,
    PortType,
    port_type,
)
from realtime_dev.knime_standin.rules import (
    And,
    Condition,
    Contains,
    DialogContextCondition,
    Effect,
    OneOf,
    Or,
)
from realtime_dev.knime_standin.tables import BatchOutputTable, Table
from realtime_dev.knime_standin.types import (
    Column,
    KnimeType,
    ListType,
    LogicalType,
    PortObjectSpec,
    PrimitiveType,
    Schema,
    bool_,
    datetime,
    double,
    int32,
    int64,
    list_,
    logical,
    null,
    string,
)
from realtime_dev.knime_standin.versions import Version

__all__ = [
    "And",
    "BatchOutputTable",
    "BoolParameter",
    "Column",
    "ColumnParameter",
    "Condition",
    "ConfigurationContext",
    "Contains",
    "CredentialPortObjectSpec",
    "DialogContextCondition",
    "DialogCreationContext",
    "DoubleParameter",
    "Effect",
    "ExecutionContext",
    "IntParameter",
    "InvalidParametersError",
    "KnimeType",
    "LayoutDirection",
    "ListType",
    "LogicalType",
    "MultilineStringParameter",
    "NodeType",
    "OneOf",
    "Or",
    "ParameterArray",
    "Port",
    "PortObject",
    "PortObjectSpec",
    "PortType",
    "PrimitiveType",
    "PythonNode",
    "Schema",
    "StringParameter",
    "Table",
    "Version",
    "bool_",
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
    "null",
    "output_port",
    "output_table",
    "parameter_group",
    "port_type",
    "string",
]
