# SPDX-License-Identifier: MIT
"""One request for each row of a table: the dialog's request with a row's values on top."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from openai_realtime.errors import SettingsError, fold
from openai_realtime.fields import ABSENT, UNSET, Choice, Number
from openai_realtime.json_text import read_json
from openai_realtime.request import complete_records, encode, put_copy
from openai_realtime.shape import describe_body, merge_patch
from openai_realtime.validation import find_problem, relax_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_realtime.fields import Field, Form, Path
    from openai_realtime.request import SessionRequest

PATCH: Final = "session JSON"
"""The name of the value that holds a patch for the whole body; the others are settings paths."""


class RowRequests:
    """Makes the requests of a table's rows.

    `base` is what the dialog asks for, `settings` the dotted settings paths that rows have
    values for.
    """

    def __init__(self, form: Form, base: SessionRequest, settings: list[str]) -> None:
        self._form = form
        self._base = base
        self._fields = {
            path: form.find_field(tuple(path.split("."))) for path in settings if path != PATCH
        }
        # As `check_body` does it, but once for all rows.
        self._shape = relax_schema(describe_body(form.schema, base.api), is_open=True)

    def make(self, values: Mapping[str, Any]) -> SessionRequest:
        """Return the request of a row; a missing or empty value leaves the dialog's.

        Raises SettingsError for a value that does not fit.
        """
        body = dict(self._base.body)
        headers = dict(self._base.headers)
        for path, item in self._fields.items():
            value = _encode(item, values.get(path), self._base)
            if value is ABSENT:
                continue
            if item.header:
                headers[item.header] = value
            else:
                put_copy(body, item.path_for(self._base.api), value)
        complete_records(self._form, body, self._base.api)
        patch = _read_patch(values.get(PATCH))
        if patch is not None:
            body = merge_patch(body, patch)
            problem = find_problem(body, self._shape)
            if problem:
                raise SettingsError(PATCH, f"{problem}.")
        return replace(self._base, body=body, headers=headers)


def _encode(item: Field, value: Any, base: SessionRequest) -> Any:  # noqa: ANN401 - JSON
    if value is None or value == "" or value != value:  # noqa: PLR0124 - NaN
        return ABSENT
    if not item.is_known_to(base.api):
        raise SettingsError(item.title, f"the {base.api.label} has no such setting.")
    settings: dict[Path, Any] = {item.setting: value}
    if isinstance(item, Number):
        settings[item.switch] = True
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


def _read_patch(value: Any) -> dict[str, Any] | None:  # noqa: ANN401 - text, or JSON
    if value is None or value == "" or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError as error:
            raise SettingsError(PATCH, f"this is no JSON: {error}.") from None
    if not isinstance(value, dict):
        raise SettingsError(PATCH, "this must be a JSON object, { ... }.")
    return value
