# SPDX-License-Identifier: MIT
"""How a node is called: inputs by port, on a thread of its own, outputs by port."""
# ruff: noqa: ANN401 - objects of the API are of one type in the stand-in, of another in KNIME's

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from realtime_dev.host.results import HostError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

R = TypeVar("R")


def copy_json(model: dict[str, Any]) -> dict[str, Any]:
    """Return the settings as JSON gives them back."""
    copied: dict[str, Any] = json.loads(json.dumps(model))
    return copied


def pair_inputs(inputs: Sequence[Any], ports: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return each port with its input, None for those that are left out. Raises HostError."""
    if len(inputs) > len(ports):
        raise HostError(f"{len(inputs)} inputs were given to a node with {len(ports)} input ports")
    padded = [*inputs, *[None] * (len(ports) - len(inputs))]
    return list(zip(padded, ports, strict=True))


def list_outputs(result: Any, entry: Any, missing: list[Any]) -> list[Any]:
    """Return a node's result as one item per output port. Raises OutputError for another count."""
    if result is None:
        result = missing
    listed = list(result) if isinstance(result, (list, tuple)) else [result]
    if len(listed) != len(entry.output_ports):
        wanted = len(entry.output_ports)
        raise OutputError(f"node '{entry.name}' has {wanted} outputs but gave {len(listed)}")
    return listed


def call_in_thread(function: Callable[[], R]) -> R:
    """Call the function as KNIME does, not on the main thread; raise what it raises."""
    results: list[R] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            errors.append(error)

    # A daemon, or Ctrl-C would have to wait for the node.
    thread = threading.Thread(target=run, name="node", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
