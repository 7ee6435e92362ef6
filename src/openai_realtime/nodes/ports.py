# SPDX-License-Identifier: MIT
"""The configuration port: where the API is and which credential to use, never the key.

KNIME saves specs in the workflow. So the spec contains the name of the credential, or what KNIME
needs to find that of a connected credential port; each node asks for the secret when it needs it.
"""

from __future__ import annotations

from typing import Any

import knime.extension as knext

from openai_realtime.client.configuration import Configuration


class ConfigurationSpec(knext.PortObjectSpec):
    """A configuration, and the name of its `credential` or the `token` of a credential port."""

    def __init__(
        self,
        configuration: Configuration,
        credential: str = "",
        token: knext.CredentialPortObjectSpec | None = None,
    ) -> None:
        self.configuration, self.credential, self.token = configuration, credential, token

    def serialize(self) -> dict[str, Any]:
        """Return JSON-like data; the keys are part of saved workflows."""
        return {
            "configuration": self.configuration._asdict(),
            "credential": self.credential,
            "token": None if self.token is None else self.token.serialize(),
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> ConfigurationSpec:
        """Return the spec of serialized data, also of another version."""
        token = data.get("token")
        return cls(
            Configuration.from_dict(data["configuration"]),
            data.get("credential", ""),
            None if token is None else knext.CredentialPortObjectSpec.deserialize(token),
        )


class ConfigurationPort(knext.PortObject):
    """The content of the port; everything is in the spec."""

    def serialize(self) -> bytes:
        """Return no bytes, because everything is in the spec."""
        return b""

    @classmethod
    def deserialize(cls, spec: ConfigurationSpec, storage: bytes) -> ConfigurationPort:  # noqa: ARG003 - KNIME's signature
        """Return a port object with this spec."""
        return cls(spec)


CONFIGURATION_PORT = knext.port_type(
    name="OpenAI Realtime Configuration",
    object_class=ConfigurationPort,
    spec_class=ConfigurationSpec,
    id="openai_realtime.configuration",
)


def find_configuration(ctx: knext.DialogCreationContext) -> ConfigurationSpec | None:
    """Return the configuration that is connected to the node of a dialog, or None."""
    specs = ctx.get_input_specs() or []
    return next((spec for spec in specs if isinstance(spec, ConfigurationSpec)), None)
