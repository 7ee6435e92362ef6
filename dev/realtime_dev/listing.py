# SPDX-License-Identifier: MIT
"""Every setting of a form as a row: for documentation, for the ledger, for the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from openai_realtime.api import Api
from openai_realtime.choices import Choice
from openai_realtime.fields import UNSET, Field, JsonText, ListField, Number, TextList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_realtime.form import Form


@dataclass(frozen=True)
class Row:
    """One settings key.

    `path` is dotted, `type` one of choice, whole number, number, yes or no, text, list and JSON;
    `default` is the value in a new node, `range` what may be entered (empty: anything of the
    type), `ga` and `beta` the dotted places in the bodies, or empty where an API has none.
    """

    path: str
    label: str
    type: str
    default: str
    range: str
    ga: str
    beta: str
    since: str
    description: str


def list_settings(form: Form) -> Iterator[Row]:
    """Yield a row for each settings key of `form`, in the dialog's order."""
    for item in form.walk():
        row = _make_row(item)
        if isinstance(item, Number) and not item.required:
            yield replace(
                row,
                path=".".join(item.switch),
                label=item.switch_label,
                type="yes or no",
                default="false",
                range="",
                description=f"Whether *{item.title}* is sent.",
            )
        yield row


def _make_row(item: Field) -> Row:
    places = [
        (item.header or ".".join(item.path_for(api))) if item.is_known_to(api) else ""
        for api in (Api.GA, Api.BETA)
    ]
    return Row(
        path=".".join(item.setting),
        label=item.title,
        type=_name_type(item),
        default=_show_default(item),
        range=_describe_values(item),
        ga=places[0],
        beta=places[1],
        since=item.since,
        description=item.description,
    )


def _name_type(item: Field) -> str:
    if isinstance(item, Choice):
        return "choice"
    if isinstance(item, Number):
        return "whole number" if item.integer else "number"
    if isinstance(item, ListField):
        return f"list of {item.label}"
    if isinstance(item, JsonText):
        return "JSON"
    return "list" if isinstance(item, TextList) else "text"


def _show_default(item: Field) -> str:
    if isinstance(item, Choice):
        return item.initial
    if isinstance(item, Number):
        return str(int(item.initial) if item.integer else float(item.initial))
    return ""


def _describe_values(item: Field) -> str:
    if isinstance(item, Choice):
        unset = [UNSET] if item.initial == UNSET else []
        return ", ".join([*unset, *(option.id for option in item.options)])
    if isinstance(item, Number):
        return item.range_text
    return ""
