# SPDX-License-Identifier: MIT
"""Warnings about a body that can be sent, but may not do what its author expects."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from openai_realtime.api import Api
from openai_realtime.schema import Schema, look_up, walk_properties

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openai_realtime.fields import Path


def advise(schema: Schema, body: Mapping[str, Any], api: Api, today: date) -> list[str]:
    """Return warnings, one line each: what retires, what a model ignores, what is very long.

    `schema` is the resolved session schema; its annotations `x-retires`, `x-successors`,
    `x-retires-on`, `x-models` and `x-long` say what there is to warn of.
    """
    found: list[str] = []
    members = {path: member for member, path, _ in walk_properties(schema)}
    for member, path, beta in walk_properties(schema):
        place = path if api is Api.GA else beta
        value = None if place is None else look_up(body, place)
        if value is None:
            continue
        label = member.get("x-label", path[-1])
        for branch in (member, *member.get("oneOf", ())):
            found += _warn_of_value(label, branch, value, today)
        found += _warn_of_model(label, member, body, members)
        if ends := member.get("x-retires-on"):
            found.append(f"{label}: the API takes this until {ends} only.")
    return list(dict.fromkeys(found))


def _warn_of_value(label: str, schema: Schema, value: object, today: date) -> Iterator[str]:
    if not isinstance(value, str):
        return
    ends = _match(schema.get("x-retires", {}), value)
    if ends is not None:
        better = _match(schema.get("x-successors", {}), value)
        advice = f" Use {better} instead." if better else ""
        if ends and date.fromisoformat(ends) > today:
            yield f"{label}: {value} is shut down on {ends}.{advice}"
        else:
            yield f"{label}: {value} has been shut down.{advice}"
    longest = schema.get("x-long")
    if longest is not None and len(value) > longest:
        yield (
            f"{label}: {len(value)} characters are very long; each answer takes longer and costs "
            "more for it."
        )


def _warn_of_model(
    label: str, member: Schema, body: Mapping[str, Any], members: Mapping[Path, Schema]
) -> Iterator[str]:
    """Yield a warning if the chosen model is one that we know, and that lacks this setting.

    What is behind a name that we do not know, such as that of a deployment, only its owner knows.
    """
    models = member.get("x-models")
    if models is None:
        return
    path = tuple(models["path"].split("."))
    model, known = look_up(body, path), members[path]
    if not isinstance(model, str) or any(fnmatchcase(model, name) for name in models["names"]):
        return
    if model in known["enum"] or _match(known.get("x-retires", {}), model) is not None:
        able = " and ".join(name for name in models["names"] if "*" not in name)
        later = "" if all("*" not in name for name in models["names"]) else " and later"
        yield f"{label}: only {able}{later} know this, {model} does not."


def _match(table: Mapping[str, str], value: str) -> str | None:
    if value in table:
        return table[value]
    return next((found for name, found in table.items() if fnmatchcase(value, name)), None)
