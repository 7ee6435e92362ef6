# SPDX-License-Identifier: MIT
"""The schema of a whole body, for either API, and what a patch makes of a body."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from openai_realtime.api import Api
from openai_realtime.body import describe_body, describe_value, merge_patch
from openai_realtime.schema import Place, Schema, load_schema
from openai_realtime.validation import Checker
from realtime_dev.sandbox import check_beta, check_ga

CHECKERS = {api: Checker(describe_body(load_schema(), api)) for api in Api}
CHECKS = {Api.GA: check_ga, Api.BETA: check_beta}
RECORDED = [
    Path(__file__).parents[1] / "data" / "responses" / f"{name}_recorded_REQUEST.json"
    for name in ("ga_realtime", "azure_realtime_text")
]
TURNS = "session.audio.input.turn_detection"


@pytest.mark.parametrize("api", list(Api))
def test_describing_leaves_the_schema_alone(api: Api) -> None:
    """The shared schema is not changed by describing a body."""
    before = json.dumps(load_schema())
    describe_body(load_schema(), api)
    assert json.dumps(load_schema()) == before


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_takes_what_servers_took(path: Path) -> None:
    """Requests that real servers answered are right, and know no key that we do not."""
    assert CHECKERS[Api.GA].check(json.loads(path.read_text("utf-8"))) == ("", [])


GA: list[tuple[dict[str, Any], str]] = [
    ({"session": {"type": "transcription"}}, 'session.type: must be "realtime"'),
    ({"expires_after": {"anchor": "now"}}, 'expires_after.anchor: must be "created_at"'),
    ({"temperature": None}, "session.temperature: the current (GA) API does not have this field"),
    (
        {"output_modalities": ["audio", "text"]},
        'session.output_modalities: a list does not fit here; expected ["audio"], or ["text"]',
    ),
    (
        {"audio": {"output": {"voice": 5}}},
        "session.audio.output.voice: 5 does not fit here; expected a text, or an object",
    ),
    ({"audio": {"output": {"voice": {}}}}, "session.audio.output.voice: 'id' is missing"),
    (
        {"audio": {"input": {"format": {"type": "audio/pcm"}}}},
        "session.audio.input.format: 'rate' is missing",
    ),
    (
        {"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 2}}}},
        f"{TURNS}.threshold: must be a number from 0 to 1, not 2",
    ),
    (
        {"audio": {"input": {"turn_detection": {"type": "vad"}}}},
        f"{TURNS}: an object does not fit here; expected null, or an object whose 'type' is server",
    ),
    ({"audio": {"input": {"turn_detection": {}}}}, f"{TURNS}: 'type' is missing"),
    (
        {"audio": {"input": {"transcription": {"languages": ["German"]}}}},
        "session.audio.input.transcription.languages[0]: 'German' does not have the",
    ),
    ({"tool_choice": "any"}, 'session.tool_choice: "any" does not fit here; expected "auto", or'),
    ({"truncation": {"type": "retention_ratio"}}, "session.truncation: 'retention_ratio' is miss"),
    ({"prompt": {}}, "session.prompt: 'id' is missing"),
]
"""Wrong bodies, or wrong members of a session, with the beginning of what is said of them."""

BETA: list[tuple[dict[str, Any], str]] = [
    ({"modalities": ["audio"]}, 'modalities: a list does not fit here; expected ["audio", "text"]'),
    ({"temperature": 1.3}, "temperature: must be a number from 0.6 to 1.2, not 1.3"),
    ({"client_secret": {"expires_after": {"seconds": 5}}}, "client_secret.expires_after.seconds: "),
    ({"max_response_output_tokens": "100"}, 'max_response_output_tokens: "100" does not fit here'),
    ({"prompt": {"id": "p"}}, "prompt: the beta API does not have this field"),
    (
        {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}},
        "turn_detection.idle_timeout_ms: the beta API does not have this field",
    ),
    ({"voice": {"id": "voice_1"}}, "voice: an object does not fit here; expected a text"),
    (
        {"tools": [{"type": "mcp", "server_label": "l", "server_url": "u"}]},
        "tools[0]: an object does not fit here; expected an object whose 'type' is function",
    ),
]
WRONG = [
    *((Api.GA, body, message) for body, message in GA),
    *((Api.BETA, body, message) for body, message in BETA),
]


@pytest.mark.parametrize(("api", "body", "message"), WRONG, ids=range(len(WRONG)))
def test_wrong_bodies(api: Api, body: dict[str, Any], message: str) -> None:
    """What is wrong with a body is told by its JSON path, with the reason."""
    if api is Api.GA and not {"session", "expires_after"} & body.keys():
        body = {"session": {"type": "realtime", **body}}
    problem, _ = CHECKERS[api].check(body)
    assert problem.startswith(message)


@pytest.mark.parametrize(
    ("api", "body"),
    [
        (Api.GA, {"session": {"type": "realtime", "include": []}}),
        (Api.GA, {"session": {"type": "realtime", "prompt": {"id": "p", "version": None}}}),
        (
            Api.GA,
            {
                "session": {
                    "type": "realtime",
                    "tools": [
                        {
                            "type": "mcp",
                            "server_label": "l",
                            "connector_id": "connector_dropbox",
                            "allowed_tools": {"tool_names": ["a"], "read_only": True},
                            "require_approval": {"never": {"read_only": True}},
                            "allowed_callers": ["direct"],
                        }
                    ],
                }
            },
        ),
        (Api.BETA, {"modalities": ["text", "audio"]}),
        (Api.BETA, {"modalities": ["audio", "text"], "turn_detection": None}),
    ],
    ids=range(5),
)
def test_right_bodies(api: Api, body: dict[str, Any]) -> None:
    """What no control of the dialog makes, but the API takes, may be written as JSON."""
    assert CHECKERS[api].check(body) == ("", [])
    assert CHECKS[api](body) is None


@pytest.mark.parametrize(("api", "names"), [(Api.GA, "session"), (Api.BETA, "")])
def test_answers_keys_and_headers_are_no_part(api: Api, names: str) -> None:
    """What only an answer has, or travels in a header, is unknown in a body."""
    members: Any = describe_body(load_schema(), api)["properties"]
    assert not {"value", "expires_at", "safety_identifier"} & members.keys()
    assert "id" not in (members[names]["properties"] if names else members)


def test_values_of_one_field() -> None:
    """A value is described as the API writes it; the current one as the schema does."""
    schema: Schema = {
        "items": {
            "oneOf": [
                {"const": "a", "x-beta-values": ["b"]},
                {"const": "c", "x-beta": False},
                {"const": [1], "x-beta-values": [[1, 2], [2, 1]]},
                {"properties": {"d": {"x-beta": False}, "e": {"type": "null"}}},
            ]
        }
    }
    assert describe_value(Place(schema), Api.GA) == schema
    refused = {"x-missing": "beta", "not": {}}
    assert describe_value(Place(schema), Api.BETA)["items"]["oneOf"] == [
        {"const": "b"},
        {"const": [1, 2]},
        {"const": [2, 1]},
        {"properties": {"d": refused, "e": {"type": "null"}}},
    ]


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
        ('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
        ('{"a":"b"}', '{"a":null}', "{}"),
        ('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
        ('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
        ('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
        ('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
        ('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
        ('["a","b"]', '["c","d"]', '["c","d"]'),
        ('{"a":"b"}', '["c"]', '["c"]'),
        ('{"a":"foo"}', "null", "null"),
        ('{"a":"foo"}', '"bar"', '"bar"'),
        ('{"e":null}', '{"a":1}', '{"e":null,"a":1}'),
        ("[1,2]", '{"a":"b","c":null}', '{"a":"b"}'),
        ("{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'),
    ],
)
def test_patches(target: str, patch: str, result: str) -> None:
    """The examples of RFC 7386, appendix A; neither side is changed."""
    before, change = json.loads(target), json.loads(patch)
    copies = copy.deepcopy((before, change))
    assert merge_patch(before, change) == json.loads(result)
    assert (before, change) == copies
