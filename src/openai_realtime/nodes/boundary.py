# SPDX-License-Identifier: MIT
"""Where our errors become KNIME's: one line to the user, no cause behind it.

KNIME writes the traceback of every failure, with all its causes, to its log. The exception that
leaves here is therefore raised outside of any handler and has no cause and no context.
"""

from __future__ import annotations

import traceback
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import knime.extension as knext

from openai_realtime.errors import RealtimeError, SettingsError, fold
from openai_realtime.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

P = ParamSpec("P")
T = TypeVar("T")


class NodeError(RuntimeError):
    """What a node's `execute` fails with, unless the dialog is to blame; one line."""


def translate_errors(method: Callable[P, T]) -> Callable[P, T]:
    """Wrap a node's `configure` or `execute` so that it raises only what KNIME shows well.

    SettingsError becomes InvalidParametersError, every other RealtimeError a NodeError.
    """

    @wraps(method)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except SettingsError as error:
            failure: Exception = knext.InvalidParametersError(redact(str(error)))
        except RealtimeError as error:
            failure = NodeError(redact(str(error)))
        except knext.InvalidParametersError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours, but the user's log
            where = traceback.extract_tb(error.__traceback__)[-1]
            failure = NodeError(
                f"Unexpected {type(error).__name__} at {where.name}:{where.lineno}: "
                f"{redact(fold(str(error), 120))} Please report this."
            )
        raise failure

    return wrapper


def warn(ctx: knext.ConfigurationContext, warnings: Iterable[str]) -> None:
    """Show `warnings` on the node, together, because KNIME shows the last one only."""
    lines = [redact(line) for line in warnings]
    if lines:
        ctx.set_warning("\n".join(lines))
