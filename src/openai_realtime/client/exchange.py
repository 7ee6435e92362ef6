# SPDX-License-Identifier: MIT
"""One HTTP exchange: bounded in size and time, and stopped at once when the user says so."""

from __future__ import annotations

import json
import threading
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpcore

from openai_realtime.client.network import FAILURES
from openai_realtime.client.redirect import CIRCLES, LIMIT, read_redirect
from openai_realtime.client.reply import Reply
from openai_realtime.errors import RealtimeError, UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from openai_realtime.client.proxy import Proxy
    from openai_realtime.client.transport import Transport
    from openai_realtime.request import SessionRequest

_ENCODER = json.JSONEncoder(ensure_ascii=False)  # made once: json.dumps makes one each time
_SHORTEST_KEY = 8  # characters; below that it is no key but a word such as "none"

POLL = 0.05
"""Seconds between two looks at the cancel switch; DESIGN allows 0.1."""

SIZE_LIMIT = 4 * 1024 * 1024
"""The largest body that is read, in bytes."""

# How zlib calls them; what is called deflate comes with a header or without.
_CODINGS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
# What they raise, httpcore passes on as it is, at least in the middle of a body.
_PARSERS = ("h2", "h11", "hpack", "hyperframe")


@dataclass(frozen=True)
class Call:
    """A request: what is sent, and which `secrets` nobody is to see should the server repeat it.

    `watch` is called for each piece of the answer's body and may raise.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    watch: Callable[[], None] = lambda: None


def send(transport: Transport, call: Call) -> Reply:
    """Send `call`, and after it what redirects within the server ask for; return the answer.

    The answer to a redirect that is not followed says why in its `detour`; a body that cannot be
    unpacked is left as it came. Raises httpcore's errors, UnicodeError for an impossible host, and
    UnexpectedAnswerError as soon as the body exceeds `SIZE_LIMIT`.
    """
    url = call.url
    for _ in range(LIMIT + 1):
        reply = _send_once(transport, call, url)
        if reply.is_success:
            return reply
        redirect = read_redirect(call.method, url, reply.status, reply.headers.get("location", ""))
        if redirect is None:
            return reply
        if redirect.problem:
            return replace(reply, detour=redirect.problem)
        url = redirect.url
    return replace(reply, detour=CIRCLES)


def _send_once(transport: Transport, call: Call, url: str) -> Reply:
    try:
        status, headers, raw = _receive(transport, call, url)
    except (*FAILURES, RealtimeError):
        raise
    except Exception as error:
        if not _is_breach(error):
            raise
        said = type(error).__name__
    else:
        content = _unpack(raw, status, headers.get("content-encoding", ""))
        return Reply(
            status,
            headers,
            raw if content is None else content,
            secrets=call.secrets,
            # Better as it came than not at all: the status tells something, raw output shows all.
            is_garbled=content is None,
        )
    # Outside of the handler, because what such errors quote is anybody's guess.
    raise httpcore.RemoteProtocolError(said)


def _receive(transport: Transport, call: Call, url: str) -> tuple[int, dict[str, str], bytes]:
    response = transport.ask(call.method, url, call.headers, call.content)
    try:
        body = _collect(response.iter_stream(), response.status, call.watch)
    finally:
        response.close()
    return response.status, _read_headers(response.headers), body


def _is_breach(error: Exception) -> bool:
    """Return whether an answer broke the rules of HTTP in a way that httpcore does not expect."""
    return isinstance(error, ValueError) or type(error).__module__.startswith(_PARSERS)


def _unpack(raw: bytes, status: int, encoding: str) -> bytes | None:
    """Return a body without its compression; None if it has another one than it says.

    Compression is not asked for. A proxy on the way may do it all the same.
    """
    for coding in reversed(encoding.lower().split(",")):
        if not raw or coding.strip() in ("", "identity"):
            continue
        if coding.strip() not in _CODINGS:
            # Perhaps it only says so.
            return raw if _is_text(raw) else None
        tries = (_inflate(raw, bits) for bits in _CODINGS[coding.strip()])
        unpacked = next((each for each in tries if each is not None), None)
        if unpacked is None:
            return None
        _check_size(len(unpacked), status)
        raw = unpacked
    return raw


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _inflate(raw: bytes, bits: int) -> bytes | None:
    try:
        # No more than needed to know that it is too much: a few bytes can become gigabytes.
        return zlib.decompressobj(bits).decompress(raw, SIZE_LIMIT + 1)
    except zlib.error:
        return None


def _read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for field_name, field_value in raw:
        name, value = field_name.decode("latin-1").lower(), _read_text(field_value)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _read_text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _collect(chunks: Iterable[bytes], status: int, watch: Callable[[], None]) -> bytes:
    collected: list[bytes] = []
    size = 0
    for chunk in chunks:
        watch()
        size += len(chunk)
        _check_size(size, status)
        collected.append(chunk)
    return b"".join(collected)


def _check_size(size: int, status: int) -> None:
    if size > SIZE_LIMIT:
        raise UnexpectedAnswerError(
            f"The server's answer is larger than {SIZE_LIMIT // 1024 // 1024} MB; this is no "
            "client secret. Check the base URL.",
            status=status,
        )


def encode_body(request: SessionRequest) -> bytes:
    """Return the body as it is sent."""
    # Half a surrogate pair has no UTF-8; Python's escape for it is JSON's as well.
    return _ENCODER.encode(request.body).encode(errors="backslashreplace")


def list_secrets(key: str, proxy: Proxy | None) -> tuple[str, ...]:
    """Return what nobody is to see, should a server or a proxy repeat it."""
    return tuple(filter(is_key, [key, *(proxy.secrets if proxy is not None else ())]))


def is_key(secret: str) -> bool:
    """Return whether `secret` is long enough to be one, and not a word such as *none*."""
    return len(secret) >= _SHORTEST_KEY


def run_watched(
    work: Callable[[], Reply], watch: Callable[[], None], interrupt: Callable[[], None]
) -> Reply:
    """Return what `work` returns, run in a thread of its own; raise what it raises.

    `watch` is called every `POLL` seconds in the calling thread, which alone may talk to KNIME.
    When it raises, `interrupt` is to wake the worker, and the exception is passed on at once.
    """
    replies: list[Reply] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            replies.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failures.append(error)
        finally:
            done.set()

    watch()
    thread = threading.Thread(target=run, name="openai-realtime-exchange", daemon=True)
    thread.start()
    try:
        while not done.wait(POLL):
            watch()
    except BaseException:
        interrupt()
        thread.join(2 * POLL)
        raise
    thread.join()
    if failures:
        raise failures[0]
    return replies[0]
