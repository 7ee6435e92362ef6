# SPDX-License-Identifier: MIT
"""The models of the sandbox, and the defaults of settings that a request does not set."""

from typing import Any

GA_MODEL = "gpt-realtime-2.1"
BETA_MODEL = "gpt-realtime"
GA_LIFETIME = 600
"""Default lifetime of a secret of the GA API, in seconds."""
BETA_LIFETIME = 60
"""Default lifetime of a secret of the beta API, in seconds."""
MAX_SESSION_LENGTH = 3600
"""Seconds that a connected session may last."""
DEFAULT_DEPLOYMENTS = ("gpt-realtime", "gpt-realtime-2.1", "gpt-realtime-whisper")

_REALTIME_SHUTDOWN = "2027-01-20"
_WHISPER_SHUTDOWN = "2027-02-26"

MODELS: dict[str, str | None] = {
    "gpt-realtime-2.1": None,
    "gpt-realtime-2.1-mini": None,
    "gpt-realtime-2": None,
    "gpt-realtime-1.5": None,
    "gpt-realtime": _REALTIME_SHUTDOWN,
    "gpt-realtime-2025-08-28": _REALTIME_SHUTDOWN,
    "gpt-realtime-mini": _REALTIME_SHUTDOWN,
    "gpt-realtime-mini-2025-10-06": _REALTIME_SHUTDOWN,
    "gpt-realtime-mini-2025-12-15": _REALTIME_SHUTDOWN,
    "gpt-live-1": None,
    "gpt-live-1.1": None,
    "gpt-realtime-whisper": None,
    "gpt-live-transcribe": None,
    "gpt-transcribe": None,
    "whisper-1": _WHISPER_SHUTDOWN,
    "gpt-4o-transcribe": _WHISPER_SHUTDOWN,
    "gpt-4o-mini-transcribe": _WHISPER_SHUTDOWN,
    "gpt-realtime-translate": None,
}
"""Model -> shutdown date (`YYYY-MM-DD`) or None."""
OTHER_MODELS: dict[str, str | None] = {
    "gpt-4o-realtime-preview": "2026-05-07",
    "gpt-5.5": None,
    "text-embedding-3-small": None,
}
"""Models that are listed too, but not accepted for sessions."""

_VERSION_2_MODELS = frozenset({"gpt-realtime-2", "gpt-realtime-2.1", "gpt-realtime-2.1-mini"})
_INSTRUCTIONS = "You are a helpful voice assistant of the sandbox."


def _choose_voice(model: str) -> str:
    """Return the default voice of a model."""
    return "marin" if model in _VERSION_2_MODELS else "alloy"


def build_server_vad(model: str) -> dict[str, Any]:
    """Return the defaults of server VAD."""
    return {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500 if model in _VERSION_2_MODELS else 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }


def build_semantic_vad() -> dict[str, Any]:
    """Return the defaults of semantic VAD."""
    return {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }


def build_input(model: str) -> dict[str, Any]:
    """Return the default settings of the input audio."""
    return {
        "format": build_format(),
        "transcription": None,
        "noise_reduction": None,
        "turn_detection": build_server_vad(model),
    }


def build_format() -> dict[str, Any]:
    """Return the default audio format."""
    return {"type": "audio/pcm", "rate": 24000}


def build_realtime(model: str) -> dict[str, Any]:
    """Return a GA session with all defaults; its id is None."""
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": None,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": _INSTRUCTIONS,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": 0,
        "audio": {
            "input": build_input(model),
            "output": {"format": build_format(), "voice": _choose_voice(model), "speed": 1.0},
        },
        "include": None,
    }


def build_transcription() -> dict[str, Any]:
    """Return a GA transcription session with all defaults; its id is None."""
    return {
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": None,
        "expires_at": 0,
        "audio": {"input": build_input(BETA_MODEL)},
        "include": None,
    }


def build_beta(model: str) -> dict[str, Any]:
    """Return a beta session with all defaults; its id is None."""
    return {
        "id": None,
        "object": "realtime.session",
        "model": model,
        "modalities": ["audio", "text"],
        "instructions": _INSTRUCTIONS,
        "voice": _choose_voice(model),
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_transcription": None,
        "turn_detection": build_beta_vad(),
        "tools": [],
        "tool_choice": "auto",
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
        "speed": 1.0,
        "tracing": None,
    }


def build_beta_vad() -> dict[str, Any]:
    """Return the defaults of server VAD in the beta API."""
    return {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
    }


def build_beta_transcription() -> dict[str, Any]:
    """Return a beta transcription session with all defaults; its id is None."""
    return {
        "id": None,
        "object": "realtime.transcription_session",
        "modalities": ["audio", "text"],
        "turn_detection": build_beta_vad(),
        "input_audio_format": "pcm16",
        "input_audio_transcription": None,
    }
