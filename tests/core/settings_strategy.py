# SPDX-License-Identifier: MIT
"""Random settings of a form, made by walking it, and what must come of them.

    @given(make_examples(load_form(), Api.GA))
    def test(example): ...

A new field is drawn without an edit here, unless it holds JSON: then `JSON_VALUES` needs a line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from openai_realtime.api import Api
from openai_realtime.fields import (
    ABSENT,
    UNSET,
    Choice,
    Field,
    Form,
    JsonText,
    Number,
    Option,
    Path,
    Text,
    TextList,
)

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy


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


characters = st.characters(exclude_categories=["Cs"])
words = st.text(characters, min_size=1, max_size=20)
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
        "name": st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    },
    optional={"description": words, "parameters": json_objects},
)
_servers = st.fixed_dictionaries(
    {"type": st.just("mcp"), "server_label": words, "server_url": words},
    optional={
        "authorization": words,
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
    ("metadata", Api.GA): json_objects,
    ("metadata", Api.BETA): json_objects,
}
"""Good values of each field that holds JSON, by the last name of its path."""


@st.composite
def make_examples(draw: DrawFn, form: Form, api: Api) -> Example:
    """Draw a random subset of the settings of `form` that `api` knows."""
    settings: dict[Path, Any] = {}
    values = [
        (item, _draw_value(draw, item, api, settings))
        for item in form.fields
        if item.is_known_to(api) and draw(st.booleans())
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
            body[item.path_for(api)] = value
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
            text = draw(_texts(item))
            settings[item.setting] = text
            return text if item.lines > 1 else text.strip()
        case JsonText():
            value = draw(JSON_VALUES[item.path[-1], api])
            settings[item.setting] = draw(
                st.sampled_from([json.dumps(value), json.dumps(value, indent=1)])
            )
            return value
        case TextList():
            lines = draw(st.lists(st.from_regex(r"\w{1,9}", fullmatch=True), min_size=1))
            settings[item.setting] = "\n".join(lines)
            return lines
    raise TypeError(type(item).__name__)


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
            name = member.path[-1]
            value[name] = _draw_value(draw, member, api, settings)
    return value


def _numbers(item: Number) -> SearchStrategy[Any]:
    if item.integer:
        low = 0 if item.minimum is None else int(item.minimum)
        return st.integers(low, 2**31 - 1 if item.maximum is None else int(item.maximum))
    return st.floats(item.minimum, item.maximum, allow_nan=False, allow_infinity=False)


def _texts(item: Text) -> SearchStrategy[str]:
    if item.pattern:
        texts = st.from_regex(item.pattern, fullmatch=True).filter(lambda text: text[-1] != "\n")
    else:
        texts = st.text(characters, min_size=1, max_size=30)
    return texts.filter(
        lambda text: (
            item.minimum_length <= len(text.strip())
            and bool(text.strip())
            and (item.maximum_length is None or len(text) <= item.maximum_length)
        )
    )
