# SPDX-License-Identifier: MIT
"""One HTTP exchange: bounded in size and time, and stopped at once when the user says so."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from openai_realtime.client.redirect import CIRCLES, LIMIT, read_redirect
from openai_realtime.client.reply import Reply
from openai_realtime.errors import UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from openai_realtime.client.transport import Transport

POLL = 0.05
"""Seconds between two looks at the cancel switch; DESIGN allows 0.1."""

SIZE_LIMIT = 4 * 1024 * 1024
"""The largest body that is read, in bytes."""

_PIECE = 16 * 1024


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
    response = transport.ask(call.method, url, call.headers, call.content)
    status = response.status
    try:
        raw = _collect(response.iter_stream(), status, call.watch)
    finally:
        response.close()
    headers = _read_headers(response.headers)
    if "content-encoding" not in headers:
        return Reply(status, headers, raw, secrets=call.secrets)
    content = _unpack(raw, status, headers["content-encoding"], call.watch)
    return Reply(
        status,
        headers,
        raw if content is None else content,
        secrets=call.secrets,
        is_garbled=content is None,
    )


def _unpack(raw: bytes, status: int, encoding: str, watch: Callable[[], None]) -> bytes | None:
    """Return a body without its compression; None if it has another one than it says."""
    import httpx  # noqa: PLC0415 - slow, and seldom needed: compression is not asked for

    # In pieces, so that what blows up when it is unpacked is noticed in time.
    pieces = (raw[start : start + _PIECE] for start in range(0, len(raw), _PIECE))
    headers = [(b"content-encoding", encoding.encode())]
    packed = httpx.Response(status, headers=headers, content=pieces)
    try:
        return _collect(packed.iter_bytes(), status, watch)
    except httpx.DecodingError:
        # Better as it came than not at all: the status tells something, raw output shows all.
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
        if size > SIZE_LIMIT:
            raise UnexpectedAnswerError(
                f"The server's answer is larger than {SIZE_LIMIT // 1024 // 1024} MB; this is no "
                "client secret. Check the base URL.",
                status=status,
            )
        collected.append(chunk)
    return b"".join(collected)


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
