# SPDX-License-Identifier: MIT
"""Where a request comes from: the dialog, with a patch on top, or a whole body as JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from openai_realtime.advice import advise
from openai_realtime.errors import SettingsError, fold
from openai_realtime.fields import look_up
from openai_realtime.json_text import read_json
from openai_realtime.request import FindSecret, SessionRequest, build_request, hide_secrets, put
from openai_realtime.shape import describe_body, merge_patch
from openai_realtime.validation import check_body

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from openai_realtime.api import Api
    from openai_realtime.fields import Form

SOURCE: Final = "session_from"
DIALOG: Final = "dialog"
JSON: Final = "json"
WHOLE: Final = "session_json"
PATCH: Final = "additional_json"
LABELS: Final = {
    SOURCE: "Session from",
    WHOLE: "Session (JSON)",
    PATCH: "Additional JSON",
}
"""The labels of the settings above, by key."""


@dataclass(frozen=True)
class Composition:
    """A request, and what its author should know about it, one line each."""

    request: SessionRequest
    warnings: tuple[str, ...]


def compose_request(
    form: Form,
    settings: Mapping[str, Any],
    api: Api,
    today: date,
    find_secret: FindSecret = hide_secrets,
) -> Composition:
    """Return the request that `settings` ask for: those of `form`, and the three above.

    Raises SettingsError for a wrong value or text, and what `find_secret` raises.
    """
    source = settings.get(SOURCE) or DIALOG
    if source == DIALOG:
        request = build_request(form, settings, api, find_secret)
        patch = _read_object(settings, PATCH)
        unknown: list[str] = []
        if patch is not None:
            body = merge_patch(request.body, patch)
            unknown = _check(form, body, api, PATCH)
            request = replace(request, body=body)
    elif source == JSON:
        body = _read_object(settings, WHOLE)
        if body is None:
            raise SettingsError(LABELS[WHOLE], "enter the request's body as JSON.")
        unknown = _check(form, body, api, WHOLE)
        # Headers are no part of a body, so the dialog still has a say in them.
        request = replace(build_request(form, _keep_headers(form, settings), api), body=body)
    else:
        raise SettingsError(LABELS[SOURCE], f"'{fold(str(source), 40)}' is none of dialog, json.")
    warnings = [*unknown, *advise(form.schema, request.body, api, today)]
    return Composition(request, tuple(warnings))


def _read_object(settings: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    text = settings.get(key) or ""
    if not isinstance(text, str):
        raise SettingsError(LABELS[key], "this is no text.")
    if not text.strip():
        return None
    try:
        value = read_json(text)
    except ValueError as error:
        raise SettingsError(LABELS[key], f"this is no JSON: {error}.") from None
    if not isinstance(value, dict):
        raise SettingsError(LABELS[key], "this must be a JSON object, { ... }.")
    return value


def _check(form: Form, body: object, api: Api, key: str) -> list[str]:
    """Return warnings of unknown keys; raise SettingsError for anything else that is wrong."""
    problem, unknown = check_body(body, describe_body(form.schema, api))
    if problem:
        raise SettingsError(LABELS[key], f"{problem}.")
    return [f"{LABELS[key]}: {line}. It is sent as it is." for line in unknown]


def _keep_headers(form: Form, settings: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for item in form.walk():
        value = look_up(settings, item.setting) if item.header else None
        if value is not None:
            put(kept, item.setting, value)
    return kept
