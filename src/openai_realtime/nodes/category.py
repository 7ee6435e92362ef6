# SPDX-License-Identifier: MIT
"""Where the nodes stand in KNIME's node repository."""

from __future__ import annotations

import knime.extension as knext

CATEGORY = knext.category(
    path="/community",
    level_id="openai_realtime",
    name="OpenAI Realtime",
    description="Nodes that mint short-lived client secrets for OpenAI's Realtime voice API.",
    icon="icons/category.png",
)
