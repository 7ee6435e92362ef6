# SPDX-License-Identifier: MIT
"""docs/settings.md: every setting of every node, made from the nodes themselves.

`python -m realtime_dev.documentation` writes the page; with `--check` it only says whether the
page is stale.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openai_realtime.choices import Choice
from openai_realtime.fields import UNSET, Number
from realtime_dev.descriptions import describe_settings, find_form
from realtime_dev.host import Host
from realtime_dev.host.settings import list_paths
from realtime_dev.ledger import ROOT, read_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from openai_realtime.fields import Field
    from openai_realtime.form import Form
    from realtime_dev.descriptions import Setting

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

_OWN = ("The session as a whole, and its result", "")
_BASIC = ("Basic settings", "")


def make_page() -> str:
    """Return the whole page as Markdown."""
    host = Host()
    ledger = read_nodes()
    shared = list_paths(host.settings_schema("session"))
    lines = [_INTRODUCTION]
    # Sessions first: what people look up is mostly there.
    for node_id in sorted(host.nodes, key=lambda node_id: node_id == "configuration"):
        lines += ["", f"## {host.nodes[node_id].name}"]
        form = find_form(node_id)
        settings = {each.path: each for each in describe_settings(host, node_id)}
        if form is find_form("session") and node_id != "session":
            name = host.nodes["session"].name
            lines += ["", f"The settings of *{name}*, apart from its result format, and these:"]
            for path in shared:
                settings.pop(path, None)
        since = {key: entry["since"] for key, entry in ledger[node_id].items()}
        lines += _NodePage(form, settings, since).lines()
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _NodePage:
    """The part of one node: settings by path, and since which version each key is there."""

    form: Form
    settings: dict[str, Setting]
    since: dict[str, str]

    def lines(self) -> Iterator[str]:
        for (heading, description), members in self._group().items():
            if not members:
                continue
            if self.form.sections and any(each.field for each in self.settings.values()):
                yield from ("", f"### {heading}", *(["", description] if description else []))
            for setting in members:
                yield from ("", f"#### {setting.label}", "", setting.description, "")
                yield from (f"- {fact}" for fact in self._list_facts(setting))
                if setting.members:
                    yield from ("", "Each entry of the list has:", "")
                    yield from (f"- {_describe_member(member)}" for member in setting.members)

    def _group(self) -> dict[tuple[str, str], list[Setting]]:
        """Return the settings by the heading and description of their section."""
        sections = {each.key: (each.label, each.description) for each in self.form.sections}
        parts: dict[tuple[str, str], list[Setting]] = {_OWN: [], _BASIC: []}
        parts |= {section: [] for section in sections.values()}
        told_elsewhere = {
            inner for each in self.settings.values() for inner in _list_companions(each.field)
        }
        for path, setting in self.settings.items():
            if path not in told_elsewhere:
                item = setting.field
                parts[sections.get(item.section, _BASIC) if item else _OWN].append(setting)
        return parts

    def _list_facts(self, setting: Setting) -> Iterator[str]:
        item = setting.field
        yield f"Key: `{setting.path}` ({_describe_kind(setting)})"
        if setting.choices:
            is_open = isinstance(item, Choice) and item.is_open
            yield _join_choices(setting) + ("; any other text, too" if is_open else "")
        for option in item.options if isinstance(item, Choice) else ():
            if option.value is not None:
                value = self.settings[".".join(option.value.setting)]
                yield (
                    f"With `{option.id}`: `{value.path}` ({_describe_kind(value)}). "
                    f"*{option.value.label}*: {value.description.removesuffix('.')}"
                )
        if isinstance(item, Number) and not item.required:
            switch = f"`{'.'.join(item.switch)}` (*{item.switch_label}*, yes or no; default no)"
            yield f"Sent only with {switch}; the dialog begins with {setting.default}"
        elif setting.kind == "yes or no":
            yield f"Default: {'yes' if setting.default == 'true' else 'no'}"
        elif setting.default:
            yield f"Default: `{setting.default}`"
        if item is not None and self.form.endpoints:
            yield f"In the request: {_describe_places(setting, item)}"
        yield f"Since {self.since[setting.path]}" + (", advanced" if setting.advanced else "")
        if item is not None:
            yield from _list_conditions(self.form, item)


def _list_companions(item: Field | None) -> Iterator[str]:
    """Yield the settings that are told together with `item`: check boxes, values of options."""
    if isinstance(item, Number):
        yield ".".join(item.switch)
    for option in item.options if isinstance(item, Choice) else ():
        if option.value is not None:
            yield ".".join(option.value.setting)


def _describe_kind(setting: Setting) -> str:
    return f"{setting.kind} {setting.range}".rstrip()


def _join_choices(setting: Setting) -> str:
    values = []
    for value, meaning in setting.choices:
        # Of a label such as `gpt-realtime (until 2027-01-20)` only the end is new.
        remark = meaning.removeprefix(value).strip(" ;()") if meaning.startswith(value) else meaning
        values.append(f"`{value}` ({remark})" if remark else f"`{value}`")
    return f"Values: {', '.join(values)}"


def _describe_places(setting: Setting, item: Field) -> str:
    if item.header:
        return f"the HTTP header `{item.header}`"
    if not setting.ga:
        return f"the beta API only, `{setting.beta}`"
    return f"`{setting.ga}`; " + (
        f"beta API `{setting.beta}`" if setting.beta else "not in the beta API"
    )


def _describe_member(member: Setting) -> str:
    required = ", required" if member.field is not None and member.field.required else ""
    text = f"**{member.label}** `{member.path}` ({_describe_kind(member)}{required}): "
    text += member.description
    return f"{text} {_join_choices(member)}." if member.choices else text


def _list_conditions(form: Form, item: Field) -> Iterator[str]:
    """Yield when the setting applies."""
    for choice in form.walk():
        if not isinstance(choice, Choice):
            continue
        hiding = item.hidden_when.get(choice.setting, ())
        for start, options in (
            (
                "Applies",
                [o for o in choice.options if item.setting in [m.setting for m in o.members]],
            ),
            ("Does not apply", [o for o in choice.options if o.id in hiding]),
        ):
            if options:
                labels = " or ".join(f"*{option.label}*" for option in options)
                yield f"{start} when *{choice.title}* is {labels}"


def main(arguments: Sequence[str] | None = None, file: Path = PAGE) -> int:
    """Run the command line; return the exit code: 1 if `--check` finds a stale page, else 0."""
    parser = argparse.ArgumentParser(prog="python -m realtime_dev.documentation")
    parser.add_argument("--check", action="store_true", help="write nothing, tell if it is stale")
    options = parser.parse_args(arguments)
    page = make_page()
    if not options.check:
        file.write_text(page, encoding="utf-8")
    elif is_stale(page, file):
        sys.stderr.write(f"{STALE}\n")
        return 1
    return 0


def is_stale(page: str, file: Path = PAGE) -> bool:
    """Return whether docs/settings.md is missing or has other lines than `page`."""
    return not file.exists() or file.read_text("utf-8").splitlines() != page.splitlines()


if __name__ == "__main__":
    sys.exit(main())
