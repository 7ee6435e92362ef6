# SPDX-License-Identifier: MIT
"""One request for each row of a table: the dialog's request with a row's values on top."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from openai_realtime.composition import leave_session_out, warn_of_lost
from openai_realtime.errors import SettingsError, fold
from openai_realtime.fields import ABSENT, UNSET, Choice, Number, Text
from openai_realtime.json_text import read_json
from openai_realtime.request import complete_records, encode
from openai_realtime.shape import describe_body, merge_patch, put_copy
from openai_realtime.validation import find_problem, relax_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_realtime.fields import Field, Form, Path
    from openai_realtime.request import SessionRequest

PATCH: Final = "session JSON"
"""The name of the value that holds a patch for the whole body; the others are settings paths."""


class RowRequests:
    """Makes the requests of a table's rows.

    `base` is what the dialog asks for. `labels` are the dotted settings paths that rows have values
    for, and what errors call each. With `minimal` the session is left out, as in
    `compose_request`.
    """

    def __init__(
        self, form: Form, base: SessionRequest, labels: Mapping[str, str], *, minimal: bool = False
    ) -> None:
        self._form = form
        self._base = base
        self._labels = labels
        self._minimal = minimal
        self._fields = {
            path: form.find_field(tuple(path.split("."))) for path in labels if path != PATCH
        }
        # As `check_body` does it, but once for all rows.
        shape = describe_body(form.schema, base.api)
        self._open, self._closed = relax_schema(shape, is_open=True), relax_schema(shape)
        # What the dialog's own JSON holds has its warning already.
        self._told = find_problem(base.body, self._closed)
        self._unknown = ""
        self._with_unknown = 0
        self._has_lost = False

    def make(self, values: Mapping[str, Any]) -> SessionRequest:
        """Return the request of a row; a missing or blank value leaves the dialog's.

        Raises SettingsError for a value that does not fit.
        """
        body = dict(self._base.body)
        headers = dict(self._base.headers)
        written: list[Path] = []
        for path, item in self._fields.items():
            value = self._encode(path, item, values.get(path))
            if value is ABSENT:
                continue
            if item.header:
                headers[item.header] = value
            else:
                written.append(item.path_for(self._base.api))
                put_copy(body, written[-1], value)
        complete_records(self._form, body, self._base.api, written)
        patch = self._read_patch(values.get(PATCH))
        if patch is not None and self._minimal and "session" in patch:
            self._has_lost = True
            patch = {name: value for name, value in patch.items() if name != "session"}
        if patch is not None:
            body = merge_patch(body, patch)
        if self._minimal:
            body = leave_session_out(body)
        if patch is not None:
            self._check(body)
        return replace(self._base, body=body, headers=headers)

    def list_doubts(self) -> list[str]:
        """Return warnings: of values that are never sent, and of keys that nobody knows."""
        lost = [
            self._labels[path]
            for path, item in self._fields.items()
            if self._minimal and not item.header and item.path[0] == "session"
        ]
        if self._has_lost:
            lost.append(self._labels[PATCH])
        doubts = warn_of_lost(lost)
        if self._with_unknown:
            rows = "one row" if self._with_unknown == 1 else f"{self._with_unknown} rows"
            doubts.append(
                f"{self._labels[PATCH]}: {self._unknown}. It is sent as it is ({rows} with keys "
                "that are not known)."
            )
        return doubts

    def _encode(self, path: str, item: Field, value: Any) -> Any:  # noqa: ANN401 - JSON
        try:
            return _encode(item, value, self._base)
        except SettingsError as error:
            raise SettingsError(self._labels[path], error.problem) from None

    def _read_patch(self, value: Any) -> dict[str, Any] | None:  # noqa: ANN401 - text, or JSON
        if _is_blank(value):
            return None
        if isinstance(value, str):
            try:
                value = read_json(value)
            except ValueError as error:
                raise SettingsError(self._labels[PATCH], f"this is no JSON: {error}.") from None
        if not isinstance(value, dict):
            raise SettingsError(self._labels[PATCH], "this must be a JSON object, { ... }.")
        return value

    def _check(self, body: Mapping[str, Any]) -> None:
        """Raise SettingsError for what is wrong with a body; remember the keys that are unknown."""
        problem = find_problem(body, self._open)
        if problem:
            raise SettingsError(self._labels[PATCH], f"{problem}.")
        unknown = find_problem(body, self._closed)
        if unknown not in ("", self._told):
            self._unknown = self._unknown or unknown
            self._with_unknown += 1


def _is_blank(value: object) -> bool:
    """Return whether a cell says nothing: missing, NaN, or text of blanks."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124 - NaN


def _encode(item: Field, value: Any, base: SessionRequest) -> Any:  # noqa: ANN401 - JSON
    if _is_blank(value):
        return ABSENT
    if not item.is_known_to(base.api):
        raise SettingsError(item.title, f"the {base.api.label} has no such setting.")
    settings: dict[Path, Any] = {item.setting: value}
    if isinstance(item, Number):
        settings[item.switch] = True
    elif isinstance(item, Text) and isinstance(value, int) and not isinstance(value, bool):
        # Ids are often numbers.
        settings[item.setting] = str(value)
    elif isinstance(item, Choice):
        if not isinstance(value, str):
            raise SettingsError(item.title, f"'{fold(str(value), 40)}' is no text.")
        option = item.find_option(value)
        if item.is_open and (value == UNSET or (option and option.constant is ABSENT)):
            # A word of the dialog's own, such as *other*, which in a cell is a name like any.
            return value
    return encode(item, _nest(settings), base.api)


def _nest(flat: Mapping[Path, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        put_copy(nested, path, value)
    return nested
