# SPDX-License-Identifier: MIT
"""Compares the nodes with a bare httpx call and with the official openai package.

`python -m realtime_dev.bench [--quick] [--rounds N] [--only PART ...]` measures all clients in turn
against one server on loopback, and prints a table of ratios and one line of JSON.
"""
