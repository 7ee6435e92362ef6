# SPDX-License-Identifier: MIT
"""The output of `realtime-session fields`: a table, blocks if it is too wide, or one setting."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from realtime_dev.host.settings import UnknownSettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_dev.descriptions import Setting

_HEADER = ("path", "label", "type", "default", "range", "GA path", "beta path")


def select_settings(settings: list[Setting], path: str) -> list[Setting]:
    """Return the setting at `path`, or those of a section. Raises UnknownSettingError."""
    found = [item for item in settings if item.path == path]
    found = found or [item for item in settings if item.path.startswith(f"{path}.")]
    if not found:
        raise UnknownSettingError(path, [item.path for item in settings])
    return found


def format_settings(settings: list[Setting], width: int | None) -> Iterator[str]:
    """Yield the lines of a table, or of blocks if the table is wider than `width`."""
    cells = [_HEADER, *map(_list_cells, settings)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    if width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        for item in settings:
            yield from _format_block(item, width)
        return
    for row in cells:
        padded = (f"{cell:<{size}}" for cell, size in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _list_cells(item: Setting) -> tuple[str, ...]:
    limits = item.range or ", ".join(value for value, _ in item.choices)
    return (item.path, item.label, item.kind, item.default, limits, item.ga, item.beta)


def _format_block(item: Setting, width: int) -> Iterator[str]:
    path, label, kind, default, limits, ga, beta = _list_cells(item)
    yield path
    facts = [label, kind, f"default {default}" if default else "", limits]
    yield from _wrap("; ".join(fact for fact in facts if fact), width, "    ")
    if ga or beta:
        yield from _wrap(f"GA path {ga or '-'}; beta path {beta or '-'}", width, "    ")


def format_setting(item: Setting, width: int | None) -> Iterator[str]:
    """Yield the lines that describe one setting in full."""
    parts = item.choices or tuple((member.path, member.label) for member in item.members)
    room = max(map(len, _HEADER))
    for name, cell in zip(_HEADER, _list_cells(item), strict=True):
        if name != "range" or not parts:
            yield f"{name:<{room}}  {cell or '-'}"
    if parts:
        yield "choices" if item.choices else "each item has"
        size = max(len(name) for name, _ in parts)
        yield from (f"    {name:<{size}}  {label}" for name, label in parts)
    yield ""
    yield from _wrap(item.description, width, "")


def _wrap(text: str, width: int | None, indent: str) -> list[str]:
    if width is None:
        return [indent + text]
    return textwrap.wrap(
        text,
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
