# SPDX-License-Identifier: MIT
"""Development tools: sandbox, stand-in for KNIME, command line. The product never imports them."""
