# SPDX-License-Identifier: MIT
"""The command `realtime-session fields`: a table, blocks if it is too wide, or one setting."""

import argparse
from collections.abc import Iterator

from realtime_dev.descriptions import CREDENTIAL, Setting, describe_run
from realtime_dev.display import get_terminal_width, wrap
from realtime_dev.host import Host
from realtime_dev.host.settings import UnknownSettingError
from realtime_dev.usage import KEY_VARIABLE, translate
from realtime_dev.user_settings import ACCEPTED

_HEADER = ("path", "label", "type", "default", "range", "GA path", "beta path")


def list_fields(options: argparse.Namespace) -> int:
    """Print the settings of a node and of the configuration node; return the exit code 0.

    Raises UnknownSettingError.
    """
    known, path = list(describe_run(Host(), options.node)), options.path
    width = get_terminal_width()
    if found := [item for item in known if item.path == path]:
        lines = format_setting(found[0], width)
    else:
        found = [item for item in known if path is None or item.path.startswith(f"{path}.")]
        if not found:
            raise UnknownSettingError(path, [item.path for item in known])
        lines = format_settings(found, None if options.wide else width)
    for line in lines:
        print(line)
    return 0


def format_settings(settings: list[Setting], width: int | None) -> Iterator[str]:
    """Yield the lines of a table, or of blocks that fit a terminal's `width`."""
    if width is not None:
        for item in settings:
            yield from _format_block(item, width)
        return
    cells = [_HEADER, *map(_list_cells, settings)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (f"{cell:<{size}}" for cell, size in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _list_cells(item: Setting) -> tuple[str, ...]:
    limits = item.range.removeprefix("of ") or ", ".join(value for value, _ in item.choices)
    kind, default = ACCEPTED.get(item.kind, item.kind), item.default
    default = KEY_VARIABLE if item.kind == CREDENTIAL else default
    return (item.path, item.label, kind, default, limits, item.ga, item.beta)


def _format_block(item: Setting, width: int) -> Iterator[str]:
    path, label, kind, default, limits, ga, beta = _list_cells(item)
    yield path
    facts = [label, kind, f"default {default}" if default else "", limits]
    yield from wrap("; ".join(fact for fact in facts if fact), width, "    ")
    if ga or beta:
        yield from wrap(f"GA path {ga or '-'}; beta path {beta or '-'}", width, "    ")


def format_setting(item: Setting, width: int | None) -> Iterator[str]:
    """Yield the lines that describe one setting in full."""
    parts = item.choices or tuple(
        (member.path, f"{member.label}: {ACCEPTED.get(member.kind, member.kind)}")
        for member in item.members
    )
    room = max(map(len, _HEADER))
    for name, cell in zip(_HEADER, _list_cells(item), strict=True):
        if name != "range" or not parts:
            yield f"{name:<{room}}  {cell or '-'}"
    if parts:
        yield "choices" if item.choices else "each item has"
        size = max(len(name) for name, _ in parts)
        yield from (f"    {name:<{size}}  {label}" for name, label in parts)
    yield ""
    yield from wrap(translate(item.description), width)
