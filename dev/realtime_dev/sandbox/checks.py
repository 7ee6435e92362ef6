# SPDX-License-Identifier: MIT
"""The `BodyRules` of each route: which request bodies the API accepts.

What only some conversation models take (reasoning) is not checked on purpose, because the API's
answer is not known.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .body_rules import BodyRules
from .errors import Violation, report_missing
from .transcription_rules import check_transcription

_LIFETIME = (10, 7200)
_POSITIVE = (1, math.inf)
_NOT_NEGATIVE = (0, math.inf)
_ZERO_TO_ONE = (0, 1)
_SPEED = (0.25, 1.5)
_MCP_ADDRESSES = ("server_url", "connector_id", "tunnel_id")
_AUDIO_INPUT = "session.audio.input"


def _limit_turns(path: str) -> Mapping[str, tuple[float, float]]:
    return {
        f"{path}.threshold": _ZERO_TO_ONE,
        f"{path}.prefix_padding_ms": _NOT_NEGATIVE,
        f"{path}.silence_duration_ms": _NOT_NEGATIVE,
        f"{path}.idle_timeout_ms": (5000, 30000),
    }


def _allow_modalities(*allowed: list[str]) -> Callable[[Any, str], Violation | None]:
    combinations = " and ".join(str(sorted(names)) for names in allowed)

    def check(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
        if sorted(value) in allowed:
            return None
        message = f"Invalid modalities: {value}. Supported combinations are: {combinations}."
        return Violation("invalid_value", message, path)

    return check


def _check_tool(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
    if value["type"] != "mcp":
        return None
    given = [name for name in _MCP_ADDRESSES if name in value]
    if not given:
        return report_missing(f"{path}.server_url")
    if len(given) > 1:
        message = f"Only one of {' and '.join(map(repr, given))} may be given."
        return Violation("invalid_value", message, path)
    return None


def _require(pattern: str, meaning: str) -> Callable[[Any, str], Violation | None]:
    def check(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
        if re.fullmatch(pattern, value):
            return None
        message = f"Invalid '{path}': expected {meaning}."
        return Violation("invalid_value", message, path)

    return check


_check_language = _require("[A-Za-z]{2,3}", "a language code of two or three letters")


def _check_not_empty(value: Any, path: str) -> Violation | None:  # noqa: ANN401 - any JSON
    if value is None or value:
        return None
    message = f"Invalid '{path}': empty array. Expected at least one element."
    return Violation("empty_array", message, path)


_GA = BodyRules(
    type_name="realtime.client_secret_create_params.ClientSecretCreateParams",
    ranges={
        "expires_after.seconds": _LIFETIME,
        "session.audio.output.speed": _SPEED,
        "session.max_output_tokens": _POSITIVE,
        "session.truncation.retention_ratio": _ZERO_TO_ONE,
        "session.truncation.token_limits.post_instructions": _NOT_NEGATIVE,
        **_limit_turns(f"{_AUDIO_INPUT}.turn_detection"),
    },
    nullable=frozenset({f"{_AUDIO_INPUT}.transcription", f"{_AUDIO_INPUT}.noise_reduction"}),
    required=frozenset(
        {
            *(f"session.audio.{side}.format.type" for side in ("input", "output")),
            *(f"session.audio.{side}.format.rate" for side in ("input", "output")),
            "session.tools[].name",
        }
    ),
    extra_checks={
        "session.output_modalities": _allow_modalities(["text"], ["audio"]),
        "session.tools[]": _check_tool,
        "session.tools[].tunnel_id": _require(
            "tunnel_[a-z0-9]{32}", "'tunnel_' and then 32 lower-case letters or digits"
        ),
        "session.tools[].allowed_callers": _check_not_empty,
        f"{_AUDIO_INPUT}.transcription.language": _check_language,
        f"{_AUDIO_INPUT}.transcription.languages": _check_not_empty,
        f"{_AUDIO_INPUT}.transcription.languages[]": _check_language,
        f"{_AUDIO_INPUT}.transcription.keywords[]": _require(
            "[^<>]*", "a text without '<' and '>'"
        ),
        "session": check_transcription,
    },
)
_BETA = BodyRules(
    type_name="beta.realtime.session_create_params.SessionCreateParams",
    ranges={
        "client_secret.expires_after.seconds": _LIFETIME,
        "max_response_output_tokens": _POSITIVE,
        "speed": _SPEED,
        "temperature": (0.6, 1.2),
        **_limit_turns("turn_detection"),
    },
    nullable=frozenset(
        {
            "input_audio_transcription",
            "input_audio_noise_reduction",
            "turn_detection",
            "tracing",
        }
    ),
    required=frozenset({"tools[].name", "tools[].type"}),
    # The types' list of models was never completed: an unknown one is a 404, not a 400.
    open=frozenset({"model"}),
    extra_checks={"modalities": _allow_modalities(["text"], ["audio", "text"])},
)
_BETA_TRANSCRIPTION = BodyRules(
    type_name="beta.realtime.transcription_session_create_params.TranscriptionSessionCreateParams",
    ranges={"client_secret.expires_at.seconds": _LIFETIME, **_limit_turns("turn_detection")},
    nullable=frozenset({"input_audio_noise_reduction", "turn_detection"}),
    open=frozenset({"input_audio_transcription.model"}),
    extra_checks={"modalities": _allow_modalities(["text"], ["audio", "text"])},
)
_TRANSLATION = BodyRules(
    type_name="realtime.translations.client_secret_create_params.ClientSecretCreateParams",
    ranges={"expires_after.seconds": _LIFETIME},
)
_MODALITIES = {"response.output_modalities": _GA.extra_checks["session.output_modalities"]}
_EVENT = replace(
    _GA,
    type_name="realtime.realtime_client_event_param.RealtimeClientEventParam",
    extra_checks={**_GA.extra_checks, **_MODALITIES},
)
_TRANSLATION_EVENT = BodyRules(
    type_name="realtime.realtime_translation_client_event_param.RealtimeTranslationClientEventParam"
)

# Each takes a parsed JSON value and returns the first violation: see `BodyRules.check`.
check_ga = _GA.check
check_beta = _BETA.check
check_beta_transcription = _BETA_TRANSCRIPTION.check
check_translation = _TRANSLATION.check
check_event = _EVENT.check
check_translation_event = _TRANSLATION_EVENT.check
