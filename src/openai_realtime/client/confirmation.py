# SPDX-License-Identifier: MIT
"""Whether an answer belongs to its request, so that no row gets another row's secret.

A server or proxy that sends one answer too many on a kept connection shifts all later ones. So
on a connection that was used before, an answer counts only if its secret is new in this run, and
if it repeats all settings of the request, except those that this server does not repeat.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from openai_realtime.errors import RealtimeError

if TYPE_CHECKING:
    from openai_realtime.client.reply import Reply

Path = tuple[str | int, ...]


class Confirmation:
    """Remembers a run's secrets (by hash), and which settings its server does not repeat."""

    def __init__(self) -> None:
        self.repeated = 0
        """How many secrets were given to a second request, each time on a new connection."""
        self._seen: set[int] = set()
        self._not_repeated: set[Path] = set()
        self._lock = threading.Lock()

    @property
    def created(self) -> int:
        """How many different secrets were received."""
        return len(self._seen)

    def confirm(self, reply: Reply, body: Mapping[str, object], *, is_fresh: bool) -> bool:
        """Return whether a success is the answer to a request with that `body`; remember it if so.

        On a fresh connection every answer is. These tell which settings the server leaves out of
        its answers or changes, such as a model's alias; those are not compared from then on.
        """
        try:
            secret = reply.client_secret
        except RealtimeError:
            return is_fresh
        differences = set(find_differences(body, secret.body))
        number = hash(secret.value)
        with self._lock:
            is_new = number not in self._seen
            if is_fresh:
                self._not_repeated |= differences
                self.repeated += not is_new
            elif not is_new or not differences <= self._not_repeated:
                return False
            self._seen.add(number)
        return True


def find_differences(sent: object, answered: object, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of values in `sent` that `answered` lacks, or has with another value.

    What `answered` has besides is no difference.
    """
    if isinstance(sent, Mapping) and isinstance(answered, Mapping):
        for name, value in sent.items():
            if name in answered:
                yield from find_differences(value, answered[name], (*path, name))
            else:
                yield (*path, name)
    elif isinstance(sent, list) and isinstance(answered, list) and len(sent) == len(answered):
        for index, (one, other) in enumerate(zip(sent, answered, strict=True)):
            yield from find_differences(one, other, (*path, index))
    elif sent != answered:
        yield path
