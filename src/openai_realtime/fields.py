# SPDX-License-Identifier: MIT
"""What a dialog asks for, without KNIME: a tree of frozen fields that is read off the schema.

form.py reads the tree; nodes/parameters.py makes a dialog of it, request.py a body.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from openai_realtime.api import Api
from openai_realtime.schema import look_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openai_realtime.schema import Schema

Path = tuple[str, ...]
"""Names from the root of a body, of an answer or of the settings down to a value."""

UNSET: Final = "unset"
"""The option of every drop-down that leaves the field to the server."""

OFF: Final = "off"
"""The option that sends `null`."""

NO_CREDENTIAL: Final = "<none>"
"""The entry for no credential; for an empty text KNIME would preselect the first one."""

OTHER: Final = "other"
"""The option of an open drop-down that takes a text of the user's own."""


class Absent:
    """The type of `ABSENT`: no value at all, which is different from null."""


ABSENT: Final = Absent()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Field:
    """One setting.

    `setting` is its path in the settings (a public contract), `path` its place in the GA body,
    `beta` that in the beta body or None if the beta API lacks it, `ga` whether GA has it.
    `header` names the HTTP header that carries it instead. `context` is the option that it
    belongs to, if any. `hidden_when` maps settings to the options with which it does not apply.
    `required` members must be set when their option is chosen.
    """

    setting: Path
    label: str
    description: str
    path: Path
    beta: Path | None
    ga: bool = True
    header: str = ""
    section: str = ""
    order: float = 0
    advanced: bool = False
    since: str = "0.1.0"
    required: bool = False
    context: str = ""
    hidden_when: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The label, with the option that it belongs to where labels could be confused."""
        return f"{self.label} ({self.context})" if self.context else self.label

    def is_known_to(self, api: Api) -> bool:
        """Return whether `api` has this field."""
        return self.ga if api is Api.GA else self.beta is not None

    def path_for(self, api: Api) -> Path:
        """Return the place of the value in the body of `api`, which must know the field."""
        return self.path if api is Api.GA else (self.beta or ())


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Option:
    """One entry of a drop-down.

    It stands for `constant` (`beta_constant` in the beta API), or for the value of the field
    `value`, or for an object of `constants` and `members`, whose settings are a group of their
    own. `beta` is False if the beta API lacks it. `retires` is the date (YYYY-MM-DD) from which
    the server no longer takes it.
    """

    id: str
    label: str
    description: str = ""
    constant: Any = ABSENT
    beta_constant: Any = ABSENT
    value: Field | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    members: tuple[Field, ...] = ()
    group: str = ""
    group_label: str = ""
    section: str = ""
    since: str = "0.1.0"
    beta: bool = True
    retires: str = ""

    @property
    def is_object(self) -> bool:
        """Whether the option stands for an object that is put together from members."""
        return self.constant is ABSENT and self.value is None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Choice(Field):
    """A drop-down. The first entry, `UNSET`, is not among the `options`.

    `retired` are values that the dialog no longer lists and that saved workflows may hold;
    `is_open` tells that any other text is taken as it is. A new node has `initial`.
    """

    options: tuple[Option, ...]
    retired: tuple[str, ...] = ()
    is_open: bool = False
    initial: str = UNSET

    def find_option(self, option_id: str) -> Option | None:
        """Return the option with that id, or None."""
        return next((option for option in self.options if option.id == option_id), None)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Number(Field):
    """A number, to be `integer` or not, from `minimum` to `maximum` where there are such.

    Unless `required` it has a check box with `switch_label` beside it, at `switch` in the
    settings. `initial` is what the dialog shows first; `range_text` is for sentences.
    """

    integer: bool
    minimum: float | None
    maximum: float | None
    initial: float
    range_text: str
    switch_label: str

    @property
    def switch(self) -> Path:
        """The path of the check box in the settings."""
        return (*self.setting[:-1], f"{self.setting[-1]}_set")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Text(Field):
    """A text of `lines` lines; empty means not set."""

    lines: int = 1
    minimum_length: int = 0
    maximum_length: int | None = None
    pattern: str = ""
    example: str = ""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TextList(Field):
    """A list of texts, one a line; no line means not set."""

    lines: int
    schema: Schema


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class JsonText(Field):
    """A JSON value as text, checked against `schema`; empty means not set."""

    lines: int
    schema: Schema


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Secret(Field):
    """The name of a credential, whose password goes into the body; empty means none."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ListField(Field):
    """A list of like objects, each of `constants` and `members`.

    An item's settings are a mapping by the last part of each member's `setting`; its `schema` is
    that of one item. In the body the items come before what other fields have for the place.
    """

    members: tuple[Field, ...]
    constants: Mapping[str, Any]
    item_title: str
    button: str
    schema: Schema


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Record:
    """An object of the body that holds `constants` beside its fields.

    They are sent when any of its fields is, or always if it is `required`.
    """

    path: Path
    beta: Path | None
    constants: Mapping[str, Any]
    beta_constants: Mapping[str, Any]
    required: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Section:
    """A part of the dialog with a heading.

    A flat one holds nothing but the groups of options, which take its place: where a group begins
    with a group, KNIME's dialog leaves no space between any controls.
    """

    key: str
    is_flat: bool
    label: str
    description: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Form:
    """All that a schema says: fields in the dialog's order, sections, records, endpoints."""

    title: str
    fields: tuple[Field, ...]
    sections: tuple[Section, ...]
    records: tuple[Record, ...]
    endpoints: Mapping[str, str]
    schema: Schema

    def walk(self) -> Iterator[Field]:
        """Yield every field once, those inside options too, but not those of lists' items."""
        seen: set[Path] = set()
        for item in walk_fields(self.fields):
            if item.setting not in seen:
                seen.add(item.setting)
                yield item

    def find_field(self, setting: Path) -> Field:
        """Return the field whose value stands at `setting`. Raises LookupError."""
        for candidate in self.walk():
            if candidate.setting == setting:
                return candidate
        raise LookupError(".".join(setting))

    def name_param(self, param: str, api: Api, settings: Mapping[str, Any]) -> str:
        """Return the title of the field that a server means by `param`, or the empty string.

        The longest match wins, and of those only fields whose option is chosen in `settings`.
        Fields that share a place, as those for `session.tools[0].name` do, are all named. Some
        servers leave out `session.`.
        """
        names = _skip_session(tuple(part.split("[")[0] for part in param.split(".") if part))
        longest = 0
        titles: list[str] = []
        for item in walk_chosen(self.fields, settings):
            path = _skip_session(item.path_for(api) if item.is_known_to(api) else item.path)
            if not path or names[: len(path)] != path or len(path) < longest:
                continue
            if len(path) > longest:
                longest, titles = len(path), []
            if item.title not in titles:
                titles.append(item.title)
        return " or ".join(titles)


def _skip_session(path: Path) -> Path:
    return path[1:] if path[:1] == ("session",) else path


def walk_fields(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield `fields` and, after each, the fields inside its options."""
    for item in fields:
        yield item
        if isinstance(item, Choice):
            for option in item.options:
                if option.value is not None:
                    yield option.value
                yield from walk_fields(option.members)


def walk_chosen(fields: Iterable[Field], settings: Mapping[str, Any]) -> Iterator[Field]:
    """Yield `fields` and, after each, those inside the option that `settings` choose for it."""
    for item in fields:
        yield item
        if isinstance(item, Choice):
            option = item.find_option(str(look_up(settings, item.setting)))
            if option is not None:
                yield from walk_chosen(option.members, settings)
