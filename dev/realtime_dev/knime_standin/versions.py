# SPDX-License-Identifier: MIT
"""Versions of the extension, as settings carry them."""

from __future__ import annotations

from typing import NamedTuple


class Version(NamedTuple):
    """A version of three numbers; compares and sorts as a tuple, prints as ``1.2.3``."""

    major: int
    minor: int
    patch: int

    def __repr__(self) -> str:
        return ".".join(map(str, self))

    def __str__(self) -> str:
        return repr(self)

    @classmethod
    def parse_version(cls, text: str | Version | None) -> Version:
        """Read ``major.minor.patch``; ``None`` means 0.0.0. Raises ValueError for other forms."""
        if text is None:
            return cls(0, 0, 0)
        if isinstance(text, Version):
            return text
        try:
            numbers = [int(part) for part in text.split(".")]
        except ValueError:
            numbers = []
        if len(numbers) != 3 or min(numbers) < 0:  # noqa: PLR2004 - major, minor, patch
            raise ValueError(f"'{text}' is no version: three numbers joined by dots are needed")
        return cls(*numbers)


_current: list[Version] = []


def set_extension_version(text: str) -> None:
    """Say which version of the extension runs; defaults that depend on it need to know."""
    _current[:] = [Version.parse_version(text)]


def get_extension_version() -> Version:
    """Return the version that runs. Raises RuntimeError before it has been set."""
    if not _current:
        raise RuntimeError("no extension is loaded, so its version is unknown")
    return _current[0]
