# SPDX-License-Identifier: MIT
"""The Arrow type of JSON columns."""
# ruff: noqa: ANN401 - pyarrow has no types, and JSON values are of any type

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped,unused-ignore] # it has no types


class JsonArrowType(pa.ExtensionType):  # type: ignore[misc,unused-ignore] # pyarrow has no types
    """KNIME's JSON type in Arrow, stored as text; `encode` returns the cell for a value."""

    def __init__(self) -> None:
        super().__init__(pa.string(), "realtime_dev.json")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: Any, serialized: bytes) -> JsonArrowType:
        return cls()

    def encode(self, value: Any) -> str:
        """Return the text of a cell that holds `value`."""
        return json.dumps(value)
