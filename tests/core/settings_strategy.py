# SPDX-License-Identifier: MIT
"""Random good settings of a form, made by walking it.

    @given(make_settings(load_form(), Api.GA))
    def test(settings): ...

A new field is drawn without an edit here, unless it holds JSON: then `JSON_VALUES` needs a line.
What must come of them is told by rules that hold for all settings, not by a second `encode`.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from string import ascii_letters, digits
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from openai_realtime.api import Api
from openai_realtime.choices import Choice
from openai_realtime.fields import (
    Field,
    Flag,
    JsonText,
    ListField,
    Number,
    Secret,
    Text,
    TextList,
)
from openai_realtime.form import Form
from openai_realtime.schema import Path, put

COSTLY = settings(max_examples=settings().max_examples // 4)
"""For tests whose examples take long: a fourth of the profile's."""


def nest(flat: dict[Path, Any]) -> dict[str, Any]:
    """Return nested objects with each value at its path."""
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        put(nested, path, value)
    return nested


def nest_dotted(flat: dict[str, Any]) -> dict[str, Any]:
    """Return nested objects with each value at its dotted path."""
    return nest({tuple(path.split(".")): value for path, value in flat.items()})


def make_token(name: str) -> str:
    """Return the secret of the credential with that name."""
    return f"secret of {name}"


characters = st.characters(exclude_categories=["Cs"])
words = st.text(characters, min_size=1, max_size=20)
lines = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
json_values: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
json_objects = st.dictionaries(words, json_values, max_size=4)

_functions = st.fixed_dictionaries(
    {
        "type": st.just("function"),
        "name": st.text(ascii_letters + digits + "_-", min_size=1, max_size=64),
    },
    optional={"description": words, "parameters": json_objects},
)
_servers = st.fixed_dictionaries(
    {"type": st.just("mcp"), "server_label": words, "server_url": words},
    optional={
        "headers": st.none() | st.dictionaries(words, words, max_size=2),
        "server_description": words,
        "allowed_tools": st.none() | st.lists(words, max_size=2),
        "require_approval": st.none() | st.sampled_from(["always", "never"]),
        "defer_loading": st.booleans(),
    },
)
JSON_VALUES: dict[tuple[str, Api], SearchStrategy[Any]] = {
    ("tools", Api.GA): st.lists(_functions | _servers, max_size=3),
    ("tools", Api.BETA): st.lists(_functions, max_size=3),
    **{(name, api): json_objects for name in ("metadata", "parameters") for api in Api},
    ("headers", Api.GA): st.dictionaries(st.text("XYZ", min_size=1), words, max_size=2),
}
"""Good values of each field that holds JSON, by the last name of its path."""


@st.composite
def make_settings(draw: DrawFn, form: Form, api: Api) -> dict[str, Any]:
    """Draw a random subset of the settings of `form` that `api` knows."""
    return nest(_draw_fields(draw, form.fields, api))


def _draw_fields(draw: DrawFn, fields: Iterable[Field], api: Api) -> dict[Path, Any]:
    found: dict[Path, Any] = {}
    for item in fields:
        if item.is_known_to(api) and (item.required or draw(st.booleans())):
            found |= _draw_field(draw, item, api)
    return found


def _draw_field(draw: DrawFn, item: Field, api: Api) -> dict[Path, Any]:
    """Draw a good value of `item`, with what belongs to it."""
    if isinstance(item, Choice):
        known = [option for option in item.options if option.place.path_for(api) is not None]
        option = draw(st.sampled_from(known))
        inner = [option.value] if option.value else option.members
        return {item.setting: option.id, **_draw_fields(draw, inner, api)}
    value = draw(_values(item, api))
    switch = {item.switch: True} if isinstance(item, Number) and not item.required else {}
    return {item.setting: value, **switch}


def _values(item: Field, api: Api) -> SearchStrategy[Any]:
    match item:
        case Flag():
            return st.booleans()
        case Number(integer=True):
            low, high = item.minimum or 0, 2**31 - 1 if item.maximum is None else item.maximum
            return st.integers(int(low), int(high))
        case Number():
            return st.floats(item.minimum, item.maximum, allow_nan=False, allow_infinity=False)
        case Text():
            return _texts(item.schema.get("pattern", ""), item.schema.get("maxLength", 1000))
        case JsonText():
            return JSON_VALUES[item.path[-1], api].map(json.dumps)
        case TextList():
            pattern = item.schema.get("items", {}).get("pattern")
            # Most texts fit a pattern that only names characters which are not allowed.
            is_wide = not pattern or pattern.startswith("^[^")
            line = lines.filter(re.compile(pattern or "").search) if is_wide else _match(pattern)
            return st.lists(line, min_size=1, max_size=3).map("\n".join)
        case Secret():
            return lines
        case ListField():
            return st.lists(_items(item, api), min_size=1, max_size=3)
    raise TypeError(type(item).__name__)


@st.composite
def _items(draw: DrawFn, item: ListField, api: Api) -> dict[str, Any]:
    """Draw the settings of one item of a list."""
    # An MCP server has one of several addresses, which no single field can tell.
    names = [branch["required"][0] for branch in item.schema.get("oneOf", ())]
    places = [member for member in item.members if member.path[-1] in names]
    members = [member for member in item.members if member not in places]
    entry = _draw_fields(draw, members, api)
    if places:
        entry |= _draw_field(draw, draw(st.sampled_from(places)), api)
    return nest(entry)


@cache
def _match(pattern: str) -> SearchStrategy[str]:
    if simple := re.fullmatch(r"\^(\[[^]]+\])\+\$", pattern):
        # Many times as quick as the general way.
        known = [char for char in map(chr, range(128)) if re.fullmatch(simple[1], char)]
        return st.text(known, min_size=1, max_size=20)
    # The end of a pattern, `$`, also stands before a last line break.
    return st.from_regex(pattern, fullmatch=True).filter(lambda text: text[-1] != "\n")


@cache
def _texts(pattern: str, longest: int) -> SearchStrategy[str]:
    texts = _match(pattern) if pattern else st.text(characters, min_size=1, max_size=30)
    return texts.filter(lambda text: bool(text.strip()) and len(text) <= longest)
