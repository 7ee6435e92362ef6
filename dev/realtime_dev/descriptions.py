# SPDX-License-Identifier: MIT
"""Describes every setting of a node, for the command line and for docs/settings.md.

The list of settings comes from the node's dialog, their meaning from the schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from openai_realtime.api import Api
from openai_realtime.choices import Choice, Option
from openai_realtime.fields import Field, JsonText, ListField, Number, Secret, Text, TextList
from openai_realtime.form import Form, load_form
from openai_realtime.validation import describe_range
from realtime_dev.host import Host

PREFIX = "configuration"
"""The id of the configuration node, and on the command line the prefix of its settings."""

JSON, TEXTS = "JSON as text", "text, one entry per line"
CREDENTIAL = "name of a KNIME credential"

_KINDS = {
    "array": "list",
    "boolean": "yes or no",
    "integer": "whole number",
    "number": "number",
    "string": "text",
}
_FIELD_KINDS: dict[type[Field], str] = {
    JsonText: JSON,
    TextList: TEXTS,
    Secret: CREDENTIAL,
}


@dataclass(frozen=True)
class Setting:
    """One setting of a node, or one member of a list's items.

    `kind` is the type of the value in words, `range` the allowed numbers. `choices` are pairs of
    a value and its meaning, `members` the settings in each item of a list. `ga` and `beta` are the
    dotted paths in the request bodies, or the name of the HTTP header; empty if that API does not
    have the setting. `field` is the schema's field; None for a setting that no schema describes.
    """

    path: str
    label: str
    kind: str
    default: str
    description: str
    field: Field | None
    advanced: bool = False
    range: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    members: tuple[Setting, ...] = ()
    ga: str = ""
    beta: str = ""


def load_node_forms(node_id: str) -> list[Form]:
    """Return the forms that the dialog of a node shows, the node's own one first."""
    names = {"sessions": ["rows", "session", "source"], "configuration": ["configuration"]}
    return [load_form(name) for name in names.get(node_id, [node_id, "result", "source"])]


def describe_settings(host: Host, node_id: str) -> Iterator[Setting]:
    """Yield the settings of a node in the dialog's order."""
    root = host.settings_schema(node_id)
    forms = load_node_forms(node_id)
    fields = {
        ".".join(item.setting): item for form in forms[::-1] for item in form.by_setting.values()
    }
    sent = {item for form in forms if form.endpoints for item in form.by_setting.values()}
    for control in host.controls(node_id):
        schema: dict[str, Any] = root
        for name in control.path.split("."):
            schema = schema["properties"][name]
        number = fields.get(control.path.removesuffix("_set"))
        if isinstance(number, Number) and control.path not in fields:
            schema = {**schema, "description": f"Whether *{number.label}* is sent."}
        field = fields.get(control.path)
        schema = {**schema, "title": control.label, "default": control.value}
        if isinstance(field, Choice):  # entries that may come from a server are in the dialog only
            entries = control.choices or ()
            schema["oneOf"] = [{"const": value, "title": title} for value, title in entries]
        setting = _describe(control.path, schema, field, advanced=control.advanced)
        if field in sent:
            setting = replace(
                setting, ga=_format_path(field, Api.GA), beta=_format_path(field, Api.BETA)
            )
        yield setting


def describe_run(host: Host, node_id: str) -> Iterator[Setting]:
    """Yield the settings of a node, then those of the configuration node below `PREFIX`."""
    yield from describe_settings(host, node_id)
    for setting in describe_settings(host, PREFIX):
        yield replace(setting, path=f"{PREFIX}.{setting.path}")


def list_conditions(form: Form, item: Field) -> Iterator[tuple[Choice, list[Option], bool]]:
    """Yield each drop-down that shows or hides a field, the options that do, and if they show."""
    for choice in form.by_setting.values():
        if isinstance(choice, Choice):
            shown = [ids for each, ids in choice.list_shown() if each.setting == item.setting]
            hiding = item.hidden_when.get(choice.setting, [])
            for ids, shows in [*((ids, True) for ids in shown), (hiding, False)]:
                if options := [option for option in choice.options if option.id in ids]:
                    yield choice, options, shows


def _describe(
    path: str, schema: Mapping[str, Any], field: Field | None, *, advanced: bool = False
) -> Setting:
    default = schema["default"]
    own = field.members if isinstance(field, ListField) else ()
    inner = {member.setting[-1]: member for member in own}
    members = schema.get("items", {}).get("properties", {})
    options = {item.id: item for item in field.options} if isinstance(field, Choice) else {}
    # If the beta API lacks the whole setting, that is not repeated for each option.
    in_beta = field is not None and field.is_known_to(Api.BETA)
    return Setting(
        path=path,
        label=field.label if field else schema["title"],
        kind=_describe_kind(schema, field),
        default=str(default).lower() if isinstance(default, bool) else str(default or ""),
        description=field.description if field else schema["description"],
        field=field,
        advanced=advanced,
        range=describe_range(field.schema) if isinstance(field, Number) else "",
        choices=tuple(
            (c["const"], _describe_option(c["title"], options.get(c["const"]), in_beta=in_beta))
            for c in schema.get("oneOf", ())
        ),
        members=tuple(_describe(name, member, inner.get(name)) for name, member in members.items()),
    )


def _describe_kind(schema: Mapping[str, Any], field: Field | None) -> str:
    for field_class, kind in _FIELD_KINDS.items():
        if isinstance(field, field_class):
            return kind
    if field is not None and field.setting[-1].endswith("_json"):
        return JSON  # checked as a whole body, not by its own schema
    if isinstance(field, Text) and "maxLength" in field.schema:
        return f"text of at most {field.schema['maxLength']} characters"
    return "choice" if "oneOf" in schema else _KINDS[schema["type"]]


def _describe_option(title: str, option: Option | None, *, in_beta: bool) -> str:
    """Return the dialog's label of a value, what it means, and whether only that API lacks it."""
    is_missing = in_beta and option is not None and option.place.path_for(Api.BETA) is None
    about = f": {option.description.rstrip('.')}" if option and option.description else ""
    return title.removesuffix(" …") + about + ("; not in the beta API" if is_missing else "")


def _format_path(field: Field, api: Api) -> str:
    path = field.place.path_for(api)
    return "" if path is None else field.header or ".".join(path)
