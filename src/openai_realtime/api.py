# SPDX-License-Identifier: MIT
"""The two shapes in which servers speak of a session."""

from __future__ import annotations

from enum import StrEnum


class Api(StrEnum):
    """Which shape a server takes and answers.

    `GA` is the current API (`realtime/client_secrets`). `BETA` is the flat one that OpenAI
    switched off in May 2026 and that some compatible servers still speak
    (`realtime/sessions`). Source: shared/api/FACTS.md, endpoints.
    """

    GA = "ga"
    BETA = "beta"

    @property
    def label(self) -> str:
        """The API's name in sentences for users."""
        return "current (GA) API" if self is Api.GA else "beta API"

    @property
    def other(self) -> Api:
        """The API that this one is not."""
        return Api.BETA if self is Api.GA else Api.GA
