# SPDX-License-Identifier: MIT
"""Calls over WebRTC, with aiortc as the client."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from realtime_dev.sandbox import Sandbox

REASON = "needs aiortc, of the extra 'clients'"
aiortc = pytest.importorskip("aiortc", reason=REASON)
# After this import the client, too, finds the server on a machine without a network.
pytest.importorskip("realtime_dev.sandbox.webrtc", reason=REASON)


class Caller:
    """A client of WebRTC; `events` are those of the server."""

    def __init__(self) -> None:
        self.peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        self.channel = self.peer.createDataChannel("oai-events")
        self.channel.on("message", lambda message: self.events.put_nowait(json.loads(message)))

    async def call(self, sandbox: Sandbox, drop: str = "$^") -> httpx.Response:
        """Send the offer, without what matches `drop`, and take the answer."""
        await self.peer.setLocalDescription(await self.peer.createOffer())
        offer = re.sub(drop, "", self.peer.localDescription.sdp)
        headers = {"authorization": f"Bearer {sandbox.api_key}", "content-type": "application/sdp"}
        async with httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as client:
            url = f"{sandbox.base_url}/realtime/calls"
            answer = await client.post(url, content=offer)
        if answer.is_success:
            description = aiortc.RTCSessionDescription(answer.text, "answer")
            await self.peer.setRemoteDescription(description)
        return answer

    async def ask(self, event: dict[str, Any] | None, last: str) -> list[str]:
        """Send an event and return the types of those until the `last`, without repetitions."""
        if event is not None:
            self.channel.send(json.dumps(event))
        types: list[str] = []
        while types[-1:] != [last]:
            kind = (await self.events.get())["type"]
            types = [name for name in types if name != kind] + [kind]
        return types


async def talk(sandbox: Sandbox) -> None:
    """Have a conversation with sound in both directions."""
    caller = Caller()
    received: asyncio.Queue[Any] = asyncio.Queue()
    caller.peer.on("track", received.put_nowait)
    caller.peer.addTrack(aiortc.AudioStreamTrack())
    assert (await caller.call(sandbox)).status_code == 201
    assert await caller.ask(None, "session.created") == ["session.created"]
    types = await caller.ask({"type": "response.create"}, "output_audio_buffer.stopped")
    assert "output_audio_buffer.started" in types
    assert "response.output_audio_transcript.delta" in types
    assert "response.output_audio.delta" not in types
    track = await received.get()
    while not any(bytes((await track.recv()).planes[0])):
        pass
    await caller.ask({"type": "response.create"}, "response.done")
    clear = {"type": "output_audio_buffer.clear"}
    assert "output_audio_buffer.cleared" in await caller.ask(clear, "output_audio_buffer.cleared")
    await caller.peer.close()


async def call_and_wait(sandbox: Sandbox) -> Caller:
    """Call without sound and without addresses in the offer, as browsers do; do not hang up."""
    caller = Caller()
    assert (await caller.call(sandbox, "a=(candidate|end-of-candidates).*\r\n")).status_code == 201
    await caller.ask(None, "session.created")
    return caller


def run(action: Any) -> Any:
    """Run a client, with a limit far above what it needs."""
    return asyncio.run(asyncio.wait_for(action, 60))


def test_talks() -> None:
    """A caller gets events over the data channel and a tone over the audio track."""
    with Sandbox() as sandbox:
        run(talk(sandbox))


def test_hangs_up_at_the_end() -> None:
    """A caller whose offer has no address is found; the end of the sandbox ends the call."""
    before = threading.enumerate()

    async def stay() -> None:
        stack = ExitStack()
        caller = await call_and_wait(stack.enter_context(Sandbox()))
        closed = asyncio.Event()
        caller.channel.on("close", closed.set)
        await asyncio.to_thread(stack.close)
        await closed.wait()
        await caller.peer.close()

    run(stay())
    assert threading.enumerate() == before


def test_refuses_an_offer() -> None:
    """An offer that aiortc cannot accept is refused."""

    async def refuse(sandbox: Sandbox) -> httpx.Response:
        caller = Caller()
        answer = await caller.call(sandbox, "a=ice-pwd:.*\r\n")
        await caller.peer.close()
        return answer

    with Sandbox() as sandbox:
        answer = run(refuse(sandbox))
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_offer")
