# SPDX-License-Identifier: MIT
"""Settings -> request: a body for either API, and headers.

The session comes from the dialog, with a patch on top, or is a whole body as JSON. What the user
leaves alone is not in the body, because absent differs from null. Each value is checked first, and
an error names the setting as the dialog does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from openai_realtime.advice import advise
from openai_realtime.api import Api
from openai_realtime.body import describe_body, merge_patch
from openai_realtime.errors import SettingsError
from openai_realtime.fields import ABSENT, NOT_IN_TEXT, Field, FindSecret, Settings, hide_secrets
from openai_realtime.form import Form, list_constants, load_form, skip_session
from openai_realtime.json_text import list_tokens, read_json
from openai_realtime.schema import Path, look_up, put
from openai_realtime.validation import Checker

Body = Mapping[str, Any]

SOURCE, WHOLE, PATCH = SOURCE_FIELDS = load_form("source").fields
"""Where the session comes from: a choice, a whole body as JSON, and a patch for the dialog's."""

DIALOG: Final = "dialog"
JSON: Final = "json"

_SESSION: Final = "session"
_MAX_LABELS: Final = 6
"""In one warning."""

_PARAM: Final = (
    r"^[\w.\[\]]+$|(?<=['\"`])\w+[.\[][\w.\[\]]*(?=['\"`])|(?<=parameter: ['\"`])\w+(?=['\"`])"
    r"|(?<=^The )model(?= ['\"`])"
)
"""A parameter, or one that a message quotes; one of a single name only where it is called so."""


class SessionRequest(NamedTuple):
    """What to send: `endpoint` relative to the base URL, JSON `body`, additional `headers`.

    A request with the `method` GET has no body. `passwords` of credentials are in the body.
    `origin` is what a row was built from, for errors.
    """

    api: Api
    endpoint: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = {}
    method: str = "POST"
    passwords: tuple[str, ...] = ()
    origin: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        # Body and headers may contain secrets.
        return f"SessionRequest({self.method} {self.endpoint})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets of MCP servers in the body; masked in every text."""
        return tuple(dict.fromkeys((*self.passwords, *list_tokens(self.body))))


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
    lenient: bool = False,
) -> tuple[SessionRequest, list[str]]:
    """Return the request for `settings` of `form` and of the source, and warnings about it.

    With `minimal`, for servers that know no sessions, the session is left out, and a warning
    names the settings that are not sent. With `lenient`, for servers that take other values than
    OpenAI's, wrong values in JSON are warnings.

    Raises SettingsError for a wrong value or text, and what `find_secret` raises.
    """
    source, written = _read_source(settings)
    is_whole = source is WHOLE
    if is_whole and written is None:
        raise WHOLE.fail("enter the request's body as JSON.")
    # What is not sent needs no secrets.
    find_secret = hide_secrets if minimal else find_secret
    request = build_request(form, settings, api, find_secret, headers_only=is_whole)
    body, warnings = request.body, []
    if written is not None:
        base, patch = (written, {}) if is_whole else (body, written)
        checker = load_checker(form, api, lenient=lenient)
        body, notes = merge_json(checker, base, patch, source.label, minimal=minimal)
        notes += [f"{NOT_IN_TEXT}, or a flow variable."] if any(list_tokens(written)) else []
        warnings = [f"{source.label}: {note}" for note in notes]
    if minimal:
        body = leave_session_out(body)
        lost = [] if is_whole else _list_session_labels(form, settings, api)
        has_session = written and written.get(_SESSION)
        warnings += warn_of_lost([*lost, source.label] if has_session else lost)
    warnings += advise(form, body, api, today)
    return request._replace(body=body), warnings


def _read_source(settings: Settings) -> tuple[Field, dict[str, Any] | None]:
    """Return the field for JSON that applies, and the JSON in it, if any."""
    source = WHOLE if SOURCE.encode(settings, Api.GA) == JSON else PATCH
    return source, read_patch(look_up(settings, source.setting), source.label)


def merge_json(
    checker: Checker, base: Body, patch: Body, label: str, *, minimal: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return the body to send, `base` with `patch` merged in, and what to warn of.

    Null is sent where the API takes it; elsewhere it only removes a key. Raises SettingsError with
    `label`.
    """
    body: dict[str, Any] = merge_patch(base, patch)
    problem, notes = found = checker.check(body)
    removed: list[str] = []
    for path in _list_nulls(patch):
        put(trial := dict(body), path, None)
        if checker.check(trial) == found:
            body = trial
        else:
            removed.append(f"{'.'.join(path)}: null only removes this key, it is not sent.")
    if problem:
        raise SettingsError(label, f"{problem}.")
    if minimal:
        body = leave_session_out(body)
        # What is left out needs no warning of its own.
        notes = checker.check(body)[1]
    return body, [*notes, *removed]


def _list_nulls(patch: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    for name, value in patch.items():
        if value is None:
            yield (*path, name)
        elif isinstance(value, dict):
            yield from _list_nulls(value, (*path, name))


def build_request(
    form: Form,
    settings: Settings,
    api: Api,
    find_secret: FindSecret = hide_secrets,
    *,
    headers_only: bool = False,
) -> SessionRequest:
    """Return the request for `settings` of `form`; with `headers_only`, for those of headers.

    Raises SettingsError for a wrong value and for a setting that `api` does not have, and what
    `find_secret` raises.
    """
    body: dict[str, Any] = {}
    headers: dict[str, str] = {}
    passwords: dict[str, str] = {}

    def fetch(name: str) -> str:
        return passwords.setdefault(name, find_secret(name))

    for item in form.fields:
        if (headers_only and not item.header) or item.list_hiding(settings):
            continue
        value: Any = item.encode(settings, api, fetch)
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
    secrets = tuple(passwords.values())
    return SessionRequest(api, form.endpoints[api], body, headers, passwords=secrets)


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
def load_checker(form: Form, api: Api, *, lenient: bool = False) -> Checker:
    """Return the checker of whole bodies of `form`; cached, because compiling takes long."""
    return Checker(describe_body(form.schema, api), lenient=lenient)


def name_param(
    form: Form, said: str, api: Api, settings: Settings, written: Iterable[tuple[str, Body]] = ()
) -> str:
    """Return what the user wrote for the parameter that a server names, or the empty string.

    `said` is its path, or a message that quotes it. `written` are parts of the body that were put
    on top of the dialog's, with their labels; the JSON comes after them, the fields are last.
    """
    source, patch = _read_source(settings)
    parts = [*written, (source.label, patch or {})]
    for param in re.findall(_PARAM, said):
        path = tuple(re.findall(r"[^.\[\]]+", param))
        names = skip_session(path) or path
        found = [
            (_count_names(part, names), label)
            for label, body in parts
            for part in (body, body.get(_SESSION))
        ]
        if source is PATCH:
            found.append(form.find_param(names, api, settings))
        depth, label = max(found, key=lambda each: each[0])
        if depth:
            return label
    return source.label if source is WHOLE else ""


def _count_names(value: Any, names: Path) -> int:  # noqa: ANN401 - JSON
    """Return how many of `names` lead to a member of nested objects."""
    depth = 0
    while depth < len(names) and isinstance(value, dict) and names[depth] in value:
        value, depth = value[names[depth]], depth + 1
    return depth


def check_server(form: Form, provider: str, api: Api, *, minimal: bool = False) -> None:
    """Raise SettingsError if `provider` or `api` has no such session, or it cannot be left out."""
    what, advice = form.title.lower(), "Connect a configuration"
    settings = load_form("configuration").by_setting
    if minimal and form.endpoints.get("minimal") is False:
        raise settings["minimal",].fail(
            f"a {what} cannot be left out. {advice} without this setting."
        )
    if form.endpoints.get(provider) is False:
        item = settings["provider",]
        name = item.schema["x-labels"][provider]
        raise item.fail(f"{name} has no {what}. {advice} with another provider.")
    if api not in form.endpoints:
        problem = f"the {api.label} has no {what}. {advice} with the {api.other.label}."
        raise settings["api",].fail(problem)


def leave_session_out(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return `body` without its session and without the anchor of the lifetime."""
    rest: dict[str, Any] = merge_patch(body, {_SESSION: None, "expires_after": {"anchor": None}})
    if not rest["expires_after"]:
        del rest["expires_after"]
    return rest


def warn_of_lost(labels: list[str]) -> list[str]:
    """Return a warning that the settings with these labels are not sent, if there are any."""
    if not labels:
        return []
    shown = ", ".join(labels[:_MAX_LABELS])
    more = f" and {len(labels) - _MAX_LABELS} more" if len(labels) > _MAX_LABELS else ""
    switch = load_form("configuration").by_setting["minimal",].label
    why = f"because '{switch}' is set in the configuration"
    return [f"{shown}{more}: not sent, {why}. The client can set this when it is connected."]


def is_blank(value: object) -> bool:
    """Return whether a value is missing, NaN, or a blank text."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())  # noqa: PLR0124 - NaN


def read_patch(value: object, label: str) -> dict[str, Any] | None:
    """Return the JSON object in a text, or the object itself; None for a blank value.

    Raises SettingsError with `label` for anything else.
    """
    if is_blank(value):
        return None
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError as error:
            raise SettingsError(label, f"this is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise SettingsError(label, "this must be a JSON object, { ... }.")
    return value


def _list_session_labels(form: Form, settings: Settings, api: Api) -> list[str]:
    return [
        item.label
        for item in form.fields
        if item.path[0] == _SESSION
        and not item.list_hiding(settings)
        and item.encode(settings, api) != item.encode({}, api)
    ]
