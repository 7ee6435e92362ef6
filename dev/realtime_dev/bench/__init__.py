# SPDX-License-Identifier: MIT
"""The nodes side by side with a bare httpx call and the official openai package.

`python -m realtime_dev.bench [--quick] [--rounds N] [--only PART ...]` measures all sides in turn
against one server on loopback, and prints a table of ratios and one line of JSON.
"""
