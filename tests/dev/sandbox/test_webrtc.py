# SPDX-License-Identifier: MIT
"""Calls over WebRTC, with aiortc as the client."""

import asyncio
import json
import re
import threading
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from realtime_dev.sandbox import Sandbox
from realtime_dev.sandbox.sound import create_tone

MEDIA, OFFER = "application/sdp", "invalid_offer"
LINES = ("m=", "a=mid:", "a=ice-ufrag:", "a=fingerprint:", "a=ice-pwd:")
REASON = "needs aiortc, of the extra 'clients'"
aiortc = pytest.importorskip("aiortc", reason=REASON)
# After this import the client, too, finds the server on a machine without a network.
pytest.importorskip("realtime_dev.sandbox.webrtc", reason=REASON)

pytestmark = pytest.mark.clients  # CI installs aiortc only for these


class Microphone(aiortc.AudioStreamTrack):  # type: ignore[misc] # may be missing
    """Plays silence, or a tone while it is loud."""

    is_loud = False

    async def recv(self) -> Any:
        """Return the next frame when it is due."""
        frame = await super().recv()
        if self.is_loud:
            frame.planes[0].update(create_tone(20, 8000))
        return frame


async def call(
    sandbox: Sandbox, peer: Any, pattern: str, new: str = "", media: str = "application/sdp"
) -> httpx.Response:
    """Send the offer, with something else for what matches the pattern, and take the answer."""
    await peer.setLocalDescription(await peer.createOffer())
    offer = re.sub(f"(?m){pattern}", new, peer.localDescription.sdp)
    headers = {"authorization": f"Bearer {sandbox.api_key}", "content-type": media}
    headers["origin"] = "https://page.example"
    async with httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as client:
        answer = await client.post(f"{sandbox.base_url}/realtime/calls", content=offer)
    if answer.is_success:
        description = aiortc.RTCSessionDescription(answer.text, "answer")
        await peer.setRemoteDescription(description)
    assert answer.headers["access-control-expose-headers"] == "Location"
    return answer


async def talk() -> None:
    """Call without an address, as browsers do, hear the response, and be hung up on."""
    stack = ExitStack()
    sandbox = stack.enter_context(Sandbox())
    peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
    events, tracks, closed = asyncio.Queue[str](), asyncio.Queue[Any](), asyncio.Event()
    microphone, channel = Microphone(), peer.createDataChannel("oai-events")
    peer.addTrack(microphone)
    channel.on("message", events.put_nowait)
    channel.on("close", closed.set)
    peer.on("track", tracks.put_nowait)

    async def wait_for(last: str, event: str | None = None, **content: Any) -> set[str]:
        if event is not None:
            channel.send(json.dumps({"type": event, **content}))
        types: set[str] = set()
        while last not in types:
            types.add(json.loads(await events.get())["type"])
        return types

    answer = await call(sandbox, peer, "^a=(candidate|end-of-candidates).*\r\n")
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/sdp")
    assert re.fullmatch(r"/v1/realtime/calls/rtc_\w+", answer.headers["location"])
    assert await wait_for("session.created") == {"session.created"}
    types = await wait_for("output_audio_buffer.stopped", "response.create")
    assert types >= {"output_audio_buffer.started", "response.output_audio_transcript.delta"}
    assert "response.output_audio.delta" not in types
    track = await tracks.get()
    while not any(bytes((await track.recv()).planes[0])):
        pass
    await wait_for("response.done", "response.create")
    await wait_for("output_audio_buffer.cleared", "output_audio_buffer.clear")
    long = {"role": "user", "content": [{"type": "input_text", "text": "word " * 100}]}
    response: Any = {"input": [{"type": "message", **long}]}
    await wait_for("output_audio_buffer.started", "response.create", response=response)
    microphone.is_loud = True
    types = await wait_for("output_audio_buffer.cleared")
    assert "input_audio_buffer.speech_started" in types
    assert "output_audio_buffer.stopped" not in types
    await asyncio.to_thread(stack.close)
    await closed.wait()
    await peer.close()


def run(action: Any) -> Any:
    """Run a client, with a limit far above what it needs."""
    return asyncio.run(asyncio.wait_for(action, 60))


def test_talks() -> None:
    """A caller gets events and a tone, and the end of the sandbox is the end of the call."""
    before = threading.enumerate()
    run(talk())
    assert threading.enumerate() == before


@pytest.mark.parametrize(
    ("pattern", "new", "media", "status", "code"),
    [
        *[(r"\A[\s\S]*\Z", new, MEDIA, 400, OFFER) for new in ("nonsense", "", "{}")],
        *[(f"^{line}.*\r\n", "", MEDIA, 400, OFFER) for line in LINES],
        ("^m=audio", "m=nonsense", f"{MEDIA}; charset=utf-8", 400, OFFER),
        ("x^", "", "application/sdpx", 415, "unsupported_content_type"),
    ],
)
def test_refuses_an_offer(pattern: str, new: str, media: str, status: int, code: str) -> None:
    """A body that is no offer, or one that aiortc cannot accept, is refused; and no more harm."""

    async def refuse(sandbox: Sandbox) -> httpx.Response:
        peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        peer.addTrack(aiortc.AudioStreamTrack())
        peer.createDataChannel("oai-events")
        answer = await call(sandbox, peer, pattern, new, media)
        await peer.close()
        return answer

    with Sandbox() as sandbox:
        answer = run(refuse(sandbox))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
