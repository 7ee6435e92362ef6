# SPDX-License-Identifier: MIT
"""The KNIME nodes, below one category: the only part that imports `knime.extension`.

KNIME imports all of it to list the nodes, so nothing slow (httpx, pandas, pyarrow, jsonschema_rs)
is imported at the top of these modules.
"""

from __future__ import annotations

import knime.extension as knext

CATEGORY = knext.category(
    path="/community",
    level_id="openai_realtime",
    name="OpenAI Realtime",
    description="Nodes that mint short-lived client secrets for OpenAI's Realtime voice API.",
    icon="icons/category.png",
)
