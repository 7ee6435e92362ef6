# SPDX-License-Identifier: MIT
"""A quiet tone, and the detection of speech by its loudness, in the API's audio formats."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PCM = "audio/pcm"
PCM_RATE = 24_000
BYTES_PER_MS = {PCM: PCM_RATE * 2 // 1000, "audio/pcmu": 8, "audio/pcma": 8}
# In both G.711 formats the lower seven bits grow with the loudness after XOR with these.
_G711_MASKS = {"audio/pcmu": 0xFF, "audio/pcma": 0x55}
_FRAME_MS = 20
_FREQUENCY = 400
_LOUD = 1000  # of 32768
_LOUD_G711 = 0x30  # the same loudness


def create_tone(milliseconds: int, rate: int = PCM_RATE) -> bytes:
    """Return a tone as 16-bit PCM; with a multiple of 5 ms, copies of it join without a click."""
    step = 2 * math.pi * _FREQUENCY / rate
    samples = range(rate * milliseconds // 1000)
    return array("h", (int(2 * _LOUD * math.sin(step * n)) for n in samples)).tobytes()


def encode_tone(milliseconds: int, kind: str) -> bytes:
    """Return a tone in an audio format of the API."""
    if kind == PCM:
        return create_tone(milliseconds)
    high, low = ((_LOUD_G711 | sign) ^ _G711_MASKS[kind] for sign in (0, 0x80))
    half = [BYTES_PER_MS[kind] * 500 // _FREQUENCY]
    return bytes([high] * half[0] + [low] * half[0]) * (milliseconds * _FREQUENCY // 1000)


class SpeechDetector:
    """Tells when speech begins and ends: loud sound, and then silence."""

    def __init__(self) -> None:
        self._rest = b""
        self._now = 0
        self._silence: int | None = None  # milliseconds; None before speech

    def listen(self, audio: bytes, kind: str, max_silence: float) -> Iterator[tuple[bool, int]]:
        """Yield whether speech has begun or, after `max_silence` ms, ended, and when, in ms."""
        audio = self._rest + audio
        size = _FRAME_MS * BYTES_PER_MS[kind]
        end = len(audio) - len(audio) % size
        self._rest = audio[end:]
        for start in range(0, end, size):
            is_loud = _is_loud(audio[start : start + size], kind)
            if is_loud and self._silence is None:
                yield True, self._now
            self._now += _FRAME_MS
            if is_loud:
                self._silence = 0
            elif self._silence is not None:
                self._silence += _FRAME_MS
                if self._silence >= max_silence:
                    self._silence = None
                    yield False, self._now


def _is_loud(frame: bytes, kind: str) -> bool:
    if kind == PCM:
        return max(array("h", frame)) >= _LOUD
    return max((byte ^ _G711_MASKS[kind]) & 0x7F for byte in frame) >= _LOUD_G711
