# SPDX-License-Identifier: MIT
"""JSON objects that are no client secret, or one with odd values around it."""

from __future__ import annotations

import json
from typing import Any

from realtime_dev.faultsuite.entry import CLIENT_SECRET, GOOD, Entry, Outcome, send_body

_LOST: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("value missing", {"expires_at": 1, "session": {}}, "'value' is missing"),
    ("an empty object", {}, "'value' is missing"),
    ("value null", GOOD | {"value": None}, "is null"),
    ("value a number", GOOD | {"value": 12345}, "is no text (int)"),
    ("value a boolean", GOOD | {"value": True}, "is no text (bool)"),
    ("value a list", GOOD | {"value": [CLIENT_SECRET]}, "is no text (list)"),
    ("value an object", GOOD | {"value": {"value": CLIENT_SECRET}}, "is no text (dict)"),
    ("value empty", GOOD | {"value": ""}, "is empty"),
    ("value blank", GOOD | {"value": " \t\n"}, "is empty"),
    ("secret under another name", {"secret": CLIENT_SECRET}, "'value' is missing"),
    ("client_secret null", {"client_secret": None}, "'value' is missing"),
    ("client_secret a text", {"client_secret": CLIENT_SECRET}, "'value' is missing"),
    ("client_secret a list", {"client_secret": [CLIENT_SECRET]}, "'value' is missing"),
    ("client_secret.value null", {"client_secret": {"value": None}}, "is null"),
    ("an error with status 200", {"error": {"message": "No."}}, "'value' is missing"),
)

_WON: tuple[tuple[str, dict[str, Any]], ...] = (
    ("only the value", {"value": CLIENT_SECRET}),
    ("the beta's shape", {"id": "s", "client_secret": {"value": CLIENT_SECRET, "expires_at": 9}}),
    ("within the session", {"session": {"client_secret": {"value": CLIENT_SECRET}}}),
    ("expires_at missing", {"value": CLIENT_SECRET, "session": {}}),
    ("expires_at null", GOOD | {"expires_at": None}),
    ("expires_at a text", GOOD | {"expires_at": "tomorrow"}),
    ("expires_at 0", GOOD | {"expires_at": 0}),
    ("expires_at negative", GOOD | {"expires_at": -1893456000}),
    ("expires_at a fraction", GOOD | {"expires_at": 1893456000.75}),
    ("expires_at true", GOOD | {"expires_at": True}),
    ("expires_at in milliseconds", GOOD | {"expires_at": 1893456000000}),
    ("expires_at in nanoseconds", GOOD | {"expires_at": 1893456000000000000}),
    ("expires_at the last second", GOOD | {"expires_at": 253402300799}),
    ("expires_at of 400 digits", GOOD | {"expires_at": 10**400}),
    ("expires_at an object", GOOD | {"expires_at": {"at": 5}}),
    ("session null", GOOD | {"session": None}),
    ("session a list", GOOD | {"session": [1]}),
    ("session a text", GOOD | {"session": "x"}),
    ("audio null", GOOD | {"session": {"audio": None}}),
    ("audio.output a list", GOOD | {"session": {"audio": {"output": [1], "input": 5}}}),
    ("texts for numbers", GOOD | {"session": {"audio": {"output": {"speed": "fast"}}}}),
    ("numbers for texts", GOOD | {"session": {"model": 5, "instructions": [1.5], "id": {}}}),
    ("modalities of numbers", GOOD | {"session": {"output_modalities": [1, None, "x"]}}),
    ("modalities a text", GOOD | {"session": {"output_modalities": "audio"}}),
    ("speed of 400 digits", GOOD | {"session": {"audio": {"output": {"speed": 10**400}}}}),
    ("numbers of 4,000 digits", GOOD | {"other": 10**4000}),
    ("NaN and Infinity", GOOD | {"a": float("nan"), "b": float("inf"), "c": float("-inf")}),
    ("half a character", GOOD | {"session": {"instructions": "\ud83d", "id": "\ude00x"}}),
    ("NUL in a text", GOOD | {"session": {"instructions": "a\x00b", "id": "\x01\x1b"}}),
    ("tools of all kinds", GOOD | {"session": {"tools": [None, 1, "a", {"b": []}]}}),
    ("tools an object", GOOD | {"session": {"tools": {"a": 1}, "tracing": 5, "truncation": []}}),
    ("empty keys", GOOD | {"": {"": {"": 1}}}),
    ("unknown keys", GOOD | {"usage": {"a": 1}, "session": {"new": [1, {"x": None}]}}),
)

_TEXTS: tuple[tuple[str, str, str], ...] = (
    ("key twice, the last null", f'{{"value": "{CLIENT_SECRET}", "value": null}}', "is null"),
    ("number 1e999", f'{{"value": "{CLIENT_SECRET}", "a": 1e999, "expires_at": -1e999}}', ""),
    ("key twice", f'{{"value": null, "value": "{CLIENT_SECRET}"}}', ""),
    ("session twice", f'{{"value": "{CLIENT_SECRET}", "session": 1, "session": {{}}}}', ""),
    ("number of 5,000 digits", f'{{"value": "{CLIENT_SECRET}", "a": {"9" * 5000}}}', "no valid"),
    ("a comment", f'{{"value": "{CLIENT_SECRET}" /* secret */}}', "no valid JSON"),
    ("comma at the end", f'{{"value": "{CLIENT_SECRET}",}}', "no valid JSON"),
)


def list_entries() -> list[Entry]:
    """Return the entries of this kind."""
    return [
        *(
            send_body(f"value: {name}", Outcome.UNEXPECTED, says, json.dumps(body).encode())
            for name, body, says in _LOST
        ),
        *(
            send_body(f"value: {name}", Outcome.SUCCESS, CLIENT_SECRET, json.dumps(body).encode())
            for name, body in _WON
        ),
        *(
            send_body(
                f"value: {name}",
                Outcome.UNEXPECTED if says else Outcome.SUCCESS,
                says or CLIENT_SECRET,
                text.encode(),
            )
            for name, text, says in _TEXTS
        ),
    ]
