# SPDX-License-Identifier: MIT
"""Client secret -> columns: nothing of any answer is lost."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from core.settings_strategy import COSTLY, json_objects, json_values
from openai_realtime.answer import ClientSecret
from openai_realtime.api import Api
from openai_realtime.columns import ColumnType, load_columns, place_values

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = load_columns()
LIKELY = {
    ColumnType.STRING: st.text(st.characters(exclude_categories=["Cs"])) | json_values,
    ColumnType.DATETIME: st.integers(1, 2**32) | json_values,
}


def list_leaves(value: Any) -> Iterator[str]:
    """Yield every text, number and Boolean in `value` as JSON, at any depth."""
    if isinstance(value, datetime):
        yield json.dumps(value.timestamp())
    elif isinstance(value, dict):
        for item in value.values():
            yield from list_leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from list_leaves(item)
    elif value is not None:
        yield json.dumps(value)


@st.composite
def make_bodies(draw: st.DrawFn) -> tuple[Api, dict[str, Any]]:
    """Draw an API and an answer with any values at the columns' places, and elsewhere."""
    api = draw(st.sampled_from(Api))
    body: dict[str, Any] = draw(json_objects)
    for column in COLUMNS[:-1]:
        path = column.path if api is Api.GA else column.beta
        if path and draw(st.booleans()):
            holder: Any = body
            for name in path[:-1]:
                holder = holder.setdefault(name, {}) if isinstance(holder, dict) else None
            if isinstance(holder, dict):
                holder[path[-1]] = draw(LIKELY.get(column.type, json_values))
    return api, body


def is_found(leaf: str, leaves: list[str]) -> bool:
    """Return whether a leaf is there, perhaps as a double or within a text that is JSON."""
    value = json.loads(leaf)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    inner = json.dumps(value, ensure_ascii=False)
    for other in map(json.loads, leaves):
        if other == value and isinstance(other, bool) == isinstance(value, bool):
            return True
        if isinstance(other, str) and inner in other:
            return True
        if is_number and isinstance(other, float) and other == float(value):
            return True
    return False


@given(make_bodies())
@COSTLY
def test_nothing_is_lost(drawn: tuple[Api, dict[str, Any]]) -> None:
    """Every leaf of any answer is in a column or in Other Fields, and JSON can hold it."""
    api, body = drawn
    if api is Api.BETA and not isinstance(body.get("client_secret"), dict):
        body["client_secret"] = {}
    row = place_values(ClientSecret(api, "none of the values", body), COLUMNS)
    leaves = list(list_leaves(row))
    assert [leaf for leaf in list_leaves(body) if not is_found(leaf, leaves)] == []
    for column in COLUMNS:
        check_type(column.type, row[column.name])


def check_type(kind: ColumnType, value: Any) -> None:
    """Fail if a column of that type cannot hold the value."""
    if kind is ColumnType.JSON or value is None:
        json.dumps(value, allow_nan=False)
    elif kind is ColumnType.STRINGS:
        assert all(type(item) is str for item in value)
    else:
        expected = {"string": str, "double": float, "datetime": datetime}[kind.value]
        assert type(value) is expected
