# SPDX-License-Identifier: MIT
"""docs/settings.md: every setting of every node, made from the nodes themselves.

`python -m realtime_dev.documentation` writes the page; with `--check` it only says whether the
page is stale. A node that has a form is described by it, what is not in a form by the dialog.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import TYPE_CHECKING, Any

from openai_realtime.choices import Choice
from openai_realtime.fields import UNSET, Field
from realtime_dev.host import Control, Host
from realtime_dev.host.backends import create_backend
from realtime_dev.ledger import ROOT, read_nodes
from realtime_dev.setting_text import describe_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openai_realtime.form import Form
    from realtime_dev.ledger import Entry

PAGE = ROOT / "docs" / "settings.md"
STALE = "docs/settings.md is stale: run `make docs`."

_INTRODUCTION = f"""<!-- SPDX-License-Identifier: MIT -->
<!-- Made by `make docs` from the schema and the dialogs. Edit those, not this page. -->

# Settings

What you leave alone is not sent, and the server then chooses: that is what `{UNSET}` (*Server's
choice*), an empty text and a check box without its tick mean.

The **key** is the setting's name on the dialog's page of flow variables, for `--set KEY=VALUE` of
`realtime-session run` (`configuration.KEY` for the configuration node), and in a saved workflow.
Keys never change once they are released.

**In the request** tells where the value goes: first the current API (GA), then the beta API, where
the place differs or is missing. **Advanced** settings show after *Show advanced settings*."""

_NO_DEFAULTS: tuple[object, ...] = ("", [])
_KINDS = {
    "array": "list",
    "boolean": "yes or no",
    "integer": "whole number",
    "number": "number",
    "string": "text",
}


def make_page() -> str:
    """Return the whole page as Markdown."""
    host = Host()
    ledger = read_nodes()
    names = {node_id: entry.name for node_id, entry in create_backend().list_nodes().items()}
    extension = importlib.import_module("extension")
    lines = [_INTRODUCTION]
    # Sessions first: what people look up is mostly there.
    forms = {
        node_id: getattr(getattr(extension, node_id, None), "FORM", None)
        for node_id in host.node_ids()
    }
    for node_id in sorted(forms, key=lambda node_id: forms[node_id] is None):
        page = _NodePage(host, node_id, forms[node_id], ledger[node_id])
        lines += ["", f"## {names[node_id]}", *page.list_lines()]
    return "\n".join(lines) + "\n"


class _NodePage:
    """The part of one node: sections of its form, then what only the dialog knows."""

    def __init__(
        self, host: Host, node_id: str, form: Form | None, entries: dict[str, Entry]
    ) -> None:
        self._form = form
        self._entries = entries
        self._schema = host.settings_schema(node_id)
        self._fields = [] if form is None else list(form.walk())
        known = {".".join(item.setting) for item in self._fields}
        known |= {f"{key}_set" for key in known}
        self._own = [c for c in host.controls(node_id) if c.path not in known]

    def list_lines(self) -> Iterator[str]:
        if self._form is None:
            for control in self._own:
                yield from self._describe_control(control)
            return
        yield from ("", "### The session as a whole, and its result")
        for control in self._own:
            yield from self._describe_control(control)
        yield from ("", "### Basic settings")
        yield from self._list_section("")
        for section in self._form.sections:
            yield from ("", f"### {section.label}", "", section.description)
            yield from self._list_section(section.key)

    def _list_section(self, key: str) -> Iterator[str]:
        beside = {
            option.value.setting
            for item in self._fields
            if isinstance(item, Choice)
            for option in item.options
            if option.value is not None
        }
        for item in self._fields:
            if item.section == key and item.setting not in beside:
                since = self._entries[".".join(item.setting)]["since"]
                yield from ("", f"#### {item.title}", "")
                yield from describe_field(item, since, self._list_conditions(item))

    def _list_conditions(self, item: Field) -> Iterator[str]:
        """Yield when the setting applies, as a sentence."""
        for choice in self._fields:
            if isinstance(choice, Choice):
                labels = [
                    f"*{option.label}*"
                    for option in choice.options
                    if any(member.setting == item.setting for member in option.members)
                ]
                if labels:
                    yield f"Applies when *{choice.title}* is {' or '.join(labels)}."
        for setting, options in item.hidden_when.items():
            other = next(choice for choice in self._fields if choice.setting == setting)
            if isinstance(other, Choice):
                labels = [f"*{option.label}*" for option in other.options if option.id in options]
                yield f"Does not apply when *{other.title}* is {' or '.join(labels)}."

    def _describe_control(self, control: Control) -> Iterator[str]:
        schema: dict[str, Any] = self._schema
        for name in control.path.split("."):
            schema = schema["properties"][name]
        entry = self._entries[control.path]
        # Choices that the schema lacks depend on the workflow, as the names of credentials do.
        choices = control.choices if "oneOf" in schema else None
        kind = "choice" if choices else _KINDS[entry["type"]]
        facts = [f"Key: `{control.path}` ({kind})"]
        if choices:
            facts.append("Values: " + ", ".join(f"`{value}` ({label})" for value, label in choices))
        if entry["default"] not in _NO_DEFAULTS:
            default = entry["default"]
            shown = {True: "yes", False: "no"}[default] if kind == "yes or no" else f"`{default}`"
            facts.append(f"Default: {shown}")
        facts.append(f"Since {entry['since']}" + (", advanced" if control.advanced else ""))
        yield from ("", f"#### {control.label}", "", str(schema.get("description", "")), "")
        yield from (f"- {fact}" for fact in facts)
        members = schema.get("items", {}).get("properties", {})
        if members:
            yield from ("", "Each entry of the list has:", "")
        for key, member in members.items():
            yield f"- **{member['title']}** `{key}`: {member['description']}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 1 if `--check` finds a stale page, else 0."""
    parser = argparse.ArgumentParser(prog="python -m realtime_dev.documentation")
    parser.add_argument("--check", action="store_true", help="write nothing, tell if it is stale")
    options = parser.parse_args(arguments)
    page = make_page()
    if not options.check:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if is_stale(page.splitlines()):
        sys.stderr.write(f"{STALE}\n")
        return 1
    return 0


def is_stale(lines: Iterable[str]) -> bool:
    """Return whether docs/settings.md is missing or has other lines."""
    return not PAGE.exists() or PAGE.read_text("utf-8").splitlines() != list(lines)


if __name__ == "__main__":
    sys.exit(main())
