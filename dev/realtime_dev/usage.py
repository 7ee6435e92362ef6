# SPDX-License-Identifier: MIT
"""What is wrong with a command line, in one line."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_NEAR = 3


class UsageError(Exception):
    """The command line or a settings file is wrong; one line for the user."""


def make_unknown_error(path: str, known: Collection[str]) -> UsageError:
    """Return the error for a setting that there is not, with those that may be meant."""
    ends = {name: name.rsplit(".", 1)[-1] for name in known}
    last = path.rsplit(".", 1)[-1]
    near = [name for name, end in ends.items() if end == last]
    near += difflib.get_close_matches(path, known, _NEAR)
    close = difflib.get_close_matches(last, set(ends.values()), 1)
    near += [name for name, end in ends.items() if end in close]
    listed = list(dict.fromkeys(near))[:_NEAR]
    hint = f" Did you mean {' or '.join(listed)}?" if listed else ""
    return UsageError(
        f"There is no setting '{path}'.{hint} 'realtime-session fields' lists all of them."
    )
