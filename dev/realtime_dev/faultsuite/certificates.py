# SPDX-License-Identifier: MIT
"""Certificates of the suite's own authority, good and bad."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path


@cache
def _make_authority() -> trustme.CA:
    return trustme.CA()


def write_authority(folder: Path) -> Path:
    """Write the authority's certificate into `folder`; return the file."""
    path = folder / "authority.pem"
    _make_authority().cert_pem.write_to_path(path)
    return path


@cache
def make(kind: str) -> ssl.SSLContext:
    """Return what a server needs for a certificate that is good, expired, or of another host."""
    authority = _make_authority()
    host = "elsewhere.example" if kind == "other host" else "127.0.0.1"
    before = datetime(2020, 1, 1, tzinfo=UTC) if kind == "expired" else None
    certificate = authority.issue_cert(host, not_after=before)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
