# SPDX-License-Identifier: MIT
"""Where a request comes from: the dialog, with a patch on top, or a whole body as JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from openai_realtime.advice import advise
from openai_realtime.errors import SettingsError, fold
from openai_realtime.json_text import read_json
from openai_realtime.request import (
    FindSecret,
    SessionRequest,
    applies,
    build_request,
    encode,
    hide_secrets,
)
from openai_realtime.schema import look_up
from openai_realtime.settings import default_settings
from openai_realtime.shape import describe_body, merge_patch, put
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

_SESSION: Final = "session"
_LIFETIME: Final = "expires_after"
_ANCHOR: Final = "anchor"
_SHOWN: Final = 6  # labels in one warning


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
    *,
    minimal: bool = False,
) -> Composition:
    """Return the request that `settings` ask for: those of `form`, and the three above.

    With `minimal`, for servers that know no sessions, the session is left out, and a warning
    names what of the settings is thereby lost.

    Raises SettingsError for a wrong value or text, and what `find_secret` raises.
    """
    _require_endpoint(form, api)
    source = settings.get(SOURCE) or DIALOG
    lost: list[str] = []
    written = ""
    unknown: list[str] = []
    if source == DIALOG:
        # What is not sent needs no secrets.
        request = build_request(form, settings, api, hide_secrets if minimal else find_secret)
        lost = _list_changed(form, settings, api) if minimal else []
        patch = _read_object(settings, PATCH)
        if patch is not None:
            written = PATCH
            body = merge_patch(request.body, patch)
            unknown = _check(form, body, api, PATCH)
            lost += [LABELS[PATCH]] if _SESSION in patch else []
            request = replace(request, body=body)
    elif source == JSON:
        written = WHOLE
        body = _read_object(settings, WHOLE)
        if body is None:
            raise SettingsError(LABELS[WHOLE], "enter the request's body as JSON.")
        lost = [LABELS[WHOLE]] if body.get(_SESSION) else []
        unknown = _check(form, body, api, WHOLE)
        # Headers are no part of a body, so the dialog still has a say in them.
        request = replace(build_request(form, _keep_headers(form, settings), api), body=body)
    else:
        raise SettingsError(LABELS[SOURCE], f"'{fold(str(source), 40)}' is none of dialog, json.")
    if minimal:
        request = replace(request, body=leave_session_out(request.body))
        # What is not sent needs no warning of its own.
        unknown = _check(form, request.body, api, written) if written else []
        unknown += warn_of_lost(lost)
    warnings = [*unknown, *advise(form.schema, request.body, api, today)]
    return Composition(request, tuple(warnings))


def name_param(form: Form, param: str, api: Api, settings: Mapping[str, Any]) -> str:
    """Return the label of the setting that a server means by `param`, or the empty string.

    What no control of the dialog sets must have been written as JSON.
    """
    if settings.get(SOURCE) == JSON:
        return LABELS[WHOLE]
    found = form.name_param(param, api, settings)
    return found or (LABELS[PATCH] if settings.get(PATCH) else "")


def check_provider(form: Form, provider: str) -> None:
    """Raise SettingsError if the schema says that `provider` has no such session."""
    name = form.schema.get("x-not-with", {}).get(provider)
    if name is not None:
        raise SettingsError(
            "Provider",
            f"{name} has no {form.title.lower()}. Connect a configuration with another provider.",
        )


def _require_endpoint(form: Form, api: Api) -> None:
    if api not in form.endpoints:
        raise SettingsError(
            "API",
            f"the {api.label} has no {form.title.lower()}. Connect a configuration with the "
            f"{api.other.label}.",
        )


def _list_changed(form: Form, settings: Mapping[str, Any], api: Api) -> list[str]:
    """Return the labels of the settings that add something to the session."""
    initial = default_settings(form)
    return [
        item.title
        for item in form.fields
        if item.path[0] == _SESSION
        and not item.header
        and applies(item, settings)
        and encode(item, settings, api) != encode(item, initial, api)
    ]


def leave_session_out(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return `body` without its session and without the anchor of the lifetime."""
    rest = {name: value for name, value in body.items() if name != _SESSION}
    lifetime = rest.pop(_LIFETIME, None)
    if isinstance(lifetime, dict):
        lifetime = {name: value for name, value in lifetime.items() if name != _ANCHOR}
    return {**rest, _LIFETIME: lifetime} if lifetime else rest


def warn_of_lost(labels: list[str]) -> list[str]:
    """Return a warning that the settings with those labels are not sent, if there are any."""
    if not labels:
        return []
    shown = ", ".join(labels[:_SHOWN])
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    why = "because the configuration leaves out the session"
    return [f"Not sent, {why}: {shown}{more}. The client sets them once it is connected."]


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
