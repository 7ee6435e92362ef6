# SPDX-License-Identifier: MIT
"""The schema of a whole request body, for either API: what JSON that a user writes is checked by.

The session's schema describes the GA body, so for GA only what a request cannot have is taken
out. The beta schema is put together from the `x-beta` paths.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

from openai_realtime.api import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_realtime.fields import Path
    from openai_realtime.schema import Schema


def describe_body(schema: Schema, api: Api) -> Schema:
    """Return the schema of the body that `api` takes, read off a resolved session schema.

    A property that only the other API has is there with `x-missing` and takes nothing.
    """
    if api is Api.GA:
        shape = _drop_missing(schema)
        # Our dialog always sends a session, but servers do without.
        shape.pop("required", None)
        return shape
    body: Schema = {"type": "object", "additionalProperties": False, "properties": {}}
    _collect_beta(schema, (), body)
    return body


def describe_value(schema: Schema, api: Api) -> Schema:
    """Return the schema of one value of the body that `api` takes."""
    return schema if api is Api.GA else _translate(schema)


def _refuse(api: Api) -> Schema:
    """Return the schema of a property that `api` lacks."""
    return {"x-missing": api, "not": {}}


def _is_asked_for(member: Schema) -> bool:
    return not member.get("readOnly") and "x-header" not in member


def _drop_missing(schema: Schema) -> Schema:
    shape = dict(schema)
    if "properties" in schema:
        shape["properties"] = {
            name: _refuse(Api.GA) if member.get("x-ga") is False else _drop_missing(member)
            for name, member in schema["properties"].items()
            if _is_asked_for(member)
        }
    return shape


def _collect_beta(schema: Schema, beta: tuple[str, ...], body: Schema) -> None:
    for name, member in schema.get("properties", {}).items():
        own = member.get("x-beta")
        if not _is_asked_for(member):
            continue
        if own is False:
            if beta == () and "const" not in member:
                body["properties"].setdefault(name, _refuse(Api.BETA))
            continue
        path = (*beta, name) if own is None else tuple(part for part in own.split(".") if part)
        if member.get("type") == "object" and "properties" in member and "x-label" not in member:
            _collect_beta(member, path, body)
        else:
            _put(body, path, _translate(member))


def _put(body: Schema, path: tuple[str, ...], member: Schema) -> None:
    for name in path[:-1]:
        body = body["properties"].setdefault(
            name, {"type": "object", "additionalProperties": False, "properties": {}}
        )
    body["properties"][path[-1]] = member


def _translate(schema: Schema) -> Schema:
    """Return the schema of a value as the beta API writes it."""
    shape = dict(schema)
    if "oneOf" in schema:
        shape["oneOf"] = [
            shape
            for branch in schema["oneOf"]
            if branch.get("x-beta") is not False
            for shape in _translate_branch(branch)
        ]
    if "properties" in schema:
        shape["properties"] = {
            name: _refuse(Api.BETA) if member.get("x-beta") is False else _translate(member)
            for name, member in schema["properties"].items()
        }
    if isinstance(items := schema.get("items"), dict):
        shape["items"] = _translate(items)
    return shape


def _translate_branch(branch: Schema) -> Iterator[Schema]:
    if "x-beta-value" not in branch:
        yield _translate(branch)
    elif isinstance(value := branch["x-beta-value"], list):
        # The beta API takes modalities in any order.
        yield from ({"const": list(order)} for order in permutations(value))
    else:
        yield {"const": value}


def merge_patch(target: Any, patch: Any) -> Any:  # noqa: ANN401 - any JSON values
    """Return `target` with `patch` merged in by the rules of RFC 7386; null takes a key away.

    Neither argument is changed.
    """
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def put(body: dict[str, Any], path: Path, value: object) -> None:
    """Set the value at `path` in nested `body`, creating objects on the way."""
    for name in path[:-1]:
        body = body.setdefault(name, {})
    body[path[-1]] = value


def put_copy(body: dict[str, Any], path: Path, value: object) -> None:
    """Set the value at `path`, replacing the objects on the way by copies: they may be shared."""
    for name in path[:-1]:
        body[name] = dict(body.get(name) or {})
        body = body[name]
    body[path[-1]] = value
