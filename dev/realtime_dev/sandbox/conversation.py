# SPDX-License-Identifier: MIT
"""The conversation of a session: which events answer a client's events.

It knows neither WebSocket nor WebRTC. What the model would say is scripted: `scripted_response`.
"""

from __future__ import annotations

import json
from base64 import b64decode
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from . import checks
from .answers import update_session
from .errors import Refusal, refuse_violation
from .scripted_response import respond
from .server_events import Event, create_error, create_event, create_id
from .sound import BYTES_PER_MS, PCM, SpeechDetector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .answers import Body

_SILENCE_MS = 500  # that ends a turn with semantic VAD
_MIN_COMMIT_MS = 100


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
            violation = checks.check_event(event, self._newer_paths, translation=translates)
            if violation is not None:
                raise refuse_violation(violation)
            yield from self._handlers[event["type"]](self, event)
        except Refusal as refusal:
            cause = event.get("event_id") if isinstance(event, dict) else None
            yield create_error(refusal, cause if isinstance(cause, str) else None)

    def hear(self, audio: bytes, audio_format: str = PCM) -> Iterator[Event]:
        """Take sound into the input buffer; with turn detection, yield events about speech."""
        self._buffered_ms += len(audio) / BYTES_PER_MS[audio_format]
        turns = self.session["audio"]["input"].get("turn_detection")
        if turns is None:
            return
        max_silence = turns.get("silence_duration_ms", _SILENCE_MS)
        for begins, time in self._detector.listen(audio, audio_format, max_silence):
            step, name = ("started", "audio_start_ms") if begins else ("stopped", "audio_end_ms")
            content = {name: time, "item_id": self._item_id}
            yield create_event(f"input_audio_buffer.speech_{step}", **content)
            if not begins:
                yield from self._commit({})
                if turns.get("create_response") and self.session["type"] == "realtime":
                    yield from self._respond({})

    def clear_output(self, _: Event) -> Iterable[Event]:
        """Stop the sound that is played; only WebRTC has such a buffer."""
        raise Refusal(400, "Only calls over WebRTC and SIP have an output audio buffer.")

    def _update(self, event: Event) -> Iterator[Event]:
        wanted, session = event["session"], self.session
        for name in ("type", "model"):
            if wanted.get(name, session.get(name)) != session.get(name):
                message = f"The {name} of a session cannot be changed."
                raise Refusal(400, message, code="invalid_value", param=f"session.{name}")
        voice = wanted.get("audio", {}).get("output", {}).get("voice")
        parts = [part["type"] for item in self.items for part in item.get("content", [])]
        if "output_audio" in parts and voice not in {None, session["audio"]["output"]["voice"]}:
            message = "Cannot update a conversation's voice if assistant audio is present."
            raise Refusal(400, message, code="cannot_update_voice")
        update_session(session, wanted)
        yield create_event("session.updated", session=session)

    def _create_item(self, event: Event) -> Iterator[Event]:
        previous = event.get("previous_item_id")
        place = len(self.items)
        if previous is not None:
            place = 0 if previous == "root" else self._find(event, "previous_item_id") + 1
        new = {"id": create_id("item"), "object": "realtime.item", "status": "completed"}
        yield from self._add_item(new | event["item"], place)

    def _add_item(self, item: Body, place: int) -> Iterator[Event]:
        previous = self.items[place - 1]["id"] if place else None
        for part in item.get("content", []):
            part.pop("audio", None)  # the server does not send it back
        self.items.insert(place, item)
        for step in ("added", "done"):
            yield create_event(f"conversation.item.{step}", previous_item_id=previous, item=item)

    def _find(self, event: Event, name: str = "item_id") -> int:
        ids = [item["id"] for item in self.items]
        if event[name] not in ids:
            message = f"The item with id '{event[name]}' does not exist."
            raise Refusal(400, message, code="item_not_found", param=name)
        return ids.index(event[name])

    def _retrieve_item(self, event: Event) -> Iterator[Event]:
        yield create_event("conversation.item.retrieved", item=self.items[self._find(event)])

    def _delete_item(self, event: Event) -> Iterator[Event]:
        item = self.items.pop(self._find(event))
        yield create_event("conversation.item.deleted", item_id=item["id"])

    def _truncate_item(self, event: Event) -> Iterator[Event]:
        self._find(event)
        content = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        yield create_event("conversation.item.truncated", **content)

    def _append(self, event: Event) -> Iterator[Event]:
        try:
            audio = b64decode(event["audio"], validate=True)
        except ValueError:
            message = "Invalid 'audio'. Expected base64-encoded audio bytes."
            raise Refusal(400, message, code="invalid_value", param="audio") from None
        yield from self.hear(audio, self.session["audio"]["input"]["format"]["type"])

    def _clear(self, _: Event) -> Iterator[Event]:
        self._buffered_ms = 0.0
        yield create_event("input_audio_buffer.cleared")

    def _commit(self, _: Event) -> Iterator[Event]:
        if self._buffered_ms < _MIN_COMMIT_MS:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of "
                f"audio, but buffer only has {self._buffered_ms:.2f}ms of audio."
            )
            raise Refusal(400, message, code="input_audio_buffer_commit_empty")
        seconds, self._buffered_ms = self._buffered_ms / 1000, 0.0
        item_id, self._item_id = self._item_id, create_id("item")
        previous = self.items[-1]["id"] if self.items else None
        at = {"item_id": item_id, "previous_item_id": previous}
        yield create_event("input_audio_buffer.committed", **at)
        part: Body = {"type": "input_audio", "transcript": None}
        item: Body = {"id": item_id, "object": "realtime.item", "status": "completed"}
        item |= {"type": "message", "role": "user", "content": [part]}
        yield from self._add_item(item, len(self.items))
        part["transcript"] = text = f"{seconds:.1f} seconds of sound"
        if self.session["audio"]["input"]["transcription"] is not None:
            event = "conversation.item.input_audio_transcription"
            place = {"item_id": item_id, "content_index": 0}
            usage = {"type": "duration", "seconds": seconds}
            yield create_event(f"{event}.delta", **place, delta=text)
            yield create_event(f"{event}.completed", **place, transcript=text, usage=usage)

    def _respond(self, event: Event) -> Iterator[Event]:
        if self.session["type"] != "realtime":
            raise Refusal(400, f"A session of type {self.session['type']} has no responses.")
        yield from respond(self.session, event.get("response", {}), self.items)

    def _cancel(self, _: Event) -> Iterable[Event]:
        # A response of the sandbox is complete before it reads the next event.
        message = "Cancellation failed: no active response found"
        raise Refusal(400, message, code="response_cancel_not_active")

    def _ignore(self, _: Event) -> Iterable[Event]:
        return ()

    def _close(self, _: Event) -> Iterable[Event]:
        yield create_event("session.closed")

    _handlers: ClassVar[dict[str, Callable[[Conversation, Event], Iterable[Event]]]] = {
        "session.update": _update,
        "session.input_audio_buffer.append": _ignore,
        "session.close": _close,
        "conversation.item.create": _create_item,
        "conversation.item.retrieve": _retrieve_item,
        "conversation.item.delete": _delete_item,
        "conversation.item.truncate": _truncate_item,
        "input_audio_buffer.append": _append,
        "input_audio_buffer.clear": _clear,
        "input_audio_buffer.commit": _commit,
        "output_audio_buffer.clear": lambda self, event: self.clear_output(event),
        "response.create": _respond,
        "response.cancel": _cancel,
    }


def _parse(message: str | bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise Refusal(400, "The event could not be parsed as JSON.", code="invalid_json") from None
