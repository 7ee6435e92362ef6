# SPDX-License-Identifier: MIT
"""The session's schema: loaded once, references resolved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Schema = dict[str, Any]
"""One (sub)schema: JSON Schema 2020-12 with our `x-` annotations, see docs/schema.md."""

_FOLDER = Path(__file__).parent


@cache
def load_schema(name: str = "session") -> Schema:
    """Return `<name>.schema.json` of this package with every `$ref` replaced by what it names.

    The result is shared: treat it as read-only. Raises FileNotFoundError for an unknown name.
    """
    return resolve_references(_read_file(f"{name}.schema.json"))


@cache
def _read_file(name: str) -> Schema:
    document: Schema = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return document


def resolve_references(document: Schema) -> Schema:
    """Return `document` with each `$ref` inlined; what stands beside it takes precedence.

    A reference leads to a place in its own document, `#/...`, or in another file of this
    package, `shared.schema.json#/...`. References must not be circular. Raises KeyError for one
    that leads nowhere, FileNotFoundError for one to no file.
    """

    def resolve(node: Any, home: Schema) -> Any:  # noqa: ANN401 - any JSON value, in and out
        if isinstance(node, list):
            return [resolve(item, home) for item in node]
        if not isinstance(node, dict):
            return node
        resolved = {key: resolve(item, home) for key, item in node.items() if key != "$ref"}
        if "$ref" in node:
            file, _, path = node["$ref"].partition("#/")
            there = target = _read_file(file) if file else home
            for part in path.split("/"):
                target = target[part]
            resolved = {**resolve(target, there), **resolved}
        return resolved

    return {key: resolve(item, document) for key, item in document.items() if key != "$defs"}


def walk_properties(
    schema: Schema, path: tuple[str, ...] = (), beta: tuple[str, ...] | None = ()
) -> Iterator[tuple[Schema, tuple[str, ...], tuple[str, ...] | None]]:
    """Yield each property with its place in the GA body and in the beta one (None: nowhere).

    Those inside the branches of a `oneOf` are there, too; those of lists' items are not.
    """
    for name, member in schema.get("properties", {}).items():
        own = member.get("x-beta")
        here = (*path, name)
        there: tuple[str, ...] | None
        if own is False or beta is None:
            there = None
        elif own is None:
            there = (*beta, name)
        else:
            there = tuple(part for part in own.split(".") if part)
        yield member, here, there
        for inner in (member, *member.get("oneOf", ())):
            yield from walk_properties(inner, here, there)


def parse_version(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparing."""
    return tuple(int(part) for part in text.split("."))


def describe_range(schema: Schema) -> str:
    """Return the numbers that `schema` allows, for a sentence: `from 0.25 to 1.5`, or empty."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"from {low} to {high}"
    if low is not None:
        return f"of at least {low}"
    return f"of at most {high}" if high is not None else ""


def look_up(values: Any, path: Iterable[str]) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what stands at `path` in nested mappings, or None."""
    for name in path:
        if not isinstance(values, Mapping):
            return None
        values = values.get(name)
    return values
