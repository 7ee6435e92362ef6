# SPDX-License-Identifier: MIT
"""The error of the command line."""


class UsageError(Exception):
    """The command line or a settings file is wrong; one line for the user."""
