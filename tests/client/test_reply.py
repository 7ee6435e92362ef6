# SPDX-License-Identifier: MIT
"""An answer as it came, and what an error's body says."""

import gzip
import json

import pytest

from openai_realtime.client.reply import Problem, Reply
from openai_realtime.errors import UnexpectedAnswerError

ZIPPED = gzip.compress(b"x", mtime=0)
FOUND = Problem("m", "c", "t", "p")


@pytest.mark.parametrize(
    ("content_type", "content", "expected"),
    [
        ("", "ä€😀".encode(), "ä€😀"),
        ("application/json; charset=UTF8", "ä".encode(), "ä"),
        ("application/json; charset='utf-8'", "ä".encode(), "ä"),
        ("application/json;CHARSET = utf-8 ; a=b", "ä".encode(), "ä"),
        ("text/html; charset=ISO-8859-1", b"\xe4", "ä"),
        ("text/html; charset=windows-1252", b"\x80", "€"),
        ("text/html; charset=utf-16-le", "\ufeffä".encode("utf-16-le"), "ä"),
        ("text/html; charset=shift_jis", "日本".encode("shift_jis"), "日本"),
        ("text/html; charset=utf-16", "ä".encode(), "\ua4c3"),
        ("text/html; charset=utf-16", b"abc", "abc"),
        ("text/html; charset=ascii", "ä".encode(), "ä"),
        ("text/html; charset=klingon", "ä".encode(), "ä"),
        ("text/html; charset=..", b"abc", "abc"),
        ("text/html; charset=__init__", b"abc", "abc"),
        (f"text/html; charset={'x' * 70_000}", b"abc", "abc"),
        ("text/html; charset=base64", b"YWJj", "YWJj"),
        ("text/html; charset=zip", ZIPPED, ZIPPED.decode("latin-1")),
        ("text/html; charset=rot13", b"nop", "nop"),
        ("application/json", b"\xef\xbb\xbf{}", "{}"),
        ("application/json", b"a\xff\xe4", "a\xff\xe4"),
        ("application/json; charset=utf-8", b"\xed\xa0\x80", "\xed\xa0\x80"),
        ("application/json; charset=utf-8", b"a\x00b", "a\x00b"),
    ],
)
def test_decodes(content_type: str, content: bytes, expected: str) -> None:
    """The charset is believed where it is one of text and fits; no body fails to be decoded."""
    headers = {"content-type": content_type} if content_type else {}
    assert Reply(200, headers, content).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"error": {"code": "c", "message": "m", "type": "t", "param": "p"}}', FOUND),
        ('{"error": "no such route"}', Problem("no such route")),
        ('{"message": "no", "code": 404}', Problem("no", "404")),
        ('{"error": {"message": null, "type": null}}', Problem()),
        ('{"error": {"message": {"a": 1}}}', Problem("{'a': 1}")),
        ('{"error": {}}', Problem()),
        ('{"error": null, "message": "m"}', Problem("m")),
        ('{"error": 5}', Problem('{"error": 5}')),
        ('{"detail": "Not Found"}', Problem("Not Found")),
        ('{"detail": [{"msg": "m"}]}', Problem("m")),
        ('{"detail": {"a": 1}}', Problem("{'a': 1}")),
        ('{"title": "T", "detail": "d", "status": 400}', Problem("T: d")),
        ('{"title": "T", "type": "https://e.example"}', Problem("T", type="https://e.example")),
        ('{"errors": [{"message": "m", "code": "c"}, {"message": "n"}]}', Problem("m", "c")),
        ('{"errors": ["m"]}', Problem("m")),
        ('{"errors": []}', Problem()),
        ('{"errors": [], "detail": [{"msg": "m"}]}', Problem("m")),
        ('{"error": {"errors": [{"message": "n"}], "message": "m"}}', Problem("m")),
        ("[1, 2]", Problem("[1, 2]")),
        ("null", Problem("null")),
        (" \n ", Problem()),
        ("upstream connect error", Problem("upstream connect error")),
        ('{"error": {"mess', Problem('{"error": {"mess')),
        ("<html><head><title>502</title></head><body>x</body></html>", Problem("502")),
        ("<TITLE lang=en>Bad\nGateway</TITLE>", Problem("Bad\nGateway")),
        ("<title></title><p>x</p>", Problem()),
        ("<p>Bad <b>Gateway</b></p>", Problem("Bad  Gateway")),
        ("<script>evil()</script><style>p{}</style><p>Sorry</p>", Problem("Sorry")),
    ],
)
def test_reads_problems(text: str, expected: Problem) -> None:
    """Envelopes, pages and plain texts give what they have; broken ones fail nowhere."""
    assert Reply(400, {}, text.encode()).problem == expected


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 10_000,
        "<title>" * 200_000,
        "<script>" * 200_000,
        "<" * 1_000_000,
        json.dumps({"error": {"message": "x" * 1_000_000}}),
    ],
)
def test_reads_monsters(text: str) -> None:
    """Deep, long and malicious bodies do not fail."""
    reply = Reply(400, {}, text.encode())
    assert isinstance(reply.problem.message, str)
    assert reply.is_object is text.startswith('{"error"')


@pytest.mark.parametrize(
    ("status", "expected"),
    [(199, False), (200, True), (299, True), (300, False), (404, False)],
)
def test_knows_success(status: int, *, expected: bool) -> None:
    """Success is what begins with a 2."""
    assert Reply(status, {}, b"").is_success is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, ""),
        ({"x-request-id": "req_1"}, "req_1"),
        ({"x-request-id": "req_1", "apim-request-id": "a-1"}, "req_1"),
        ({"x-request-id": "", "apim-request-id": "a-1"}, "a-1"),
    ],
)
def test_finds_the_request_id(headers: dict[str, str], expected: str) -> None:
    """OpenAI's name for the id comes first, then Azure's gateway's."""
    assert Reply(200, headers, b"").request_id == expected


@pytest.mark.parametrize(
    ("text", "secret", "shown"),
    [
        ("wrong key a-key-of-ours", "a-key-of-ours", "wrong key ***"),
        # A placeholder for a key, as local servers take, is no secret.
        ("none of it", "none", "none of it"),
    ],
)
def test_masks_what_servers_repeat(text: str, secret: str, shown: str) -> None:
    """Secrets of the request are masked in the text and in what it says of an error."""
    content = json.dumps({"error": text}).encode()
    reply = Reply(401, {"x-request-id": text}, content, secrets=(secret,))
    assert reply.text == json.dumps({"error": shown})
    assert (reply.problem, reply.request_id) == (Problem(shown), shown)


def test_a_success_without_a_secret_names_the_request() -> None:
    """The error has the request id, for the server's support."""
    with pytest.raises(UnexpectedAnswerError, match="req_42"):
        _ = Reply(200, {"x-request-id": "req_42"}, b"{}").client_secret
