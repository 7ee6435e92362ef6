# SPDX-License-Identifier: MIT
"""Example workflows: `definitions` says what is in them, `build` writes the files for KNIME."""
