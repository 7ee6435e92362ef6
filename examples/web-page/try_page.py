# SPDX-License-Identifier: MIT
"""Serves the web page without KNIME Hub: a stand-in for the deployed workflow runs our nodes.

The page talks with a sandbox on this machine. With the argument --openai it talks with OpenAI and
the key in the environment variable OPENAI_API_KEY, which costs money.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from realtime_dev.host import Host
from realtime_dev.knime_standin.install import install
from realtime_dev.sandbox import Sandbox
from server import make_server, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD_ID, PASSWORD = "try", "page"


class Service(BaseHTTPRequestHandler):
    """Answers as a workflow that is deployed on KNIME Hub.

    `run` gets the inputs by the names of *Container Input* nodes, and returns the outputs by those
    of *Container Output* nodes.
    """

    run: Callable[[dict[str, Any]], dict[str, Any]]

    def do_POST(self) -> None:
        """Run the workflow with the inputs, if the password is right."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        login = base64.b64encode(f"{PASSWORD_ID}:{PASSWORD}".encode()).decode()
        allowed = self.headers["Authorization"] == f"Basic {login}"
        outputs = self.run(body) if allowed else {}
        self.send_response(200 if allowed else 401)
        self.end_headers()
        self.wfile.write(json.dumps({"outputValues": outputs}).encode())

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serve_workflow(run: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[dict[str, str]]:
    """Serve the stand-in; yield the environment variables with which server.py calls it."""
    handler = type("WorkflowService", (Service,), {"run": staticmethod(run)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {
            "KNIME_SERVICE_URL": f"http://127.0.0.1:{server.server_port}/execution?reset=true",
            "KNIME_PASSWORD_ID": PASSWORD_ID,
            "KNIME_PASSWORD": PASSWORD,
        }
        server.shutdown()


def run_nodes(base_url: str, key: str, wishes: dict[str, str]) -> dict[str, Any]:
    """Execute our two nodes with the caller's voice, and return the secret."""
    host, credentials = Host(), {"openai": ("", key)}
    settings = {"provider": "compatible", "base_url": base_url, "credential": "openai"}
    configuration = host.execute("configuration", settings, [None], credentials=credentials)
    settings = {"instructions": "You are a friendly guide. Answer in one sentence.", **wishes}
    done = host.execute("session", settings, configuration.outputs, credentials=credentials)
    table: Any = done.outputs[0]
    return {"value": table.to_pandas()["Client Secret"].iloc[0]}


def main(arguments: list[str]) -> None:
    """Serve the page until Ctrl-C."""
    if arguments not in ([], ["--openai"]):
        raise SystemExit("Usage: python try_page.py [--openai]")
    install()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    with ExitStack() as stack:
        base_url, key = "https://api.openai.com/v1", os.environ.get("OPENAI_API_KEY", "")
        if not arguments:
            sandbox = stack.enter_context(Sandbox())
            base_url, key = sandbox.base_url, sandbox.api_key
            if not find_spec("aiortc"):
                print("The sandbox needs aiortc to answer a call: pip install aiortc")
        elif not key:
            raise SystemExit("Set the environment variable OPENAI_API_KEY.")
        service = serve_workflow(
            lambda inputs: {"secret": run_nodes(base_url, key, inputs["request"])}
        )
        environment = stack.enter_context(service) | {
            "REALTIME_CALLS_URL": f"{base_url}/realtime/calls",
            "PORT": os.environ.get("PORT", "8000"),
        }
        settings = read_settings(environment)
        server = stack.enter_context(make_server(settings))
        print(f"Open {settings.origin} in a browser. Ctrl-C stops the server.", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
