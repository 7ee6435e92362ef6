# SPDX-License-Identifier: MIT
"""The fields of a dialog, without KNIME: one class for each kind of control.

A field knows its schema, its path in the settings, its value in a new node, and how a stored value
becomes a JSON value of the request. Drop-downs are in choices.py.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from openai_realtime.api import Api
from openai_realtime.body import describe_value
from openai_realtime.errors import CredentialError, SettingsError, shorten
from openai_realtime.json_text import has_broken_text, list_tokens, read_json
from openai_realtime.schema import Path, Place, look_up, read_constants
from openai_realtime.validation import Checker, describe_mismatch, describe_range

UNSET: Final = "unset"
"""The option of a drop-down that leaves the value to the server."""

NO_CREDENTIAL: Final = "<none>"
"""The entry for no credential; with an empty text KNIME would select the first credential."""

PLACEHOLDER: Final = "{password}"
"""Stands for a credential's password in the value of a header."""

NOT_IN_TEXT: Final = (
    "a token in this text is saved in the workflow. Use the list of MCP servers and a credential"
)

ABSENT: Final = object()
"""No value, which is different from null."""

Settings = dict[str, Any]
"""Nested objects by settings key, as the dialog stores them; missing or None is not set."""

FindSecret = Callable[[str], str]
"""Return the secret of the credential with that name, or raise a RealtimeError."""


def hide_secrets(name: str) -> str:
    """Return a text in the place of the secret; for a body that is checked and not sent."""
    return f"secret of {name}"


class Field:
    """One setting.

    A `required` field must be set (inside an option: when that option is chosen).
    """

    initial: Any = ""
    """The value in a new node."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.schema = schema = place.schema
        self.required = place.required
        self.setting = place.setting
        self.path = place.path
        self.section = place.section
        self.since = place.since
        self.label: str = schema["x-label"]
        self.description: str = schema["description"]
        self.header: str = schema.get("x-header", "")
        self.order: float = schema.get("x-order", 0)
        self.advanced = place.advanced
        self.initial = schema.get("default", self.initial)
        self.lines: int = schema.get("x-lines", 1)
        self.hidden_when: dict[Path, list[str]] = {
            tuple(path.split(".")): options
            for path, options in schema.get("x-hidden-when", {}).items()
        }

    def is_known_to(self, api: Api) -> bool:
        """Return whether `api` has this setting."""
        return self.place.path_for(api) is not None

    def list_hiding(self, settings: Settings | None) -> list[Path]:
        """Return the paths of the settings whose options hide the field in the dialog."""
        return [
            setting
            for setting, options in self.hidden_when.items()
            if look_up(settings, setting, UNSET) in options
        ]

    def list_shown(self) -> list[tuple[Field, list[str]]]:
        """Return what a drop-down shows below it, in order: each field and the options with it."""
        return []

    def fail(self, problem: str) -> SettingsError:
        """Return the error for a wrong value."""
        return SettingsError(self.label, problem)

    def find_path(self, api: Api) -> Path:
        """Return the path in the body of `api`. Raises SettingsError if that API has none."""
        path = self.place.path_for(api)
        if path is None:
            raise self.fail(
                f"the {api.label} does not have this setting. Leave it unset, or connect a "
                f"configuration with the {api.other.label}."
            )
        return path

    def encode(self, settings: Settings, api: Api, find_secret: FindSecret = hide_secrets) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON value, or ABSENT if none is set. Raises SettingsError for a wrong one."""
        raw = look_up(settings, self.setting, "")
        if not isinstance(raw, str):
            raise self.fail(f"must be a text, not '{shorten(raw)}'.")
        if has_broken_text(raw):
            raise self.fail("a character is broken. Enter the text again.")
        if raw.strip():
            return self.parse(raw if self.lines > 1 else raw.strip(), api, find_secret)
        if self.required:
            raise self.fail("enter a value.")
        return ABSENT

    def parse(self, text: str, api: Api, find_secret: FindSecret) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON value of a text that is not blank."""
        raise NotImplementedError


class Text(Field):
    """A text; empty means not set."""

    def parse(self, text: str, api: Api, find_secret: FindSecret) -> str:  # noqa: ARG002 - needs neither
        """Return the text."""
        limit = self.schema.get("maxLength", math.inf)
        if len(text) > limit:
            raise self.fail(f"must have at most {limit} characters, not {len(text)}.")
        pattern = self.schema.get("pattern")
        if pattern and not re.search(pattern, text):
            raise self.fail(f"{describe_mismatch(self.schema, text)}.")
        return text


class TextList(Field):
    """A list of texts, one per line; no line means not set."""

    def parse(self, text: str, api: Api, find_secret: FindSecret) -> list[str]:  # noqa: ARG002 - needs no secret
        """Return the lines that are not blank."""
        values = [line.strip() for line in text.splitlines() if line.strip()]
        problem = Checker(describe_value(self.place, api)).find_problem(values)
        if problem:
            named = re.sub(r"^\[(\d+)\]", lambda found: f"line {int(found[1]) + 1}", problem)
            raise self.fail(f"{named}.")
        return values


class JsonText(Field):
    """A JSON value as text; empty means not set."""

    def parse(self, text: str, api: Api, find_secret: FindSecret) -> Any:  # noqa: ANN401, ARG002 - JSON
        """Return the value, checked against the schema."""
        try:
            value = read_json(text)
        except ValueError as error:
            raise self.fail(f"this is not valid JSON: {error}.") from None
        problem = Checker(describe_value(self.place, api)).find_problem(value)
        # Of objects, only the headers of a tool are secret, and may contain a password.
        is_headers = "x-secret" in self.schema
        tokens = list_tokens(value, in_tool=True) if is_headers or isinstance(value, list) else ()
        if not problem and any(not is_headers or PLACEHOLDER not in token for token in tokens):
            problem = NOT_IN_TEXT
        if problem:
            name = self.path[-1] if problem.startswith("[") else ""
            raise self.fail(f"{name}{problem}.")
        return value


class Secret(Field):
    """The name of a credential, whose password goes into the body."""

    initial = NO_CREDENTIAL

    def parse(self, text: str, api: Api, find_secret: FindSecret) -> Any:  # noqa: ANN401, ARG002 - a text, or ABSENT
        """Return the password of the credential with that name."""
        return ABSENT if text == NO_CREDENTIAL else find_secret(text)


class Flag(Field):
    """A check box; true or false is always sent."""

    def encode(self, settings: Settings, api: Api, find_secret: FindSecret = hide_secrets) -> bool:  # noqa: ARG002 - needs neither
        """Return whether the box is checked."""
        value: Any = look_up(settings, self.setting, self.initial)
        if not isinstance(value, bool):
            raise self.fail(f"must be true or false, not '{shorten(value)}'.")
        return value


class Number(Field):
    """A number; unless it is required, a check box decides whether it is sent."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.integer = "integer" in self.schema["type"]
        self.minimum: float = self.schema["minimum"]
        self.maximum: float | None = self.schema.get("maximum")
        initial: Any = self.schema.get("default", self.minimum)
        self.initial = int(initial) if self.integer else float(initial)

    @property
    def switch(self) -> Path:
        """The path of the check box in the settings."""
        return (*self.setting[:-1], f"{self.setting[-1]}_set")

    @property
    def switch_label(self) -> str:
        """The label of the check box."""
        return f"Set {lower_first(self.label)}"

    def encode(self, settings: Settings, api: Api, find_secret: FindSecret = hide_secrets) -> Any:  # noqa: ANN401, ARG002 - a number, or ABSENT
        """Return the number, or ABSENT if its check box is off."""
        if not self.required and not look_up(settings, self.switch, default=False):
            return ABSENT
        value = look_up(settings, self.setting, self.initial)
        if not self._takes(value):
            kind = "whole number" if self.integer else "number"
            wanted = f"a {kind} {describe_range(self.schema)}"
            raise self.fail(f"must be {wanted}, not '{shorten(value)}'.")
        return int(value) if self.integer else value

    def _takes(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        # NaN, infinity and integers that are too large for a float are in no range.
        high = sys.float_info.max if self.maximum is None else self.maximum
        return self.minimum <= value <= high and (not self.integer or value == int(value))


class ListField(Field):
    """A list of objects of one kind, each with constants and `members`.

    `{password}` in a header of an item stands for its token, which is then sent nowhere else.
    """

    initial: tuple[Any, ...] = ()

    def __init__(self, place: Place, members: tuple[Field, ...]) -> None:
        super().__init__(place)
        self.members = members
        self.item_title: str = self.schema["x-item"]
        self._labels = {member.path[0]: member.label for member in members}

    @property
    def button(self) -> str:
        """The text of the button that adds an item."""
        return f"Add {lower_first(self.item_title)}"

    def name_item(self, index: int, rest: Sequence[str] = ()) -> str:
        """Return the title of an item, and the label of the member to which `rest` leads."""
        label = self._labels.get(rest[0], "") if rest else ""
        return f"{self.item_title} {index + 1}{label and f', {label}'}"

    def encode(self, settings: Settings, api: Api, find_secret: FindSecret = hide_secrets) -> Any:  # noqa: ANN401 - a list, or ABSENT
        """Return the items."""
        entries = look_up(settings, self.setting, [])
        if not isinstance(entries, (list, tuple)):
            raise self.fail(f"must be a list, not '{shorten(entries)}'.")
        return [
            self._encode_item(index, entry, api, find_secret) for index, entry in enumerate(entries)
        ] or ABSENT

    def _encode_item(
        self, index: int, entry: object, api: Api, find_secret: FindSecret
    ) -> dict[str, Any]:
        title = self.name_item(index)
        if not isinstance(entry, dict):
            raise SettingsError(title, f"must be a group of settings, not '{shorten(entry)}'.")
        value = read_constants(self.schema)
        for member in self.members:
            label = self.name_item(index, member.path)
            try:
                part = member.encode(entry, api, find_secret)
            except SettingsError as error:
                raise SettingsError(label, error.problem) from None
            except CredentialError as error:
                raise CredentialError(f"{label}: {error}") from None
            if part is not ABSENT:
                value[member.path[0]] = part
        places = [branch["required"][0] for branch in self.schema.get("oneOf", ())]
        if places and sum(name in value for name in places) != 1:
            labels = ", ".join(self._labels[name] for name in places)
            raise SettingsError(title, f"enter exactly one of {labels}.")
        headers = value.get("headers") or {}
        if any(PLACEHOLDER in text for text in headers.values()):
            token = value.pop("authorization", "")
            if not token:
                label = self.name_item(index, ["authorization"])
                raise SettingsError(label, f"none is chosen, but a header contains {PLACEHOLDER}.")
            filled = {name: text.replace(PLACEHOLDER, token) for name, text in headers.items()}
            value["headers"] = filled
        return value


def walk_fields(fields: Iterable[Field], settings: Settings | None = None) -> Iterator[Field]:
    """Yield `fields`, and after each field those that its options show.

    With `settings`, only those inside the object for which the chosen option stands.
    """
    for item in fields:
        yield item
        shown = [
            inner
            for inner, options in item.list_shown()
            if settings is None
            or (inner.path != item.path and look_up(settings, item.setting) in options)
        ]
        yield from walk_fields(shown, settings)


def lower_first(text: str) -> str:
    """Return `text` for the middle of a sentence; `MCP server` keeps its capitals."""
    return text if text[:2].isupper() else f"{text[0].lower()}{text[1:]}"
