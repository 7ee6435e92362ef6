# SPDX-License-Identifier: MIT
"""The boundary between KNIME and a running node: errors, warnings, progress and cancel.

KNIME logs the traceback of every failure with all its causes, and these may contain secrets. So the
exception for KNIME is raised outside of any handler: it has no cause and no context.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import knime.extension as knext

from openai_realtime.errors import RealtimeError, SettingsError, fold
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from openai_realtime.client.authentication import SecretHeader
    from openai_realtime.client.reply import Reply
    from openai_realtime.nodes.ports import ConfigurationSpec
    from openai_realtime.request import SessionRequest

P = ParamSpec("P")
T = TypeVar("T")


class NodeError(RuntimeError):
    """The failure of a node for other reasons than its settings; one line."""


def translate_errors(method: Callable[P, T]) -> Callable[P, T]:
    """Wrap a node's `configure` or `execute` so that each error is one line in KNIME.

    SettingsError becomes InvalidParametersError, every other error a NodeError.
    """

    @wraps(method)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except SettingsError as error:
            failure: Exception = knext.InvalidParametersError(redact(str(error)))
        except RealtimeError as error:
            failure = NodeError(redact(str(error)))
        except Exception as error:  # noqa: BLE001 - the user gets one line, also for our bugs
            import traceback

            where = traceback.extract_tb(error.__traceback__)[-1]
            failure = NodeError(
                f"Unexpected {type(error).__name__} at {where.name}:{where.lineno}: "
                f"{redact(fold(str(error), 120))} Please report this."
            )
        raise failure

    return wrapper


@contextmanager
def name_rows(row_ids: Any) -> Iterator[None]:
    """Add the row's id to the message of an error that one row caused."""
    try:
        yield
    except RealtimeError as error:
        if error.row is None:
            raise
        name = fold(row_ids[error.row].as_py(), 60)
        text = str(error).removesuffix(error.tail)
        raise RealtimeError(f"Row '{name}': {text}", error.request_id) from None


def warn(ctx: knext.ConfigurationContext, warnings: Iterable[str]) -> None:
    """Show all `warnings`, one a line, at once, because KNIME only shows the last one."""
    lines = [" ".join(redact(line).split()) for line in warnings]
    if lines:
        ctx.set_warning("\n".join(lines))


def send_one(
    ctx: knext.ExecutionContext,
    spec: ConfigurationSpec,
    secret_headers: Sequence[SecretHeader],
    request: SessionRequest,
    digest: Callable[[Reply], T],
) -> T:
    """Send one request; return the result of `digest` for the answer, also for an HTTP error.

    Raises a RealtimeError if there was no answer, what `digest` raises, and CanceledError.
    """
    from openai_realtime.client.engine import Engine

    results: list[T | RealtimeError] = []
    server = spec.configuration
    with Engine(server, secret_headers, digest, is_canceled=ctx.is_canceled) as engine:
        for found in engine.run([request], 1, fail_fast=False):
            results += found
            ctx.set_progress(0.3, engine.attempts.activity)
    (result,) = results
    if isinstance(result, RealtimeError):
        raise result
    return result
