# SPDX-License-Identifier: MIT
"""All settings of both nodes: as a table, as blocks for a narrow terminal, one in full."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime_dev.given_settings import PREFIX
from realtime_dev.host.settings import UnknownSettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from realtime_dev.host import Control, Host

_HEADER = ("path", "label", "type", "default", "range", "GA path", "beta path")
_TYPES = {"boolean": "yes or no", "integer": "whole number", "number": "number", "string": "text"}


@dataclass(frozen=True)
class Setting:
    """One setting of a node.

    `parts` are pairs of name and label: of a choice's values, of what a list's items have.
    """

    path: str
    label: str
    type: str
    default: str
    range: str
    ga: str
    beta: str
    description: str
    parts: tuple[tuple[str, str], ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of its row in the table."""
        return (
            self.path, self.label, self.type, self.default, self.range, self.ga, self.beta
        )  # fmt: skip


def collect_settings(host: Host, rows: Iterable[Any]) -> list[Setting]:
    """Return the settings of both nodes in the dialogs' order.

    `rows` are what the session's form tells of its settings; the rest comes from the dialogs.
    """
    known = {row.path: row for row in rows}
    schema = host.settings_schema("session")
    found = [
        _take_row(known[control.path], control, schema)
        if control.path in known
        else _make_setting("", control, schema)
        for control in host.controls("session", {}, [None])
    ]
    schema = host.settings_schema(PREFIX)
    own = host.controls(PREFIX, {}, [None])
    return [*found, *(_make_setting(f"{PREFIX}.", control, schema) for control in own)]


def _take_row(
    row: Any,  # noqa: ANN401 - known by its attributes
    control: Control,
    schema: dict[str, Any],
) -> Setting:
    return Setting(
        path=row.path,
        label=row.label,
        type=row.type,
        default=row.default,
        range=row.range,
        ga=row.ga,
        beta=row.beta,
        description=row.description,
        parts=_list_parts(_find(control.path, schema)),
    )


def _make_setting(prefix: str, control: Control, schema: dict[str, Any]) -> Setting:
    own = _find(control.path, schema)
    default = control.value
    return Setting(
        path=prefix + control.path,
        label=control.label,
        type="choice" if "oneOf" in own else _TYPES.get(own["type"], "list"),
        default=str(default).lower() if isinstance(default, bool) else str(default),
        range=", ".join(entry["const"] for entry in own.get("oneOf", ())),
        ga="",
        beta="",
        description=own.get("description", ""),
        parts=_list_parts(own),
    )


def _find(path: str, schema: dict[str, Any]) -> dict[str, Any]:
    for name in path.split("."):
        schema = schema["properties"][name]
    return schema


def _list_parts(own: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    choices = [(entry["const"], entry["title"]) for entry in own.get("oneOf", ())]
    members = own.get("items", {}).get("properties", {})
    return (*choices, *((name, member["title"]) for name, member in members.items()))


def find_settings(settings: list[Setting], path: str) -> list[Setting]:
    """Return the setting at `path`, or those of a section. Raises UnknownSettingError."""
    found = [item for item in settings if item.path == path]
    found = found or [item for item in settings if item.path.startswith(f"{path}.")]
    if not found:
        raise UnknownSettingError(path, [item.path for item in settings])
    return found


def list_settings(settings: list[Setting], width: int | None) -> Iterator[str]:
    """Yield the lines of a table, or of blocks where `width` is too little for one."""
    cells = [_HEADER, *(item.cells for item in settings)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    if width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        for item in settings:
            yield from _make_block(item, width)
        return
    for row in cells:
        padded = (f"{cell:<{size}}" for cell, size in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _make_block(setting: Setting, width: int) -> Iterator[str]:
    yield setting.path
    default = f"default {setting.default}" if setting.default else ""
    facts = [setting.label, setting.type, default, setting.range]
    yield from _wrap("; ".join(fact for fact in facts if fact), width, "    ")
    if setting.ga or setting.beta:
        places = f"GA path {setting.ga or '-'}; beta path {setting.beta or '-'}"
        yield from _wrap(places, width, "    ")


def describe_setting(setting: Setting, width: int | None) -> Iterator[str]:
    """Yield the lines that tell all about one setting."""
    room = max(map(len, _HEADER))
    for name, cell in zip(_HEADER, setting.cells, strict=True):
        if name == "range" and setting.parts:
            continue
        yield f"{name:<{room}}  {cell or '-'}"
    if setting.parts:
        yield "choices" if setting.type == "choice" else "each item has"
        size = max(len(name) for name, _ in setting.parts)
        yield from (f"    {name:<{size}}  {label}" for name, label in setting.parts)
    if setting.description:
        yield ""
        yield from _wrap(setting.description, width, "")


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
