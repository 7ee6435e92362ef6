# SPDX-License-Identifier: MIT
"""Redirects: where the key goes, and where it does not."""

import pytest

from openai_realtime.client.connection import resolve_redirect

BASE = "https://api.example.com"
URL = f"{BASE}/v1/models"


@pytest.mark.parametrize(
    ("url", "location", "expected"),
    [
        (URL, "other", f"{BASE}/v1/other"),
        (URL, "?page=2", f"{URL}?page=2"),
        (URL, "//api.example.com/x", f"{BASE}/x"),
        (URL, "https://API.example.com:443/x", f"{BASE}/x"),
        (URL, f"{BASE}/x#part", f"{BASE}/x"),
        ("http://host.example/v1", "http://host.example:80/x", "http://host.example/x"),
    ],
)
@pytest.mark.parametrize(
    ("method", "status"),
    [("GET", 301), ("GET", 302), ("GET", 303), ("GET", 307), ("POST", 307), ("POST", 308)],
)
def test_stays_with_the_server(
    method: str, status: int, url: str, location: str, expected: str
) -> None:
    """Redirects to the same scheme, host and port are followed if they keep the body."""
    assert resolve_redirect(method, url, status, location) == (expected, "")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_does_not_turn_post_into_get(status: int) -> None:
    """A redirect by which a POST would lose its body is not followed."""
    target, problem = resolve_redirect("POST", URL, status, "/x")
    assert target == ""
    assert f"elsewhere ({status}), without what is sent to it" in problem


@pytest.mark.parametrize(
    ("url", "location", "problem"),
    [
        (URL, "https://evil.example/v1/models?k=secret", "to evil.example (307). It is not sent"),
        (URL, "https://api.example.com.evil.example/", "to api.example.com.evil.example (307)"),
        (URL, "https://api.example.com@evil.example/", "to evil.example (307)"),
        (URL, "https://evil.example@api.example.com/", "to https://api.example.com:443 (307)"),
        (URL, "https://api.example.com:8443/x", "to https://api.example.com:8443 (307)"),
        (URL, "http://api.example.com/v1/models", "to http://api.example.com:80 (307)"),
        ("http://api.example.com/v1", f"{BASE}/v1", "to https://api.example.com:443 (307)"),
        (URL, "", "elsewhere (307), but does not say where"),
        (URL, "https://\x00/", "elsewhere (307), but does not say where"),
    ],
)
def test_goes_nowhere_else(url: str, location: str, problem: str) -> None:
    """Another host, port or scheme is not followed, and the sentence names the host only."""
    target, told = resolve_redirect("GET", url, 307, location)
    assert target == ""
    assert f"The server sends the request {problem}" in told
    assert "base URL" in told
    assert "secret" not in told


@pytest.mark.parametrize("status", [200, 300, 304, 305, 306, 400])
def test_ignores_other_answers(status: int) -> None:
    """A location counts with the five statuses of redirects only."""
    assert resolve_redirect("GET", URL, status, "https://evil.example/") == ("", "")
