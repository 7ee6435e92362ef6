# SPDX-License-Identifier: MIT
"""Warnings about a body that is valid, but may not do what its author expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_realtime.schema import Path, Schema, look_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from openai_realtime.api import Api
    from openai_realtime.form import Form

LONG_TEXT = 16_000
"""Characters; with a longer text each answer becomes notably slower and more expensive."""


def advise(form: Form, body: Mapping[str, Any], api: Api, today: date) -> list[str]:
    """Return warnings, one line each: for retiring values, ignored settings and long texts.

    They come from the annotations `x-retires`, `x-successors` and `x-models` of the schema.
    """
    found: list[str] = []
    for place in form.places:
        path = place.path_for(api)
        value = None if path is None else look_up(body, path)
        if value is None:
            continue
        label = place.schema.get("x-label", place.path[-1])
        for schema in (place.schema, *place.schema.get("oneOf", ())):
            found += _warn_of_end(label, schema, value, today)
        if isinstance(value, str) and len(value) > LONG_TEXT:
            found.append(
                f"{label}: the text is very long ({len(value)} characters); each answer takes "
                "longer and costs more."
            )
        if "x-models" in place.schema:
            found += _warn_of_model(label, place.schema["x-models"], body, form)
    return list(dict.fromkeys(found))


def _warn_of_end(label: str, schema: Schema, value: object, today: date) -> Iterator[str]:
    name = value if isinstance(value, str) else ""
    ends = _match(schema.get("x-retires", {}), name)
    if ends is None:
        return
    better = _match(schema.get("x-successors", {}), name)
    advice = f" Use {better} instead." if better else ""
    what = f"{label}: {name}" if name else label
    is_over = ends <= today.isoformat()
    state = "has been shut down" if is_over else f"is shut down on {ends}"
    yield f"{what} {state}.{advice}"


def _warn_of_model(
    label: str, models: Schema, body: Mapping[str, Any], form: Form
) -> Iterator[str]:
    """Yield a warning if the chosen model does not support this setting.

    Only for models that the schema lists: another name may be that of a deployment.
    """
    path: Path = tuple(models["path"].split("."))
    model = look_up(body, path)
    if not isinstance(model, str) or _match(dict.fromkeys(models["names"], ""), model) is not None:
        return
    known = next(place.schema for place in form.places if place.path == path)
    if model in known["enum"] or _match(known.get("x-retires", {}), model) is not None:
        yield f"{label}: {model} does not support this setting."


def _match(table: Mapping[str, str], value: str) -> str | None:
    """Return the entry whose key is `value`, or else the first whose key, as `gpt-4o-*`, fits."""
    if value in table:
        return table[value]
    fitting = (name for name in table if name[-1:] == "*" and value.startswith(name[:-1]))
    return table.get(next(fitting, ""))
