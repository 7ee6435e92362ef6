# SPDX-License-Identifier: MIT
"""Example workflows: `definitions` describes them, `build` writes the files for KNIME."""
