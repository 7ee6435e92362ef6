# SPDX-License-Identifier: MIT
"""The KNIME nodes: the only part of the product that imports `knime.extension`.

KNIME imports all of it to list the nodes, so nothing slow (httpx, pandas, pyarrow, jsonschema_rs)
is imported at the top of these modules.
"""
