# SPDX-License-Identifier: MIT
"""A good value for each field of the form, by hand from the API's description."""

from __future__ import annotations

from typing import Any

Place = tuple[str, Any]
"""A dotted path in the body, or `header:` and a name; and the value there."""

SERVER = "server_vad"
SEMANTIC = "semantic_vad"
TURNS = "session.audio.input.turn_detection"
TRANSCRIPT = "session.audio.input.transcription"
BETA_TRANSCRIPT = "input_audio_transcription"
TOOL = {"type": "function", "name": "f"}
NOISE = "session.audio.input.noise_reduction"
SHARE = {"type": "retention_ratio", "retention_ratio": 0.8}
PCMU = {"type": "audio/pcmu"}


def serve(name: str, value: object) -> dict[str, Any]:
    """Return settings with a member of server VAD."""
    return {"turn_detection": "server_vad", f"{SERVER}.{name}": value, f"{SERVER}.{name}_set": True}


def mean(name: str, value: object) -> dict[str, Any]:
    """Return settings with a member of semantic VAD."""
    return {"turn_detection": "semantic_vad", f"{SEMANTIC}.{name}": value}


def write(name: str, value: object) -> dict[str, Any]:
    """Return settings with a member of the transcript."""
    return {"hearing.transcription": "on", f"hearing.transcript.{name}": value}


def trace(name: str, value: object) -> dict[str, Any]:
    """Return settings with a member of the trace."""
    return {"tracing.mode": "named", f"tracing.trace.{name}": value}


def keep(name: str, value: object) -> dict[str, Any]:
    """Return settings with a member of the truncation that keeps a share."""
    return {"limits.truncation": "retention_ratio", **number(f"limits.retention.{name}", value)}


def number(name: str, value: object) -> dict[str, Any]:
    """Return settings with an optional number."""
    return {name: value, f"{name}_set": True}


def both(name: str, value: object, ga: str, beta: str) -> tuple[Place, Place]:
    """Return where both APIs have a member of that name."""
    return (f"{ga}.{name}", value), (f"{beta}.{name}", value)


GOOD: dict[str, tuple[dict[str, Any], Place | None, Place | None]] = {
    "model": ({"model": "gpt-realtime-2.1"}, *both("model", "gpt-realtime-2.1", "session", "")),
    "model_other": (
        {"model": "other", "model_other": "mine"},
        *both("model", "mine", "session", ""),
    ),
    "instructions": (
        {"instructions": "Be kind."},
        *both("instructions", "Be kind.", "session", ""),
    ),
    "output": (
        {"output": "audio"},
        ("session.output_modalities", ["audio"]),
        ("modalities", ["audio", "text"]),
    ),
    "voice": ({"voice": "cedar"}, *both("voice", "cedar", "session.audio.output", "")),
    "voice_other": (
        {"voice": "other", "voice_other": "voice_1"},
        *both("voice", "voice_1", "session.audio.output", ""),
    ),
    "speech.custom_voice.id": (
        {"voice": "custom", "speech.custom_voice.id": " voice_1 "},
        ("session.audio.output.voice", {"id": "voice_1"}),
        None,
    ),
    "turn_detection": (
        {"turn_detection": "server_vad"},
        (TURNS, {"type": "server_vad"}),
        ("turn_detection", {"type": "server_vad"}),
    ),
    f"{SERVER}.threshold": (
        serve("threshold", 0.7),
        *both("threshold", 0.7, TURNS, "turn_detection"),
    ),
    f"{SERVER}.prefix_padding_ms": (
        serve("prefix_padding_ms", 0),
        *both("prefix_padding_ms", 0, TURNS, "turn_detection"),
    ),
    f"{SERVER}.silence_duration_ms": (
        serve("silence_duration_ms", 700),
        *both("silence_duration_ms", 700, TURNS, "turn_detection"),
    ),
    f"{SERVER}.idle_timeout_ms": (
        serve("idle_timeout_ms", 30000),
        (f"{TURNS}.idle_timeout_ms", 30000),
        None,
    ),
    f"{SERVER}.create_response": (
        serve("create_response", "no"),
        *both("create_response", value=False, ga=TURNS, beta="turn_detection"),
    ),
    f"{SERVER}.interrupt_response": (
        serve("interrupt_response", "yes"),
        *both("interrupt_response", value=True, ga=TURNS, beta="turn_detection"),
    ),
    f"{SEMANTIC}.eagerness": (
        mean("eagerness", "low"),
        *both("eagerness", "low", TURNS, "turn_detection"),
    ),
    f"{SEMANTIC}.create_response": (
        mean("create_response", "yes"),
        *both("create_response", value=True, ga=TURNS, beta="turn_detection"),
    ),
    f"{SEMANTIC}.interrupt_response": (
        mean("interrupt_response", "no"),
        *both("interrupt_response", value=False, ga=TURNS, beta="turn_detection"),
    ),
    "expires_after_seconds": (
        number("expires_after_seconds", 7200),
        *both("expires_after.seconds", 7200, "", "client_secret"),
    ),
    "speech.speed": (
        number("speech.speed", 0.25),
        *both("speed", 0.25, "session.audio.output", ""),
    ),
    "speech.output_format": (
        {"speech.output_format": "audio/pcmu"},
        ("session.audio.output.format", PCMU),
        ("output_audio_format", "g711_ulaw"),
    ),
    "hearing.input_format": (
        {"hearing.input_format": "audio/pcm"},
        ("session.audio.input.format", {"type": "audio/pcm", "rate": 24000}),
        ("input_audio_format", "pcm16"),
    ),
    "hearing.transcription": (
        {"hearing.transcription": "on"},
        (TRANSCRIPT, {}),
        (BETA_TRANSCRIPT, {}),
    ),
    "hearing.transcript.model": (
        write("model", "whisper-1"),
        *both("model", "whisper-1", TRANSCRIPT, BETA_TRANSCRIPT),
    ),
    "hearing.transcript.model_other": (
        {**write("model", "other"), "hearing.transcript.model_other": "w"},
        *both("model", "w", TRANSCRIPT, BETA_TRANSCRIPT),
    ),
    "hearing.transcript.language": (
        write("language", "de-AT"),
        *both("language", "de-AT", TRANSCRIPT, BETA_TRANSCRIPT),
    ),
    "hearing.transcript.prompt": (
        write("prompt", "KNIME"),
        *both("prompt", "KNIME", TRANSCRIPT, BETA_TRANSCRIPT),
    ),
    "hearing.transcript.languages": (
        write("languages", "en\n de-AT \n"),
        (f"{TRANSCRIPT}.languages", ["en", "de-AT"]),
        None,
    ),
    "hearing.transcript.keywords": (
        write("keywords", "KNIME\nfunction node"),
        (f"{TRANSCRIPT}.keywords", ["KNIME", "function node"]),
        None,
    ),
    "hearing.transcript.delay": (
        write("delay", "xhigh"),
        (f"{TRANSCRIPT}.delay", "xhigh"),
        None,
    ),
    "hearing.noise_reduction": (
        {"hearing.noise_reduction": "far_field"},
        ("session.audio.input.noise_reduction", {"type": "far_field"}),
        ("input_audio_noise_reduction", {"type": "far_field"}),
    ),
    "hearing.noise.strength": (
        {"hearing.noise_reduction": "near_field", **number("hearing.noise.strength", 0.5)},
        (NOISE, {"type": "near_field", "strength": 0.5}),
        None,
    ),
    "hearing.include": (
        {"hearing.include": "logprobs"},
        ("session.include", ["item.input_audio_transcription.logprobs"]),
        None,
    ),
    "abilities.functions": (
        {"abilities.functions": [{"name": "f"}]},
        *both("tools", [TOOL], "session", ""),
    ),
    "abilities.mcp_servers": (
        {"abilities.mcp_servers": [{"server_label": "l", "server_url": "u"}]},
        ("session.tools", [{"type": "mcp", "server_label": "l", "server_url": "u"}]),
        None,
    ),
    "abilities.tools_json": (
        {"abilities.tools_json": '[{"type": "function", "name": "f"}]'},
        *both("tools", [TOOL], "session", ""),
    ),
    "abilities.tool_choice": (
        {"abilities.tool_choice": "none"},
        *both("tool_choice", "none", "session", ""),
    ),
    "abilities.one_function.name": (
        {"abilities.tool_choice": "function", "abilities.one_function.name": "f"},
        ("session.tool_choice", TOOL),
        None,
    ),
    "abilities.one_mcp_server.server_label": (
        {"abilities.tool_choice": "mcp", "abilities.one_mcp_server.server_label": "l"},
        ("session.tool_choice", {"type": "mcp", "server_label": "l"}),
        None,
    ),
    "abilities.one_mcp_server.name": (
        {
            "abilities.tool_choice": "mcp",
            "abilities.one_mcp_server.server_label": "l",
            "abilities.one_mcp_server.name": "n",
        },
        ("session.tool_choice.name", "n"),
        None,
    ),
    "abilities.parallel_tool_calls": (
        {"abilities.parallel_tool_calls": "no"},
        ("session.parallel_tool_calls", False),
        None,
    ),
    "abilities.reasoning_effort": (
        {"abilities.reasoning_effort": "minimal"},
        ("session.reasoning", {"effort": "minimal"}),
        None,
    ),
    "limits.temperature": (number("limits.temperature", 1.2), None, ("temperature", 1.2)),
    "limits.max_output_tokens": (
        {"limits.max_output_tokens": "inf"},
        ("session.max_output_tokens", "inf"),
        ("max_response_output_tokens", "inf"),
    ),
    "limits.max_output_tokens_limit": (
        {"limits.max_output_tokens": "limit", "limits.max_output_tokens_limit": 1},
        ("session.max_output_tokens", 1),
        ("max_response_output_tokens", 1),
    ),
    "limits.truncation": (
        {"limits.truncation": "disabled"},
        ("session.truncation", "disabled"),
        None,
    ),
    "limits.retention.retention_ratio": (
        keep("retention_ratio", 0.5),
        ("session.truncation", {"type": "retention_ratio", "retention_ratio": 0.5}),
        None,
    ),
    "limits.retention.post_instructions": (
        keep("post_instructions", 0),
        ("session.truncation", {**SHARE, "token_limits": {"post_instructions": 0}}),
        None,
    ),
    "tracing.safety_identifier": (
        {"tracing.safety_identifier": " ab12 "},
        ("header:OpenAI-Safety-Identifier", "ab12"),
        ("header:OpenAI-Safety-Identifier", "ab12"),
    ),
    "tracing.mode": ({"tracing.mode": "auto"}, *both("tracing", "auto", "session", "")),
    "tracing.trace.workflow_name": (
        trace("workflow_name", "w"),
        *both("workflow_name", "w", "session.tracing", "tracing"),
    ),
    "tracing.trace.group_id": (
        trace("group_id", "g"),
        *both("group_id", "g", "session.tracing", "tracing"),
    ),
    "tracing.trace.metadata": (
        trace("metadata", '{"a": 1}'),
        *both("metadata", {"a": 1}, "session.tracing", "tracing"),
    ),
}
