# SPDX-License-Identifier: MIT
"""One request for each row of a table: the dialog's request with the row's values on top."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, Final

from openai_realtime.api import Api
from openai_realtime.choices import Choice
from openai_realtime.errors import shorten
from openai_realtime.fields import ABSENT, UNSET, Field, Number, Settings, Text
from openai_realtime.form import Form
from openai_realtime.request import (
    JSON,
    SOURCE,
    SessionRequest,
    complete_objects,
    is_blank,
    leave_session_out,
    load_checker,
    merge_json,
    read_patch,
    warn_of_lost,
)
from openai_realtime.schema import Path, look_up, put

PATCH: Final = "additional_json"
"""The key of the value that is a patch for the whole body; other keys are settings paths."""


class RowRequests:
    """Builds the requests of a table's rows.

    `base` is the request of the dialog with `settings`. `labels` maps the dotted settings paths for
    which rows have values to their names in errors. `minimal` and `lenient` are as in
    `compose_request`.
    """

    def __init__(
        self,
        form: Form,
        base: SessionRequest,
        labels: Mapping[str, str],
        settings: Settings | None = None,
        *,
        minimal: bool = False,
        lenient: bool = False,
    ) -> None:
        self._form = form
        self._base = base
        self._minimal = minimal
        self._patch_label = labels.get(PATCH, "")
        self._fields: dict[str, Field] = {}
        self._warnings: list[str] = []
        self._lost: list[str] = []
        for path, label in labels.items():
            if path == PATCH:
                continue
            item = copy(form.by_setting[tuple(path.split("."))])
            item.label = label
            if why := _explain_hidden(form, item, settings):
                self._warnings.append(f"{label}: not sent, because {why}.")
            elif minimal and item.path[0] == "session":
                self._lost.append(label)
            else:
                self._fields[path] = item
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
                elif path in self._fields:
                    _encode(self._fields[path], value, self._base.api)

    def build(self, values: Mapping[str, Any]) -> SessionRequest:
        """Return the request of a row; for a missing or blank value the dialog's setting is used.

        Raises SettingsError for a wrong value.
        """
        api = self._base.api
        body = dict(self._base.body)
        headers = dict(self._base.headers)
        written: list[Path] = []
        for path, item in self._fields.items():
            value = _encode(item, values.get(path), api)
            if value is ABSENT:
                continue
            if item.header:
                headers[item.header] = value
            else:
                written.append(item.find_path(api))
                put(body, written[-1], value)
        complete_objects(self._form, body, api, written)
        patch = read_patch(values.get(PATCH), self._patch_label)
        if patch is not None:
            label, minimal = self._patch_label, self._minimal
            body, notes = merge_json(self._checker, body, patch, label, minimal=minimal)
            notes = [note for note in notes if note not in self._reported]
            self._first_note = self._first_note or next(iter(notes), "")
            self._rows_with_notes += bool(notes)
            self._loses_session |= minimal and "session" in patch
        if self._minimal:
            body = leave_session_out(body)
        return self._base._replace(body=body, headers=headers, origin=values)

    def list_written(self, values: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """Return what the values of a row write into the body, with labels, the patch first."""
        written = [(self._patch_label, read_patch(values.get(PATCH), self._patch_label) or {})]
        for path, item in self._fields.items():
            if not is_blank(values.get(path)):
                part: dict[str, Any] = {}
                put(part, item.find_path(self._base.api), values[path])
                written.append((item.label, part))
        return written

    def list_warnings(self) -> list[str]:
        """Return warnings about values that are not sent, or are unusual."""
        lost = [*self._lost, self._patch_label] if self._loses_session else self._lost
        warnings = [*self._warnings, *warn_of_lost(lost)]
        if self._rows_with_notes:
            rows = self._rows_with_notes
            count = f"{rows} rows have such values" if rows > 1 else "One row has such values"
            warnings.append(f"{self._patch_label}: {self._first_note} ({count}.)")
        return warnings


def _explain_hidden(form: Form, item: Field, settings: Settings | None) -> str:
    """Return which setting of the dialog hides `item`; empty if none does."""
    hiding = item.list_hiding(settings)
    if not hiding or look_up(settings, SOURCE.setting) == JSON:
        return ""
    selector: Any = form.by_setting[hiding[0]]
    return f"{selector.label} is {selector.find_option(look_up(settings, hiding[0])).label}"


def _encode(item: Field, value: Any, api: Api) -> Any:  # noqa: ANN401 - JSON
    if is_blank(value):
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
