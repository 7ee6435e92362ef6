# SPDX-License-Identifier: MIT
"""What our schemas have and the installed `openai` package has not, by tests/data/schema-drift.txt.

A setting that the package does not know yet is pinned there. The property tests then take the
pinned places out of a body before they ask the package's types.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openai_realtime.api import Api

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openai_realtime.form import Form

PINNED = Path(__file__).parents[1] / "data" / "schema-drift.txt"
_LINE = re.compile(r"(\S+): (?:field|enum|variant): schema has (.+), package has not")


def drop_pinned(
    body: Any, form: Form, api: Api = Api.GA, lines: Iterable[str] | None = None
) -> Any:
    """Return `body` without the fields, values and variants that only our schema has."""
    body = copy.deepcopy(body)
    for line in PINNED.read_text("utf-8").splitlines() if lines is None else lines:
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        steps, value = re.findall(r"\[[^]]*\]|[^.\[\]]+", match[1]), match[2].strip("'")
        if api is Api.BETA:
            plain = tuple(step for step in steps if not step.startswith("["))
            steps = next((list(p.beta or ()) for p in form.places if p.path == plain), [])
        for holder, name in list(_find(body, steps)):
            if value in ("it", holder[name]):
                del holder[name]
    return body


def _find(holder: Any, steps: list[str]) -> Iterator[tuple[Any, Any]]:
    """Yield each holder and name that a drift line's path leads to; `[tag]` is a `type`."""
    if not steps or not isinstance(holder, dict) or steps[0] not in holder:
        return
    name, *rest = steps
    inner = holder[name]
    if not rest:
        yield holder, name
    elif not rest[0].startswith("["):
        yield from _find(inner, rest)
    else:
        tag, *deeper = rest
        owner = inner if isinstance(inner, list) else {name: inner}
        keys = range(len(owner) - 1, -1, -1) if isinstance(owner, list) else [name]
        for key in keys:
            each = owner[key]
            if isinstance(each, dict) and each.get("type") == tag.strip("[]"):
                found = _find(each, deeper)
                yield from found if deeper else [(inner if inner is owner else holder, key)]
