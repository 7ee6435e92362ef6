# SPDX-License-Identifier: MIT
"""The settings of the session that clients open, and what they say in it."""

import json

MODEL = "gpt-realtime-2.1"
TEXT = "When can you repair my bicycle?"
DAYS = {"type": "object", "properties": {"days": {"type": "integer"}}}
FUNCTION = {"name": "find_date", "description": "Finds a free date."}
SETTINGS = {
    "model": MODEL,
    "voice": "cedar",
    "instructions": "You are the receptionist of a bicycle shop.\nBe brief.",
    "turn_detection": "semantic_vad",
    "eagerness": "low",
    "tools": {"functions": [{**FUNCTION, "parameters": json.dumps(DAYS)}]},
}
