# SPDX-License-Identifier: MIT
"""JSON Schema of a request body, or of one value in it, for either API.

The schemas in `schemas/` describe the GA body, so for GA only the properties of answers are
removed. The schema of the beta body is assembled by the paths in `x-beta`.
"""

from __future__ import annotations

from typing import Any

from openai_realtime.api import Api
from openai_realtime.schema import Path, Place, Schema, is_record


def describe_body(schema: Schema, api: Api) -> Schema:
    """Return the schema of a body for `api`; `schema` is a resolved schema of `schemas/`.

    A property that only the other API has is in it with `x-missing` and allows no value.
    """
    if api is Api.GA:
        body = describe_value(Place(schema), api)
        # Our dialog always sends a session, but servers do not need one.
        body.pop("required", None)
        return body
    body = _make_object()
    _collect_beta(Place(schema), body)
    return body


def merge_patch(target: Any, patch: Any) -> Any:  # noqa: ANN401 - any JSON values
    """Return `target` with `patch` merged in by the rules of RFC 7386; null removes a key.

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


def describe_value(place: Place, api: Api) -> Schema:
    """Return the schema of the value at `place` in a body for `api`; open enums allow any text."""
    described = dict(place.schema)
    if described.get("x-open"):
        del described["enum"]
    if "properties" in described:
        described["properties"] = {
            member.path[-1]: _refuse(api)
            if member.path_for(api) is None
            else describe_value(member, api)
            for member in place.members()
            if _is_in_body(member.schema)
        }
    if "oneOf" in described:
        described["oneOf"] = [
            schema
            for branch in map(place.adopt, described["oneOf"])
            if branch.path_for(api) is not None
            for schema in _describe_branch(branch, api)
        ]
    if "items" in described:
        described["items"] = describe_value(place.adopt(described["items"]), api)
    return described


def _describe_branch(place: Place, api: Api) -> list[Schema]:
    if api is Api.BETA and "x-beta-values" in place.schema:
        return [{"const": value} for value in place.schema["x-beta-values"]]
    return [describe_value(place, api)]


def _collect_beta(parent: Place, body: Schema) -> None:
    for place in parent.members():
        if not _is_in_body(place.schema):
            continue
        if place.beta is None:
            if parent.beta == () and "const" not in place.schema:
                body["properties"].setdefault(place.path[-1], _refuse(Api.BETA))
        elif is_record(place.schema):
            _collect_beta(place, body)
        else:
            _put(body, place.beta, describe_value(place, Api.BETA))


def _put(body: Schema, path: Path, member: Schema) -> None:
    for name in path[:-1]:
        body = body["properties"].setdefault(name, _make_object())
    body["properties"][path[-1]] = member


def _make_object() -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _refuse(api: Api) -> Schema:
    return {"x-missing": api.value, "not": {}}


def _is_in_body(schema: Schema) -> bool:
    return not schema.get("readOnly") and "x-header" not in schema
