# SPDX-License-Identifier: MIT
"""Client secrets for OpenAI's Realtime API: the schema's machine, a client, and KNIME nodes."""
