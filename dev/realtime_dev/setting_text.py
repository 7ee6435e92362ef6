# SPDX-License-Identifier: MIT
"""One field of a form -> Markdown for people who look a setting up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_realtime.api import Api
from openai_realtime.choices import Choice, Option
from openai_realtime.fields import (
    UNSET,
    Field,
    JsonText,
    ListField,
    Number,
    Secret,
    Text,
    TextList,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def describe_field(item: Field, since: str, conditions: Iterable[str]) -> Iterator[str]:
    """Yield the meaning of one setting, when it applies, and a list of its facts."""
    yield item.description
    yield ""
    yield f"- Key: `{'.'.join(item.setting)}` ({_name_kind(item)})"
    if isinstance(item, Number) and not item.required:
        yield (
            f"- Sent only with `{'.'.join(item.switch)}` (*{item.switch_label}*, yes or no; "
            f"default no); the dialog begins with {_show_number(item)}"
        )
    elif isinstance(item, Number):
        yield f"- Default: {_show_number(item)}"
    if isinstance(item, Choice):
        yield from _list_values(item)
    yield f"- In the request: {_describe_places(item)}"
    yield f"- Since {since}" + (", advanced" if item.advanced or item.context else "")
    for condition in conditions:
        yield f"- {condition.removesuffix('.')}"
    if isinstance(item, ListField):
        yield from ("", "Each entry of the list has:", "")
        yield from (f"- {_describe_member(member)}" for member in item.members)


def _name_kind(item: Field) -> str:
    if isinstance(item, Choice):
        return f"choice; default `{item.initial}`"
    if isinstance(item, Number):
        kind = "whole number" if item.integer else "number"
        return f"{kind} {item.range_text}".rstrip()
    if isinstance(item, ListField):
        return "list"
    if isinstance(item, JsonText):
        return "JSON as text"
    if isinstance(item, TextList):
        return "text, one entry a line"
    if isinstance(item, Secret):
        return "name of a KNIME credential"
    if isinstance(item, Text) and "maxLength" in item.schema:
        return f"text of at most {item.schema['maxLength']} characters"
    return "text"


def _show_number(item: Number) -> str:
    return str(int(item.initial) if item.integer else float(item.initial))


def _list_values(item: Choice) -> Iterator[str]:
    """Yield what may be chosen, the first line for the options, one for each that needs a value."""
    yield f"- Values: {_join_options(item)}" + ("; any other text, too" if item.is_open else "")
    for option in item.options:
        if option.value is not None:
            value = option.value
            yield (
                f"- With `{option.id}`: `{'.'.join(value.setting)}` ({_name_kind(value)}). "
                f"*{value.label}*: {value.description.removesuffix('.')}"
            )


def _join_options(item: Choice) -> str:
    unset = [f"`{UNSET}` (Server's choice)"] if item.initial == UNSET else []
    return ", ".join([*unset, *(_name_option(item, option) for option in item.options)])


def _name_option(item: Choice, option: Option) -> str:
    remarks = [] if option.label == option.id else [option.label.removesuffix(" …")]
    if option.retires:
        remarks.append(f"until {option.retires}")
    if item.lacks(option, Api.BETA):
        remarks.append("not in the beta API")
    return f"`{option.id}`" + (f" ({'; '.join(remarks)})" if remarks else "")


def _describe_places(item: Field) -> str:
    if item.header:
        return f"the HTTP header `{item.header}`"
    if not item.place.ga:
        return f"the beta API only, `{'.'.join(item.path_for(Api.BETA))}`"
    place = f"`{'.'.join(item.path)}`"
    beta = item.place.path_for(Api.BETA)
    if beta is None:
        return f"{place}; not in the beta API"
    return f"{place}; beta API `{'.'.join(beta)}`"


def _describe_member(member: Field) -> str:
    facts = _name_kind(member) + (", required" if member.required else "")
    text = f"**{member.label}** `{member.setting[-1]}` ({facts}): {member.description}"
    if isinstance(member, Choice):
        text += f" Values: {_join_options(member)}."
    return text
