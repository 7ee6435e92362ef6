# SPDX-License-Identifier: MIT
"""Talks HTTP: where the API is, how to send, what to try again, what an error means."""
