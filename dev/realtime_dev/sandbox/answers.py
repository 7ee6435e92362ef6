# SPDX-License-Identifier: MIT
"""Builds the session with which the API answers a valid request.

The request's settings are repeated, all others come from `defaults`. The request is not changed.
"""

from dataclasses import dataclass
from typing import Any, Literal

from . import defaults
from .transcription_rules import TURNS, is_supported

Body = dict[str, Any]
Route = Literal["realtime", "translations"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A session before its secret is minted.

    `session` has the id None. `model` is the model that the secret is valid for; None for any.
    `seconds` is the lifetime of the secret, `route` the WebSocket route that accepts it.
    """

    session: Body
    model: str | None
    seconds: int
    route: Route = "realtime"


def draft_ga(body: Body) -> Draft:
    """Return the session for `POST realtime/client_secrets`."""
    wanted = body.get("session", {"type": "realtime"})
    seconds = body.get("expires_after", {}).get("seconds", defaults.GA_LIFETIME)
    if wanted["type"] == "transcription":
        return _draft_transcription(wanted, seconds)
    model = wanted.get("model", defaults.GA_MODEL)
    session = defaults.build_realtime(model)
    update_session(session, wanted)
    return Draft(session, model, seconds)


def update_session(session: Body, wanted: Body) -> None:
    """Replace settings of a GA session by those of a request."""
    session.update({name: value for name, value in wanted.items() if name != "audio"})
    for side, settings in wanted.get("audio", {}).items():
        session["audio"][side] |= settings
    if session["type"] == "realtime":
        session["audio"]["output"]["speed"] = float(session["audio"]["output"]["speed"])
    if session["type"] != "translation":
        _fill_input(session["audio"]["input"], session.get("model", defaults.BETA_MODEL))


def draft_translation(body: Body) -> Draft:
    """Return the session for `POST realtime/translations/client_secrets`."""
    wanted = body["session"]
    heard = {"transcription": None, "noise_reduction": None}
    audio = {"input": heard, "output": {"language": "en"}}
    session = {"id": None, "type": "translation", "expires_at": 0, "model": None, "audio": audio}
    update_session(session, wanted)
    seconds = body.get("expires_after", {}).get("seconds", defaults.GA_LIFETIME)
    return Draft(session, wanted["model"], seconds, "translations")


def draft_beta(body: Body) -> Draft:
    """Return the session for `POST realtime/sessions`."""
    wanted = {name: value for name, value in body.items() if name != "client_secret"}
    lifetime = body.get("client_secret", {}).get("expires_after", {})
    model = wanted.get("model", defaults.BETA_MODEL)
    session = defaults.build_beta(model) | wanted
    _fill_beta_vad(session)
    return Draft(session, model, lifetime.get("seconds", defaults.BETA_LIFETIME))


def draft_beta_transcription(body: Body) -> Draft:
    """Return the session for `POST realtime/transcription_sessions`."""
    wanted = {name: value for name, value in body.items() if name != "client_secret"}
    # Only in this API is the lifetime called `expires_at`.
    lifetime = body.get("client_secret", {}).get("expires_at", {})
    session = defaults.build_beta_transcription() | wanted
    _fill_beta_vad(session)
    return Draft(session, None, lifetime.get("seconds", defaults.GA_LIFETIME))


def wrap_ga(session: Body, value: str, expires_at: int) -> Body:
    """Return a GA answer, with the secret next to the session."""
    return {"value": value, "expires_at": expires_at, "session": session}


def wrap_translation(session: Body, value: str, expires_at: int) -> Body:
    """Return a GA answer whose session repeats the secret's expiry, as for translations."""
    return wrap_ga(session | {"expires_at": expires_at}, value, expires_at)


def wrap_beta(session: Body, value: str, expires_at: int) -> Body:
    """Return a beta answer, with the secret inside the session."""
    return session | {"client_secret": {"value": value, "expires_at": expires_at}}


def _draft_transcription(wanted: Body, seconds: int) -> Draft:
    session = defaults.build_transcription()
    update_session(session, wanted)
    given = session["audio"]["input"]
    model = (given["transcription"] or {}).get("model")
    if not is_supported(model, TURNS):
        given[TURNS] = None
    return Draft(session, model, seconds)


def _fill_input(given: Body, model: str) -> None:
    if given["transcription"] is not None:
        empty = {"model": None, "language": None, "prompt": None}
        given["transcription"] = empty | given["transcription"]
    turns = given[TURNS]
    if turns is not None:
        semantic = turns["type"] == "semantic_vad"
        full = defaults.build_semantic_vad() if semantic else defaults.build_server_vad(model)
        given[TURNS] = full | turns


def _fill_beta_vad(session: Body) -> None:
    turns = session["turn_detection"]
    if turns is not None and turns.get("type", "server_vad") == "server_vad":
        session["turn_detection"] = defaults.build_beta_vad() | turns
