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

REASON = "needs aiortc, of the extra 'clients'"
aiortc = pytest.importorskip("aiortc", reason=REASON)
# After this import the client, too, finds the server on a machine without a network.
pytest.importorskip("realtime_dev.sandbox.webrtc", reason=REASON)

pytestmark = pytest.mark.clients  # CI installs aiortc only for these


async def call(sandbox: Sandbox, peer: Any, drop: str) -> httpx.Response:
    """Send the offer, without the lines that match `drop`, and take the answer."""
    peer.addTrack(aiortc.AudioStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    offer = re.sub(f"(?m)^a=({drop}).*\r\n", "", peer.localDescription.sdp)
    headers = {"authorization": f"Bearer {sandbox.api_key}", "content-type": "application/sdp"}
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
    channel = peer.createDataChannel("oai-events")
    channel.on("message", events.put_nowait)
    channel.on("close", closed.set)
    peer.on("track", tracks.put_nowait)

    async def wait_for(last: str, event: str | None = None) -> set[str]:
        if event is not None:
            channel.send(json.dumps({"type": event}))
        types: set[str] = set()
        while last not in types:
            types.add(json.loads(await events.get())["type"])
        return types

    answer = await call(sandbox, peer, "candidate|end-of-candidates")
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


def test_refuses_an_offer() -> None:
    """An offer that aiortc cannot accept is refused."""

    async def refuse(sandbox: Sandbox) -> httpx.Response:
        peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        answer = await call(sandbox, peer, "ice-pwd")
        await peer.close()
        return answer

    with Sandbox() as sandbox:
        answer = run(refuse(sandbox))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_offer")
