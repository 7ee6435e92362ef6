# SPDX-License-Identifier: MIT
"""Random settings of a form, made by walking it, and what must come of them.

    @given(make_examples(load_form(), Api.GA))
    def test(example): ...

A new field is drawn without an edit here, unless it holds JSON: then `JSON_VALUES` needs a line.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st

from openai_realtime.api import Api
from openai_realtime.fields import (
    ABSENT,
    UNSET,
    Choice,
    Field,
    Form,
    JsonText,
    ListField,
    Number,
    Option,
    Path,
    Secret,
    Text,
    TextList,
)
from openai_realtime.shape import put

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

COSTLY = settings(max_examples=settings().max_examples // 4)
"""For tests whose examples take long: a fourth of the profile's."""


@dataclass(frozen=True)
class Example:
    """Good `settings`, and the `body` and `headers` that must come of them."""

    settings: dict[str, Any]
    body: dict[str, Any]
    headers: dict[str, str]


def nest(flat: dict[Path, Any]) -> dict[str, Any]:
    """Return nested mappings with each value at its path."""
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        place = nested
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = value
    return nested


def nest_dotted(flat: dict[str, Any]) -> dict[str, Any]:
    """Return nested mappings with each value at its dotted path."""
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
}
"""Good values of each field that holds JSON, by the last name of its path."""


@st.composite
def make_examples(draw: DrawFn, form: Form, api: Api) -> Example:
    """Draw a random subset of the settings of `form` that `api` knows."""
    settings: dict[Path, Any] = {}
    values = [
        (item, _draw_value(draw, item, api, settings))
        for item in form.fields
        if item.is_known_to(api) and (item.required or draw(st.booleans()))
    ]
    body: dict[Path, Any] = {}
    headers: dict[str, str] = {}
    for item, value in values:
        hidden = any(
            settings.get(path, UNSET) in options for path, options in item.hidden_when.items()
        )
        if item.header and not hidden:
            headers[item.header] = value
        elif not hidden:
            place = item.path_for(api)
            # Several lists make one.
            body[place] = [*body[place], *value] if place in body else value
    for record in form.records:
        path = record.path if api is Api.GA else record.beta
        constants = record.constants if api is Api.GA else record.beta_constants
        if path is not None and (record.required or any(p[: len(path)] == path for p in body)):
            body.update({(*path, name): constant for name, constant in constants.items()})
    return Example(nest(settings), nest(body), headers)


def _draw_value(draw: DrawFn, item: Field, api: Api, settings: dict[Path, Any]) -> Any:
    """Draw a good value of `item`: note its settings, return what belongs in the body."""
    match item:
        case Choice():
            return _draw_choice(draw, item, api, settings)
        case Number():
            value = draw(_numbers(item))
            settings[item.setting] = value
            if not item.required:
                settings[item.switch] = True
            return value
        case Text():
            text = draw(_texts(item.pattern, item.minimum_length, item.maximum_length))
            settings[item.setting] = text
            return text if item.lines > 1 else text.strip()
        case JsonText():
            value = draw(JSON_VALUES[item.path[-1], api])
            settings[item.setting] = draw(
                st.sampled_from([json.dumps(value), json.dumps(value, indent=1)])
            )
            return value
        case TextList():
            values = draw(st.lists(_lines(item), min_size=1, max_size=3))
            settings[item.setting] = "\n".join(values)
            return values
        case Secret():
            name = draw(lines)
            settings[item.setting] = name
            return make_token(name)
        case ListField():
            entries = draw(st.lists(_items(item, api), min_size=1, max_size=3))
            settings[item.setting] = [entry for entry, _ in entries]
            return [value for _, value in entries]
    raise TypeError(type(item).__name__)


@st.composite
def _items(draw: DrawFn, item: ListField, api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw the settings of one item of a list, and what must come of them."""
    entry: dict[Path, Any] = {}
    value = dict(item.constants)
    names = [member.path[-1] for member in item.members]
    # An MCP server has either an address or a tunnel, which no single field can tell.
    places = [name for name in ("server_url", "tunnel_id") if name in names]
    chosen = draw(st.sampled_from(places)) if places else ""
    for member in item.members:
        name = member.path[-1]
        wanted = name == chosen if name in places else member.required or draw(st.booleans())
        if wanted:
            put(value, member.path, _draw_value(draw, member, api, entry))
    return nest(entry), value


def _draw_choice(draw: DrawFn, item: Choice, api: Api, settings: dict[Path, Any]) -> Any:
    known = [option for option in item.options if api is Api.GA or option.beta]
    option: Option = draw(st.sampled_from(known))
    settings[item.setting] = option.id
    if option.value is not None:
        return _draw_value(draw, option.value, api, settings)
    if not option.is_object:
        beta = api is Api.BETA and option.beta_constant is not ABSENT
        return option.beta_constant if beta else option.constant
    value = dict(option.constants)
    for member in option.members:
        if member.is_known_to(api) and (member.required or draw(st.booleans())):
            path = member.path[len(item.path) :]
            put(value, path, _draw_value(draw, member, api, settings))
    return value


def _numbers(item: Number) -> SearchStrategy[Any]:
    if not item.integer:
        return st.floats(item.minimum, item.maximum, allow_nan=False, allow_infinity=False)
    low = 0 if item.minimum is None else int(item.minimum)
    return st.integers(low, 2**31 - 1 if item.maximum is None else int(item.maximum))


def _lines(item: TextList) -> SearchStrategy[str]:
    pattern = item.schema.get("items", {}).get("pattern")
    return _match(pattern) if pattern else lines


@cache
def _match(pattern: str) -> SearchStrategy[str]:
    if simple := re.fullmatch(r"\^(\[[^]]+\])\+\$", pattern):
        # Many times as quick as the general way.
        known = [char for char in map(chr, range(128)) if re.fullmatch(simple[1], char)]
        return st.text(known, min_size=1, max_size=20)
    # The end of a pattern, `$`, also stands before a last line break.
    return st.from_regex(pattern, fullmatch=True).filter(lambda text: text[-1] != "\n")


@cache
def _texts(pattern: str, shortest: int, longest: int | None) -> SearchStrategy[str]:
    texts = _match(pattern) if pattern else st.text(characters, min_size=1, max_size=30)
    return texts.filter(
        lambda text: (
            shortest <= len(text.strip())
            and bool(text.strip())
            and (longest is None or len(text) <= longest)
        )
    )
