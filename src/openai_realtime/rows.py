# SPDX-License-Identifier: MIT
"""One request for each row of a table: the dialog's request with the row's values on top."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Final

from openai_realtime.choices import Choice
from openai_realtime.errors import SettingsError
from openai_realtime.fields import ABSENT, UNSET, Number, Text, shorten
from openai_realtime.request import (
    complete_objects,
    leave_session_out,
    load_checker,
    merge_json,
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
    have values to their names in errors. `minimal` and `lenient` are as in `compose_request`.
    """

    def __init__(
        self,
        form: Form,
        base: SessionRequest,
        labels: Mapping[str, str],
        *,
        minimal: bool = False,
        lenient: bool = False,
    ) -> None:
        self._form = form
        self._base = base
        self._labels = labels
        self._minimal = minimal
        self._fields = {
            path: form.by_setting[tuple(path.split("."))] for path in labels if path != PATCH
        }
        self._checker = load_checker(form, base.api, lenient=lenient)
        # There is a warning about the dialog's own JSON already.
        self._reported = self._checker.check(base.body)[1] if PATCH in labels else []
        self._first_note = ""
        self._rows_with_notes = 0
        self._loses_session = False
        self._checked: set[int] = set()

    def check(self, values: Mapping[str, Any]) -> None:
        """Raise SettingsError if a value of a row is wrong; each distinct one is checked once."""
        for path, value in values.items():
            key = hash((path, str(value)))
            if key not in self._checked:
                self._checked.add(key)
                if path == PATCH:
                    copy(self).build({path: value})  # a copy, because it counts the warnings
                else:
                    self._encode(path, value)

    def build(self, values: Mapping[str, Any]) -> SessionRequest:
        """Return the request of a row; for a missing or blank value the dialog's setting is used.

        Raises SettingsError for a wrong value.
        """
        api = self._base.api
        body = dict(self._base.body)
        headers = dict(self._base.headers)
        written: list[Path] = []
        for path, item in self._fields.items():
            value = self._encode(path, values.get(path))
            if value is ABSENT:
                continue
            if item.header:
                headers[item.header] = value
            else:
                written.append(item.find_path(api))
                put(body, written[-1], value)
        complete_objects(self._form, body, api, written)
        patch = self._read_patch(values)
        if patch is not None:
            body = self._merge(body, patch)
        if self._minimal:
            body = leave_session_out(body)
        return self._base._replace(body=body, headers=headers, origin=values)

    def list_written(self, values: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Return what the values of a row write into the body, with labels, the patch first."""
        written = [(self._labels.get(PATCH, ""), self._read_patch(values) or {})]
        for path, item in self._fields.items():
            if not _is_blank(values.get(path)):
                part: dict[str, Any] = {}
                put(part, item.find_path(self._base.api), values[path])
                written.append((self._labels[path], part))
        return written

    def _encode(self, path: str, value: Any) -> Any:  # noqa: ANN401 - JSON
        try:
            return _encode(self._fields[path], value, self._base.api)
        except SettingsError as error:
            raise SettingsError(self._labels[path], error.problem) from None

    def _read_patch(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        value = values.get(PATCH)
        return None if _is_blank(value) else read_patch(value, self._labels[PATCH])

    def list_warnings(self) -> list[str]:
        """Return warnings about values that are not sent, or are unusual."""
        lost = [
            self._labels[path]
            for path, item in self._fields.items()
            if self._minimal and not item.header and item.path[0] == "session"
        ]
        if self._loses_session:
            lost.append(self._labels[PATCH])
        warnings = warn_of_lost(lost)
        if self._rows_with_notes:
            rows = self._rows_with_notes
            count = f"{rows} rows have such values" if rows > 1 else "One row has such values"
            warnings.append(f"{self._labels[PATCH]}: {self._first_note} ({count}.)")
        return warnings

    def _merge(self, body: Mapping[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
        """Return the body with a patch; remember what to warn of. Raises SettingsError."""
        label, minimal = self._labels[PATCH], self._minimal
        merged, notes = merge_json(self._checker, body, patch, label, minimal=minimal)
        notes = [note for note in notes if note not in self._reported]
        if notes:
            self._first_note = self._first_note or notes[0]
            self._rows_with_notes += 1
        self._loses_session |= minimal and "session" in patch
        return merged


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
