# SPDX-License-Identifier: MIT
"""Random walks through the dialogs on KNIME's real backend, as of a user who tries everything.

The variable WALKS sets how many there are for each node: `WALKS=1000 make backend ...`.
"""

import os
from collections.abc import Callable
from random import Random
from typing import Any

import pandas as pd
import pytest

from realtime_dev.faultsuite.case import KEY
from realtime_dev.faultsuite.suite import CREDENTIALS
from realtime_dev.sandbox import Sandbox

WALKS = int(os.environ.get("WALKS", "25"))
TEXTS = ["", " ", "en", "de\nfr", "en-US", "<b>", "x" * 600, "\ud800", "ü'\"\n\t", "[]", "{}", "{"]
TEXTS += ['{"session": {"voice": null}}', '{"model": 5}', '[{"type": "mcp"}]', "unset", "off", "on"]
ITEMS = [{}, {"name": "f"}, {"name": "a b"}, {"server_label": "s"}, {"server_url": "https://x.org"}]


def draw(random: Random, control: dict[str, Any], option_ids: list[str]) -> Any:
    """Return a value that the control, or a flow variable, can have; most are right."""
    if control["format"] == "boolean":
        return random.random() < 0.8
    if control["format"] in ("integer", "number"):
        value = random.choice([control["value"], control["value"], 0, -1, 100, 2**31 - 1])
        return value if control["format"] == "integer" else float(value)
    if isinstance(control["value"], list):
        return random.choices(ITEMS, k=random.randrange(3))
    if option_ids and random.random() < 0.95:
        return random.choice(option_ids)
    return random.choice(TEXTS)


@pytest.mark.parametrize("api", ["ga", "beta"])
@pytest.mark.parametrize("node", ["session", "sessions", "transcription"])
def test_walks_end_well(
    knime: Any, tool: Any, connect: Callable[..., Any], node: str, api: str
) -> None:
    """Whatever is set, the node runs as configured or says in one line what is wrong."""
    from openai_realtime.form import load_form  # noqa: PLC0415 - found by the host

    random = Random(f"{node} {api}")  # noqa: S311 - not for secrets
    fields = load_form("session" if node == "sessions" else node).by_setting
    option_ids = {".".join(path): getattr(item, "option_ids", []) for path, item in fields.items()}
    rows = pd.DataFrame({"words": pd.array(["a", "b"], "string"), "seconds": [60, 5]})
    more = [rows] if node == "sessions" else []
    with Sandbox(api_key=KEY) as sandbox:
        inputs = [connect(sandbox.base_url, api=api), *more]
        specs = [inputs[0].spec, *([knime.table(rows).spec] if more else [])]
        ran = 0
        for _ in range(WALKS):
            settings: dict[str, Any] = {}
            for _ in range(random.randrange(1, 7)):
                controls = knime.controls(node, settings, input_specs=specs)
                control = random.choice([each for each in controls if each["visible"]])
                path = control["path"]
                settings[path] = draw(random, control, option_ids.get(path, []))
            try:
                execution = knime.execute(node, settings, inputs, CREDENTIALS)
            except tool.KnimeNodeFailure as failure:
                message = failure.user_message
                assert message, settings
                assert "\n" not in message, (settings, message)
                assert not message.startswith("Unexpected"), (settings, message)
            else:
                assert execution.spec_mismatch == [], settings
                ran += 1
        assert ran
