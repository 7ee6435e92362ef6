# SPDX-License-Identifier: MIT
"""The SDP answer without aiortc: valid, but nothing listens for the media connection."""

from __future__ import annotations

from secrets import token_bytes, token_hex

from .errors import refuse_offer

MEDIA_TYPE = "application/sdp"
_REQUIRED = ("v=0", "m=", "a=mid:", "a=ice-ufrag:", "a=fingerprint:")
# An answer repeats these lines of the offer; all others describe the browser's own side.
_REPEATED = ("a=group:", "m=", "a=mid:", "a=rtcp-mux", "a=rtpmap:", "a=fmtp:", "a=sctp-port:")
_DIRECTIONS = {"a=recvonly": "a=sendonly", "a=sendonly": "a=recvonly", "a=inactive": "a=inactive"}


def answer_offer(offer: str) -> str:
    """Return an answer that accepts all media of the offer. Raises the Refusal 400."""
    offered = offer.splitlines()
    if not all(any(line.startswith(start) for line in offered) for start in _REQUIRED):
        raise refuse_offer()
    fingerprint = token_bytes(32).hex(":").upper()
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 0.0.0.0", "t=0 0"]
    lines += [f"a=ice-ufrag:{token_hex(4)}", f"a=ice-pwd:{token_hex(16)}"]
    lines += [f"a=fingerprint:sha-256 {fingerprint}", "a=setup:active"]
    for line in offered:
        if line.startswith(_REPEATED) or line in _DIRECTIONS:
            lines.append(_DIRECTIONS.get(line, line))
    return "\r\n".join([*lines, ""])
