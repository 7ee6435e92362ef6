# SPDX-License-Identifier: MIT
"""The dialogs: which controls show, and what their drop-downs offer."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.settings_strategy import nest
from openai_realtime.api import Api
from openai_realtime.choices import Choice
from openai_realtime.fields import UNSET, Field, Number, walk_fields
from openai_realtime.form import load_form
from openai_realtime.request import build_request
from openai_realtime.schema import Path
from realtime_dev.host import CredentialPort, Host

from .conftest import Chain

RULES: list[tuple[dict[str, Any], str, set[str], set[str]]] = [
    ({}, "ga", {"model", "voice", "turn_detection"}, {"model_other", "answers.temperature_set"}),
    ({}, "beta", {"answers.temperature_set"}, {"answers.truncation", "tools.mcp_servers"}),
    ({"answers.temperature_set": True}, "ga", {"answers.temperature_set"}, set()),
    (
        {"session_from": "json"},
        "ga",
        {"session_json", "safety_identifier", "result_format"},
        {"model", "voice", "additional_json", "tracing.tracing", "audio_output.speed_set"},
    ),
]


@pytest.mark.parametrize(("settings", "api", "shown", "hidden"), RULES)
def test_rules(
    settings: dict[str, Any], api: str, shown: set[str], hidden: set[str], chain: Chain
) -> None:
    """Controls show when the connected API and the source of the session have them, or if set."""
    spec = chain.connect({"api": api}).outputs[0].spec
    visible = {control.path for control in chain.host.visible("session", settings, [spec])}
    assert shown <= visible
    assert not hidden & visible


@pytest.mark.parametrize("node", ["session", "sessions", "transcription", "translation"])
def test_basic_view_fits_one_screen(node: str, host: Host) -> None:
    """A dialog opens with at most eight controls besides those for columns, the model first."""
    shown = [control.path for control in host.visible(node) if not control.advanced]
    own = [path for path in shown if not path.endswith("_column")]
    assert own[0].endswith("model")
    assert len(own) <= 8


SAMPLES: dict[str, Any] = {
    "tools_json": '[{"type": "function", "name": "f"}]',
    "metadata": '{"a": 1}',
    "functions": [{"name": "f"}],
    "mcp_servers": [{"server_label": "l", "server_url": "https://example.com"}],
}
"""Values of settings that are not any text."""


def set_other(item: Field, settings: dict[Path, Any], api: Api) -> None:
    """Give a field another value than it has in `settings`, and others that this one requires."""
    now, key = settings.get(item.setting, item.initial), item.setting[-1]
    if isinstance(item, Choice):
        known = (each.id for each in item.options if each.place.path_for(api) is not None)
        settings[item.setting] = chosen = next((each for each in known if each != now), UNSET)
        for inner, option_ids in item.list_shown():
            if chosen in option_ids and inner.required:
                set_other(inner, settings, api)
    elif isinstance(item, Number):
        settings[item.setting] = item.minimum if now != item.minimum else item.minimum + 1
        if not item.required:
            settings[item.switch] = True
    else:
        settings[item.setting] = "de" if now == "en" else SAMPLES.get(key, "en")


def list_branches(item: Field, settings: dict[Path, Any], api: Api) -> Iterator[dict[Path, Any]]:
    """Yield `settings` with each option of a drop-down, and of those that the option shows."""
    for option in item.options if isinstance(item, Choice) and item.is_known_to(api) else ():
        if option.place.path_for(api) is None:
            continue
        branch = {**settings, item.setting: option.id}
        shown = [inner for inner, option_ids in item.list_shown() if option.id in option_ids]
        for inner in shown:
            if inner.required:
                set_other(inner, branch, api)
        yield branch
        for inner in shown:
            yield from list_branches(inner, branch, api)


@pytest.mark.parametrize(
    ("node", "api"),
    [(node, api) for node in ("session", "transcription", "translation") for api in Api][:-1],
)
def test_each_shown_control_has_an_effect(node: str, api: Api, chain: Chain) -> None:
    """In each branch of a dialog, each control that it shows changes the request."""
    form = load_form(node)
    spec = chain.connect({"api": api.value}).outputs[0].spec
    fields = {".".join(item.setting): item for item in form.by_setting.values()}
    branches = [{}, *(each for item in form.fields for each in list_branches(item, {}, api))]
    for branch in branches:
        flat = {".".join(path): value for path, value in branch.items()}
        for control in chain.host.visible(node, flat, [spec]):
            item = fields.get(control.path.removesuffix("_set"))
            if item is None or not item.is_known_to(api):
                continue
            changed = dict(branch)
            set_other(item, changed, api)
            before, after = (build_request(form, nest(each), api) for each in (branch, changed))
            assert (after.body, after.headers) != (before.body, before.headers), control.path


@pytest.mark.parametrize("node", ["session", "sessions", "transcription", "translation"])
def test_what_an_option_shows_stands_below_it(node: str, host: Host) -> None:
    """What a value brings up is right below its control and in the same view, required or not."""
    controls = {control.path: control for control in host.controls(node)}
    paths = list(controls)
    for item in load_form("session" if node == "sessions" else node).by_setting.values():
        tree = {path for each in walk_fields([item]) for path in list_paths(each)}
        first = min(map(paths.index, tree))
        assert set(paths[first : first + len(tree)]) == tree
        assert paths[first] == list_paths(item)[0]
        assert {controls[path].advanced for path in tree} == {item.advanced}


def list_paths(item: Field) -> list[str]:
    """Return the dotted paths of the controls of a field."""
    is_optional = isinstance(item, Number) and not item.required
    settings = [item.switch, item.setting] if is_optional else [item.setting]
    return [".".join(path) for path in settings]


def test_credential_port_hides_the_drop_down(host: Host) -> None:
    """With a credential connected there is no name to choose."""
    token = CredentialPort("Bearer", "x")
    shown = {control.path for control in host.visible("configuration", {}, [token])}
    assert "credential" not in shown
    assert "base_url" in shown
