# SPDX-License-Identifier: MIT
"""Node and the browser in which tests run JavaScript."""

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
_NODE = shutil.which("node")

_NAMES = ("google-chrome", "chromium", "chromium-browser")
_PATH = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
# The microphone is a fake one and needs no permission; calls work without any network but loopback.
_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
]
COMMAND = [str(_PATH), *_OPTIONS]

# Where CLIENTS=required is set, as in CI, tests fail if something is missing.
_MAY_SKIP = os.environ.get("CLIENTS") != "required"
needs_packages = pytest.mark.skipif(
    _MAY_SKIP and (_NODE is None or not (FOLDER / "node_modules").exists()),
    reason="Node or the npm packages are missing; `make test-clients` installs the packages.",
)
needs_aiortc = pytest.mark.skipif(
    _MAY_SKIP and importlib.util.find_spec("aiortc") is None,
    reason="aiortc is missing; `make test-clients` installs it.",
)
needs_browser = pytest.mark.skipif(
    _MAY_SKIP and _PATH is None,
    reason="There is no Chrome or Chromium; the variable CHROMIUM can name one.",
)


def run_script(name: str, task: Any, **environment: str) -> Any:
    """Run a script of this folder in Node with a task; return what it reports."""
    done = subprocess.run(  # noqa: S603 - our own script
        [str(_NODE), str(FOLDER / name)],
        input=json.dumps(task),
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout)
