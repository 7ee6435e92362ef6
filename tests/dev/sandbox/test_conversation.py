# SPDX-License-Identifier: MIT
"""The conversation behind the Realtime door: which events answer a client's events."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from openai.types.realtime import RealtimeServerEvent, RealtimeTranslationServerEvent
from pydantic import BaseModel, TypeAdapter

from realtime_dev.sandbox.answers import draft_ga, draft_translation
from realtime_dev.sandbox.conversation import Conversation
from realtime_dev.sandbox.sound import SILENCE, create_tone

SERVER_EVENT: TypeAdapter[BaseModel] = TypeAdapter(RealtimeServerEvent)
TRANSLATION_EVENT: TypeAdapter[BaseModel] = TypeAdapter(RealtimeTranslationServerEvent)
ADDED = ["conversation.item.added", "conversation.item.done"]
# Real servers send them, but the package's type of a session in an event has only what can be set.
NOT_SETTABLE = {"id", "object", "expires_at"}


def list_unknown(value: object) -> Iterator[str]:
    """Yield the names of members that the official types do not have."""
    if isinstance(value, list):
        for each in value:
            yield from list_unknown(each)
    elif isinstance(value, BaseModel):
        yield from value.model_extra or ()
        for name in type(value).model_fields:
            yield from list_unknown(getattr(value, name))


def create(kind: str = "realtime", **settings: Any) -> Conversation:
    """Return a conversation of a session with those settings."""
    session = draft_ga({"session": {"type": kind, **settings}}).session | {"id": "sess_1"}
    return Conversation(session)


def answer(conversation: Conversation, kind: str, **content: Any) -> list[Any]:
    """Return the answers to an event of the client; each is one of the official types."""
    events = list(conversation.answer(json.dumps({"type": kind, **content})))
    translates = conversation.session["type"] == "translation"
    event_type = TRANSLATION_EVENT if translates else SERVER_EVENT
    for event in events:
        unknown = set(list_unknown(event_type.validate_python(event, strict=True)))
        assert unknown <= (NOT_SETTABLE if "session" in event else set())
    return events


def say(conversation: Conversation, text: str) -> list[Any]:
    """Return the answers to a message of the user."""
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    return answer(conversation, "conversation.item.create", item=item)


def list_types(events: list[Any]) -> list[str]:
    """Return the types of events, without repetitions."""
    return list(dict.fromkeys(event["type"] for event in events))


def test_answers_a_text() -> None:
    """A response comes in the order of the API, in pieces, repeats the user's text and is kept."""
    conversation = create(output_modalities=["text"])
    said = say(conversation, "Good morning!")
    events = answer(conversation, "response.create", response={"metadata": {"topic": "greeting"}})
    assert list_types(said) == ADDED
    assert list_types(events) == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
        "rate_limits.updated",
    ]
    deltas = [event["delta"] for event in events if "delta" in event]
    response, item = events[-2]["response"], events[-3]["item"]
    assert len(deltas) > 5
    assert "".join(deltas) == item["content"][0]["text"]
    assert "Good morning!" in item["content"][0]["text"]
    assert events[-3]["previous_item_id"] == said[0]["item"]["id"]
    assert (response["status"], response["output"]) == ("completed", [item])
    assert response["metadata"] == {"topic": "greeting"}
    assert response["usage"]["output_tokens"] == len(deltas)
    assert events[0]["response"]["status"] == "in_progress"
    (again,) = answer(conversation, "conversation.item.retrieve", item_id=item["id"])
    assert again["item"] == item


@pytest.mark.parametrize("audio_format", ["audio/pcm", "audio/pcmu"])
def test_speaks(audio_format: str) -> None:
    """A spoken response has a transcript and sound; it can stay outside of the conversation."""
    rate = {"rate": 24000} if audio_format == "audio/pcm" else {}
    conversation = create(audio={"output": {"format": {"type": audio_format, **rate}}})
    events = answer(conversation, "response.create", response={"conversation": "none"})
    types = list_types(events)
    assert "response.output_audio_transcript.done" in types
    assert "response.output_audio.done" in types
    assert not [name for name in types if name.startswith("conversation.")]
    assert conversation.items == []
    sounds = [event["delta"] for event in events if event["type"] == "response.output_audio.delta"]
    assert {len(b64decode(sound)) for sound in sounds} == {100 * len(SILENCE[audio_format])}


def test_calls_a_function() -> None:
    """A message with the name of a function gets its call, and the output of the call a message."""
    conversation = create(tools=[{"type": "function", "name": "get_weather"}])
    say(conversation, "Please get_weather.")
    events = answer(conversation, "response.create")
    (call,) = events[-2]["response"]["output"]
    assert (call["type"], call["name"], call["arguments"]) == ("function_call", "get_weather", "{}")
    assert "response.function_call_arguments.done" in list_types(events)
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "get_weather"}
    assert list_types(answer(conversation, "conversation.item.create", item=output)) == ADDED
    assert answer(conversation, "response.create")[-3]["item"]["type"] == "message"


@pytest.mark.parametrize(
    ("choice", "called"),
    [("required", "first"), ({"type": "function", "name": "second"}, "second"), ("none", None)],
)
def test_obeys_the_tool_choice(choice: Any, called: str | None) -> None:
    """A function is called when the tool choice says so, whatever the text says."""
    tools = [{"type": "function", "name": name} for name in ("first", "second")]
    conversation = create(tools=tools)
    say(conversation, "Hello!" if called else "Please call first.")
    events = answer(conversation, "response.create", response={"tool_choice": choice})
    assert events[-2]["response"]["output"][0].get("name") == called


def test_updates_the_session() -> None:
    """An update replaces what it names, and keeps the rest."""
    conversation = create(instructions="Be brief.", audio={"output": {"voice": "cedar"}})
    before = conversation.open()["session"]
    audio = {"input": {"turn_detection": None}, "output": {"speed": 1.2}}
    (event,) = answer(conversation, "session.update", session={"type": "realtime", "audio": audio})
    before["audio"]["input"]["turn_detection"] = None
    before["audio"]["output"]["speed"] = 1.2
    assert event["session"] == before == conversation.session


MESSAGE = {"type": "message", "role": "user", "content": []}
SPOKEN = {
    "id": "assistant",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_audio", "transcript": "How are you?"}],
}
TRUNCATE = {"type": "conversation.item.truncate", "content_index": 0, "audio_end_ms": 100}
UPDATE = {"type": "session.update", "session": {"type": "realtime"}}
CREATE_RESPONSE = {"type": "response.create", "response": {"output_modalities": ["text", "audio"]}}
CREATE_ITEM = {"type": "conversation.item.create", "item": MESSAGE}


def update(**settings: Any) -> dict[str, Any]:
    """Return an update of the session."""
    return UPDATE | {"session": {"type": "realtime", **settings}}


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ([], "invalid_type", None),
        ({"type": "nonsense", "event_id": "mine"}, "invalid_value", "type"),
        (CREATE_RESPONSE, "invalid_value", "response.output_modalities"),
        (UPDATE | {"session": {}}, "missing_required_parameter", "session.type"),
        (update(type="transcription"), "invalid_value", "session.type"),
        (update(model="x"), "invalid_value", "session.model"),
        (update(max_output_tokens=0), "integer_below_min_value", "session.max_output_tokens"),
        (update(audio={"output": {"voice": "echo"}}), "cannot_update_voice", None),
        (update(audio={"output": {"voice": {"id": "voice_1"}}}), "cannot_update_voice", None),
        ({"type": "response.cancel", "event_id": "mine"}, "response_cancel_not_active", None),
        ({"type": "input_audio_buffer.append", "audio": "?"}, "invalid_value", "audio"),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        ({"type": "output_audio_buffer.clear"}, None, None),
        ({"type": "conversation.item.delete", "item_id": "x"}, "item_not_found", "item_id"),
        (CREATE_ITEM | {"previous_item_id": "x"}, "item_not_found", "previous_item_id"),
        (CREATE_ITEM | {"item": MESSAGE | {"id": "user"}}, "invalid_value", "item.id"),
        (TRUNCATE | {"item_id": "user"}, "invalid_value", None),
        (TRUNCATE | {"item_id": "assistant", "content_index": 1}, "invalid_value", None),
        (TRUNCATE | {"item_id": "assistant", "audio_end_ms": 301}, "invalid_value", "audio_end_ms"),
    ],
)
def test_refuses(event: Any, code: str | None, param: str | None) -> None:
    """An event that is not valid gets an error with its id, and the conversation goes on."""
    conversation = create()
    answer(conversation, "conversation.item.create", item=MESSAGE | {"id": "user"})
    answer(conversation, "conversation.item.create", item=SPOKEN)
    (refusal,) = conversation.answer(json.dumps(event))
    SERVER_EVENT.validate_python(refusal, strict=True)
    error = refusal["error"]
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)
    assert error["event_id"] == ("mine" if "event_id" in event else None)
    assert list_types(say(conversation, "Hello?")) == ADDED


def test_keeps_items_in_order() -> None:
    """Items can be inserted, truncated and deleted; sound that the client sent is not sent back."""
    conversation = create()
    content = [{"type": "input_audio", "audio": "AAAA", "transcript": "Hi."}]
    (first, _) = answer(conversation, "conversation.item.create", item=MESSAGE | {"id": "first"})
    item = MESSAGE | {"content": content}
    (root, _) = answer(conversation, "conversation.item.create", item=item, previous_item_id="root")
    assert (first["previous_item_id"], root["previous_item_id"]) == (None, None)
    assert root["item"]["content"] == [{"type": "input_audio", "transcript": "Hi."}]
    assert [each["id"] for each in conversation.items] == [root["item"]["id"], "first"]
    answer(conversation, "conversation.item.create", item=SPOKEN)
    place = {"item_id": "assistant", "content_index": 0, "audio_end_ms": 300}
    (truncated,) = answer(conversation, "conversation.item.truncate", **place)
    assert truncated.items() >= place.items()
    answer(conversation, "conversation.item.delete", item_id="first")
    assert [each["id"] for each in conversation.items] == [root["item"]["id"], "assistant"]


TURN = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    *ADDED,
]


@pytest.mark.parametrize(
    ("kind", "turns", "responds"),
    [
        ("realtime", {}, True),
        ("realtime", {"create_response": False}, False),
        ("transcription", {}, False),
    ],
)
def test_detects_turns(kind: str, turns: dict[str, Any], responds: bool) -> None:  # noqa: FBT001 - a case
    """Sound and then silence, in pieces of any length, make a turn with transcript and response."""
    turns = {"type": "server_vad", "silence_duration_ms": 500, **turns}
    settings = {"transcription": {"model": "gpt-4o-transcribe"}, "turn_detection": turns}
    conversation = create(kind, audio={"input": settings})
    silence = SILENCE["audio/pcm"] * 600
    sound = silence + create_tone(1000) + silence
    events = []
    for start in range(0, len(sound), 333):
        piece = b64encode(sound[start : start + 333]).decode()
        events += answer(conversation, "input_audio_buffer.append", audio=piece)
    transcript = "conversation.item.input_audio_transcription"
    expected = [*TURN, f"{transcript}.delta", f"{transcript}.completed"]
    assert list_types(events)[: len(expected)] == expected
    assert (events[0]["audio_start_ms"], events[1]["audio_end_ms"]) == (600, 2100)
    assert events[len(expected) - 1]["transcript"] == "2.1 seconds of sound"
    answers = [json.dumps(event) for event in events if event["type"] == "response.done"]
    assert ["2.1 seconds of sound" in text for text in answers] == [True] * responds


@pytest.mark.parametrize("step", ["clear", "commit"])
def test_forgets_speech_with_its_buffer(step: str) -> None:
    """Silence ends no turn whose sound was cleared or committed before; new speech begins one."""
    conversation = create()
    tone, silence = create_tone(200), SILENCE["audio/pcm"] * 600
    types = []
    for sound in (tone, None, silence, tone):
        name, content = ("append", {"audio": b64encode(sound).decode()}) if sound else (step, {})
        types += list_types(answer(conversation, f"input_audio_buffer.{name}", **content))
    assert TURN[1] not in types
    assert types.count(TURN[0]) == 2


@pytest.mark.parametrize("transcription", [None, {"model": "gpt-realtime-whisper"}])
def test_translates(transcription: Any) -> None:
    """A translation session answers each turn, and at its end what is left of the sound."""
    session = draft_translation({"session": {"model": "gpt-realtime-translate"}}).session
    conversation = Conversation(session | {"id": "sess_1"})
    audio = {"input": {"transcription": transcription}, "output": {"language": "de"}}
    (event,) = answer(conversation, "session.update", session={"audio": audio})
    assert event["session"]["audio"] == conversation.session["audio"]
    assert event["session"]["audio"]["output"] == {"language": "de"}
    sound = b64encode(create_tone(500) + SILENCE["audio/pcm"] * 500).decode()
    events = answer(conversation, "session.input_audio_buffer.append", audio=sound)
    expected = ["session.input_transcript.delta"] if transcription else []
    expected += ["session.output_transcript.delta", "session.output_audio.delta"]
    assert list_types(events) == expected
    text = "".join(each["delta"] for each in events if each["type"] == expected[-2])
    assert text.endswith("It heard 1.0 seconds of sound.")
    sound = b64encode(create_tone(500)).decode()
    assert answer(conversation, "session.input_audio_buffer.append", audio=sound) == []
    assert list_types(answer(conversation, "session.close")) == [*expected, "session.closed"]
    assert list_types(answer(conversation, "input_audio_buffer.append", audio=sound)) == ["error"]


def test_transcribes_without_responses() -> None:
    """A transcription session commits sound when it is told to, and refuses to respond."""
    audio = {"input": {"transcription": {"model": "gpt-realtime-whisper"}}}
    conversation = create("transcription", audio=audio)
    sound = b64encode(create_tone(500)).decode()
    assert answer(conversation, "input_audio_buffer.append", audio=sound) == []
    (cleared,) = answer(conversation, "input_audio_buffer.clear")
    assert cleared["type"] == "input_audio_buffer.cleared"
    answer(conversation, "input_audio_buffer.append", audio=sound)
    events = answer(conversation, "input_audio_buffer.commit")
    assert (events[0]["type"], events[-1]["transcript"]) == (TURN[2], "0.5 seconds of sound")
    assert answer(conversation, "response.create")[0]["type"] == "error"
