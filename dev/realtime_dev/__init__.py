# SPDX-License-Identifier: MIT
"""Development tools: sandbox, stand-in for KNIME, command line. Never imported by the product."""
