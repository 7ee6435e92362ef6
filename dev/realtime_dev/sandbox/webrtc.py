# SPDX-License-Identifier: MIT
"""Calls over WebRTC, with aiortc: events on the data channel, sound on the audio tracks."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from aioice import ice
from aiortc import AudioStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from .conversation import Conversation
from .errors import refuse_offer
from .server_events import Event, create_event
from .sound import PCM_RATE, create_tone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiortc import MediaStreamTrack, RTCDataChannel
    from av.frame import Frame

    from .answers import Body

_LOOPBACK = "127.0.0.1"
_find_addresses = ice.get_host_addresses
# aioice leaves this address out, but a machine without a network has no other.
ice.get_host_addresses = lambda **options: [*_find_addresses(**options), _LOOPBACK]
# Without any candidate aioice gives up before the first packet arrives.
_UNUSED = f"a=candidate:0 1 udp 1 {_LOOPBACK} 9 typ host"
_OFFER_LINES = ("m=", "a=mid:", "a=ice-ufrag:", "a=fingerprint:")
# AudioStreamTrack has 8,000 samples a second, in frames of 20 ms.
_TONE = create_tone(20, 8000)
_FRAMES_PER_DELTA = 5


class WebRtcCall(Conversation):
    """A conversation with a WebRTC client on this machine."""

    def __init__(self, session: Body, newer_paths: frozenset[str]) -> None:
        super().__init__(session, newer_paths)
        # Without servers: aiortc's default asks a public one for the address of this machine.
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._voice = _Voice(lambda: self._report("stopped"))
        self._channel: RTCDataChannel | None = None
        self._response_id = ""
        self._peer.on("track", self._listen)
        self._peer.on("connectionstatechange", self._close_if_lost)
        self._peer.on("datachannel", self._serve_events)

    async def accept(self, offer: str) -> str:
        """Return the SDP answer to an offer. Raises the Refusal 400."""
        peer, lines = self._peer, offer.splitlines()
        try:
            if not all(any(line.startswith(name) for line in lines) for name in _OFFER_LINES):
                raise refuse_offer()  # noqa: TRY301 - the peer is closed below
            await peer.setRemoteDescription(RTCSessionDescription(_adapt_offer(offer), "offer"))
            if any(each.kind == "audio" for each in peer.getTransceivers()):
                peer.addTrack(self._voice)
            await peer.setLocalDescription(await peer.createAnswer())
        except Exception:  # noqa: BLE001 - aiortc has no error for invalid offers
            with suppress(Exception):  # aiortc cannot always close what it has only half set up
                await self.close()
            raise refuse_offer() from None
        return peer.localDescription.sdp

    async def close(self) -> None:
        """Hang up."""
        await self._peer.close()

    async def _close_if_lost(self) -> None:
        if self._peer.connectionState in {"failed", "closed"}:
            await self.close()

    def clear_output(self) -> Iterable[Event]:
        """Stop the sound that is played."""
        self._voice.frames_left = 0
        yield create_event("output_audio_buffer.cleared", response_id=self._response_id)

    def _serve_events(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        channel.on("message", lambda message: self._send(self.answer(message)))
        self._send([self.open()])

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler("s16", "mono", PCM_RATE)
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:  # the end of the call
                return
            if isinstance(frame, AudioFrame):
                for part in resampler.resample(frame):
                    self._send(self.hear(bytes(part.planes[0])[: 2 * part.samples]))

    def _send(self, events: Iterable[Event]) -> None:
        for event in events:
            if event["type"].endswith(".output_audio.delta"):
                self._play(event.get("response_id", ""))
            elif self._channel is not None and self._channel.readyState == "open":
                self._channel.send(json.dumps(event))
            if event["type"] == "input_audio_buffer.speech_started" and self._voice.frames_left:
                turns = self.session["audio"]["input"]["turn_detection"]
                if turns["interrupt_response"]:
                    self._send(self.clear_output())

    def _play(self, response_id: str) -> None:
        if not self._voice.frames_left:
            self._response_id = response_id
            self._report("started")
        self._voice.frames_left += _FRAMES_PER_DELTA

    def _report(self, step: str) -> None:
        if not self._response_id:  # a translation
            return
        kind = f"output_audio_buffer.{step}"
        self._send([create_event(kind, response_id=self._response_id)])


class _Voice(AudioStreamTrack):
    """Plays a tone for the frames that are left, then silence."""

    def __init__(self, report_end: Callable[[], None]) -> None:
        super().__init__()
        self.frames_left = 0
        self._report_end = report_end

    async def recv(self) -> Frame:
        """Return the next frame when it is due."""
        frame = await super().recv()
        if self.frames_left and isinstance(frame, AudioFrame):
            frame.planes[0].update(_TONE)
            self.frames_left -= 1
            if not self.frames_left:
                self._report_end()
        return frame


def _adapt_offer(offer: str) -> str:
    """Return an offer without the addresses of the browser: its packets tell where it is.

    They are often missing, because they follow later, or mDNS names that only a browser can read.
    """
    offer = re.sub(r"a=(candidate|end-of-candidates).*\r?\n", "", offer)
    return offer.replace("a=mid:", f"{_UNUSED}\r\na=mid:")
