# SPDX-License-Identifier: MIT
"""Settings -> request: a body for either API, and headers.

The session comes from the dialog, with a patch on top, or is a whole body as JSON. What the user
leaves alone is not in the body, because absent differs from null. Each value is checked first, and
an error names the setting as the dialog does.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from openai_realtime.advice import advise
from openai_realtime.api import Api
from openai_realtime.body import describe_body, merge_patch
from openai_realtime.errors import SettingsError
from openai_realtime.fields import ABSENT, FindSecret, Settings, hide_secrets
from openai_realtime.form import list_constants, load_form
from openai_realtime.json_text import read_json
from openai_realtime.schema import look_up, put
from openai_realtime.validation import Checker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from openai_realtime.form import Form
    from openai_realtime.schema import Path

SOURCE, WHOLE, PATCH = SOURCE_FIELDS = load_form("source").fields
"""Where the session comes from: a choice, a whole body as JSON, and a patch for the dialog's."""

DIALOG: Final = "dialog"
JSON: Final = "json"

_SESSION: Final = "session"
_MAX_LABELS: Final = 6
"""In one warning."""


class SessionRequest(NamedTuple):
    """What to send: `endpoint` relative to the base URL, JSON `body`, additional `headers`.

    A request with the `method` GET has no body.
    """

    api: Api
    endpoint: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = {}
    method: str = "POST"

    def __repr__(self) -> str:
        # Body and headers may contain secrets.
        return f"SessionRequest({self.method} {self.endpoint})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets of MCP servers in the body; masked in every text."""
        return tuple(_list_secrets(self.body))


LIST_MODELS = SessionRequest(Api.GA, "models", {}, method="GET")
"""Asks for the list of models, which costs nothing and needs a valid key."""


def compose_request(
    form: Form,
    settings: Settings,
    api: Api,
    today: date,
    find_secret: FindSecret = hide_secrets,
    *,
    minimal: bool = False,
) -> tuple[SessionRequest, list[str]]:
    """Return the request for `settings` of `form` and of the source, and warnings about it.

    With `minimal`, for servers that know no sessions, the session is left out, and a warning
    names the settings that are not sent.

    Raises SettingsError for a wrong value or text, and what `find_secret` raises.
    """
    written = WHOLE if SOURCE.encode(settings, api) == JSON else PATCH
    patch = read_patch(look_up(settings, written.setting, ""), written.label)
    if written is WHOLE:
        if patch is None:
            raise WHOLE.fail("enter the request's body as JSON.")
        settings = _keep_headers(form, settings)
    # What is not sent needs no secrets.
    request = build_request(form, settings, api, hide_secrets if minimal else find_secret)
    body: dict[str, Any] = patch or {}
    if written is PATCH:
        body = merge_patch(request.body, body)
    sent = leave_session_out(body) if minimal else body
    warnings: list[str] = []
    if patch is not None:
        checker = load_checker(form, api)
        problem, _ = checker.check(body)
        if problem:
            raise written.fail(f"{problem}.")
        # Unknown keys in what is left out need no warning of their own.
        _, unknown = checker.check(sent)
        warnings += [f"{written.label}: {line}. This is sent unchanged." for line in unknown]
    if minimal:
        has_session = patch and patch.get(_SESSION)
        labels = _list_session_labels(form, settings, api)
        warnings += warn_of_lost([*labels, written.label] if has_session else labels)
    warnings += advise(form, sent, api, today)
    return request._replace(body=sent), warnings


def build_request(
    form: Form, settings: Settings, api: Api, find_secret: FindSecret = hide_secrets
) -> SessionRequest:
    """Return the request for `settings` of `form`.

    Raises SettingsError for a wrong value and for a setting that `api` does not have, and what
    `find_secret` raises.
    """
    body: dict[str, Any] = {}
    headers: dict[str, str] = {}
    for item in form.fields:
        value: Any = item.encode(settings, api, find_secret) if item.applies(settings) else ABSENT
        if value is ABSENT:
            continue
        path = item.find_path(api)
        if item.header:
            headers[item.header] = value
        elif isinstance(value, list) and isinstance(earlier := look_up(body, path), list):
            # Several fields fill one list, such as those for tools.
            put(body, path, [*earlier, *value])
        else:
            put(body, path, value)
    complete_objects(form, body, api)
    return SessionRequest(api, form.endpoints[api], body, headers)


def complete_objects(
    form: Form, body: dict[str, Any], api: Api, written: Collection[Path] | None = None
) -> None:
    """Add the constants of objects to `body`; the objects are copied.

    With `written`, only to objects in which one of those paths lies.
    """
    for path, constant, is_required in list_constants(form, api):
        holder = path[:-1]
        is_written = written is None or any(each[: len(holder)] == holder for each in written)
        if is_written and (is_required or look_up(body, holder)):
            put(body, path, constant)


@cache
def load_checker(form: Form, api: Api) -> Checker:
    """Return the checker of whole bodies of `form`; cached, because compiling takes long."""
    return Checker(describe_body(form.schema, api))


def name_param(form: Form, param: str, api: Api, settings: Settings) -> str:
    """Return the label of the setting that a server calls `param`, or the empty string.

    What no field of the dialog sets must come from the JSON.
    """
    if look_up(settings, SOURCE.setting) == JSON:
        return WHOLE.label
    found = form.name_param(param, api, settings)
    return found or (PATCH.label if look_up(settings, PATCH.setting) else "")


def check_server(form: Form, provider: str, api: Api) -> None:
    """Raise SettingsError if `provider` or `api` has no such session."""
    what = form.title.lower()
    if form.endpoints.get(provider) is False:
        label = load_form("configuration").by_setting[("provider",)].schema["x-labels"][provider]
        problem = f"{label} has no {what}. Connect a configuration with another provider."
        raise SettingsError("Provider", problem)
    if api not in form.endpoints:
        advice = f"Connect a configuration with the {api.other.label}."
        raise SettingsError("API", f"the {api.label} has no {what}. {advice}")


def leave_session_out(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return `body` without its session and without the anchor of the lifetime."""
    rest = {name: value for name, value in body.items() if name != _SESSION}
    lifetime = rest.pop("expires_after", None)
    if isinstance(lifetime, dict):
        lifetime = {name: value for name, value in lifetime.items() if name != "anchor"}
    return {**rest, "expires_after": lifetime} if lifetime else rest


def warn_of_lost(labels: list[str]) -> list[str]:
    """Return a warning that the settings with these labels are not sent, if there are any."""
    if not labels:
        return []
    shown = ", ".join(labels[:_MAX_LABELS])
    more = f" and {len(labels) - _MAX_LABELS} more" if len(labels) > _MAX_LABELS else ""
    why = "because the configuration leaves out the session"
    return [f"{shown}{more}: not sent, {why}. The client can set this when it is connected."]


def read_patch(value: object, label: str) -> dict[str, Any] | None:
    """Return the JSON object in a text, or the object itself; None for an empty text.

    Raises SettingsError with `label` for anything else.
    """
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            value = read_json(value)
        except ValueError as error:
            raise SettingsError(label, f"this is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise SettingsError(label, "this must be a JSON object, { ... }.")
    return value


def _keep_headers(form: Form, settings: Settings) -> Settings:
    """Return only the settings of headers, which are not part of a body."""
    kept: Settings = {}
    for item in form.fields:
        if item.header:
            put(kept, item.setting, look_up(settings, item.setting))
    return kept


def _list_session_labels(form: Form, settings: Settings, api: Api) -> list[str]:
    """Return the labels of the settings that set something in the session."""
    return [
        item.title
        for item in form.fields
        if item.path[0] == _SESSION
        and not item.header
        and item.applies(settings)
        and item.encode(settings, api) != item.encode({}, api)
    ]


def _list_secrets(value: object, *, in_tool: bool = False) -> Iterator[str]:
    """Yield the tokens and secret header values of MCP servers in a request body.

    With `in_tool`, `value` is part of a tool, where more names stand for secrets.
    """
    if isinstance(value, list):
        for item in value:
            yield from _list_secrets(item, in_tool=in_tool)
    # The parameters of a function only describe values, so they contain no secrets.
    elif isinstance(value, dict) and value.get("type") != "function":
        for name, item in value.items():
            is_secret = name == "authorization" or (
                in_tool and re.search("(?i)authorization|key|token|secret|cookie", name)
            )
            if not isinstance(item, str):
                yield from _list_secrets(item, in_tool=in_tool or name in ("tools", "headers"))
            elif is_secret:
                yield re.sub("^(?i:bearer|basic|token|apikey) +", "", item)
