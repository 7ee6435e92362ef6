# SPDX-License-Identifier: MIT
"""Settings -> request: a body for either API, and headers.

The session comes from the dialog, with a patch on top, or is a whole body as JSON. What the user
leaves alone is not in the body, for absent differs from null. Each value is checked before it goes
in, and an error names the setting as the dialog shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from openai_realtime.advice import advise
from openai_realtime.api import Api
from openai_realtime.body import merge_patch
from openai_realtime.errors import SettingsError
from openai_realtime.fields import ABSENT, FindSecret, Settings, hide_secrets
from openai_realtime.form import load_form
from openai_realtime.json_text import read_json
from openai_realtime.schema import look_up, put
from openai_realtime.validation import BodyChecker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from openai_realtime.fields import Field
    from openai_realtime.form import Form
    from openai_realtime.schema import Path

SOURCE, WHOLE, PATCH = SOURCE_FIELDS = load_form("source").fields
"""Where the session comes from: a choice, a whole body as JSON, and a patch for the dialog's."""

DIALOG: Final = "dialog"
JSON: Final = "json"

_SESSION: Final = "session"
_MAX_LABELS: Final = 6
"""In one warning."""


@dataclass(frozen=True)
class SessionRequest:
    """What to send: `endpoint` relative to the base URL, JSON `body`, additional `headers`.

    With the `method` GET there is no body.
    """

    api: Api
    endpoint: str
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets in the body, to be masked in every text: of MCP servers."""
        return tuple(_list_secrets(self.body))


LIST_MODELS = SessionRequest(Api.GA, "models", {}, method="GET")
"""Asks for the models, which costs nothing and needs a valid key."""


class Composition(NamedTuple):
    """A request, and what its author should know about it, one line each."""

    request: SessionRequest
    warnings: tuple[str, ...]


class _Draft(NamedTuple):
    """A request, the JSON setting in it, if any, and the labels of what sets its session."""

    request: SessionRequest
    written: Field | None
    session_labels: list[str]


def compose_request(
    form: Form,
    settings: Settings,
    api: Api,
    today: date,
    find_secret: FindSecret = hide_secrets,
    *,
    minimal: bool = False,
) -> Composition:
    """Return the request that `settings` ask for: those of `form`, and the three of the source.

    With `minimal`, for servers that know no sessions, the session is left out, and a warning
    names the settings that are not sent.

    Raises SettingsError for a wrong value or text, and what `find_secret` raises.
    """
    _require_endpoint(form, api)
    if SOURCE.encode(settings, api) == JSON:
        draft = _compose_json(form, settings, api)
    else:
        # What is not sent needs no secrets.
        draft = _compose_dialog(form, settings, api, hide_secrets if minimal else find_secret)
    request, written, session_labels = draft
    sent = leave_session_out(request.body) if minimal else request.body
    warnings: list[str] = []
    if written:
        checker = load_checker(form, api)
        problem, _ = checker.check(request.body)
        if problem:
            raise written.fail(f"{problem}.")
        # What is not sent needs no warning of its own.
        _, unknown = checker.check(sent)
        warnings += [f"{written.label}: {line}. It is sent as it is." for line in unknown]
    if minimal:
        warnings += warn_of_lost(session_labels)
    warnings += advise(form, sent, api, today)
    return Composition(replace(request, body=sent), tuple(warnings))


def build_request(
    form: Form, settings: Settings, api: Api, find_secret: FindSecret = hide_secrets
) -> SessionRequest:
    """Return the request that `settings` of `form` ask for.

    Raises SettingsError for a value that is wrong, or that `api` has no place for, and what
    `find_secret` raises.
    """
    body: dict[str, Any] = {}
    headers: dict[str, str] = {}
    for item in form.fields:
        value: Any = item.encode(settings, api, find_secret) if item.applies(settings) else ABSENT
        if value is ABSENT:
            continue
        item.require_known(api)
        path = item.path_for(api)
        if item.header:
            headers[item.header] = value
        elif isinstance(value, list) and isinstance(here := look_up(body, path), list):
            # Several fields fill one list, as those for tools do.
            put(body, path, [*here, *value])
        else:
            put(body, path, value)
    complete_records(form, body, api)
    return SessionRequest(api, form.endpoints[api], body, headers)


def complete_records(
    form: Form, body: dict[str, Any], api: Api, written: Collection[Path] | None = None
) -> None:
    """Add what objects of `body` always hold beside their fields; the objects are replaced.

    With `written`, only to objects in which one of those paths lies.
    """
    for record in form.records:
        path = record.place.path_for(api)
        if path is None or not (record.required or look_up(body, path)):
            continue
        if written is None or any(each[: len(path)] == path for each in written):
            for name, constant in record.constants[api].items():
                put(body, (*path, name), constant)


@cache
def load_checker(form: Form, api: Api) -> BodyChecker:
    """Return what checks whole bodies of `form`; its schema takes a while to compile."""
    return BodyChecker(form.schema, api)


def name_param(form: Form, param: str, api: Api, settings: Settings) -> str:
    """Return the label of the setting that a server means by `param`, or the empty string.

    What no control of the dialog sets must have been written as JSON.
    """
    if look_up(settings, SOURCE.setting) == JSON:
        return WHOLE.label
    found = form.name_param(param, api, settings)
    return found or (PATCH.label if look_up(settings, PATCH.setting) else "")


def check_provider(form: Form, provider: str) -> None:
    """Raise SettingsError if the schema says that `provider` has no such session."""
    if form.endpoints.get(provider) is False:
        label = load_form("configuration").name_option(("provider",), provider)
        raise SettingsError(
            "Provider",
            f"{label} has no {form.title.lower()}. Connect a configuration with another provider.",
        )


def leave_session_out(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return `body` without its session and without the anchor of the lifetime."""
    rest = {name: value for name, value in body.items() if name != _SESSION}
    lifetime = rest.pop("expires_after", None)
    if isinstance(lifetime, dict):
        lifetime = {name: value for name, value in lifetime.items() if name != "anchor"}
    return {**rest, "expires_after": lifetime} if lifetime else rest


def warn_of_lost(labels: list[str]) -> list[str]:
    """Return a warning that the settings with those labels are not sent, if there are any."""
    if not labels:
        return []
    shown = ", ".join(labels[:_MAX_LABELS])
    more = f" and {len(labels) - _MAX_LABELS} more" if len(labels) > _MAX_LABELS else ""
    why = "because the configuration leaves out the session"
    return [f"Not sent, {why}: {shown}{more}. The client sets them once it is connected."]


def read_patch(value: object, label: str) -> dict[str, Any] | None:
    """Return the JSON object that a text holds, or the object itself; None for an empty text.

    Raises SettingsError for `label` if it is anything else.
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


def _compose_dialog(form: Form, settings: Settings, api: Api, find_secret: FindSecret) -> _Draft:
    request = build_request(form, settings, api, find_secret)
    labels = [
        item.title
        for item in form.fields
        if item.path[0] == _SESSION
        and not item.header
        and item.applies(settings)
        and item.encode(settings, api) != item.encode({}, api)
    ]
    patch = read_patch(look_up(settings, PATCH.setting, ""), PATCH.label)
    if patch is None:
        return _Draft(request, None, labels)
    request = replace(request, body=merge_patch(request.body, patch))
    return _Draft(request, PATCH, [*labels, PATCH.label] if _SESSION in patch else labels)


def _compose_json(form: Form, settings: Settings, api: Api) -> _Draft:
    body = read_patch(look_up(settings, WHOLE.setting, ""), WHOLE.label)
    if body is None:
        raise WHOLE.fail("enter the request's body as JSON.")
    # Headers are no part of a body, so the dialog still has a say in them.
    kept: dict[str, Any] = {}
    for item in form.fields:
        if item.header:
            put(kept, item.setting, look_up(settings, item.setting))
    request = replace(build_request(form, kept, api), body=body)
    return _Draft(request, WHOLE, [WHOLE.label] if body.get(_SESSION) else [])


def _require_endpoint(form: Form, api: Api) -> None:
    if api not in form.endpoints:
        raise SettingsError(
            "API",
            f"the {api.label} has no {form.title.lower()}. Connect a configuration with the "
            f"{api.other.label}.",
        )


def _list_secrets(value: object, *, in_tool: bool = False) -> Iterator[str]:
    """Yield the tokens and secret header values of MCP servers in a JSON-like request body.

    `in_tool` says that `value` is part of a tool, where more names are those of secrets.
    """
    import re  # noqa: PLC0415 - its patterns need not be compiled to list the nodes

    if isinstance(value, list):
        for item in value:
            yield from _list_secrets(item, in_tool=in_tool)
    # The parameters of a function are descriptions, whatever their names are.
    elif isinstance(value, dict) and value.get("type") != "function":
        for name, item in value.items():
            is_secret = name == "authorization" or (
                in_tool and re.search("(?i)authorization|key|token|secret|cookie", name)
            )
            if not isinstance(item, str):
                yield from _list_secrets(item, in_tool=in_tool or name in ("tools", "headers"))
            elif is_secret:
                yield re.sub("^(?i:bearer|basic|token|apikey) +", "", item)
