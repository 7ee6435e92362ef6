# SPDX-License-Identifier: MIT
"""KNIME's entry: imports the nodes, which register themselves."""

from openai_realtime.nodes import configuration, session, sessions, tester

__all__ = ["configuration", "session", "sessions", "tester"]
