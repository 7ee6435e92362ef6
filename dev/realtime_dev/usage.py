# SPDX-License-Identifier: MIT
"""What is wrong with a command line, in one line."""


class UsageError(Exception):
    """The command line or a settings file is wrong; one line for the user."""
