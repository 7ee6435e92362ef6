# SPDX-License-Identifier: MIT
"""Serves the web page, and gets a client secret from KNIME when a visitor presses *Talk*.

Needs only Python. README.md explains the environment variables, and what is missing for production.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from contextlib import suppress
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

VOICES = ("marin", "cedar", "coral")  # what a visitor may choose; index.html offers the same
MAX_REQUEST = 1_000  # bytes
MAX_ANSWER = 1_000_000
KNIME_TIMEOUT = 60  # seconds; KNIME may have to start the workflow
# The page may load and call nothing but its own server and the API, whose address follows.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'none'; "
    "connect-src 'self'"
)
FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/session.js": ("session.js", "text/javascript"),
}


class Settings(NamedTuple):
    """The KNIME service, its `id:password`, the page's port and address, and where it calls."""

    service: str
    password: str
    port: int
    origin: str
    calls: str


class RefusedError(Exception):
    """A request is refused: a message that visitors may read, and the HTTP status."""


class RefuseRedirects(HTTPRedirectHandler):
    """Follows no redirect, because urllib would send the password to the new address."""

    def redirect_request(self, *_: object) -> None:
        """Return None, which makes the redirect an HTTPError."""


def call_service(settings: Settings, wishes: dict[str, str]) -> dict[str, Any]:
    """Run the workflow; return value and expiry of the secret that it puts out, nothing else.

    Raises OSError, HTTPException, LookupError, TypeError or ValueError.
    """
    login = base64.b64encode(settings.password.encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    body = json.dumps({"request": wishes}).encode()
    request = Request(settings.service, body, headers)  # noqa: S310 - see read_settings
    # Over http the service is on this machine. A proxy would get the password in clear text.
    proxies = ProxyHandler({} if request.type == "http" else None)
    opener = build_opener(RefuseRedirects, proxies)
    with opener.open(request, timeout=KNIME_TIMEOUT) as answer:
        secret = json.loads(answer.read(MAX_ANSWER))["outputValues"]["secret"]
    return {"value": secret["value"], "expires_at": secret.get("expires_at")}


class Handler(BaseHTTPRequestHandler):
    """Answers `GET` for the files of the page, and `POST /secret`."""

    settings: Settings
    timeout = 20  # seconds for a slow browser to send its request
    server_version, sys_version = "page", ""

    def do_GET(self) -> None:
        """Serve a file of the page."""
        name, kind = FILES.get(self.path.partition("?")[0], ("", ""))
        if name:
            self._send(200, kind, (Path(__file__).parent / name).read_bytes())
        else:
            self._send(404, "text/plain", b"There is no such page.")

    def do_POST(self) -> None:
        """Answer with a new client secret, or with the reason why there is none."""
        try:
            wishes = self._read_wishes()
            answer = call_service(self.settings, wishes) | {"url": self.settings.calls}
            status = 200
        except RefusedError as error:
            message, status = error.args
            answer = {"error": {"message": message}}
        except (OSError, HTTPException, LookupError, TypeError, ValueError) as error:
            # Other errors may quote the answer, which may have a secret: do not log their texts.
            unexpected = "its address or its answer is not as expected"
            reason = str(error) if isinstance(error, OSError) else unexpected
            print(f"The KNIME service failed ({type(error).__name__}): {reason}", file=sys.stderr)
            answer = {"error": {"message": "No conversation can begin now. Try again later."}}
            status = 502
        self._send(status, "application/json", json.dumps(answer).encode())

    def _read_wishes(self) -> dict[str, str]:
        """Return what a visitor may decide, and nothing else. Raises RefusedError."""
        if self.path != "/secret":
            raise RefusedError("There is no such address.", 404)
        # Browsers name the page's origin with each POST, so no other website can use this address.
        if self.headers["Origin"] != self.settings.origin:
            raise RefusedError(f"Open this page at {self.settings.origin}.", 403)
        try:
            length = min(int(self.headers["Content-Length"]), MAX_REQUEST)
            voice = json.loads(self.rfile.read(max(length, 0)))["voice"]
        except OSError:
            raise RefusedError("The request did not arrive in time.", 408) from None
        except (LookupError, RecursionError, TypeError, ValueError):
            raise RefusedError("The request is not valid.", 400) from None
        if voice not in VOICES:
            raise RefusedError(f"Choose one of the voices {', '.join(VOICES)}.", 400)
        return {"voice": voice}

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", f"{POLICY} {urljoin(self.settings.calls, '/')}")
        self.send_header("X-Content-Type-Options", "nosniff")
        with suppress(OSError):  # the browser may be gone
            self.end_headers()
            self.wfile.write(body)


def read_settings(environment: dict[str, str]) -> Settings:
    """Return the settings in environment variables. Raises SystemExit if they are not usable."""
    names = ("KNIME_SERVICE_URL", "KNIME_PASSWORD_ID", "KNIME_PASSWORD")
    if missing := [name for name in names if not environment.get(name)]:
        raise SystemExit(f"Set {', '.join(missing)}: see README.md.")
    service, *password = (environment[name] for name in names)
    address = urlsplit(service)
    if address.scheme != "https" and (address.scheme, address.hostname) != ("http", "127.0.0.1"):
        raise SystemExit("KNIME_SERVICE_URL must begin with https://, because a password is sent.")
    port = int(environment.get("PORT", "8000"))
    return Settings(
        service,
        ":".join(password),
        port,
        environment.get("PAGE_ORIGIN", f"http://localhost:{port}"),
        environment.get("REALTIME_CALLS_URL", "https://api.openai.com/v1/realtime/calls"),
    )


def make_server(settings: Settings) -> ThreadingHTTPServer:
    """Return a server that only this machine can reach. Raises SystemExit if it cannot start."""
    handler = type("PageHandler", (Handler,), {"settings": settings})
    try:
        return ThreadingHTTPServer(("127.0.0.1", settings.port), handler)
    except OSError as error:
        raise SystemExit(
            f"Port {settings.port} cannot be used: {error.strerror}. Set PORT."
        ) from None


if __name__ == "__main__":
    chosen = read_settings(dict(os.environ))
    print(f"The page is at {chosen.origin}. Ctrl-C stops the server.")
    make_server(chosen).serve_forever()
