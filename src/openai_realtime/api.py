# SPDX-License-Identifier: MIT
"""The two APIs for sessions."""

from __future__ import annotations

from enum import StrEnum


class Api(StrEnum):
    """The API that a server has, and so the shape of requests and answers.

    `GA` is the current one (`realtime/client_secrets`). `BETA` (`realtime/sessions`), with a flat
    body, was switched off by OpenAI in May 2026; some compatible servers still have it.
    """

    GA = "ga"
    BETA = "beta"

    @property
    def label(self) -> str:
        """The API's name in sentences for users."""
        return "current (GA) API" if self is Api.GA else "beta API"

    @property
    def other(self) -> Api:
        """The other API."""
        return Api.BETA if self is Api.GA else Api.GA
