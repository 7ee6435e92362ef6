# SPDX-License-Identifier: MIT
"""The Chrome or Chromium in which tests run JavaScript."""

from __future__ import annotations

import os
import shutil

import pytest

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

needs_browser = pytest.mark.skipif(
    _PATH is None, reason="There is no Chrome or Chromium; the variable CHROMIUM can name one."
)
