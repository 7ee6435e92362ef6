# SPDX-License-Identifier: MIT
"""Tells which provider's route and which API a request is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

AZURE = "/openai/v1"
OPENAI = "/v1"


def is_azure(request: HTTPConnection) -> bool:
    """Return whether the request is for one of Azure's routes."""
    return request.url.path.startswith(f"{AZURE}/")


def get_media_type(request: HTTPConnection) -> str:
    """Return the media type of the body in lower case, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def asks_for_beta(request: HTTPConnection) -> bool:
    """Return whether the request has the header that selects the beta API."""
    values = request.headers.get("openai-beta", "").split(",")
    return any(value.strip() == "realtime=v1" for value in values)
