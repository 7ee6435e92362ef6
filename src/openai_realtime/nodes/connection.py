# SPDX-License-Identifier: MIT
"""A client with KNIME around it: its cancel switch and its progress line.

Imports httpcore; so the nodes import this module only while they run.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from openai_realtime.client.batch import Batch, RowError
from openai_realtime.client.client import Client, Surroundings
from openai_realtime.errors import RealtimeError, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import knime.extension as knext

    from openai_realtime.client.authentication import Authentication
    from openai_realtime.client.reply import Reply
    from openai_realtime.nodes.ports import ConfigurationSpec

T = TypeVar("T")


def connect(
    ctx: knext.ExecutionContext, spec: ConfigurationSpec, authentication: Authentication
) -> Client:
    """Return a client for the server of `spec`; close it after use."""
    surroundings = Surroundings(
        is_canceled=ctx.is_canceled,
        report=lambda message: ctx.set_progress(0.3, message),
    )
    return Client(spec.configuration, authentication, surroundings)


def connect_many(
    ctx: knext.ExecutionContext,
    spec: ConfigurationSpec,
    authentication: Authentication,
    digest: Callable[[Reply], T],
    *,
    in_flight: int,
    per_minute: float | None,
) -> Batch[T]:
    """Return what sends many requests to the server of `spec`, a context manager."""
    return Batch(
        spec.configuration,
        authentication,
        digest,
        in_flight=in_flight,
        per_minute=per_minute,
        surroundings=Surroundings(is_canceled=ctx.is_canceled),
    )


@contextmanager
def name_rows(row_ids: Any) -> Iterator[None]:  # noqa: ANN401 - a pyarrow array
    """Let an error that is one row's say which, by its id."""
    failure: RealtimeError | None = None
    try:
        yield
    except RowError as error:
        # The problem matters more than a long id.
        failure = RealtimeError(f"Row '{fold(row_ids[error.index].as_py(), 60)}': {error}")
    if failure is not None:
        raise failure
