# SPDX-License-Identifier: MIT
"""Settings: merged over the defaults, checked, stored as KNIME stores them."""

from collections.abc import Callable
from typing import Any

import pytest

from realtime_dev.host import Host
from realtime_dev.host.settings import store_settings


def test_settings_are_merged_over_the_defaults(host: Host) -> None:
    """Dotted paths, nested dicts and bare names mix; items of lists are completed."""
    given = {
        "voice": "ash",
        "audio": {"speed": 2},
        "headers": [{"size": 3}],
        "headers.1.name": "y",
    }
    settings = host.configure("connect", given).settings
    assert settings["audio"] == {"voice": "ash", "speed": 2.0}
    assert settings["headers"] == [{"name": "x", "size": 3}, {"name": "y", "size": 1}]


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("urls", "url"),
        ("audio.voic", "audio.voice"),
        ("url.deeper", "url"),
        ("headers.0.nam", "headers"),
        ("headers.7.name", "headers"),
    ],
)
def test_unknown_settings_are_named(host: Host, path: str, near: str) -> None:
    """An unknown path is an error that names near ones."""
    with pytest.raises(LookupError, match=near):
        host.configure("connect", {path: "x"})


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"count": -1}, ValueError), ({"count": "1"}, TypeError), ({"count": None}, TypeError)],
)
def test_wrong_settings_are_refused(
    run: Callable[..., Any], settings: dict[str, Any], error: type[Exception]
) -> None:
    """What the dialog would refuse is refused before the node is called."""
    with pytest.raises(error):
        run(settings=settings)


def test_settings_of_an_older_version(run: Callable[..., Any]) -> None:
    """Saved settings are taken as they are; newer parameters get their default."""
    done = run(settings={"count": 5}, saved_version="1.0.0")
    assert done.settings == {"count": 5, "new": "added"}
    with pytest.raises(ValueError, match='Parameter missing for key "count"'):
        run(saved_version="1.0.0")


STORED: list[tuple[dict[str, Any], Any, Any]] = [
    ({"type": "integer"}, 2**31, -(2**31)),
    ({"type": "integer"}, "3", 0),
    ({"type": "integer"}, 2.9, 2),
    ({"type": "number"}, 3, 3.0),
    ({"type": "number"}, True, 0.0),
    ({"type": "boolean"}, 1, False),
    ({"type": "string"}, 1, None),
    ({"oneOf": []}, "anything", "anything"),
    ({"type": "array", "items": {"type": "string"}}, None, None),
    ({"type": "array", "items": {"type": "string"}}, ["a", 1], ["a", None]),
    ({"type": "object", "properties": {"a": {"type": "string"}}}, {"b": 1}, {"a": None}),
]
# A number or Boolean that is null; some names are KNIME's own, others are paths to its dialog.
NEVER_STORED: list[tuple[dict[str, Any], Any, str]] = [
    *(({"type": kind}, None, "null") for kind in ("integer", "number", "boolean")),
    *(
        ({"type": "object", "properties": {name: {"type": "string"}}}, {name: "x"}, "cannot store")
        for name in ("a_Internals", "a.b", "a/b")
    ),
]


@pytest.mark.parametrize(("schema", "value", "expected"), STORED)
def test_what_knime_stores(schema: dict[str, Any], value: Any, expected: Any) -> None:
    """KNIME's store silently changes values of the wrong kind, and drops unknown keys."""
    assert store_settings(value, schema) == expected


@pytest.mark.parametrize(("schema", "value", "message"), NEVER_STORED)
def test_what_knime_cannot_store(schema: dict[str, Any], value: Any, message: str) -> None:
    """Values and names that KNIME's store does not take are refused."""
    with pytest.raises(ValueError, match=message):
        store_settings(value, schema)
