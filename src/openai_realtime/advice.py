# SPDX-License-Identifier: MIT
"""Warnings about a body that is valid, but may not do what its author expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from openai_realtime.api import Api
from openai_realtime.errors import shorten
from openai_realtime.form import Form
from openai_realtime.schema import Place, Schema, look_up, read_constants

LONG_TEXT = 16_000
"""Characters; with a longer text each answer becomes notably slower and more expensive."""


def advise(form: Form, body: Mapping[str, Any], api: Api, today: date) -> list[str]:
    """Return warnings, one line each, by the annotations of the schema and about long texts."""
    places = {".".join(place.path): place for place in form.places}

    def read(place: Place) -> Any:  # noqa: ANN401 - any JSON value
        path = place.path_for(api)
        return None if path is None else look_up(body, path)

    found: list[str] = []
    for place in form.places:
        schema, value = place.schema, read(place)
        if value is None:
            continue
        label = schema.get("x-label", place.path[-1])
        for branch in (schema, *schema.get("oneOf", ())):
            found += _warn_of_value(label, branch, value, today)
            if "x-item-of" in branch:
                found += _warn_of_missing_item(branch, value, read(places[branch["x-item-of"]]))
        if isinstance(value, str) and len(value) > LONG_TEXT:
            what = f"the text is very long ({len(value)} characters)"
            found.append(f"{label}: {what}; each answer takes longer and costs more.")
        if models := schema.get("x-models"):
            model = str(read(places[models["path"]]))
            advice = _match(dict.fromkeys(models["without"], models["advice"]), model)
            if advice:
                found.append(f"{label}: {shorten(model)} does not support this setting. {advice}")
        if "x-excludes" in schema and read(other := places[schema["x-excludes"]]) is not None:
            what = f"cannot be used together with {other.schema['x-label']}"
            found.append(f"{label}: {what}. Leave one of them empty.")
    return list(dict.fromkeys(found))


def _warn_of_value(label: str, schema: Schema, value: object, today: date) -> Iterator[str]:
    name = value if isinstance(value, str) else ""
    problem = _match(schema.get("x-refused", {}), name)
    ends = _match(schema.get("x-retires", {}), name)
    if ends is not None:
        is_over = ends <= today.isoformat()
        problem = "has been shut down" if is_over else f"will be shut down on {ends}"
    if problem is not None:
        better = _match(schema.get("x-successors", {}), name)
        advice = f" Use {better} instead." if better else ""
        yield f"{label}: {shorten(name) or 'this setting'} {problem}.{advice}"


def _warn_of_missing_item(branch: Schema, value: object, items: object) -> Iterator[str]:
    """Yield a warning if `value` is of this branch and no item has its required members."""
    keys = branch["required"]
    wanted = {key: look_up(value, (key,)) for key in keys}
    items = items if isinstance(items, list) else []
    known = [{key: look_up(item, (key,)) for key in keys} for item in items]
    if read_constants(branch).items() <= wanted.items() and wanted not in known:
        label = branch["properties"][keys[-1]]["x-label"]
        yield f"{label}: '{shorten(wanted[keys[-1]])}' is not in any list of tools."


def _match(table: Mapping[str, str], value: str) -> str | None:
    """Return the entry whose key is `value`, or else the first whose key, as `gpt-4o-*`, fits."""
    if value in table:
        return table[value]
    fitting = (name for name in table if name[-1:] == "*" and value.startswith(name[:-1]))
    return table.get(next(fitting, ""))
