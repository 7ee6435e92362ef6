# SPDX-License-Identifier: MIT
"""The scripted response of the sandbox: it repeats what it heard, or calls a function."""

import re
from base64 import b64encode
from collections.abc import Iterator

from .answers import Body
from .server_events import Event, create_event, create_id
from .sound import PCM, SILENCE, create_tone

_MS_PER_WORD = 100
_TONE = create_tone(_MS_PER_WORD)
# The member of a content part that has its text.
_TEXT_MEMBERS = {"text": "text", "audio": "transcript"}


def respond(session: Body, wanted: Body, items: list[Body]) -> Iterator[Event]:
    """Yield the events of a response to the last item, and append the new item to `items`.

    `wanted` are the parameters of `response.create`. If the last item is a message of the user with
    the name of a function, or the tool choice demands it, the response calls a function, otherwise
    it is a message.
    """
    response = _draft_response(session, wanted)
    item: Body = {"id": create_id("item"), "object": "realtime.item", "status": "in_progress"}
    place = {"response_id": response["id"], "output_index": 0}
    last = (wanted.get("input", items) or [{}])[-1]
    heard, function = _read(last), _choose_function(session | wanted, last)
    if function is None:
        modality = response["output_modalities"][0]
        text = f'It heard: "{heard}"' if heard else "It has heard nothing yet."
        text = f"This is the sandbox, not a model. {text}"
        item |= {"type": "message", "role": "assistant", "content": []}
        made: Body = {"content": [{"type": f"output_{modality}", _TEXT_MEMBERS[modality]: text}]}
        audio_format = response["audio"]["output"]["format"]["type"]
        content = _speak(text, modality, audio_format, place | {"item_id": item["id"]})
    else:
        text, call = "{}", {"name": function, "call_id": create_id("call")}
        item |= {"type": "function_call", "arguments": "", **call}
        made = {"arguments": text}
        content = _call_function(call, text, place | {"item_id": item["id"]})

    def report(step: str) -> Iterator[Event]:
        yield create_event(f"response.output_item.{step}", **place, item=item)
        if response["conversation_id"]:
            previous = items[-1]["id"] if items else None
            yield create_event(f"conversation.item.{step}", previous_item_id=previous, item=item)

    yield create_event("response.created", response=response)
    yield from report("added")
    yield from content
    item |= made | {"status": "completed"}
    yield from report("done")
    if response["conversation_id"]:
        items.append(item)
    given, used = len(heard.split()), len(text.split())
    usage = {"input_tokens": given, "output_tokens": used, "total_tokens": given + used}
    response |= {"status": "completed", "output": [item], "usage": usage}
    yield create_event("response.done", response=response)
    limit = {"name": "tokens", "limit": 40_000, "remaining": 39_000, "reset_seconds": 1.5}
    yield create_event("rate_limits.updated", rate_limits=[limit])


def translate(session: Body, heard: str) -> Iterator[Event]:
    """Yield the events of a translation session about a turn of speech."""
    if session["audio"]["input"]["transcription"] is not None:
        yield create_event("session.input_transcript.delta", delta=heard)
    for word in _split(f"This is the sandbox, not a model. It heard {heard}."):
        yield create_event("session.output_transcript.delta", delta=word)
        yield create_event("session.output_audio.delta", delta=b64encode(_TONE).decode())


def measure_speech(part: Body) -> int:
    """Return the milliseconds of sound in a content part of a response."""
    return _MS_PER_WORD * len(_split(part.get("transcript") or ""))


def _split(text: str) -> list[str]:
    """Return the words of a text, each with the space after it."""
    return re.findall(r"\S+\s*", text)


def _draft_response(session: Body, wanted: Body) -> Body:
    settings = session | wanted
    output = session["audio"]["output"] | wanted.get("audio", {}).get("output", {})
    is_apart = wanted.get("conversation") == "none"
    return {
        "object": "realtime.response",
        "id": create_id("resp"),
        "status": "in_progress",
        "status_details": None,
        "output": [],
        "conversation_id": None if is_apart else session["id"].replace("sess_", "conv_"),
        "output_modalities": settings["output_modalities"],
        "max_output_tokens": settings["max_output_tokens"],
        "audio": {"output": {"format": output["format"], "voice": output["voice"]}},
        "usage": None,
        "metadata": wanted.get("metadata"),
    }


def _speak(text: str, modality: str, audio_format: str, place: Body) -> Iterator[Event]:
    member, at = _TEXT_MEMBERS[modality], place | {"content_index": 0}
    kind = "response.output_text" if modality == "text" else "response.output_audio_transcript"
    yield create_event("response.content_part.added", **at, part={"type": modality, member: ""})
    for word in _split(text):
        yield create_event(f"{kind}.delta", **at, delta=word)
        if modality == "audio":
            sound = _TONE if audio_format == PCM else SILENCE[audio_format] * _MS_PER_WORD
            delta = b64encode(sound).decode()
            yield create_event("response.output_audio.delta", **at, delta=delta)
    if modality == "audio":
        yield create_event("response.output_audio.done", **at)
    yield create_event(f"{kind}.done", **at, **{member: text})
    yield create_event("response.content_part.done", **at, part={"type": modality, member: text})


def _call_function(call: Body, arguments: str, place: Body) -> Iterator[Event]:
    kind = "response.function_call_arguments"
    yield create_event(f"{kind}.delta", **place, call_id=call["call_id"], delta=arguments)
    yield create_event(f"{kind}.done", **place, **call, arguments=arguments)


def _read(item: Body) -> str:
    """Return the texts in an item's content, or a function's output."""
    parts = [item, *item.get("content", [])]
    texts = [part.get(name) for part in parts for name in ("text", "transcript", "output")]
    return " ".join(text for text in texts if text)


def _choose_function(settings: Body, item: Body) -> str | None:
    choice = settings["tool_choice"]
    names = [tool["name"] for tool in settings["tools"] if tool["type"] == "function"]
    if isinstance(choice, dict):
        names = [name for name in names if choice == {"type": "function", "name": name}]
    fitting = [name for name in names if name in _read(item)]
    if choice in ("none", "auto"):
        can_call = choice == "auto" and item.get("role") == "user"
        return fitting[0] if can_call and fitting else None
    return next(iter([*fitting, *names]), None)
