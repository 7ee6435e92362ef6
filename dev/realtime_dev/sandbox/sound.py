# SPDX-License-Identifier: MIT
"""A quiet tone, and the detection of speech: loud sound, and then silence. Both only for PCM."""

import math
from array import array
from collections.abc import Iterator

PCM = "audio/pcm"
PCM_RATE = 24_000
# A millisecond of silence in each audio format of the API.
SILENCE = {PCM: bytes(PCM_RATE * 2 // 1000), "audio/pcmu": b"\xff" * 8, "audio/pcma": b"\xd5" * 8}
_FRAME = 20 * len(SILENCE[PCM])
_FREQUENCY = 400
_LOUD = 1000  # of 32768


def create_tone(milliseconds: int, rate: int = PCM_RATE) -> bytes:
    """Return a tone as 16-bit PCM; tones of 5 ms, or a multiple, join without a click."""
    step = 2 * math.pi * _FREQUENCY / rate
    samples = range(rate * milliseconds // 1000)
    return array("h", (int(2 * _LOUD * math.sin(step * n)) for n in samples)).tobytes()


class SpeechDetector:
    """Tells when speech begins and ends."""

    def __init__(self) -> None:
        self._rest = b""
        self._now = 0
        self._silence: int | None = None  # milliseconds; None before speech

    def reset(self) -> None:
        """Forget the speech so far, but not the time."""
        self._rest, self._silence = b"", None

    def listen(self, audio: bytes, max_silence: int) -> Iterator[tuple[bool, int]]:
        """Yield True when speech begins and False after `max_silence` ms; and when, in ms."""
        audio = self._rest + audio
        self._rest = audio[len(audio) // _FRAME * _FRAME :]
        for start in range(0, len(audio) - len(self._rest), _FRAME):
            is_loud = max(array("h", audio[start : start + _FRAME])) >= _LOUD
            if is_loud and self._silence is None:
                yield True, self._now
            self._now += 20
            if is_loud or self._silence is not None:
                self._silence = 0 if is_loud else (self._silence or 0) + 20
            if self._silence is not None and self._silence >= max_silence:
                self._silence = None
                yield False, self._now
