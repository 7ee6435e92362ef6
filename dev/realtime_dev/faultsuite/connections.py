# SPDX-License-Identifier: MIT
"""Connections that are not made, break, fall silent or drag on."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

from realtime_dev.faultsuite.entry import (
    CLIENT_SECRET,
    GOOD_ANSWER,
    GOOD_BODY,
    Entry,
    Outcome,
    Place,
    Wire,
    play,
)
from realtime_dev.sandbox import Step, compose_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from realtime_dev.sandbox import Piece

_HEAD = GOOD_ANSWER[: GOOD_ANSWER.index(b"\r\n\r\n") + 4]
_GONE, _LOST = Outcome.UNREACHABLE, "broke"
_LATE = "did not answer"


def list_entries() -> list[Entry]:
    """Return the entries of this kind."""
    return [*_list_unmade(), *_list_broken(), *_list_silent(), *_list_slow()]


def _list_unmade() -> list[Entry]:
    quick = {"connect_timeout": 0.3, "attempts": 1}
    return [
        Entry(name="nothing listens", script=Place(_refuse), expected=_GONE,
              says="refuses the connection", settings={"attempts": 2}),
        Entry(name="nobody accepts", script=Place(open_full), expected=_GONE,
              says="could not be connected to in time", settings=quick),
        Entry(name="nobody accepts, until the deadline", script=Place(open_full), expected=_GONE,
              says="within 1 s", settings={"connect_timeout": 5}, deadline=1.0),
        Entry(name="host unknown", script=Place(lambda _: ("http://nowhere.invalid/v1", _none)),
              expected=_GONE, says="nowhere.invalid", settings=quick),
    ]  # fmt: skip


def _list_broken() -> list[Entry]:
    broken: dict[str, tuple[Piece, ...]] = {
        "reset at once": (Step.RESET,),
        "reset after the request": (Step.READ, Step.RESET),
        "reset within the status line": (Step.READ, b"HTTP/1.1 20", 0.02, Step.RESET),
        "reset within the headers": (Step.READ, _HEAD[:40], 0.02, Step.RESET),
        "reset after the headers": (Step.READ, _HEAD, 0.02, Step.RESET),
        "reset within the body": (Step.READ, _HEAD + GOOD_BODY[:20], 0.02, Step.RESET),
        "closed without an answer": (Step.READ, Step.CLOSE),
        "closed without reading": (Step.CLOSE,),
        "half closed without an answer": (Step.READ, Step.HALF_CLOSE, Step.HOLD),
        "closed within the status line": (Step.READ, b"HTTP/1.1 20"),
        "closed within the headers": (Step.READ, _HEAD[:40]),
        "closed after the headers": (Step.READ, _HEAD),
        "closed within the body": (Step.READ, _HEAD + GOOD_BODY[:20]),
    }
    won = Outcome.SUCCESS
    after: tuple[Piece, ...] = (Step.READ, GOOD_ANSWER, Step.HALF_CLOSE, Step.HOLD)
    return [
        *(
            play(name, _GONE, _LOST, script, asked=int(Step.READ in script), attempts=1)
            for name, script in broken.items()
        ),
        play("closed without an answer, twice", _GONE, "(2 attempts", (Step.READ,), attempts=2),
        play("reset after the body", won, CLIENT_SECRET, (Step.READ, GOOD_ANSWER, 2.0, Step.RESET)),
        play("half closed after the answer", won, CLIENT_SECRET, after),
        play("answer before the request", won, CLIENT_SECRET, (GOOD_ANSWER, Step.READ)),
    ]


def _list_silent() -> list[Entry]:
    hold = Step.HOLD
    quick: dict[str, Any] = {"read_timeout": 0.2, "attempts": 1}
    return [
        play("silent", _GONE, _LATE, (Step.READ, hold), **quick),
        play("silent after the status line", _GONE, _LATE, (Step.READ, _HEAD[:17], hold), **quick),
        play("silent after the headers", _GONE, _LATE, (Step.READ, _HEAD, hold), **quick),
        play(
            "silent within the body",
            _GONE,
            _LATE,
            (Step.READ, _HEAD + GOOD_BODY[:20], hold),
            **quick,
        ),
        play(
            "silent, three times",
            _GONE,
            "(2 attempts",
            (Step.READ, hold),
            attempts=2,
            read_timeout=0.1,
        ),
        play("silent until the deadline", _GONE, "within 1 s", (Step.READ, hold), deadline=1.0),
        play("accepts and never reads", _GONE, _LATE, (hold,), **quick),
    ]


def _list_slow() -> list[Entry]:
    drip: list[Piece] = [piece for byte in _HEAD for piece in (bytes([byte]), 0.05)]
    drops: list[Piece] = [piece for byte in GOOD_BODY for piece in (bytes([byte]), 0.05)]
    steady: list[Piece] = [piece for byte in GOOD_ANSWER for piece in (bytes([byte]), 0.0005)]
    blanks: list[Piece] = [b" ", 0.05] * 99
    chunks: list[Piece] = [b"1\r\n \r\n", 0.05] * 99
    early: list[Piece] = [b"HTTP/1.1 102 Processing\r\n\r\n", 0.05] * 99
    endless = compose_answer(b"", headers={"content-length": "1000000"})
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    late, won = "within 1 s", Outcome.SUCCESS
    busy = compose_answer(b"{}", status="503 Busy", headers={"retry-after-ms": "2500"})
    return [
        play("headers drip", _GONE, late, (Step.READ, *drip), deadline=1.0),
        play("body drips", _GONE, late, (Step.READ, _HEAD, *drops), deadline=1.0),
        play("blanks drip", _GONE, late, (Step.READ, endless, *blanks), deadline=1.0),
        play(
            "chunks drip",
            _GONE,
            late,
            (Step.READ, chunked, *chunks),
            deadline=1.0,
        ),
        Entry(name="slow but steady", script=Wire(((Step.READ, *steady),)), expected=won,
              says=CLIENT_SECRET, deadline=60.0, quick=20.0),
        play("slow start", won, CLIENT_SECRET, (Step.READ, 0.3, GOOD_ANSWER), read_timeout=5.0),
        play(
            "1xx answers without end",
            _GONE,
            late,
            (Step.READ, *early),
            deadline=1.0,
        ),
        play("busy until the deadline", Outcome.BUSY, "(503), after 2 attempts", (Step.READ, busy),
             deadline=4.9, attempts=20),
    ]  # fmt: skip


def _none() -> int:
    return 0


def _refuse(stack: ExitStack) -> tuple[str, Callable[[], int]]:
    """Hold a port at which nothing listens."""
    held = stack.enter_context(socket.socket())
    held.bind(("127.0.0.1", 0))
    return f"http://127.0.0.1:{held.getsockname()[1]}", _none


def open_full(stack: ExitStack) -> tuple[str, Callable[[], int]]:
    """Listen with a queue so full that the next connection is not made."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(8):
        each = stack.enter_context(socket.socket())
        each.setblocking(False)  # noqa: FBT003 - its only argument
        each.connect_ex(listener.getsockname())
    time.sleep(0.05)
    return f"http://127.0.0.1:{listener.getsockname()[1]}", _none
