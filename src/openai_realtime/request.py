# SPDX-License-Identifier: MIT
"""Settings -> request: a body for either API, and headers.

What the user leaves alone is not in the body, for absent differs from null. Each value is
checked before it goes in, and an error names the setting as the dialog shows it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from openai_realtime.api import Api
from openai_realtime.errors import SettingsError, fold
from openai_realtime.fields import (
    ABSENT,
    NO_CREDENTIAL,
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
from openai_realtime.json_text import has_broken_text, read_json
from openai_realtime.redact import find_secrets
from openai_realtime.shape import describe_value, put, put_copy
from openai_realtime.validation import check_json, find_token

Settings = Mapping[str, Any]
"""Nested mappings by settings key, as the dialog stores them; missing or None means not set."""


@dataclass(frozen=True)
class SessionRequest:
    """What to send: `endpoint` relative to the base URL, JSON `body`, additional `headers`.

    With the `method` GET there is no body.
    """

    api: Api
    endpoint: str
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets in the body, to be masked in every text: of MCP servers."""
        return tuple(find_secrets(self.body))


LIST_MODELS = SessionRequest(Api.GA, "models", {}, method="GET")
"""Asks for the models, which costs nothing and needs a valid key."""

FindSecret = Callable[[str], str]
"""Gives the secret of the credential with that name, or raises one of our errors."""


def hide_secrets(name: str) -> str:
    """Stand in for `FindSecret` where a body is checked and not sent."""
    return f"secret of {name}"


def build_request(
    form: Form, settings: Settings, api: Api, find_secret: FindSecret = hide_secrets
) -> SessionRequest:
    """Return the request that `settings` of `form` ask for.

    Raises SettingsError for a value that is wrong, or that `api` has no place for, and what
    `find_secret` raises.
    """
    body: dict[str, Any] = {}
    headers: dict[str, str] = {}
    for item in form.fields:
        if not applies(item, settings):
            continue
        value = encode(item, settings, api, find_secret)
        if value is ABSENT:
            continue
        _require_known(item, api)
        path = item.path_for(api)
        if item.header:
            headers[item.header] = value
        elif isinstance(value, list) and isinstance(here := _look_up(body, path, None), list):
            # Several fields fill one list, as those for tools do.
            put(body, path, [*here, *value])
        else:
            put(body, path, value)
    complete_records(form, body, api)
    return SessionRequest(api, form.endpoints[api], body, headers)


def applies(item: Field, settings: Settings) -> bool:
    """Return whether the dialog shows `item`, as far as other settings decide that."""
    return all(
        _look_up(settings, setting, UNSET) not in options
        for setting, options in item.hidden_when.items()
    )


def encode(  # noqa: C901 - one case a kind of field
    item: Field, settings: Settings, api: Api, find_secret: FindSecret = hide_secrets
) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value of one field, or ABSENT if it is not set.

    Raises SettingsError for a wrong value.
    """
    if isinstance(item, Choice):
        return _encode_choice(item, settings, api)
    if isinstance(item, Number):
        return _encode_number(item, settings)
    if isinstance(item, ListField):
        return _encode_items(item, settings, api, find_secret)
    raw = _look_up(settings, item.setting, "")
    if not isinstance(raw, str):
        raise SettingsError(item.title, f"'{_shorten(raw)}' is no text.")
    if has_broken_text(raw):
        raise SettingsError(item.title, "a character is broken; enter the text anew.")
    text = raw.strip()
    if not text:
        if item.required:
            raise SettingsError(item.title, "enter a value.")
        return ABSENT
    if isinstance(item, Secret):
        return ABSENT if text == NO_CREDENTIAL else find_secret(text)
    if isinstance(item, Text):
        return _encode_text(item, raw if item.lines > 1 else text)
    if isinstance(item, JsonText):
        return _encode_json(item, text, api)
    if isinstance(item, TextList):
        return _encode_list(item, text)
    raise TypeError(type(item).__name__)


def _look_up(settings: Settings, path: Path, default: object) -> Any:  # noqa: ANN401 - as stored
    value: Any = settings
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return default
        value = value[name]
    return default if value is None else value


def _require_known(item: Field, api: Api) -> None:
    if not item.is_known_to(api):
        raise SettingsError(
            item.title,
            f"the {api.label} has no such setting. Leave it unset, or connect a configuration "
            f"with the {api.other.label}.",
        )


def _encode_choice(item: Choice, settings: Settings, api: Api) -> Any:  # noqa: ANN401 - JSON
    chosen = _look_up(settings, item.setting, item.initial)
    is_text = isinstance(chosen, str) and not has_broken_text(chosen)
    if chosen == UNSET or (is_text and not chosen.strip()):
        if item.required:
            raise SettingsError(item.title, "choose a value.")
        return ABSENT
    option = item.find_option(chosen)
    if option is None:
        if chosen in item.retired or (item.is_open and is_text):
            return chosen
        known = ", ".join(dict.fromkeys([item.initial, *(o.id for o in item.options)]))
        raise SettingsError(item.title, f"'{_shorten(chosen)}' is none of {known}.")
    if api is Api.BETA and not option.beta:
        raise SettingsError(item.title, f"the {api.label} has no '{option.label}'.")
    if option.value is not None:
        return encode(option.value, settings, api)
    if option.is_object:
        return _encode_members(item, option, settings, api)
    if api is Api.BETA and option.beta_constant is not ABSENT:
        return option.beta_constant
    return option.constant


def _encode_members(item: Choice, option: Option, settings: Settings, api: Api) -> dict[str, Any]:
    value: dict[str, Any] = dict(option.constants)
    for member in option.members:
        part = encode(member, settings, api)
        if part is not ABSENT:
            _require_known(member, api)
            put(value, member.path[len(item.path) :], part)
    return value


def _encode_items(item: ListField, settings: Settings, api: Api, find_secret: FindSecret) -> Any:  # noqa: ANN401 - a list, or ABSENT
    entries = _look_up(settings, item.setting, [])
    if not isinstance(entries, list):
        raise SettingsError(item.title, f"'{_shorten(entries)}' is no list.")
    values = []
    for number, entry in enumerate(entries, start=1):
        value: dict[str, Any] = dict(item.constants)
        where = f"{item.item_title} {number}"
        if not isinstance(entry, Mapping):
            raise SettingsError(where, f"'{_shorten(entry)}' is no group of settings.")
        for member in item.members:
            try:
                part = encode(member, entry, api, find_secret)
            except SettingsError as error:
                raise SettingsError(f"{where}, {member.label}", error.problem) from None
            if part is not ABSENT:
                value[member.path[0]] = part
        problem = check_json(value, item.schema)
        if problem:
            raise SettingsError(where, f"{problem}.")
        values.append(value)
    return values or ABSENT


def _encode_number(item: Number, settings: Settings) -> Any:  # noqa: ANN401 - int, float, ABSENT
    if not item.required and not _look_up(settings, item.switch, default=False):
        return ABSENT
    value = _look_up(settings, item.setting, item.initial)
    kind = "whole number" if item.integer else "number"
    wanted = f"Enter a {kind} {item.range_text}".rstrip() + "."
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
        raise SettingsError(item.title, f"'{_shorten(value)}' is no {kind}. {wanted}")
    if item.integer and value != int(value):
        raise SettingsError(item.title, f"{value} is no whole number. {wanted}")
    if item.minimum is not None and value < item.minimum:
        raise SettingsError(item.title, f"{value} is below {item.minimum}. {wanted}")
    if item.maximum is not None and value > item.maximum:
        raise SettingsError(item.title, f"{value} is above {item.maximum}. {wanted}")
    return int(value) if item.integer else value


def _shorten(value: object) -> str:
    """Return `value` for a sentence, so short that the sentence's end is not cut off."""
    return fold(str(value), 40)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond all floats
        return False


def _encode_text(item: Text, text: str) -> str:
    if len(text) < item.minimum_length:
        raise SettingsError(item.title, f"enter at least {item.minimum_length} characters.")
    if item.maximum_length is not None and len(text) > item.maximum_length:
        raise SettingsError(
            item.title, f"{len(text)} characters are too many, at most {item.maximum_length} fit."
        )
    if item.pattern and not re.search(item.pattern, text):
        like = f", such as '{item.example}'" if item.example else ""
        raise SettingsError(
            item.title, f"'{_shorten(text)}' is not of the form that the description asks{like}."
        )
    return text


def _encode_json(item: JsonText, text: str, api: Api) -> Any:  # noqa: ANN401 - any JSON value
    try:
        value = read_json(text)
    except ValueError as error:
        raise SettingsError(item.title, f"this is no JSON: {error}.") from None
    schema, name = describe_value(item.schema, api), item.path[-1]
    problem = check_json(value, schema, name) or find_token(value, schema, name)
    if problem:
        raise SettingsError(item.title, f"{problem}.")
    return value


def _encode_list(item: TextList, text: str) -> list[str]:
    values = [line.strip() for line in text.splitlines() if line.strip()]
    problem = check_json(values, item.schema, "line")
    if problem:
        raise SettingsError(item.title, f"{problem}.")
    return values


def complete_records(
    form: Form, body: dict[str, Any], api: Api, written: Collection[Path] | None = None
) -> None:
    """Add what objects of `body` always hold beside their fields; the objects are replaced.

    With `written`, only to objects in which one of those paths lies.
    """
    for record in form.records:
        path = record.path if api is Api.GA else record.beta
        constants = record.constants if api is Api.GA else record.beta_constants
        if path is None or not (record.required or _look_up(body, path, None)):
            continue
        if written is not None and not any(each[: len(path)] == path for each in written):
            continue
        for name, constant in constants.items():
            put_copy(body, (*path, name), constant)
