# SPDX-License-Identifier: MIT
"""The engine with KNIME around it: its cancel switch and its progress line.

Imports httpx, so nodes import this module only while they run.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from openai_realtime.client.engine import Engine
from openai_realtime.errors import MESSAGE_LIMIT, RealtimeError, fold
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import knime.extension as knext

    from openai_realtime.client.authentication import Authentication
    from openai_realtime.client.reply import Reply
    from openai_realtime.nodes.ports import ConfigurationSpec
    from openai_realtime.request import SessionRequest

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


def open_engine(
    ctx: knext.ExecutionContext,
    spec: ConfigurationSpec,
    authentication: Authentication,
    digest: Callable[[Reply], T],
    *,
    in_flight: int = 1,
    per_minute: float | None = None,
) -> Engine[T]:
    """Return what sends requests to the server of `spec`, a context manager."""
    return Engine(
        spec.configuration,
        authentication,
        digest,
        in_flight=in_flight,
        per_minute=per_minute,
        is_canceled=ctx.is_canceled,
    )


def send_one(
    ctx: knext.ExecutionContext,
    spec: ConfigurationSpec,
    authentication: Authentication,
    request: SessionRequest,
) -> Reply:
    """Send one request and return the last answer, also if it is an HTTP error.

    Raises our error if no answer came, CanceledError on cancel.
    """
    found: list[Reply | RealtimeError] = []
    with open_engine(ctx, spec, authentication, lambda reply: reply) as engine:
        for replies in engine.run([request], 1, fail_fast=False):
            found += replies
            ctx.set_progress(0.3, engine.attempts.activity)
    (result,) = found
    came = type(result).__name__ if isinstance(result, RealtimeError) else result.status
    address = redact(f"{spec.configuration.base_url}/{request.endpoint}")
    _LOG.info("%s %s: %s", request.method, address, came)
    if isinstance(result, RealtimeError):
        raise result
    return result


@contextmanager
def name_rows(row_ids: Any) -> Iterator[None]:  # noqa: ANN401 - a pyarrow array
    """Let an error of one row name it by its id."""
    failure: RealtimeError | None = None
    try:
        yield
    except RealtimeError as error:
        if error.row is None:
            raise
        # The problem matters more than a long id; support asks for the request id.
        name = f"Row '{fold(row_ids[error.row].as_py(), 60)}': "
        request_id = getattr(error, "request_id", "")
        tail = f" (request id {request_id})" if request_id else ""
        limit = MESSAGE_LIMIT - len(name) - len(tail)
        failure = RealtimeError(name + fold(str(error).removesuffix(tail), limit) + tail)
    if failure is not None:
        raise failure
