# SPDX-License-Identifier: MIT
"""The models that the connected server lists, for the drop-downs of a dialog."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from openai_realtime.choices import Choice, Option
from openai_realtime.client.configuration import Provider
from openai_realtime.fields import UNSET
from openai_realtime.nodes.credentials import authenticate
from openai_realtime.nodes.ports import find_configuration
from openai_realtime.request import LIST_MODELS

_TIME_LIMIT = 3.0  # seconds that a dialog waits


def offer_models(item: Choice, ctx: Any) -> list[Option]:
    """Return the options of a drop-down with the models of the connected server that belong there.

    First those that the server lists, our own before its others; last what it has shut down or
    does not list, and the entry for any other text.
    """
    models, spec = list_models(ctx), find_configuration(ctx)
    names = [name for name in sorted(models) if re.search(item.schema["x-server-names"], name)]
    if not names and spec and spec.configuration.provider is Provider.COMPATIBLE:
        names = sorted(models)  # such a server may have names of its own
    taken = {UNSET, *item.option_ids}
    added = [Option(name, name, item.place, constant=name) for name in names if name not in taken]
    *own, other = item.options
    listed = [each._replace(retires=models.get(each.id) or each.retires) for each in own + added]
    today = datetime.now(UTC).date().isoformat()
    listed.sort(key=lambda each: each.id not in models or "" < each.retires <= today)
    return [*listed, other]


@lru_cache(maxsize=1)
def list_models(ctx: Any, time_limit: float = _TIME_LIMIT) -> dict[str, str]:
    """Return the models that the connected server lists: name -> shutdown date or "".

    Empty without a connection, and without a list after `time_limit` seconds. Azure is not asked,
    because it does not list deployments. Cached, because a dialog has several lists of models.
    """
    spec = find_configuration(ctx)
    if spec is None or spec.configuration.provider is Provider.AZURE:
        return {}
    from openai_realtime.client.engine import Engine

    configuration = spec.configuration._replace(attempts=1, deadline=time_limit)
    results: list[Any] = []
    try:
        with Engine(configuration, authenticate(ctx, spec), lambda reply: reply) as engine:
            for found in engine.run([LIST_MODELS], 1, fail_fast=True):
                results += found
        return {
            model["id"]: str(model.get("shutdown_date") or "")[:10]
            for model in json.loads(results[0].text)["data"]
            if model["id"].strip() and model["id"].isprintable()
        }
    except Exception:  # noqa: BLE001 - the dialog must open in any case
        return {}
