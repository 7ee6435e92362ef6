# SPDX-License-Identifier: MIT
"""Valid and invalid certificates of the suite's own certificate authority."""

import ssl
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import trustme


@cache
def _get_authority() -> trustme.CA:
    return trustme.CA()


def write_authority(folder: Path) -> Path:
    """Write the authority's certificate into `folder`; return the path of the file."""
    path = folder / "authority.pem"
    _get_authority().cert_pem.write_to_path(path)
    return path


@cache
def create_server_context(kind: str) -> ssl.SSLContext:
    """Return a TLS context with a certificate that is `good`, `expired` or of `other host`."""
    authority = _get_authority()
    host = "elsewhere.example" if kind == "other host" else "127.0.0.1"
    before = datetime(2020, 1, 1, tzinfo=UTC) if kind == "expired" else None
    certificate = authority.issue_cert(host, not_after=before)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
