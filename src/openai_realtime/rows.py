# SPDX-License-Identifier: MIT
"""One request for each row of a table: the dialog's request with the row's values on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openai_realtime.body import merge_patch
from openai_realtime.choices import Choice
from openai_realtime.errors import SettingsError
from openai_realtime.fields import ABSENT, UNSET, Number, Text, shorten
from openai_realtime.request import (
    complete_objects,
    leave_session_out,
    load_checker,
    read_patch,
    warn_of_lost,
)
from openai_realtime.schema import put

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai_realtime.api import Api
    from openai_realtime.fields import Field
    from openai_realtime.form import Form
    from openai_realtime.request import SessionRequest
    from openai_realtime.schema import Path

PATCH: Final = "additional_json"
"""The key of the value that is a patch for the whole body; other keys are settings paths."""


class RowRequests:
    """Builds the requests of a table's rows.

    `base` is the request of the dialog. `labels` maps the dotted settings paths for which rows
    have values to their names in errors. With `minimal` the session is left out, as in
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
            path: form.by_setting[tuple(path.split("."))] for path in labels if path != PATCH
        }
        self._checker = load_checker(form, base.api)
        # There is a warning about unknown keys in the dialog's own JSON already.
        self._reported = self._checker.check(base.body)[1] if PATCH in labels else []
        self._first_unknown = ""
        self._rows_with_unknown = 0
        self._loses_session = False

    def build(self, values: Mapping[str, Any]) -> SessionRequest:
        """Return the request of a row; for a missing or blank value the dialog's setting is used.

        Raises SettingsError for a wrong value.
        """
        body = dict(self._base.body)
        headers = dict(self._base.headers)
        written: list[Path] = []
        for path, item in self._fields.items():
            try:
                value = _encode(item, values.get(path), self._base.api)
            except SettingsError as error:
                raise SettingsError(self._labels[path], error.problem) from None
            if value is ABSENT:
                continue
            if item.header:
                headers[item.header] = value
            else:
                written.append(item.find_path(self._base.api))
                put(body, written[-1], value)
        complete_objects(self._form, body, self._base.api, written)
        value = values.get(PATCH)
        patch = None if _is_blank(value) else read_patch(value, self._labels[PATCH])
        if patch is not None:
            self._loses_session |= self._minimal and "session" in patch
            body = merge_patch(body, patch)
        if self._minimal:
            body = leave_session_out(body)
        if patch is not None:
            self._check(body)
        return self._base._replace(body=body, headers=headers)

    def list_warnings(self) -> list[str]:
        """Return warnings about values that are never sent, and about unknown keys."""
        lost = [
            self._labels[path]
            for path, item in self._fields.items()
            if self._minimal and not item.header and item.path[0] == "session"
        ]
        if self._loses_session:
            lost.append(self._labels[PATCH])
        warnings = warn_of_lost(lost)
        if self._rows_with_unknown:
            many = self._rows_with_unknown > 1
            rows = f"{self._rows_with_unknown} rows" if many else "one row"
            warnings.append(
                f"{self._labels[PATCH]}: {self._first_unknown}. This is sent unchanged ({rows} "
                "with unknown keys)."
            )
        return warnings

    def _check(self, body: Mapping[str, Any]) -> None:
        """Raise SettingsError if a body is wrong; remember unknown keys for a warning."""
        problem, unknown = self._checker.check(body)
        if problem:
            raise SettingsError(self._labels[PATCH], f"{problem}.")
        unknown = [line for line in unknown if line not in self._reported]
        if unknown:
            self._first_unknown = self._first_unknown or unknown[0]
            self._rows_with_unknown += 1


def _is_blank(value: object) -> bool:
    """Return whether a cell is missing, NaN, or a blank text."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124 - NaN


def _encode(item: Field, value: Any, api: Api) -> Any:  # noqa: ANN401 - JSON
    if _is_blank(value):
        return ABSENT
    item.find_path(api)
    settings: dict[str, Any] = {}
    if isinstance(item, Number):
        put(settings, item.switch, value=True)
    elif isinstance(item, Text) and isinstance(value, int) and not isinstance(value, bool):
        # Ids are often numbers.
        value = str(value)
    elif isinstance(item, Choice):
        if not isinstance(value, str):
            raise item.fail(f"must be a text, not '{shorten(value)}'.")
        option = item.find_option(value)
        if item.is_open and (value == UNSET or (option and option.constant is ABSENT)):
            # In a cell, a keyword of the dialog such as *other* is a name like any other.
            return value
    put(settings, item.setting, value)
    return item.encode(settings, api)
