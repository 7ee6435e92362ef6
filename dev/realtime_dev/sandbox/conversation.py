# SPDX-License-Identifier: MIT
"""The conversation of a session: which events answer a client's events.

It knows neither WebSocket nor WebRTC. What the model would say is scripted: `scripted_response`.
"""

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from .answers import Body, update_session
from .checks import check_event, check_translation_event
from .errors import Refusal, refuse_violation
from .scripted_response import measure_speech, respond, translate
from .server_events import Event, create_error, create_event, create_id
from .sound import PCM, SILENCE, SpeechDetector

_SEMANTIC_SILENCE_MS = 300
_MIN_COMMIT_MS = 100
_INVALID = "invalid_value"


class Conversation:
    """Answers the events of one client.

    `session` is the session that the secret was minted for; it is not changed. For `newer_paths`
    see `BodyRules.check`.
    """

    def __init__(self, session: Body, newer_paths: frozenset[str] = frozenset()) -> None:
        self.session = deepcopy(session)
        self.items: list[Body] = []
        self._newer_paths = newer_paths
        self._detector = SpeechDetector()
        self._buffered_ms = 0.0
        self._item_id = create_id("item")  # of the next input audio

    def open(self) -> Event:
        """Return the first event."""
        return create_event("session.created", session=self.session)

    def answer(self, message: str | bytes) -> Iterator[Event]:
        """Yield the answers to an event of the client; an `error` event if it is not valid."""
        event: Any = None
        try:
            event = _parse(message)
            translates = self.session["type"] == "translation"
            check = check_translation_event if translates else check_event
            violation = check(event, self._newer_paths)
            if violation is not None:
                raise refuse_violation(violation)
            yield from self._answer(event)
        except Refusal as refusal:
            cause = event.get("event_id") if isinstance(event, dict) else None
            yield create_error(refusal, cause if isinstance(cause, str) else None)

    def hear(self, audio: bytes, audio_format: str = PCM) -> Iterator[Event]:
        """Take sound into the input buffer; with turn detection, yield events about speech."""
        self._buffered_ms += len(audio) / len(SILENCE[audio_format])
        turns = self.session["audio"]["input"].get("turn_detection", {})  # translations have none
        if turns is None or audio_format != PCM:
            return
        max_silence = turns.get("silence_duration_ms", _SEMANTIC_SILENCE_MS)
        for begins, time in self._detector.listen(audio, max_silence):
            if self.session["type"] == "translation":
                yield from () if begins else self._translate()
                continue
            step, name = ("started", "audio_start_ms") if begins else ("stopped", "audio_end_ms")
            at = {name: time, "item_id": self._item_id}
            yield create_event(f"input_audio_buffer.speech_{step}", **at)
            if not begins:
                yield from self._commit()
                if turns["create_response"] and self.session["type"] == "realtime":
                    yield from respond(self.session, {}, self.items)

    def clear_output(self) -> Iterable[Event]:
        """Stop the sound that is played; only calls have such a buffer."""
        raise Refusal(400, "Only calls over WebRTC and SIP have an output audio buffer.")

    def _answer(self, event: Event) -> Iterator[Event]:
        match event["type"]:
            case "session.update":
                yield from self._update(event["session"])
            case "input_audio_buffer.append" | "session.input_audio_buffer.append":
                audio_format = self.session["audio"]["input"].get("format", {}).get("type", PCM)
                yield from self.hear(_decode(event["audio"]), audio_format)
            case "session.close":
                yield from self._translate()
                yield create_event("session.closed")
            case "input_audio_buffer.clear" | "input_audio_buffer.commit":
                yield from self._empty_buffer(event)
            case "output_audio_buffer.clear":
                yield from self.clear_output()
            case "response.create" if self.session["type"] == "realtime":
                yield from respond(self.session, event.get("response", {}), self.items)
            case "response.cancel":  # a response is complete before the next event is read
                message = "Cancellation failed: no active response found"
                raise Refusal(400, message, "response_cancel_not_active")
            case kind if kind.startswith("conversation.item."):
                yield from self._change_items(event)
            case kind:
                raise Refusal(400, f"'{kind}' is not supported in this session.")

    def _empty_buffer(self, event: Event) -> Iterator[Event]:
        is_commit = event["type"].endswith("commit")
        if is_commit and self._buffered_ms < _MIN_COMMIT_MS:
            message = f"Buffer too small: {_MIN_COMMIT_MS}ms of audio are needed."
            raise Refusal(400, message, "input_audio_buffer_commit_empty")
        self._detector.reset()
        if is_commit:
            yield from self._commit()
        else:
            self._buffered_ms = 0.0
            yield create_event("input_audio_buffer.cleared")

    def _change_items(self, event: Event) -> Iterator[Event]:
        if event["type"] == "conversation.item.create":
            previous = event.get("previous_item_id")
            place = 0 if previous == "root" else len(self.items)
            if previous not in {None, "root"}:
                place = self.items.index(self._find(previous, "previous_item_id")) + 1
            if event["item"].get("id") in [item["id"] for item in self.items]:
                raise Refusal(400, "The id of the item exists already.", _INVALID, "item.id")
            yield from self._add_item(event["item"], place)
            return
        item = self._find(event["item_id"], "item_id")
        if event["type"] == "conversation.item.retrieve":
            yield create_event("conversation.item.retrieved", item=item)
        elif event["type"] == "conversation.item.delete":
            self.items.remove(item)
            yield create_event("conversation.item.deleted", item_id=item["id"])
        else:
            parts, index = item.get("content", []), event["content_index"]
            if item.get("role") != "assistant" or not 0 <= index < len(parts):
                message = "Only the audio of the assistant's messages can be truncated."
                raise Refusal(400, message, _INVALID)
            if event["audio_end_ms"] > measure_speech(parts[index]):
                raise Refusal(400, "The audio is shorter already.", _INVALID, "audio_end_ms")
            at = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
            yield create_event("conversation.item.truncated", **at)

    def _find(self, item_id: str, param: str) -> Body:
        found = next((item for item in self.items if item["id"] == item_id), None)
        if found is None:
            message = f"The item with id '{item_id}' does not exist."
            raise Refusal(400, message, "item_not_found", param)
        return found

    def _add_item(self, given: Body, place: int) -> Iterator[Event]:
        item: Body = {"id": create_id("item"), "object": "realtime.item", "status": "completed"}
        item |= given
        previous = self.items[place - 1]["id"] if place else None
        for part in item.get("content", []):
            part.pop("audio", None)  # the server does not send it back
        self.items.insert(place, item)
        for step in ("added", "done"):
            yield create_event(f"conversation.item.{step}", previous_item_id=previous, item=item)

    def _update(self, wanted: Body) -> Iterator[Event]:
        session = self.session
        for name in ("type", "model"):
            if wanted.get(name, session.get(name)) != session.get(name):
                message = f"The {name} of a session cannot be changed."
                raise Refusal(400, message, _INVALID, f"session.{name}")
        voice = wanted.get("audio", {}).get("output", {}).get("voice")
        parts = [part["type"] for item in self.items for part in item.get("content", [])]
        if "output_audio" in parts and voice not in (None, session["audio"]["output"]["voice"]):
            message = "Cannot update a conversation's voice if assistant audio is present."
            raise Refusal(400, message, "cannot_update_voice")
        update_session(session, wanted)
        yield create_event("session.updated", session=session)

    def _translate(self) -> Iterator[Event]:
        seconds, self._buffered_ms = self._buffered_ms / 1000, 0.0
        if seconds:
            yield from translate(self.session, f"{seconds:.1f} seconds of sound")

    def _commit(self) -> Iterator[Event]:
        seconds, self._buffered_ms = self._buffered_ms / 1000, 0.0
        item_id, self._item_id = self._item_id, create_id("item")
        previous = self.items[-1]["id"] if self.items else None
        at = {"item_id": item_id, "previous_item_id": previous}
        yield create_event("input_audio_buffer.committed", **at)
        part: Body = {"type": "input_audio", "transcript": None}
        item = {"id": item_id, "type": "message", "role": "user", "content": [part]}
        yield from self._add_item(item, len(self.items))
        part["transcript"] = text = f"{seconds:.1f} seconds of sound"
        if self.session["audio"]["input"]["transcription"] is not None:
            kind = "conversation.item.input_audio_transcription"
            place = {"item_id": item_id, "content_index": 0}
            usage = {"type": "duration", "seconds": seconds}
            yield create_event(f"{kind}.delta", **place, delta=text)
            yield create_event(f"{kind}.completed", **place, transcript=text, usage=usage)


def _parse(message: str | bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise Refusal(400, "The event could not be parsed as JSON.", "invalid_json") from None


def _decode(audio: str) -> bytes:
    try:
        return b64decode(audio, validate=True)
    except ValueError:
        message = "Invalid 'audio'. Expected base64-encoded audio bytes."
        raise Refusal(400, message, "invalid_value", "audio") from None
