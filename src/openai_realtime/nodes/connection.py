# SPDX-License-Identifier: MIT
"""A client with KNIME around it: its cancel switch and its progress line.

Imports httpx; so the nodes import this module only while they run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openai_realtime.client.client import Client, Surroundings

if TYPE_CHECKING:
    import knime.extension as knext

    from openai_realtime.client.authentication import Authentication
    from openai_realtime.nodes.ports import ConfigurationSpec


def connect(
    ctx: knext.ExecutionContext, spec: ConfigurationSpec, authentication: Authentication
) -> Client:
    """Return a client for the server of `spec`; close it after use."""
    surroundings = Surroundings(
        is_canceled=ctx.is_canceled,
        report=lambda message: ctx.set_progress(0.3, message),
    )
    return Client(spec.configuration, authentication, surroundings)
