# SPDX-License-Identifier: MIT
"""The KNIME nodes; only this folder imports `knime.extension`.

KNIME imports these modules to list the nodes. So what is slow to import (httpx, pandas, pyarrow,
jsonschema_rs, most of the client) is imported inside the functions that use it.
"""
