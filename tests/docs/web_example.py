# SPDX-License-Identifier: MIT
"""The web page in examples/, in front of the workflow of a REST service."""

import json
import threading
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from docs.workflow_reader import read_workflow
from docs.workflow_runner import run_workflow
from realtime_dev.sandbox import Sandbox
from server import make_server, read_settings
from try_page import serve_workflow

SERVICE = read_workflow(Path(__file__).parents[2] / "demos/6_rest_service.knwf")


class Example(ExitStack):
    """The page's server, in front of a service that runs the workflow on a sandbox."""

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = self.enter_context(Sandbox())
        self.calls_url = f"{self.sandbox.base_url}/realtime/calls"
        self.requests: list[dict[str, Any]] = []
        self.secret: dict[str, Any] | None = None
        environment = self.enter_context(serve_workflow(self.run))
        more = {"REALTIME_CALLS_URL": self.calls_url, "PORT": "0"}
        settings = read_settings(environment | more)
        server = self.enter_context(make_server(settings))
        self.callback(server.shutdown)
        self.port = server.server_port
        self.url = f"http://localhost:{self.port}"
        self.handler: Any = server.RequestHandlerClass
        self.handler.settings = settings._replace(origin=self.url)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return what the workflow puts out for a request, or `secret` if a test has set it."""
        self.requests.append(request)
        if self.secret is not None:
            return {"secret": self.secret}
        tables = run_workflow(SERVICE, self.sandbox.base_url, self.sandbox.api_key, request)
        (row,) = tables[max(tables)].to_dict("records")  # of Container Output
        return {str(name): json.loads(text) for name, text in row.items()}

    def post(
        self, path: str = "/secret", body: str = '{"voice": "marin"}', **headers: str
    ) -> HTTPResponse:
        """Return the answer to a request, which by default is one that the page sends."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, body, {"Origin": self.url, **headers})
        return connection.getresponse()
