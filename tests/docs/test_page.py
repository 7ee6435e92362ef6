# SPDX-License-Identifier: MIT
"""The JavaScript of the README opens a session in a browser, with a secret that our nodes mint."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from nodes.conftest import KEY, Chain
from realtime_clients.browser import COMMAND, needs_browser
from realtime_dev.host import Host
from realtime_dev.sandbox import Sandbox

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
PAGE = """<script>
const report = (...outcome) => {
  console.log("outcome:" + JSON.stringify(outcome) + ":outcome");
  window.close();
};
onerror = (message) => report(message);
onunhandledrejection = (event) => report(String(event.reason));
%(snippet)s
(async () => {
  const { connection } = await openSession("%(secret)s", "%(url)s");
  const refusal = await openSession("ek_unknown", "%(url)s").catch((error) => error.message);
  report(connection.signalingState, refusal);
})();
</script>"""


@pytest.mark.clients
@needs_browser
def test_page_opens_a_session(tmp_path: Path) -> None:
    """The browser accepts the answer to a call with the secret; a refusal shows its reason."""
    (snippet,) = re.findall(r"```js\n(.*?)```", README, re.DOTALL)
    page = tmp_path / "page.html"
    with Sandbox(api_key=KEY) as sandbox:
        url = sandbox.base_url
        secret = Chain(Host(), url).row()["Client Secret"]
        page.write_text(PAGE % {"snippet": snippet, "secret": secret, "url": url}, "utf-8")
        options = ["--enable-logging=stderr", f"--user-data-dir={tmp_path}"]
        command = [*COMMAND, *options, page.as_uri()]
        done = subprocess.run(command, stderr=subprocess.PIPE, timeout=120, check=True)  # noqa: S603 - our own command
    (outcome,) = re.findall(rb"outcome:(.*):outcome", done.stderr)
    state, *refusal = json.loads(outcome)
    assert state == "stable"
    assert json.loads(*refusal)["error"]["code"] == "invalid_api_key"
    calls = [call for call in sandbox.calls if call.path.endswith("/calls")]
    keys = [(call.headers["authorization"], call.status) for call in calls if call.method == "POST"]
    assert keys == [("Bearer <known>", 201), ("Bearer <unknown>", 401)]
