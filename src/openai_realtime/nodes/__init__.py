# SPDX-License-Identifier: MIT
"""The KNIME nodes and their category; only this folder imports `knime.extension`.

KNIME imports these modules to list the nodes. So what is slow to import (httpx, pandas, pyarrow,
jsonschema_rs, most of the client) is imported inside the functions that use it.
"""

from __future__ import annotations

import knime.extension as knext

CATEGORY = knext.category(
    path="/community",
    level_id="openai_realtime",
    name="OpenAI Realtime",
    description="Nodes that create short-lived client secrets for OpenAI's Realtime voice API.",
    icon="icons/category.png",
)
