# SPDX-License-Identifier: MIT
"""Drop-downs: a choice between constants, values, and objects with their own settings."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from openai_realtime.api import Api
from openai_realtime.errors import shorten
from openai_realtime.fields import ABSENT, UNSET, Field, FindSecret, Settings, hide_secrets
from openai_realtime.json_text import has_broken_text
from openai_realtime.schema import Path, Place, look_up, put, read_constants

OTHER: Final = "other"
"""The option of an open drop-down for any other text."""


class Option(NamedTuple):
    """One entry of a drop-down.

    It stands for `constant`, for the value of the field `value`, or for an object of constants and
    `members`. `retires` is the date (YYYY-MM-DD) from which the server no longer accepts it.
    """

    id: str
    label: str
    place: Place
    constant: Any = ABSENT
    value: Field | None = None
    members: tuple[Field, ...] = ()
    retires: str = ""
    description: str = ""

    def encode(self, settings: Settings, api: Api, find_secret: FindSecret) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON value that the option stands for."""
        if self.value is not None:
            return self.value.encode(settings, api, find_secret)
        if not self.members:
            schema = self.place.schema if api is Api.BETA else {}
            return schema.get("x-beta-values", [self.constant])[0]
        value = read_constants(self.place.schema)
        for member in self.members:
            part = member.encode(settings, api, find_secret)
            if part is not ABSENT:
                member.find_path(api)
                put(value, member.path[len(self.place.path) :], part)
        return value


class Choice(Field):
    """A drop-down; its first entry, `UNSET`, is not one of the `options`.

    The label of that entry says what the server then takes. If `is_open`, any other text is sent
    as it is.
    """

    initial = UNSET

    def __init__(self, place: Place, options: tuple[Option, ...]) -> None:
        super().__init__(place)
        self.options = options
        branches = (self.schema, *self.schema.get("oneOf", ()))
        self.is_open = any(branch.get("x-open") for branch in branches)
        self.unset_label = f"Default ({self.schema.get('x-unset')})"

    @property
    def option_ids(self) -> list[str]:
        """The values that the drop-down stores: the options, and `UNSET` if it has that entry."""
        return list(dict.fromkeys([self.initial, *(option.id for option in self.options)]))

    def find_option(self, option_id: object) -> Option | None:
        """Return the option with that id, or None."""
        return next((option for option in self.options if option.id == option_id), None)

    def list_shown(self) -> list[tuple[Field, list[str]]]:
        """Return the fields that options show, in order, each with the ids of these options."""
        shown: dict[Path, tuple[Field, list[str]]] = {}
        for option in self.options:
            for item in [option.value] if option.value else option.members:
                shown.setdefault(item.setting, (item, []))[1].append(option.id)
        return sorted(shown.values(), key=lambda each: each[0].order)

    def encode(self, settings: Settings, api: Api, find_secret: FindSecret = hide_secrets) -> Any:  # noqa: ANN401 - JSON
        """Return the value of the chosen option, or ABSENT if the server chooses."""
        chosen = look_up(settings, self.setting, self.initial)
        is_text = isinstance(chosen, str) and not has_broken_text(chosen)
        if chosen == UNSET or (is_text and not chosen.strip()):
            if self.required:
                raise self.fail("choose a value.")
            return ABSENT
        option = self.find_option(chosen)
        if option is None:
            if self.is_open and is_text:
                return chosen
            known = ", ".join(self.option_ids)
            raise self.fail(f"must be one of {known}, not '{shorten(chosen)}'.")
        if self.is_known_to(api) and option.place.path_for(api) is None:
            raise self.fail(f"the {api.label} does not have '{option.label}'.")
        return option.encode(settings, api, find_secret)
