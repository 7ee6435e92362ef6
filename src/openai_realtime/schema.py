# SPDX-License-Identifier: MIT
"""The schemas in `schemas/`: load them, resolve references, visit every property."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from openai_realtime.api import Api

Schema = dict[str, Any]
"""One (sub)schema: JSON Schema 2020-12 with our `x-` annotations, see docs/schema.md."""

Path = tuple[str, ...]
"""Names from the root of a body, an answer or the settings down to a value."""


class Place(NamedTuple):
    """A property of a schema, and its place in the GA body, the beta body and the settings.

    `path` is the place in the GA body and `beta` that in the beta body (None: the beta API does
    not have it); `ga` is false if the GA API does not have it. `section` is the part of the
    dialog, also of the settings; empty for the basic part and inside list items. `since` is the
    version of the extension that introduced the property. What is inside an `advanced` property is
    advanced, too. A `required` one must be set whenever the object around it is.
    """

    schema: Schema
    path: Path = ()
    beta: Path | None = ()
    ga: bool = True
    section: str = ""
    since: str = "1.0.0"
    advanced: bool = False
    required: bool = False

    @property
    def key(self) -> str:
        """The last part of the settings path."""
        key: str = self.schema.get("x-key", self.path[-1])
        return key

    @property
    def setting(self) -> Path:
        """The path in the settings, a public contract."""
        return (self.section, self.key) if self.section else (self.key,)

    def path_for(self, api: Api) -> Path | None:
        """Return the place in the body of `api`, or None if that API does not have the property."""
        if api is Api.GA:
            return self.path if self.ga else None
        return self.beta

    def members(self) -> Iterator[Place]:
        """Yield the place of each property."""
        for name, member in self.schema.get("properties", {}).items():
            yield self.adopt(member, name)

    def walk(self) -> Iterator[Place]:
        """Yield every property below, also in `oneOf` branches, but not in list items."""
        for place in self.members():
            yield place
            yield from place.walk()
            for branch in place.schema.get("oneOf", ()):
                yield from place.adopt(branch).walk()

    def adopt(self, schema: Schema, *names: str) -> Place:
        """Return the place for `schema`, `names` below this one.

        Without names, for a branch of `oneOf` or the items of a list.
        """
        moved = schema.get("x-beta")
        if moved is False or self.beta is None:
            beta = None
        elif moved is None:
            beta = (*self.beta, *names)
        else:
            beta = tuple(part for part in moved.split(".") if part)
        return Place(
            schema,
            (*self.path, *names),
            beta,
            self.ga and schema.get("x-ga", True),
            schema.get("x-section", self.section),
            schema.get("x-since", self.since),
            schema.get("x-advanced", self.advanced),
            bool(names) and names[-1] in self.schema.get("required", ()),
        )


@cache
def load_schema(name: str = "session") -> Schema:
    """Return `schemas/<name>.schema.json` with every `$ref` replaced by its target.

    The result is shared: treat it as read-only. Raises FileNotFoundError for an unknown name.
    """
    return resolve_references(_read_file(f"{name}.schema.json"))


@cache
def _read_file(name: str) -> Schema:
    document: Schema = json.loads((FilePath(__file__).parent / "schemas" / name).read_text("utf-8"))
    return document


def resolve_references(document: Schema) -> Schema:
    """Return `document` with each `$ref` replaced; keys beside a reference take precedence.

    A reference is a path in its own document, `#/...`, or in another file of the folder,
    `shared.schema.json#/...`; it must not be circular. Raises KeyError for an unknown path and
    FileNotFoundError for an unknown file.
    """
    return {key: _resolve(item, document) for key, item in document.items() if key != "$defs"}


def _resolve(node: Any, document: Schema) -> Any:  # noqa: ANN401 - any JSON value, in and out
    if isinstance(node, list):
        return [_resolve(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    resolved = {key: _resolve(item, document) for key, item in node.items() if key != "$ref"}
    if "$ref" not in node:
        return resolved
    file, _, path = node["$ref"].partition("#/")
    target = source = _read_file(file) if file else document
    for name in path.split("/"):
        target = target[name]
    return {**_resolve(target, source), **resolved}


def read_constants(schema: Schema) -> dict[str, Any]:
    """Return the members of an object that have a constant value."""
    members = schema.get("properties", {}).items()
    return {name: member["const"] for name, member in members if "const" in member}


def is_record(schema: Schema) -> bool:
    """Return whether an object only contains fields and is not a field itself."""
    return schema.get("type") == "object" and "properties" in schema and "x-label" not in schema


def parse_version(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparing."""
    return tuple(int(part) for part in text.split("."))


def look_up(values: Any, path: Iterable[str], default: Any = None) -> Any:  # noqa: ANN401 - JSON
    """Return the value at `path` in nested objects; `default` where it is missing or null."""
    for name in path:
        if not isinstance(values, dict):
            return default
        values = values.get(name)
    return default if values is None else values


def put(body: dict[str, Any], path: Path, value: object) -> None:
    """Set the value at `path`; objects on the way are copied, because they may be shared."""
    for name in path[:-1]:
        body[name] = dict(body.get(name) or {})
        body = body[name]
    body[path[-1]] = value
