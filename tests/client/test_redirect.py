# SPDX-License-Identifier: MIT
"""Redirects: where the key goes, and where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_realtime.client.classification import classify
from openai_realtime.client.redirect import CIRCLES, LIMIT, Redirect, read_redirect
from realtime_dev.sandbox import RawServer, Step, compose_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_realtime.client.reply import Reply

URL = "https://api.example.com/v1/models"
BASE = "https://api.example.com"
OK = compose_answer(b"{}")


@pytest.mark.parametrize(
    ("url", "location", "expected"),
    [
        (URL, "/v2/models", f"{BASE}/v2/models"),
        (URL, "other", f"{BASE}/v1/other"),
        (URL, "?page=2", f"{URL}?page=2"),
        (URL, "//api.example.com/x", f"{BASE}/x"),
        (URL, "https://API.example.com:443/x", "https://API.example.com:443/x"),
        (URL, f"{BASE}/x#part", f"{BASE}/x"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://host.example/v1", "http://host.example:80/x", "http://host.example:80/x"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_stays_with_the_server(url: str, location: str, expected: str, status: int) -> None:
    """Redirects to the same scheme, host and port are followed."""
    assert read_redirect("GET", url, status, location) == Redirect(url=expected)


@pytest.mark.parametrize(
    ("url", "location", "problem"),
    [
        (URL, "https://evil.example/v1/models?k=secret", "to evil.example (307). It is not sent"),
        (URL, "//evil.example/x", "to evil.example (307)"),
        (URL, "https://api.example.com.evil.example/", "to api.example.com.evil.example (307)"),
        (URL, "https://api.example.com@evil.example/", "to evil.example (307)"),
        (URL, "https://evil.example@api.example.com/", "to https://api.example.com:443 (307)"),
        (URL, "https://api.example.com:8443/x", "to https://api.example.com:8443 (307)"),
        (URL, "http://api.example.com/v1/models", "to api.example.com without encryption (307)"),
        (URL, "http://evil.example/x", "to evil.example without encryption (307)"),
        ("http://api.example.com/v1", f"{BASE}/v1", "to https://api.example.com:443 (307)"),
        (URL, "", "elsewhere (307), but does not say where"),
        (URL, "https://[::1", "elsewhere (307), but does not say where"),
        (URL, "https://api.example.com:x/", "elsewhere (307), but does not say where"),
        (URL, "ftp://api.example.com/", "elsewhere (307), but does not say where"),
        (URL, "file:///etc/passwd", "elsewhere (307), but does not say where"),
    ],
)
def test_goes_nowhere_else(url: str, location: str, problem: str) -> None:
    """Another host, port or scheme is not followed, and the sentence names the host only."""
    redirect = read_redirect("GET", url, 307, location)
    assert redirect is not None
    assert redirect.url == ""
    assert f"The server sends the request {problem}" in redirect.problem
    assert "base URL" in redirect.problem
    assert "secret" not in redirect.problem


@pytest.mark.parametrize("status", [200, 204, 300, 304, 305, 306, 400, 404, 500])
def test_ignores_other_answers(status: int) -> None:
    """A location counts with the five statuses of redirects only."""
    assert read_redirect("GET", URL, status, "https://evil.example/") is None


@pytest.mark.parametrize("status", [301, 302, 303])
def test_does_not_turn_post_into_get(status: int) -> None:
    """A redirect by which a POST would lose its body is not followed."""
    redirect = read_redirect("POST", URL, status, "/x")
    assert redirect is not None
    assert redirect.url == ""
    assert f"elsewhere ({status}) in a way that would lose what is sent" in redirect.problem


def send_on(status: int, location: str) -> list[Any]:
    """Return a script that redirects."""
    headers = {"location": location}
    return [Step.READ, compose_answer(b"", status=f"{status} Elsewhere", headers=headers)]


@pytest.mark.parametrize("status", [307, 308])
def test_sends_the_post_again(world: Any, status: int) -> None:
    """After 307 and 308 method, body and key are the same, and it is one attempt."""
    with RawServer(send_on(status, "/v2/x"), [Step.READ, OK]) as server:
        reply = world.dial(f"{server.url}/v1").mint(world.request)
        first, second = server.requests
    assert (reply.status, reply.attempts, len(world.lines)) == (200, 1, 1)
    assert second.startswith(b"POST /v2/x HTTP/1.1\r\n")
    assert first.partition(b"\r\n")[2] == second.partition(b"\r\n")[2]
    assert world.key.encode() in second


def test_follows_a_list_of_models(world: Any) -> None:
    """A GET is followed with the other statuses, too."""
    with RawServer(send_on(301, "/v2/models"), [Step.READ, OK]) as server:
        assert world.dial(f"{server.url}/v1").list_models().status == 200
        assert server.requests[1].startswith(b"GET /v2/models HTTP/1.1\r\n")


def explain(world: Any, reply: Reply) -> str:
    """Return what the user is told, after a look for secrets."""
    error = classify(reply, "it", lambda _: "")
    world.check(error)
    return str(error)


def test_keeps_the_key_from_others(world: Any) -> None:
    """The other server is never connected to, and the user learns its name but no more."""
    with RawServer([Step.READ, OK]) as other:
        target = other.url.replace("127.0.0.1", "localhost") + f"/?{world.key}"
        with RawServer(send_on(307, target)) as server:
            reply = world.dial(server.url, attempts=3).mint(world.request)
            assert server.connections == 1
        assert other.connections == 0
    assert reply.status == 307
    assert explain(world, reply).startswith("The server sends the request to localhost (307).")


def test_hides_a_key_in_the_hosts_name(world: Any) -> None:
    """A server that puts the key into the host's name does not get it shown."""
    with RawServer(send_on(308, f"https://{world.key.lower()}.example/")) as server:
        world.key = world.key.lower()
        reply = world.dial(server.url).mint(world.request)
    assert "to ***.example (308)" in explain(world, reply)


@pytest.mark.parametrize(
    ("status", "location", "mint", "problem"),
    [
        (307, "/again", True, CIRCLES),
        (308, "again", True, CIRCLES),
        (302, "/again", False, CIRCLES),
    ],
)
def test_does_not_run_in_circles(
    world: Any, status: int, location: str, problem: str, *, mint: bool
) -> None:
    """After five redirects it is enough."""
    with RawServer(send_on(status, location)) as server:
        client = world.dial(server.url, attempts=3)
        ask: Callable[[], Reply] = (
            (lambda: client.mint(world.request)) if mint else client.list_models
        )
        reply = ask()
        assert server.connections == LIMIT + 1
    assert reply.status == status
    assert explain(world, reply).startswith(problem)


def test_retries_from_the_start(world: Any) -> None:
    """A server that fails behind a redirect is asked again by its own address."""
    busy = [Step.READ, compose_answer(b"", status="503 Busy")]
    with RawServer(send_on(307, "/b"), busy, [Step.READ, OK]) as server:
        reply = world.dial(server.url, attempts=2).mint(world.request)
        paths = [each.split()[1] for each in server.requests]
    assert paths == [b"/realtime/client_secrets", b"/b", b"/realtime/client_secrets"]
    assert (reply.status, reply.attempts) == (200, 2)


@pytest.mark.parametrize("cookie", ["id=1; Path=/", "id=\xff; Path=/"])
def test_keeps_no_cookies(world: Any, cookie: str) -> None:
    """What a server sets is not sent back, neither after a redirect nor with the next attempt."""
    headers = {"location": "/b", "set-cookie": cookie}
    hop = [Step.READ, compose_answer(b"", status="307 Elsewhere", headers=headers)]
    busy = [Step.READ, compose_answer(b"", status="503 Busy", headers={"set-cookie": cookie})]
    with RawServer(hop, busy, [Step.READ, OK]) as server:
        assert world.dial(server.url, attempts=2).mint(world.request).status == 200
        assert not [each for each in server.requests if b"\r\ncookie:" in each.lower()]


@pytest.mark.parametrize(
    "location",
    ["http://[::1/v1", "http:\\\\evil.example", "javascript:alert(1)", "http://a:99999/"],
)
def test_survives_nonsense(world: Any, location: str) -> None:
    """A location that is no address ends in a sentence, and the answer is kept."""
    with RawServer(send_on(307, location)) as server:
        reply = world.dial(server.url, attempts=3).mint(world.request)
        assert server.connections == 1
    assert (reply.status, reply.headers["location"]) == (307, location)
    assert explain(world, reply).startswith("The server sends the request elsewhere (307)")
